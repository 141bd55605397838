// A chart in its figure: drawn by ECharts as SVG, again when the width, the colours or the medium change, and read aloud
// value by value with the arrow keys.
import { init, use, type EChartsType } from "echarts/core";
import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { h } from "./dom";
import { Legend, type Entry } from "./legend";
import { type Look } from "./palette";
import { isPrinting, look } from "./theme";

use([BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, VisualMapComponent, SVGRenderer]);

export interface Stop { series: number; index: number; text: string }
export interface Picture {
  height: number;
  option: Record<string, unknown>;
  stops: Stop[];            // what the arrow keys go through
  legend?: Entry[];
  title?: string;           // where a section has several charts
}

const PRINT_WIDTH = 680;    // CSS pixels of a sheet of A4 between its margins (182 mm)
const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';
const plots: Plot[] = [];

export class Plot {
  readonly element: HTMLElement;
  private readonly box: HTMLElement;
  private readonly live: HTMLElement;
  private readonly title = h("p", { class: "plot-title" });
  private readonly legend = new Legend(() => this.draw());
  private chart: EChartsType | null = null;
  private stops: Stop[] = [];
  private at = -1;

  constructor(private readonly make: (look: Look, width: number) => Picture | null, private readonly label: () => string) {
    this.box = h("div", { class: "plot", tabindex: "0", role: "img" });
    this.live = h("div", { class: "unseen", "aria-live": "polite" });
    this.element = h("div", { class: "plot-box" }, this.title, this.legend.element, this.box, this.live);
    this.box.addEventListener("keydown", (e) => this.key(e));
    this.box.addEventListener("blur", () => this.hide());
    plots.push(this);
  }

  draw(): void {
    const width = isPrinting() ? PRINT_WIDTH : this.element.clientWidth;
    if (width === 0) return;
    const picture = this.make(look(), width);
    this.element.hidden = picture == null;
    if (picture == null) return;
    const size = { width, height: picture.height };
    this.box.style.height = `${picture.height}px`;
    this.box.setAttribute("aria-label", `${picture.title ? picture.title + ". " : ""}${this.label()} Arrow keys read the values; the table below has all of them.`);
    if (this.chart == null) this.chart = init(this.box, null, { renderer: "svg", ...size });
    else this.chart.resize(size);
    this.stops = picture.stops;
    this.at = -1;
    this.title.textContent = picture.title ?? "";
    this.title.hidden = picture.title == null;
    this.legend.show(picture.legend ?? [], look());
    this.chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...(picture.legend ? { legend: this.legend.option() } : {}), ...picture.option }, { notMerge: true });
  }

  private key(e: KeyboardEvent): void {
    const last = this.stops.length - 1;
    if (e.key === "Escape") return this.hide();
    const to = e.key === "ArrowRight" || e.key === "ArrowDown" ? Math.min(last, this.at + 1)
      : e.key === "ArrowLeft" || e.key === "ArrowUp" ? Math.max(0, this.at - 1)
      : e.key === "Home" ? 0 : e.key === "End" ? last : null;
    if (to == null || last < 0 || this.chart == null) return;
    e.preventDefault();
    this.at = to;
    const stop = this.stops[to]!;
    this.chart.dispatchAction({ type: "showTip", seriesIndex: stop.series, dataIndex: stop.index });
    this.live.textContent = stop.text;
  }

  private hide(): void {
    this.chart?.dispatchAction({ type: "hideTip" });
    this.at = -1;
  }
}

export function drawAll(): void {
  for (const p of plots) p.draw();
}

// Parts that every chart's option has.
export function tooltip(l: Look, formatter: (p: any) => string, trigger: "item" | "axis" = "item"): Record<string, unknown> {
  return {
    trigger, formatter, confine: true, backgroundColor: l.panel, borderColor: l.line, textStyle: { color: l.text, fontSize: 13 },
    transitionDuration: 0, extraCssText: "max-width: min(90vw, 26rem); white-space: normal;",
    axisPointer: { type: trigger === "axis" ? "line" : "none", lineStyle: { color: l.line }, animation: false },
  };
}

export function axis(l: Look, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    axisLabel: { color: l.faint, fontSize: 12, hideOverlap: true }, axisLine: { lineStyle: { color: l.line } }, axisTick: { lineStyle: { color: l.line } },
    splitLine: { lineStyle: { color: l.grid } }, nameTextStyle: { color: l.faint, fontSize: 12 }, ...more,
  };
}

// Cut to about so many pixels at 12 px type.
export function cut(text: string, pixels: number): string {
  const most = Math.max(4, Math.floor(pixels / 6.6));
  return text.length <= most ? text : text.slice(0, most - 1).trimEnd() + "…";
}

// On up to so many lines, broken at spaces; what does not fit then is cut.
export function wrap(text: string, pixels: number, lines = 2): string {
  const most = Math.max(4, Math.floor(pixels / 6.8)), out: string[] = [];
  for (const word of text.split(" ")) {
    const last = out[out.length - 1];
    if (last !== undefined && (last.length + 1 + word.length <= most || out.length === lines)) out[out.length - 1] = `${last} ${word}`;
    else out.push(word);
  }
  return out.map((line) => cut(line, pixels)).join("\n");
}

// The same for what has no spaces, such as the path of an input: broken after a colon, a dot or a slash.
export function wrapPath(text: string, pixels: number, lines = 2): string {
  const most = Math.max(4, Math.floor(pixels / 6.6)), out: string[] = [];
  for (const part of text.split(/(?<=[:./ ])/)) {
    const last = out[out.length - 1];
    if (last !== undefined && (last.length + part.length <= most || out.length === lines)) out[out.length - 1] = last + part;
    else out.push(part);
  }
  return out.map((line) => cut(line.trim(), pixels)).join("\n");
}
