// A section: its question, its answer in words, its charts, and its tables behind a toggle. What it shows follows the outcome
// and the mix that the reader has chosen.
import type { Report, World } from "./document";
import { worldOf } from "./document";
import { h, tableElement, type Table } from "./dom";
import { prose } from "./format";
import { Plot, type Picture } from "./plot";
import type { Look } from "./palette";

export interface Choice { mix: string; outcome: string }

export class View {
  constructor(readonly report: Report, readonly choice: Choice) {}
  get world(): World { return worldOf(this.report, this.choice.mix, this.choice.outcome); }
  // Of the chosen outcome, in the study's order of mixes.
  get worlds(): World[] { return this.report.mixes.map((m) => worldOf(this.report, m.id, this.choice.outcome)); }
  get mixName(): string { return this.report.mixes.find((m) => m.id === this.choice.mix)!.name; }
  get outcomeName(): string { return this.report.outcomes.find((o) => o.id === this.choice.outcome)!.name; }
  get draws(): number { return this.report.outcomes.find((o) => o.id === this.choice.outcome)!.draws; }
}

export interface PanelParts {
  id: string;
  question: string;
  short: string;                                          // in the list of contents
  scope?: (v: View) => string;                            // what it is about: outcome, mix, "at modes"
  answer: (v: View) => string[];
  controls?: (redraw: () => void) => HTMLElement | null;
  plots?: ((v: View, look: Look, width: number) => Picture | null)[];
  extra?: (v: View, look: Look) => HTMLElement | null;    // a legend, tiles
  note?: (v: View) => string;                             // how to read it
  tables: (v: View) => Table[];
}

export class Panel {
  readonly element: HTMLElement;
  private readonly answer = h("div", { class: "answer" });
  private readonly scope = h("p", { class: "scope" });
  private readonly extra = h("div", { class: "extra" });
  private readonly note = h("p", { class: "note" });
  private readonly details = h("details", {}, h("summary", {}, "Table"));
  private readonly body = h("div", { class: "tables" });
  private readonly plots: Plot[];
  private view!: View;
  private stale = true;
  private unfolded = false;

  constructor(readonly parts: PanelParts, private readonly lookNow: () => Look) {
    this.plots = (parts.plots ?? []).map((make) => new Plot((l, w) => make(this.view, l, w), () => `Chart. ${parts.question} ${this.parts.answer(this.view).join(" ")}`));
    const title = h("h2", { id: `${parts.id}-title` }, parts.question);
    this.details.append(this.body);
    this.details.addEventListener("toggle", () => { if (this.details.open) this.fillTables(); });
    this.element = h("section", { id: parts.id, "aria-labelledby": `${parts.id}-title` }, title, this.scope, this.answer,
      parts.controls?.(() => this.update(this.view)) ?? null,
      h("figure", {}, ...this.plots.map((p) => p.element), this.extra, this.note), this.details);
  }

  update(view: View): void {
    this.view = view;
    this.scope.textContent = this.parts.scope?.(view) ?? "";
    this.answer.replaceChildren(...this.parts.answer(view).map((line) => h("p", {}, prose(line))));
    this.fillExtra();
    const note = this.parts.note?.(view) ?? "";
    this.note.textContent = note;
    this.note.hidden = note === "";
    this.stale = true;
    if (this.details.open) this.fillTables();
    this.draw();
  }

  // Tables are made when they are asked for: they are most of the page.
  fillTables(): void {
    if (!this.stale) return;
    this.stale = false;
    this.body.replaceChildren(...this.parts.tables(this.view).map(tableElement));
  }

  // For paper, and back. What was open before stays so.
  unfold(on: boolean): void {
    if (on) this.fillTables();
    if (on && !this.details.open) this.details.open = this.unfolded = true;
    else if (!on && this.unfolded) this.details.open = this.unfolded = false;
    this.details.classList.toggle("unfolded", this.unfolded);
  }

  fillExtra(): void {
    const extra = this.parts.extra?.(this.view, this.lookNow());
    this.extra.replaceChildren(...(extra ? [extra] : []));
  }

  draw(): void {
    for (const p of this.plots) p.draw();
  }
}
