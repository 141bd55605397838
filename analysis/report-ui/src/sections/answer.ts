// Which mix, by how much, how sure, what binds, and what the answer rests on.
import { DIFF, DIFF_HIGH, DIFF_LOW, MODES, P10, P50, P90, nameOf, value, worldOf, type Num, type Report, type World } from "../document";
import { h, type Cell, type Column } from "../dom";
import { count, escapeHtml, fixed, greatest, number, percent, prose, quantity, signed, tokenScale, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import { DASHES, MARKS, type Look } from "../palette";

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
function plain(headline: string, outcome: string): string {
  const text = headline.startsWith(outcome + ": ") ? headline.slice(outcome.length + 2) : headline;
  const quoted = text.replace(/`([^`]*)`/g, "“$1”");
  return quoted.charAt(0).toUpperCase() + quoted.slice(1) + ".";
}

function rests(report: Report): string {
  const c = report.notes.confidence, all = Object.values(c).reduce((a, b) => a + b, 0);
  if (all === 0) return "No input with a source is on record.";
  const widest = report.notes.trust.reduce<Report["notes"]["trust"][number] | null>((a, t) => (a == null || t.high / t.low > a.high / a.low ? t : a), null);
  return `It rests on ${count(all, "input")} with a source, of which ${fixed(c.assumption ?? 0, 0)} are assumptions` +
    (widest ? `, and least on firm ground for ${widest.chip}, whose rates are trusted within ×${fixed(widest.low, 2)} to ×${fixed(widest.high, 2)}.` : ".");
}

function tile(label: string, text: string, more: string): HTMLElement {
  return h("div", { class: "tile" }, h("dt", {}, label), h("dd", {}, h("strong", {}, prose(text)), h("span", {}, prose(more))));
}

function tiles(v: View): HTMLElement {
  const { report } = v, metric = report.objective.metric;
  const best = leaders(v), first = best[0];
  if (first == null) return h("p", {}, "There is no run at modes in this outcome.");
  const own = value(first, metric), others = v.worlds.filter((w) => w.rank > 1).sort((a, b) => a.rank - b.rank);
  const next = others[0], gap = next && own ? own - (value(next, metric) ?? 0) : null;
  const sure = v.worlds.reduce((a, w) => (w.leads > a.leads ? w : a), first);
  const c = report.notes.confidence, all = Object.values(c).reduce((a, b) => a + b, 0);
  return h("dl", { class: "tiles" },
    tile("Leads", best.map((w) => `“${nameOf(report.mixes, w.mix)}”`).slice(0, 2).join(" and ") + (best.length > 2 ? ` and ${best.length - 2} more` : ""),
      `${quantity(own, "tokens")} of reference training by ${report.study.last_day}`),
    tile("By how much", next == null ? "All level" : own && gap != null ? `${fixed((100 * gap) / own, Math.abs(gap / own) < 0.0995 ? 1 : 0)} %` : "–",
      next == null ? "no mix trains more" : `over “${nameOf(report.mixes, next.mix)}”, the next (${quantity(gap, "tokens")})`),
    tile("How sure", v.draws ? `${sure.leads} of ${count(v.draws, "draw")}` : "Not drawn", v.draws ? `led by “${nameOf(report.mixes, sure.mix)}”` : "one run at modes: the spread of the inputs is not in it"),
    tile("What binds", first.binds_most || "Nothing on record", "carries most of the bottleneck over the horizon"),
    tile("What it rests on", all ? `${percent((c.assumption ?? 0) / all)} assumptions` : "–", `of ${count(all, "input")} with a source`));
}

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
  question: "Which mix trains the most, and how sure is that?",
  scope: (v) => `Outcome “${v.outcomeName}”`,
  answer: (v) => {
    const o = v.report.outcomes.find((x) => x.id === v.choice.outcome)!;
    return [plain(o.headline, o.name), rests(v.report)];
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
