// What a mix loses when another outcome comes than the one it is best in: the decision's regret.
import { nameOf } from "../document";
import { escapeHtml, fixed, greatest, number, percent, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import { between, textOn, type Look } from "../palette";
import { marked, mixName, of, starred, tokens } from "./decision";

const heads = (name: string, pixels: number, type: number) => wrap(name, (pixels * 12) / type, 5);
const counted = (draws: number) => (draws > 0 ? `mean over ${draws} draws` : "at modes");

function picture(v: View, l: Look, width: number): Picture {
  const d = of(v), scale = tokens(d), u = unit(scale, "tokens"), mixes = d.mixes.map(marked), outcomes = d.outcomes.map((o) => `${nameOf(v.report.outcomes, o.outcome)} (${percent(o.weight)})`);
  const cells = d.outcomes.flatMap((_, x) => d.mixes.map((m, y) => ({ x, y, regret: m.regret[x]!, gain: m.gain[x]! })));
  const most = Math.max(1e-300, greatest(cells.map((c) => c.regret)));
  const colour = (r: number) => between(l.ramp[0], l.ramp[1], Math.sqrt(Math.max(0, r) / most));
  const say = (i: number) => {
    const c = cells[i]!;
    return `${mixes[c.y]} when it comes “${outcomes[c.x]}”: ${number(c.regret, scale)} ${u} less than the best mix, with ${number(c.gain, scale)} ${u} itself, ${counted(d.outcomes[c.x]!.draws)}`;
  };
  const room = Math.min(180, width * 0.3), each = (width - room - 8) / outcomes.length;
  const type = each < 90 ? 10 : 12, lines = Math.max(...outcomes.map((o) => heads(o, each, type).split("\n").length)), above = 12 + 14 * lines;
  return {
    height: above + 8 + 44 * mixes.length,
    stops: cells.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 8, top: above, bottom: 4 },
      xAxis: axis(l, { type: "category", position: "top", data: outcomes, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false },
        axisLabel: { color: l.text, fontSize: type, interval: 0, lineHeight: 14, formatter: (t: string) => heads(t, each, type) } }),
      yAxis: axis(l, { type: "category", inverse: true, data: mixes, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false },
        axisLabel: { color: l.text, fontSize: 13, lineHeight: 15, formatter: (t: string) => wrap(t, room - 16) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [{
        type: "heatmap", emphasis: { disabled: true },
        data: cells.map((c) => ({ value: [c.x, c.y, c.regret], itemStyle: { color: colour(c.regret), borderColor: l.back, borderWidth: 2 },
          label: { show: true, formatter: number(c.regret, scale), color: textOn(colour(c.regret)), fontSize: width < 500 ? 12 : 14 } })),
      }],
      visualMap: { show: false, min: 0, max: most, dimension: 2, inRange: {}, seriesIndex: [] },
    },
  };
}

export const regret: PanelParts = {
  id: "regret", short: "Regret",
  question: "What does each mix lose if the world turns out differently?",
  scope: (v) => (of(v).outcomes.some((o) => o.draws > 0) ? "Mean over the draws that all mixes have; weight of each outcome in brackets" : "At modes; weight of each outcome in brackets"),
  answer: (v) => {
    const d = of(v), scale = tokens(d), best = d.mixes.find((m) => m.mix === d.choices.minimax_regret)!;
    if (d.outcomes.length === 1) return [`There is one outcome, “${nameOf(v.report.outcomes, d.outcomes[0]!.outcome)}”: with no other to be wrong about, regret is what a mix has less than the best.`];
    const u = unit(scale, "tokens"), worst = best.regret.reduce((a, r, i) => (r > best.regret[a]! ? i : a), 0), o = d.outcomes[worst]!;
    return [`“${mixName(v, best.mix)}” has the smallest worst case: in no outcome does it train more than ${number(best.worst_regret, scale)} ${u} less than the mix that is best in it${o.draws > 0 ? ", in the mean over its draws" : ""}. ` +
      (best.worst_regret > 0 ? `It is that far behind in “${nameOf(v.report.outcomes, o.outcome)}”, which weighs ${percent(o.weight)}.` : "It is the best in every outcome.")];
  },
  plots: [picture],
  note: (v) => `Regret: mean work of the best mix of the outcome that may be chosen, less that of this one, in reference ${unit(tokens(of(v)), "tokens")}. 0 is best; darker (in dark mode: brighter) is worse.${starred(of(v))}`,
  tables: (v) => {
    const d = of(v), scale = tokens(d), u = unit(scale, "tokens"), cell = (x: number) => ({ text: number(x, scale), value: x });
    return [{
      caption: `Regret by outcome and mix, reference ${u}.${starred(d)}`,
      columns: [{ head: "Outcome" }, { head: "Weight, %", number: true }, { head: "Mix" }, { head: `Work, ${u}`, number: true }, { head: `Regret, ${u}`, number: true }, { head: "Over" }],
      rows: d.outcomes.flatMap((o, x) => d.mixes.map((m) => [nameOf(v.report.outcomes, o.outcome), { text: fixed(100 * o.weight, 1), value: o.weight }, marked(m), cell(m.gain[x]!), cell(m.regret[x]!), counted(o.draws)])),
    }];
  },
};
