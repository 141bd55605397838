// Colours. The hues are those of Okabe and Ito, which people with any common colour blindness tell apart; in the light they
// are darkened, and in the dark lightened, until each stands out from the background by at least 3 to 1. No chart relies
// on a hue alone: lines have dashes and marks, bars labels, segments letters.

export interface Look {
  dark: boolean;
  text: string; faint: string; line: string; grid: string; back: string; panel: string;
  series: string[];
  good: string; bad: string; warn: string; neutral: string; strong: string;
  ramp: [string, string];   // from nothing to most
}

const LIGHT: Look = {
  dark: false,
  text: "#1b1f24", faint: "#57606a", line: "#8c959f", grid: "#e4e7eb", back: "#ffffff", panel: "#ffffff",
  series: ["#0072b2", "#c2500a", "#00805f", "#a64d87", "#8a6a00", "#1f86b8", "#5b5b5b", "#7a3fb0"],
  good: "#00805f", bad: "#c2500a", warn: "#8a6a00", neutral: "#6b7480", strong: "#0072b2",
  ramp: ["#f3f7fb", "#08519c"],
};

const DARK: Look = {
  dark: true,
  text: "#e6e9ed", faint: "#a3acb7", line: "#6b7683", grid: "#2c333b", back: "#14181d", panel: "#1b2027",
  series: ["#56a9e8", "#f08a4b", "#3cc79f", "#dd9ac6", "#e6b93c", "#8fd3f5", "#b5bcc5", "#b992e6"],
  good: "#3cc79f", bad: "#f08a4b", warn: "#e6b93c", neutral: "#97a1ad", strong: "#56a9e8",
  ramp: ["#1f2730", "#6cb6f5"],
};

export const DASHES: (string | number[])[] = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2, 6, 2], "solid", [8, 4]];
export const MARKS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"];

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

// A colour between two, in straight RGB; `share` from 0 to 1.
export function between(from: string, to: string, share: number): string {
  const part = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16);
  const mix = [1, 3, 5].map((at) => Math.round(part(from, at) + share * (part(to, at) - part(from, at))));
  return "#" + mix.map((x) => x.toString(16).padStart(2, "0")).join("");
}

// The text colour, black or white, that stands out more from a background (WCAG's contrast).
export function textOn(back: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(back.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
