// What the series of a chart are called, as buttons that hide and show them: for the mouse, the finger and the keyboard alike.
import { h } from "./dom";
import type { Look } from "./palette";

export type Mark = "box" | "line" | "circle" | "diamond" | "rect" | "triangle" | "emptyCircle" | "emptyRect" | "emptyTriangle" | "emptyDiamond";
export interface Entry {
  name: string;                       // of the series
  colour: string;
  mark: Mark;
  dash?: string | number[];           // of a line that runs through the mark
  with?: string[];                    // further series that go with it
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, x] of Object.entries(attributes)) element.setAttribute(name, x);
  return element;
}

function swatch(e: Entry, l: Look): SVGElement {
  const width = e.dash ? 34 : 14, middle = width / 2;
  const box = shape("svg", { width: String(width), height: "14", viewBox: `0 0 ${width} 14`, "aria-hidden": "true" });
  if (e.dash) box.append(shape("line", { x1: "0", x2: String(width), y1: "7", y2: "7", stroke: e.colour, "stroke-width": "2", "stroke-dasharray": Array.isArray(e.dash) ? e.dash.join(" ") : "" }));
  const kind = e.mark.replace(/^empty/, "").toLowerCase();
  const paint: Record<string, string> = e.mark.startsWith("empty") ? { fill: l.back, stroke: e.colour, "stroke-width": "2" } : { fill: e.colour };
  if (kind === "box") box.append(shape("rect", { x: "1", y: "1", width: "12", height: "12", rx: "2", ...paint }));
  else if (kind === "circle") box.append(shape("circle", { cx: String(middle), cy: "7", r: "4.5", ...paint }));
  else if (kind === "rect") box.append(shape("rect", { x: String(middle - 4), y: "3", width: "8", height: "8", ...paint }));
  else if (kind === "diamond") box.append(shape("path", { d: `M${middle} 1.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z`, ...paint }));
  else if (kind === "triangle") box.append(shape("path", { d: `M${middle} 2l5 9h-10z`, ...paint }));
  return box;
}

export class Legend {
  readonly element = h("div", { class: "legend", role: "group", "aria-label": "Series of the chart: shown or hidden" });
  private readonly hidden = new Set<string>();
  private entries: Entry[] = [];
  private made = "";

  constructor(private readonly change: () => void) {}

  // Buttons are made anew only when there are other ones, so that whoever stands on one stays there.
  show(entries: Entry[], l: Look): void {
    this.entries = entries;
    this.element.hidden = entries.length === 0;
    const key = JSON.stringify([entries, l.dark]);
    if (key === this.made) return;
    this.made = key;
    this.element.replaceChildren(...entries.map((e) => {
      const button = h("button", { type: "button", "aria-pressed": String(!this.hidden.has(e.name)) }, swatch(e, l), e.name);
      button.addEventListener("click", () => {
        if (!this.hidden.delete(e.name)) this.hidden.add(e.name);
        button.setAttribute("aria-pressed", String(!this.hidden.has(e.name)));
        this.change();
      });
      return button;
    }));
  }

  // For a chart's option: which series are drawn.
  option(): Record<string, unknown> {
    const selected: Record<string, boolean> = {};
    for (const e of this.entries) for (const name of [e.name, ...(e.with ?? [])]) selected[name] = !this.hidden.has(e.name);
    return { show: false, data: Object.keys(selected), selected };
  }
}
