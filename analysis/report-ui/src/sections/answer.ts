// Which mix, by how much, how sure, what binds, and what the answer rests on.
import { DIFF, DIFF_HIGH, DIFF_LOW, MODES, P10, P50, P90, nameOf, value, worldOf, type Decision, type Num, type Report, type World } from "../document";
import { h, type Cell, type Column } from "../dom";
import { count, escapeHtml, fixed, greatest, number, percent, prose, quantity, signed, tokenScale, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import { DASHES, MARKS, type Look } from "../palette";
import { toldFrom } from "./worth";

export function seriesColour(report: Report, mix: string, l: Look): string {
  return l.series[report.mixes.findIndex((m) => m.id === mix) % l.series.length]!;
}
export function seriesDash(report: Report, mix: string): string | number[] {
  return DASHES[report.mixes.findIndex((m) => m.id === mix) % DASHES.length]!;
}
export function seriesMark(report: Report, mix: string): string {
  return MARKS[report.mixes.findIndex((m) => m.id === mix) % MARKS.length]!;
}

export function leaders(v: View): World[] {
  return v.worlds.filter((w) => w.rank === 1);
}

// "`A` leads" is written for a terminal: here names stand in quotation marks.
const quoted = (text: string) => text.replace(/`([^`]*)`/g, "“$1”");

function plain(headline: string, outcome: string, inside: boolean): string {
  const text = quoted(headline.startsWith(outcome + ": ") ? headline.slice(outcome.length + 2) : headline);
  return (inside ? text : text.charAt(0).toUpperCase() + text.slice(1)) + ".";
}

// Inputs that the choice rests on, clear of chance; the ones that are known badly first.
const resting = (report: Report) => (report.evidence?.inputs ?? []).filter((x) => x.clear);

// Draws were there to tell, and told of none.
const none = (report: Report) => report.evidence != null && report.evidence.inputs.length > 0 && resting(report).length === 0;

function rests(report: Report): string {
  const c = report.notes.confidence, all = Object.values(c).reduce((a, b) => a + b, 0);
  if (all === 0) return "No input with a source is on record.";
  const widest = report.notes.trust.reduce<Report["notes"]["trust"][number] | null>((a, t) => (a == null || t.high / t.low > a.high / a.low ? t : a), null);
  const on = resting(report).slice(0, 3).map((x) => `${x.input} (${x.confidence})`);
  return (on.length ? `The choice rests most on ${on.join(", ")}. ` : none(report) ? "No single input is worth knowing before the choice. " : "") + `The numbers rest on ${count(all, "input")} with a source, of which ${fixed(c.assumption ?? 0, 0)} are assumptions` +
    (widest ? `, and least on firm ground for ${widest.chip}, whose rates are trusted within ×${fixed(widest.low, 2)} to ×${fixed(widest.high, 2)}.` : ".");
}

function tile(label: string, text: string, more: string): HTMLElement {
  return h("div", { class: "tile" }, h("dt", {}, label), h("dd", {}, h("strong", {}, text), h("span", {}, prose(more))));
}

function restTile(report: Report): HTMLElement {
  const on = resting(report)[0];
  if (on) return tile("What it rests on", on.input.replace(/[:./]/g, "$&\u200b"), `${on.confidence}; to know it first would be worth ${quantity(on.worth, "tokens")}`);
  if (none(report)) return tile("What it rests on", "No single input", `none is worth ${toldFrom(report.evidence!)}`);
  const c = report.notes.confidence, all = Object.values(c).reduce((a, b) => a + b, 0);
  return tile("What it rests on", all ? `${percent((c.assumption ?? 0) / all)} assumptions` : "–", `of ${count(all, "input")} with a source`);
}

// The outcome with the greatest weight, the first of equal ones.
export function heaviest(d: Decision): { outcome: string; weight: number } {
  return d.outcomes.reduce((a, o) => (o.weight > a.weight ? o : a));
}

export function weights(report: Report, d: Decision): string {
  return d.outcomes.filter((o) => o.weight > 0).map((o) => `“${nameOf(report.outcomes, o.outcome)}” ${percent(o.weight)}`).join(", ");
}

function bound(report: Report, d: Decision): string {
  const o = heaviest(d), binds = worldOf(report, d.choices.expected, o.outcome).binds_most;
  return binds ? `“${nameOf(report.mixes, d.choices.expected)}” is bound most by ${binds} (in “${nameOf(report.outcomes, o.outcome)}”, ${d.outcomes.filter((x) => x.weight === o.weight).length > 1 ? "one of those that weigh most" : "which weighs most"}).` : "";
}

function bindsTile(report: Report, d: Decision): HTMLElement {
  const o = heaviest(d), w = worldOf(report, d.choices.expected, o.outcome);
  return tile("What binds", w.binds_most || "Nothing on record", `most of the bottleneck of that mix in “${nameOf(report.outcomes, o.outcome)}”, at modes`);
}

function decided(report: Report, d: Decision): HTMLElement {
  const name = (id: string) => `“${nameOf(report.mixes, id)}”`, of = (id: string) => d.mixes.find((m) => m.mix === id)!;
  const tail = percent(1 - d.level), next = d.behind[0] ?? null;
  const best = of(d.choices.expected), scale = tokenScale(best.expected), t = unit(scale, "tokens");
  const by = next == null ? "" : `${signed(-next.mean, scale)} ${t}`, range = next == null ? "" : next.low == null || next.high == null ? "one run of each at modes: no interval" : `90 % ${signed(-next.high, scale)} to ${signed(-next.low, scale)} ${t}, paired`;
  return h("dl", { class: "tiles" },
    tile("By expected work", name(best.mix), `${quantity(best.expected, "tokens")} of reference training by ${report.study.last_day}`),
    tile(`By the worst ${tail} of worlds`, name(d.choices.cvar), `${quantity(of(d.choices.cvar).cvar, "tokens")} in their mean (CVaR)`),
    tile("By minimax regret", name(d.choices.minimax_regret), `at most ${quantity(of(d.choices.minimax_regret).worst_regret, "tokens")} behind the best of any outcome${d.outcomes.some((o) => o.draws > 0) ? ", in the mean over its draws" : ""}`),
    tile("Lead over the next", next == null ? "No other" : next.level ? "Level" : by,
      next == null ? "there is no other mix that may be chosen" : `over ${name(next.mix)}${next.level ? `, by ${by}` : ""}; ${range}`),
    d.outcomes.every((o) => o.weight === 0 || o.draws === 0) ? tile("How sure", "Not drawn", "one run of each at modes: the spread of the inputs is not in it") : tile("How sure", percent(best.leads), `of the worlds' weight has no mix that may be chosen and trains more than ${name(best.mix)}`),
    tile("Serves the demand", percent(best.serves), `of the worlds' weight: ${fixed(100 * report.study.served_share, 1).replace(/\.0$/, "")} % of every service's demand`),
    bindsTile(report, d), restTile(report));
}

// Without a decision: who leads at modes in the outcome.
function atModes(v: View): HTMLElement {
  const { report } = v, metric = report.objective.metric;
  const best = leaders(v), first = best[0];
  if (first == null) return h("p", {}, "There is no run at modes in this outcome.");
  const own = value(first, metric), others = v.worlds.filter((w) => w.rank > 1).sort((a, b) => a.rank - b.rank);
  const next = others[0], gap = next && own ? own - (value(next, metric) ?? 0) : null;
  return h("dl", { class: "tiles" },
    tile("Leads at modes", best.map((w) => `“${nameOf(report.mixes, w.mix)}”`).slice(0, 2).join(" and ") + (best.length > 2 ? ` and ${best.length - 2} more` : ""),
      `${quantity(own, "tokens")} of reference training by ${report.study.last_day}`),
    tile("By how much", next == null ? "All level" : own && gap != null ? `${fixed((100 * gap) / own, Math.abs(gap / own) < 0.0995 ? 1 : 0)} %` : "–",
      next == null ? "no mix trains more" : `over “${nameOf(report.mixes, next.mix)}”, the next (${quantity(gap, "tokens")})`),
    tile("What binds", first.binds_most || "Nothing on record", "carries most of the bottleneck over the horizon"), restTile(report));
}

const tiles = (v: View) => (v.report.decision ? decided(v.report, v.report.decision) : atModes(v));

function picture(v: View, l: Look, width: number): Picture {
  const { report } = v, metric = report.objective.metric;
  const scale = tokenScale(greatest(report.worlds.flatMap((w) => [value(w, metric), value(w, metric, P90)])));
  const rows = v.worlds, names = rows.map((w) => nameOf(report.mixes, w.mix));
  const room = Math.min(180, width * 0.34), drawn = rows.some((w) => w.draws > 0);
  const at = (x: Num) => (x == null ? null : x / scale.factor);
  const say = (i: number) => {
    const w = rows[i]!, n = (which: number) => number(value(w, metric, which), scale);
    return `${names[i]}: ${n(MODES)} ${unit(scale, "tokens")} at modes` + (w.draws > 0 ? `; P10 ${n(P10)}, P50 ${n(P50)}, P90 ${n(P90)} over ${count(w.draws, "draw")}` : "") + `; rank ${w.rank}${w.meets ? "" : ", misses the condition"}`;
  };
  const range = {
    type: "custom", name: "P10 to P90", encode: { x: [1, 2, 3], y: 0 }, data: rows.map((w, i) => [i, at(value(w, metric, P10)), at(value(w, metric, P50)), at(value(w, metric, P90))]),
    renderItem: (_: unknown, api: any) => {
      const [x1, y] = api.coord([api.value(1), api.value(0)]), [x2] = api.coord([api.value(2), api.value(0)]), [x3] = api.coord([api.value(3), api.value(0)]);
      if (![x1, x2, x3].every(Number.isFinite)) return null;
      const colour = seriesColour(report, rows[api.value(0)]!.mix, l);
      return { type: "group", children: [
        { type: "rect", shape: { x: x1, y: y - 6, width: Math.max(1, x3 - x1), height: 12, r: 3 }, style: { fill: colour, opacity: 0.35 } },
        { type: "line", shape: { x1: x2, y1: y - 10, x2, y2: y + 10 }, style: { stroke: colour, lineWidth: 3 } },
      ] };
    },
  };
  const modes = {
    type: "scatter", name: "At modes", symbol: "diamond", symbolSize: 12, data: rows.map((w, i) => ({ value: [at(value(w, metric)), i] })),
    itemStyle: { color: l.back, borderColor: l.text, borderWidth: 2 },
  };
  return {
    height: 56 + 38 * rows.length,
    stops: rows.map((_, i) => ({ series: drawn ? 1 : 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 24, top: 8, bottom: 44 },
      xAxis: axis(l, { type: "value", min: 0, name: `${unit(scale, "reference tokens")} by ${prose(report.study.last_day)}`, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: names, axisTick: { show: false }, splitLine: { show: false },
        axisLabel: { color: l.text, fontSize: 13, lineHeight: 15, formatter: (t: string) => wrap(t, room - 16) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: drawn ? [range, modes] : [modes],
    },
  };
}

// All outcomes and mixes with the figures that the words above are made of.
function rows(v: View): (Cell | string)[][] {
  const { report } = v, metric = report.objective.metric;
  const scale = tokenScale(greatest(report.worlds.flatMap((w) => [value(w, metric), value(w, metric, P90)])));
  const cell = (w: World, id: string, which: number): Cell => ({ text: number(value(w, id, which), scale), value: value(w, id, which) });
  const share = (w: World, id: string): Cell => ({ text: fixed(value(w, id), 2), value: value(w, id) });
  const out: (Cell | string)[][] = [];
  for (const o of report.outcomes)
    for (const m of report.mixes) {
      const w = worldOf(report, m.id, o.id), first = m.id === report.mixes[0]!.id;
      out.push([o.name, m.name, { text: w.rank ? `${w.rank}${w.meets ? "" : " *"}` : "–", strong: w.rank === 1, value: w.rank },
        cell(w, metric, MODES), cell(w, metric, P10), cell(w, metric, P50), cell(w, metric, P90),
        first ? { text: "–" } : { text: signed(value(w, metric, DIFF), scale), value: value(w, metric, DIFF) },
        first || value(w, metric, DIFF_LOW) == null ? { text: "–" } : { text: `${signed(value(w, metric, DIFF_LOW), scale)} to ${signed(value(w, metric, DIFF_HIGH), scale)}` },
        { text: o.draws ? `${w.leads} of ${o.draws}` : "–", value: w.leads }, share(w, "rec.served"), share(w, "money.converted_share")]);
    }
  return out;
}

export const answer: PanelParts = {
  id: "answer", short: "Answer",
  question: "Which mix should be chosen, and how sure is that?",
  scope: (v) => (v.report.decision ? `Outcomes weigh ${weights(v.report, v.report.decision)} (${v.report.decision.basis}). Chart and table: outcome “${v.outcomeName}”` : `Outcome “${v.outcomeName}”. No decision: ${v.report.undecided}`),
  answer: (v) => {
    const o = v.report.outcomes.find((x) => x.id === v.choice.outcome)!, d = v.report.decision;
    return [...(d?.headline ?? []).map(quoted), [d ? bound(v.report, d) : "", rests(v.report)].filter(Boolean).join(" "), (d ? `Outcome “${o.name}” by itself: ` : "") + plain(o.headline, o.name, d != null)];
  },
  extra: (v) => tiles(v),
  plots: [picture],
  note: (v) => `Bars: P10 to P90 over draws of the uncertain inputs, with a line at P50. Diamonds: the run with every input at its mode. Ranges cover the inputs that are drawn${v.report.study.rates === "predicted" ? ", and neither the trust range of the rates nor the model" : ", among them the rate of each kind of chip in its trust range, and not the model"}. A mix meets the condition when it serves ${fixed(100 * v.report.study.served_share, 1).replace(/\.0$/, "")} % of every service's demand; one that does not ranks after those that do.`,
  tables: (v) => {
    const scale = tokenScale(greatest(v.report.worlds.flatMap((w) => [value(w, v.report.objective.metric), value(w, v.report.objective.metric, P90)])));
    const t = unit(scale, "tokens");
    const columns: Column[] = ["Outcome", "Mix", "Rank", `At modes, ${t}`, `P10, ${t}`, `P50, ${t}`, `P90, ${t}`, `Mean less first mix, ${t}`, `90 % interval, ${t}`, "Leads in draws", "Recommendation served, %", "Money converted, %"]
      .map((head, i) => ({ head, number: i > 1 }));
    return [{ caption: "Reference tokens trained by the horizon, by outcome and mix. * misses the condition.", columns, rows: rows(v) }];
  },
};
