// What it would be worth to know more before choosing: outcomes, approvals, and single inputs.
import type { Evidence } from "../document";
import type { Table } from "../dom";
import { count, escapeHtml, fixed, greatest, number, percent, quantity, tokenScale, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, wrapPath, type Picture } from "../plot";
import type { Look } from "../palette";
import { of } from "./decision";

interface Row { what: string; perfect: number; s90: number | null; s80: number | null }

function rows(v: View): Row[] {
  const k = of(v).value_of_knowing;
  return [{ what: "which outcome it is", perfect: k.outcome, s90: null, s80: null }, { what: "outcome and every draw", perfect: k.world, s90: null, s80: null },
    ...k.parts.map((p) => ({ what: p.what, perfect: p.perfect, s90: p.signal_90, s80: p.signal_80 })),
    ...k.signals.map((s) => ({ what: `signal of ${s.outcome}: sensitivity ${fixed(s.sensitivity, 2)}, specificity ${fixed(s.specificity, 2)}`, perfect: s.value, s90: null, s80: null }))];
}
const scaleOf = (v: View) => tokenScale(greatest([...rows(v).map((r) => r.perfect), v.report.evidence?.all_known]));

function knowing(v: View, l: Look, width: number): Picture {
  const all = rows(v), scale = scaleOf(v), u = unit(scale, "reference tokens"), room = Math.min(260, width * 0.4), at = (x: number | null) => (x == null ? null : x / scale.factor);
  const say = (i: number) => {
    const r = all[i]!;
    return `${r.what}: ${number(r.perfect, scale)} ${u} for sure` + (r.s90 == null ? "" : `, ${number(r.s90, scale)} by a signal that is right in 90 %, ${number(r.s80, scale)} in 80 %`);
  };
  const dots = (name: string, which: "s90" | "s80", symbol: string, colour: string) => ({ type: "scatter", name, symbol, symbolSize: 11, z: 4, data: all.map((r, i) => [at(r[which]), i]), itemStyle: { color: colour, borderColor: l.back, borderWidth: 1 } });
  return {
    title: v.report.evidence ? "Outcomes and approvals" : undefined,
    height: 56 + (width < 500 ? 34 : 28) * all.length,
    stops: all.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    legend: [{ name: "for sure", colour: l.series[0]!, mark: "box" }, { name: "signal right in 90 %", colour: l.series[1]!, mark: "diamond" }, { name: "signal right in 80 %", colour: l.series[2]!, mark: "triangle" }],
    option: {
      grid: { left: room, right: 24, top: 6, bottom: 44 },
      xAxis: axis(l, { type: "value", min: 0, name: u, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: all.map((r) => r.what), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 13, formatter: (t: string) => wrap(t, room - 10) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [{ type: "bar", name: "for sure", barWidth: "55%", data: all.map((r) => at(r.perfect)), itemStyle: { color: l.series[0] }, emphasis: { disabled: true } },
        dots("signal right in 90 %", "s90", "diamond", l.series[1]!), dots("signal right in 80 %", "s80", "triangle", l.series[2]!)],
    },
  };
}

const MOST = 12;  // inputs in the chart
const LEAST = "0.05 %";  // of the expected work: less is not worth knowing (analysis/evidence.hpp)
// From which worth on an input would be clear.
export const toldFrom = (e: Evidence) => (e.told_from > e.least ? `${quantity(e.told_from, "tokens")}, the least that ${count(e.draws, "draw")} tell from chance` : `${LEAST} of the expected work beyond chance`);

// Worth, and where it is clear; inputs that are known badly stand out.
function resting(v: View, l: Look, width: number): Picture | null {
  const e = v.report.evidence;
  if (e == null || e.inputs.length === 0) return null;
  const inputs = e.inputs.filter((x) => x.with_lead != null).slice(0, MOST), room = Math.min(340, width * 0.44), narrow = width < 500, chance = e.lead_by_chance;
  if (inputs.length === 0) return null;
  const scale = scaleOf(v), u = unit(scale, "reference tokens");
  const say = (i: number) => {
    const x = inputs[i]!;
    return `${x.input} (${x.confidence}): rank correlation with the lead ${fixed(x.with_lead, 2)}, with the work ${fixed(x.with_work, 2)}; to know it alone is worth ${number(x.worth, scale)} ${u}${x.clear ? ", clear of chance" : ", not clear of chance"}`;
  };
  const part = (name: string, low: boolean, colour: string) => ({
    type: "bar", name, stack: "all", barWidth: "60%", emphasis: { disabled: true }, itemStyle: { color: colour },
    data: inputs.map((x) => ((x.confidence === "assumption" || x.confidence === "press") === low ? x.with_lead : null)),
  });
  return {
    title: `Inputs: rank correlation with the lead of “${e.chosen}” over “${e.second}”`,
    height: 52 + (narrow ? 46 : 32) * inputs.length,
    stops: inputs.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    legend: [{ name: "assumption or press", colour: l.series[1]!, mark: "box" }, { name: "vendor or verified", colour: l.series[5]!, mark: "box" }],
    option: {
      grid: { left: room, right: 24, top: 6, bottom: 40 },
      xAxis: axis(l, { type: "value", min: -1, max: 1, name: "rank correlation", nameLocation: "middle", nameGap: 26 }),
      yAxis: axis(l, { type: "category", inverse: true, data: inputs.map((x) => x.input + (x.clear ? " †" : "")), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 13, formatter: (t: string) => wrapPath(t, room - 10, narrow ? 3 : 2) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [part("assumption or press", true, l.series[1]!), { ...part("vendor or verified", false, l.series[5]!),
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: l.text, type: [4, 3], width: 1.5 }, data: chance < 1 ? [{ xAxis: -chance }, { xAxis: chance }] : [], animation: false } }],
    },
  };
}

function evidenceWords(e: Evidence): string {
  const clear = e.inputs.filter((x) => x.clear), low = clear.filter((x) => x.confidence === "assumption" || x.confidence === "press");
  const draws = `Over ${count(e.draws, "draw")} (${e.outcome})`;
  if (e.inputs.length === 0) return "";
  if (e.inputs.every((x) => x.with_lead == null)) return `${draws} “${e.chosen}” and “${e.second}” do the same whatever comes: no input tells them apart.`;
  const first = e.inputs[0]!, beyond = Math.abs(first.with_lead ?? 0) > e.lead_by_chance;
  if (clear.length === 0) return `${draws} no single input is worth knowing before choosing: none is worth ${toldFrom(e)}. ` + (beyond ? `The lead of “${e.chosen}” over “${e.second}” goes most with ${first.input} (${first.confidence}, rank correlation ${fixed(first.with_lead, 2)}).` : `The lead of “${e.chosen}” over “${e.second}” goes with none: so few draws cannot tell.`);
  return `${draws} the choice rests on ${clear.map((x) => `${x.input} (${x.confidence})`).slice(0, 4).join(", ")}: ` + (low.length ? `measure ${low[0]!.input} first, worth ${quantity(low[0]!.worth, "tokens")}.` : "none of them is of low confidence.");
}

function tables(v: View): Table[] {
  const scale = scaleOf(v), u = unit(scale, "tokens"), cell = (x: number | null) => ({ text: number(x, scale), value: x }), e = v.report.evidence;
  const out: Table[] = [{
    caption: `Value of knowing before choosing, reference ${u} of expected work`,
    columns: [{ head: "What is known", wide: true }, ...["For sure", "By a signal right in 90 %", "Right in 80 %"].map((head) => ({ head: `${head}, ${u}`, number: true }))],
    rows: rows(v).map((r) => [r.what, cell(r.perfect), cell(r.s90), cell(r.s80)]),
  }];
  if (e != null)
    out.push({
      caption: `What the choice of “${e.chosen}” rests on, over ${count(e.draws, "draw")}: ${e.outcome}`,
      columns: [{ head: "Input" }, { head: "Confidence" }, { head: "Correlation with the work", number: true }, { head: "With the lead", number: true }, { head: `Worth knowing, ${u}`, number: true }, { head: "Clear of chance" }, { head: "Source", wide: true }],
      rows: e.inputs.map((x) => [x.input, x.confidence, { text: fixed(x.with_work, 2), value: x.with_work }, { text: fixed(x.with_lead, 2), value: x.with_lead }, cell(x.worth), x.clear ? "yes" : "no", x.source]),
    });
  return out;
}

export const worth: PanelParts = {
  id: "worth", short: "Knowing more",
  question: "What would it be worth to know more first?",
  scope: () => "More expected work by a choice that may depend on it",
  answer: (v) => {
    const d = of(v), k = d.value_of_knowing, weighs = (what: string) => !d.outcomes.some((o) => o.weight === 0 && what.endsWith(`, in ${o.outcome}`)), best = d.mixes.find((m) => m.mix === d.choices.expected)!, share = (x: number) => (best.expected > 0 ? ` (${percent(x / best.expected, 1)} of the expected work)` : "");
    const scale = tokenScale(greatest([k.outcome, k.world])), q = (x: number) => `${number(x, scale)} ${unit(scale, "tokens")}`;
    const first = k.parts.filter((p) => weighs(p.what)).reduce<(typeof k.parts)[number] | null>((a, p) => (a == null || p.perfect > a.perfect ? p : a), null);
    const out = [`To know the outcome before choosing would be worth ${q(k.outcome)}${share(k.outcome)}; to know every draw too, ${q(k.world)}.` +
      (first && first.perfect > 0 ? ` Of single questions ${first.what} is worth most: ${q(first.perfect)}` + (first.signal_80 == null ? "." : `, and ${first.signal_80 > 1e-3 * first.perfect ? q(first.signal_80) : "nothing"} by a signal that is right in 80 %.`) : "")];
    if (v.report.evidence) out.push(evidenceWords(v.report.evidence));
    return out;
  },
  plots: [knowing, resting],
  note: (v) => "A signal says yes or no and is right so often either way (Bayes' rule). “Decision of … in …”: draws of that outcome in groups; from few draws it is too high, since each group's best is chosen in hindsight." +
    (v.report.evidence ? ` †: knowing this input alone is worth at least ${LEAST} of the expected work, and more than any of ${count(v.report.evidence.varying, "input")} without influence would seem to be in 19 of 20 cases.` + (v.report.evidence.lead_by_chance < 1 ? ` Dashed: the farthest of ${count(v.report.evidence.varying, "input")} without any influence goes beyond ±${fixed(v.report.evidence.lead_by_chance, 2)} in one of 20 cases.` : "") : " Which inputs the choice rests on is shown by compare --report and report --study, from ten draws on."),
  tables,
};
