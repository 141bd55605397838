// Expected work, work in the worst worlds and regret of each mix: which rule chooses which.
import type { DecidedMix } from "../document";
import { escapeHtml, monthName, number, percent, quantity, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import type { Look } from "../palette";
import { marked, mixName, of, starred, tail, tailNote, tokens } from "./decision";

interface Rule { name: string; mark: "circle" | "diamond" | "triangle"; of: (m: DecidedMix) => number; words: string }
const rules = (v: View): Rule[] => [
  { name: "Expected work", mark: "circle", of: (m) => m.expected, words: "expected" },
  { name: `Mean of the ${tail(of(v))} (CVaR)`, mark: "diamond", of: (m) => m.cvar, words: `in the ${tail(of(v))}` },
  { name: "Greatest regret over outcomes (less is better)", mark: "triangle", of: (m) => m.worst_regret, words: "greatest regret" },
];

function picture(v: View, l: Look, width: number): Picture {
  const d = of(v), scale = tokens(d), u = unit(scale, "reference tokens"), room = Math.min(180, width * 0.34), names = d.mixes.map(marked);
  const chosen = [d.choices.expected, d.choices.cvar, d.choices.minimax_regret], colours = [l.series[0]!, l.series[1]!, l.series[2]!];
  const say = (i: number) => `${names[i]}: ` + rules(v).map((r, k) => `${r.words} ${number(r.of(d.mixes[i]!), scale)}${chosen[k] === d.mixes[i]!.mix ? " (the choice)" : ""}`).join(", ") + ` ${u}`;
  return {
    height: 56 + 40 * names.length,
    stops: names.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    legend: rules(v).map((r, k) => ({ name: r.name, colour: colours[k]!, mark: r.mark })),
    option: {
      grid: { left: room, right: 24, top: 8, bottom: 44 },
      xAxis: axis(l, { type: "value", min: Math.min(0, ...d.mixes.map((m) => m.worst_regret / scale.factor)), name: u, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: names, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: l.grid } },
        axisLabel: { color: l.text, fontSize: 13, lineHeight: 15, formatter: (t: string) => wrap(t, room - 16) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      // What a rule chooses is filled and has a number.
      series: rules(v).map((r, k) => ({
        type: "scatter", name: r.name, symbol: r.mark, z: 3 - k,
        data: d.mixes.map((m, i) => ({
          value: [r.of(m) / scale.factor, i], symbolSize: chosen[k] === m.mix ? 16 : 11,
          itemStyle: { color: chosen[k] === m.mix ? colours[k] : l.back, borderColor: colours[k], borderWidth: 2.5 },
          label: { show: chosen[k] === m.mix, position: "top", distance: 3, color: l.text, fontSize: 12, fontWeight: 600, formatter: number(r.of(m), scale), textBorderColor: l.back, textBorderWidth: 2 },
        })),
      })),
    },
  };
}

export const rulesOfChoice: PanelParts = {
  id: "rules", short: "Rules",
  question: "Which mix is best by which rule?",
  scope: () => "Over all outcomes by their weights; greatest regret whatever they weigh",
  answer: (v) => {
    const d = of(v), { expected, cvar, minimax_regret } = d.choices, name = (id: string) => `“${mixName(v, id)}”`, mix = (id: string) => d.mixes.find((m) => m.mix === id)!;
    const barred = d.mixes.filter((m) => !m.may_be_chosen).map((m) => `“${m.name}”`);
    const same = expected === cvar && cvar === minimax_regret;
    return [(same ? `All three rules choose ${name(expected)}: ${quantity(mix(expected).expected, "tokens")} expected, ${quantity(mix(cvar).cvar, "tokens")} in the ${tail(d)}, and at most ${quantity(mix(minimax_regret).worst_regret, "tokens")} behind the best of any outcome${d.outcomes.some((o) => o.draws > 0) ? " in the mean over its draws" : ""}.`
      : `${name(expected)} has most expected work (${quantity(mix(expected).expected, "tokens")}), ${name(cvar)} most in the ${tail(d)} (${quantity(mix(cvar).cvar, "tokens")}), and ${name(minimax_regret)} the least greatest regret (${quantity(mix(minimax_regret).worst_regret, "tokens")}).`) +
      (barred.length ? ` ${barred.join(", ")} may not be chosen.` : "")];
  },
  plots: [picture],
  note: (v) => `Filled: what the rule chooses. ${tailNote(of(v))} Regret: what the best mix of an outcome that may be chosen trains more there, mean over its draws; a mix that may not be chosen can have less than none.${starred(of(v))}`,
  tables: (v) => {
    const d = of(v), scale = tokens(d), u = unit(scale, "tokens"), cell = (x: number, strong = false) => ({ text: number(x, scale), value: x, strong });
    const month = (x: string | null) => (x == null ? "never" : monthName(x));
    return [{
      caption: `Choices, reference ${u}; bold: the choice by that rule.${starred(d)}`,
      columns: [{ head: "Mix" }, ...[`Expected, ${u}`, `Mean of the ${tail(d)}, ${u}`, `Regret, expected, ${u}`, `Regret, greatest, ${u}`, "Serves the demand, % of the worlds' weight"].map((head) => ({ head, number: true })),
        { head: "Half of the work domestic from, P10" }, { head: "P50" }, { head: "P90" }, { head: "May be chosen" }],
      rows: d.mixes.map((m) => [marked(m), cell(m.expected, m.mix === d.choices.expected), cell(m.cvar, m.mix === d.choices.cvar), cell(m.expected_regret), cell(m.worst_regret, m.mix === d.choices.minimax_regret),
        { text: percent(m.serves, 1).replace(" %", ""), value: m.serves }, month(m.half_domestic.p10), month(m.half_domestic.p50), month(m.half_domestic.p90), m.may_be_chosen ? "yes" : "no"]),
    }];
  },
};
