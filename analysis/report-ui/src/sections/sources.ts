// Inputs with their sources and how well each is known.
import type { Confidence, Input } from "../document";
import { h, type Table } from "../dom";
import { count, escapeHtml, percent } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, cut, tooltip, type Picture } from "../plot";
import { textOn, type Look } from "../palette";

const LEVELS: [Confidence, string][] = [
  ["assumption", "nobody has published it"], ["press", "reported, not by the maker"], ["vendor", "said by the maker"], ["verified", "measured or documented, and checked"],
];
let word = "";
let level: "" | Confidence = "";

const groupOf = (i: Input) => i.subject.split("/")[0]!;

function picture(v: View, l: Look, width: number): Picture | null {
  const groups = [...new Set(v.report.inputs.map(groupOf))].sort();
  if (groups.length === 0) return null;
  const n = (g: string, c: Confidence) => v.report.inputs.filter((i) => groupOf(i) === g && i.confidence === c).length;
  const colour: Record<Confidence, string> = { assumption: l.series[1]!, press: l.series[4]!, vendor: l.series[5]!, verified: l.series[2]! };
  const say = (g: string) => `${g}: ` + LEVELS.map(([c]) => `${n(g, c)} ${c}`).join(", ");
  const room = Math.min(160, width * 0.34);
  return {
    height: 52 + 26 * groups.length,
    stops: groups.map((g, i) => ({ series: 0, index: i, text: say(g) })),
    legend: LEVELS.map(([c]) => ({ name: c, colour: colour[c], mark: "box" })),
    option: {
      grid: { left: room, right: 24, top: 6, bottom: 44 },
      xAxis: axis(l, { type: "value", name: "inputs", nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: groups, axisTick: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, formatter: (t: string) => cut(t, room - 8) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(groups[p.dataIndex]!))),
      series: LEVELS.map(([c]) => ({
        type: "bar", stack: "all", name: c, barWidth: "70%", itemStyle: { color: colour[c] }, emphasis: { disabled: true }, data: groups.map((g) => n(g, c)),
        label: { show: true, formatter: (p: any) => (p.value >= 12 ? String(p.value) : ""), color: textOn(colour[c]), fontSize: 11 },
      })),
    },
  };
}

function tables(v: View): Table[] {
  const find = word.trim().toLowerCase();
  const rows = v.report.inputs.filter((i) => (level === "" || i.confidence === level) && (find === "" || `${i.subject} ${i.path} ${i.value} ${i.source} ${i.note}`.toLowerCase().includes(find)));
  return [{
    caption: `${count(rows.length, "input")}${rows.length < v.report.inputs.length ? ` of ${v.report.inputs.length}` : ""} with value, confidence and source`,
    columns: [{ head: "Input", wide: true }, { head: "Value", wide: true }, { head: "Confidence" }, { head: "Source", wide: true }, { head: "Note", wide: true }, { head: "File" }],
    rows: rows.map((i) => [`${i.subject}: ${i.path}`, i.value, i.confidence, i.source, i.note, `${i.file}:${i.line}`]),
  }];
}

export const sources: PanelParts = {
  id: "sources", short: "Assumptions",
  question: "What does it all rest on?",
  answer: (v) => {
    const all = v.report.inputs.length, n = (c: Confidence) => v.report.inputs.filter((i) => i.confidence === c).length;
    if (all === 0) return ["The results file holds no input with a source."];
    const missing = Object.entries(v.report.notes.missing);
    return [`${count(all, "input number")} carry a source; ${n("assumption")} (${percent(n("assumption") / all)}) are assumptions, ${n("verified")} are verified.`,
      missing.length === 0 ? "Every rate that a run needed was there." : `${count(missing.length, "rate")} that a run needed ${missing.length === 1 ? "was" : "were"} missing: ${missing.slice(0, 3).map(([text, runs]) => `${text} (${count(runs, "run")})`).join("; ")}${missing.length > 3 ? "; …" : ""}.`];
  },
  controls: (redraw) => {
    const search = h("input", { id: "find", type: "search", autocomplete: "off" });
    let wait = 0;
    search.addEventListener("input", () => { window.clearTimeout(wait); wait = window.setTimeout(() => { word = search.value; redraw(); }, 150); });
    const box = h("select", { id: "confidence" }, h("option", { value: "" }, "any"), ...LEVELS.map(([c]) => h("option", { value: c }, c)));
    box.addEventListener("change", () => { level = box.value as typeof level; redraw(); });
    return h("div", { class: "controls" }, h("label", { for: "find" }, h("span", {}, "Find in the table"), search), h("label", { for: "confidence" }, h("span", {}, "Confidence"), box));
  },
  plots: [picture],
  note: () => LEVELS.map(([c, means]) => `${c}: ${means}`).join("; ") + ".",
  tables,
};

