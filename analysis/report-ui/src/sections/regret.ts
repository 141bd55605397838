// What a mix loses when another outcome comes than the one it is best in.
import { nameOf, type Num } from "../document";
import { escapeHtml, greatest, number, tokenScale, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import { between, textOn, type Look } from "../palette";

const drawn = (v: View) => v.report.regret.some((o) => o.mixes.some((m) => m.draws > 0));
const which = (v: View) => (drawn(v) ? "mean" : "modes") as "mean" | "modes";
const scaleOf = (v: View) => tokenScale(greatest(v.report.regret.flatMap((o) => o.mixes.flatMap((m) => [m.modes, m.mean]))));

// The mix whose worst outcome is least bad.
function robust(v: View): { mix: string; worst: number } | null {
  let best: { mix: string; worst: number } | null = null;
  for (const [i, m] of v.report.mixes.entries()) {
    const row = v.report.regret.map((o) => o.mixes[i]![which(v)]);
    if (row.some((x) => x == null)) continue;
    const worst = Math.max(...(row as number[]));
    if (best == null || worst < best.worst) best = { mix: m.id, worst };
  }
  return best;
}

const heads = (name: string, pixels: number, type: number) => wrap(name, (pixels * 12) / type, 4);

function picture(v: View, l: Look, width: number): Picture {
  const { report } = v, scale = scaleOf(v), u = unit(scale, "tokens"), mixes = report.mixes.map((m) => m.name), outcomes = report.outcomes.map((o) => o.name);
  const cells = report.regret.flatMap((o, x) => o.mixes.map((m, y) => ({ x, y, regret: m[which(v)] as Num, m })));
  const most = Math.max(1e-300, greatest(cells.map((c) => c.regret)));
  const colour = (r: Num) => between(l.ramp[0], l.ramp[1], Math.sqrt(Math.max(0, r ?? 0) / most));
  const say = (i: number) => {
    const c = cells[i]!;
    return `${mixes[c.y]} when it comes “${outcomes[c.x]}”: ${number(c.regret, scale)} ${u} less than the best mix` + (drawn(v) ? ` in the mean over draws, ${number(c.m.modes, scale)} at modes, P90 ${number(c.m.p90, scale)}` : " at modes");
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
        data: cells.map((c) => ({ value: [c.x, c.y, c.regret ?? 0], itemStyle: { color: colour(c.regret), borderColor: l.back, borderWidth: 2 },
          label: { show: true, formatter: number(c.regret, scale), color: textOn(colour(c.regret)), fontSize: width < 500 ? 12 : 14 } })),
      }],
      visualMap: { show: false, min: 0, max: most, dimension: 2, inRange: {}, seriesIndex: [] },
    },
  };
}

export const regret: PanelParts = {
  id: "regret", short: "Regret",
  question: "What does each mix lose if the world turns out differently?",
  scope: (v) => (drawn(v) ? "Mean over the draws that all mixes have" : "At modes"),
  answer: (v) => {
    const best = robust(v), scale = scaleOf(v);
    if (best == null) return ["There are not enough runs to compare mixes in every outcome."];
    if (v.report.outcomes.length === 1) return [`There is one outcome, “${v.report.outcomes[0]!.name}”: with no other to be wrong about, regret is what a mix has less than the best.`];
    return [`“${nameOf(v.report.mixes, best.mix)}” has the smallest worst case: whichever outcome comes, it trains at most ${number(best.worst, scale)} ${unit(scale, "tokens")} less than the mix that is best in it.`];
  },
  plots: [picture],
  note: (v) => `Regret is the reference tokens that the best mix of the same outcome, in the same draw, trains more, in ${unit(scaleOf(v), "tokens")}. 0 is best; darker (in dark mode: brighter) is worse. A negative number trains more than the best mix and misses the condition.`,
  tables: (v) => {
    const scale = scaleOf(v), u = unit(scale, "tokens");
    return [{
      caption: `Regret by outcome and mix, ${u}`,
      columns: [{ head: "Outcome" }, { head: "Mix" }, ...["At modes", "Mean", "P50", "P90"].map((head) => ({ head: `${head}, ${u}`, number: true })), { head: "Draws", number: true }],
      rows: v.report.regret.flatMap((o) => o.mixes.map((m) => [nameOf(v.report.outcomes, o.outcome), nameOf(v.report.mixes, m.mix),
        ...[m.modes, m.mean, m.p50, m.p90].map((x) => ({ text: number(x, scale), value: x })), { text: String(m.draws), value: m.draws }])),
    }];
  },
};
