// Which colours hold now: those of the light or the dark, and of paper always those of the light.
import { DARK, LIGHT, type Look } from "./palette";

const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");
const printQuery = window.matchMedia("print");
let printing = false;

export function isPrinting(): boolean { return printing; }
export function look(): Look { return darkQuery.matches && !printing ? DARK : LIGHT; }

// Calls back when the colours, or the medium, are other ones.
export function onLook(change: () => void): void {
  const print = (on: boolean) => {
    if (on === printing) return;
    printing = on;
    change();
  };
  darkQuery.addEventListener("change", change);
  printQuery.addEventListener("change", (e) => print(e.matches));
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
}
