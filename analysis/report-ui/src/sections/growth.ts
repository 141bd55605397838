// Throughput over time, with what draws make of it.
import { nameOf, type Num, type SeriesName } from "../document";
import { select, type Table } from "../dom";
import { escapeHtml, greatest, monthName, number, scaleFor, tokenScale, unit, type Scale } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, type Picture } from "../plot";
import { h } from "../dom";
import type { Mark } from "../legend";
import type { Look } from "../palette";
import { seriesColour, seriesDash, seriesMark } from "./answer";

interface Measure { id: SeriesName; name: string; unit: string; scale: (most: number) => Scale }
const MEASURES: Measure[] = [
  { id: "trained", name: "Training: reference tokens a day", unit: "tokens a day", scale: tokenScale },
  { id: "served", name: "Serving: requests inside the objective", unit: "requests/s", scale: scaleFor },
  { id: "online", name: "Chips online at the month's end", unit: "chips", scale: scaleFor },
];
let measure = MEASURES[0]!;

function scaleOf(v: View): Scale {
  return measure.scale(greatest(v.worlds.flatMap((w) => [...w.series[measure.id].modes, ...w.series[measure.id].p90])));
}

// The line of a mix: the median where there are draws.
function line(v: View, i: number): Num[] {
  const w = v.worlds[i]!;
  return w.draws > 0 ? w.series[measure.id].p50 : w.series[measure.id].modes;
}

function picture(v: View, l: Look, width: number): Picture {
  const { report } = v, scale = scaleOf(v), at = (x: Num | undefined) => (x == null ? null : x / scale.factor);
  const chosen = report.mixes.findIndex((m) => m.id === v.choice.mix), band = v.worlds[chosen]!.draws > 0 ? v.worlds[chosen]!.series[measure.id] : null;
  const names = report.mixes.map((m) => m.name);
  const lines = v.worlds.map((w, i) => ({
    type: "line", name: names[i], data: line(v, i).map(at), showSymbol: true, symbol: seriesMark(report, w.mix), symbolSize: 7,
    showAllSymbol: false, z: i === chosen ? 5 : 3, emphasis: { disabled: true },
    lineStyle: { color: seriesColour(report, w.mix, l), type: seriesDash(report, w.mix), width: i === chosen ? 3.5 : 2 }, itemStyle: { color: seriesColour(report, w.mix, l) },
  }));
  // Marks at every sixth month, each mix at its own, so that lines that lie on one another are still told apart.
  lines.forEach((s, i) => Object.assign(s, { symbolSize: (_: unknown, p: any) => ((p.dataIndex + i) % 6 === 0 ? 8 : 0) }));
  const bands = band == null ? [] : [
    { type: "line", name: "low", stack: "band", data: band.p10.map(at), symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } },
    { type: "line", name: "high", stack: "band", stackStrategy: "all", data: band.p90.map((x, m) => (x == null || band.p10[m] == null ? null : (x - band.p10[m]!) / scale.factor)), symbol: "none",
      lineStyle: { opacity: 0 }, areaStyle: { color: seriesColour(report, v.choice.mix, l), opacity: l.dark ? 0.28 : 0.2 }, silent: true, tooltip: { show: false } },
  ];
  const say = (m: number, html: boolean) => v.worlds.map((w, i) => {
    const s = w.series[measure.id];
    const text = `${number(line(v, i)[m], scale)}` + (w.draws > 0 ? ` (${number(s.p10[m], scale)} to ${number(s.p90[m], scale)})` : "");
    return html ? `<b>${escapeHtml(names[i]!)}</b>: ${text}` : `${names[i]}: ${text}`;
  }).join(html ? "<br>" : "; ");
  const u = unit(scale, measure.unit);
  return {
    height: width < 500 ? 380 : 420,
    stops: report.months.map((m, i) => ({ series: 0, index: i, text: `${monthName(m)}, ${u}: ${say(i, false)}` })),
    legend: v.worlds.map((w, i) => ({ name: names[i]!, colour: seriesColour(report, w.mix, l), mark: seriesMark(report, w.mix) as Mark, dash: seriesDash(report, w.mix), with: i === chosen && band ? ["low", "high"] : [] })),
    option: {
      grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
      xAxis: axis(l, { type: "category", boundaryGap: false, data: report.months.map(monthName), splitLine: { show: false } }),
      yAxis: axis(l, { type: "value", min: 0, name: u, nameLocation: "end", nameGap: 12, nameTextStyle: { color: l.faint, fontSize: 12, align: "left" } }),
      tooltip: tooltip(l, (p: any[]) => `${monthName(report.months[p[0].dataIndex]!)}, ${u}<br>${say(p[0].dataIndex, true)}`, "axis"),
      series: [...lines, ...bands],
    },
  };
}

function tables(v: View): Table[] {
  const scale = scaleOf(v), u = unit(scale, measure.unit);
  const s = v.world.series[measure.id], cell = (x: Num | undefined) => ({ text: number(x, scale), value: x ?? null });
  return [
    {
      caption: `${v.mixName}, outcome “${v.outcomeName}”. ${measure.name}`,
      columns: [{ head: "Month" }, ...["At modes", "P10", "P50", "P90"].map((head) => ({ head: `${head}, ${u}`, number: true }))],
      rows: v.report.months.map((m, i) => [monthName(m), cell(s.modes[i]), cell(s.p10[i]), cell(s.p50[i]), cell(s.p90[i])]),
    },
    {
      caption: `All mixes, outcome “${v.outcomeName}”, ${v.draws ? "P50" : "at modes"}. ${measure.name}, ${u}`,
      columns: [{ head: "Month" }, ...v.worlds.map((w) => ({ head: nameOf(v.report.mixes, w.mix), number: true }))],
      rows: v.report.months.map((m, i) => [monthName(m), ...v.worlds.map((_, k) => cell(line(v, k)[i]))]),
    },
  ];
}

export const growth: PanelParts = {
  id: "growth", short: "Throughput",
  question: "How does throughput grow, month by month?",
  scope: (v) => `Outcome “${v.outcomeName}”; ${v.draws ? "lines: median over draws (P50)" : "at modes"}`,
  answer: (v) => {
    const scale = scaleOf(v), u = unit(scale, measure.unit), chosen = v.report.mixes.findIndex((m) => m.id === v.choice.mix), last = v.report.months.length - 1;
    const w = v.worlds[chosen]!, s = w.series[measure.id], all = line(v, chosen), peak = all.reduce<number>((a, x, i) => ((x ?? -1) > (all[a] ?? -1) ? i : a), 0);
    const range = w.draws ? ` (P10 ${number(s.p10[last], scale)}, P90 ${number(s.p90[last], scale)})` : "";
    return [`“${v.mixName}” ${peak === last ? "reaches" : "ends at"} ${number(all[last], scale)} ${u}${range} in ${monthName(v.report.months[last]!)}` +
      (peak === last ? ", its most." : `; its most is ${number(all[peak], scale)} in ${monthName(v.report.months[peak]!)}.`)];
  },
  controls: (redraw) => h("div", { class: "controls" }, select("Show", "measure", MEASURES, measure.id, (id) => { measure = MEASURES.find((m) => m.id === id)!; redraw(); }),
    h("p", { class: "hint" }, "A mix's name above the chart hides it, or shows it again.")),
  plots: [picture],
  note: (v) => (v.draws ? "The band is P10 to P90 of the chosen mix, month by month." : ""),
  tables,
};
