// How far the rates of this study can be trusted, and how well such predictions meet published measurements.
import type { Profile } from "../document";
import type { Table } from "../dom";
import { count, escapeHtml, fixed, percent } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import type { Look } from "../palette";

const used = (v: View): Profile[] => v.report.profiles.filter((p) => p.feasible);

function trust(v: View, l: Look, width: number): Picture | null {
  const rows = used(v);
  if (rows.length === 0) return null;
  const room = Math.min(300, width * 0.42), low = Math.min(...rows.map((r) => r.trust_low)), high = Math.max(...rows.map((r) => r.trust_high));
  const say = (i: number) => {
    const r = rows[i]!;
    return `${r.subject}: between ${fixed(r.trust_low, 2)} and ${fixed(r.trust_high, 2)} times the predicted rate; ${r.calibrated ? "efficiencies fitted on measurements" : "not all efficiencies measured"}`;
  };
  return {
    height: 56 + (width < 500 ? 32 : 28) * rows.length,
    stops: rows.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 20, top: 4, bottom: 44 },
      xAxis: axis(l, { type: "log", logBase: 2, min: Math.min(0.5, low * 0.95), max: Math.max(2, high * 1.05), name: "times the predicted rate", nameLocation: "middle", nameGap: 28,
        axisLabel: { color: l.faint, fontSize: 12, formatter: (x: number) => `×${fixed(x, x < 1 ? 2 : 1)}` } }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((r) => r.subject), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 13, formatter: (t: string) => wrap(t, room - 10) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [{
        type: "custom", data: rows.map((r, i) => [r.trust_low, r.trust_high, i]), encode: { x: [0, 1], y: 2 },
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: l.text, type: "solid", width: 1 }, data: [{ xAxis: 1 }], animation: false },
        renderItem: (p: any, api: any) => {
          const r = rows[p.dataIndex]!, [x1, y] = api.coord([r.trust_low, p.dataIndex]), [x2] = api.coord([r.trust_high, p.dataIndex]);
          const fill = r.calibrated ? l.strong : l.back, stroke = r.calibrated ? l.strong : l.bad;
          return { type: "rect", shape: { x: x1, y: y - 6, width: x2 - x1, height: 12, r: 3 }, style: { fill, stroke, lineWidth: 2, lineDash: r.calibrated ? undefined : [4, 3] } };
        },
      }],
    },
  };
}

function errors(v: View, l: Look, width: number): Picture | null {
  const rows = (v.report.validation?.classes ?? []).filter((c) => !c.name.includes(" on ") && c.all.n > 0);
  if (rows.length === 0) return null;
  const room = Math.min(260, width * 0.42), at = (x: number | null) => (x == null ? null : 100 * x);
  const say = (i: number) => {
    const r = rows[i]!;
    return `${r.name}: median error ${percent(r.all.median, 1)}, P90 ${percent(r.all.p90, 1)} over ${count(r.all.n, "measurement")}; ${percent(r.all.in_range)} inside the trust range` + (r.predicted.n ? `; never seen by a fit: ${count(r.predicted.n, "measurement")}, median ${percent(r.predicted.median, 1)}` : "; all of them fitted");
  };
  return {
    height: 84 + (width < 500 ? 32 : 26) * rows.length,
    stops: rows.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 20, top: 32, bottom: 44 },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: l.text, fontSize: 13 } },
      xAxis: axis(l, { type: "value", min: 0, name: "error, %", nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((r) => r.name), axisTick: { show: false }, splitLine: { lineStyle: { color: l.grid } }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 13, formatter: (t: string) => wrap(t, room - 10) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [
        { type: "scatter", name: "median", symbol: "circle", symbolSize: 11, data: rows.map((r, i) => [at(r.all.median), i]), itemStyle: { color: l.series[0] } },
        { type: "scatter", name: "P90", symbol: "diamond", symbolSize: 11, data: rows.map((r, i) => [at(r.all.p90), i]), itemStyle: { color: l.series[1] } },
      ],
    },
  };
}

function tables(v: View): Table[] {
  const pc = (x: number | null) => ({ text: x == null ? "–" : fixed(100 * x, 1), value: x });
  const out: Table[] = [{
    caption: "Rates that this study used",
    columns: [{ head: "Work and chips" }, { head: "Efficiencies" }, { head: "Trust, ×", number: true }, { head: "MFU, %", number: true }, { head: "Step, s", number: true }, { head: "Limit" }, { head: "Plan", wide: true }],
    rows: v.report.profiles.map((p) => (p.feasible
      ? [p.subject, p.calibrated ? "fitted" : "not all measured", `${fixed(p.trust_low, 2)} to ${fixed(p.trust_high, 2)}`, pc(p.mfu), { text: fixed(p.step_s, p.step_s != null && p.step_s < 1 ? 4 : 2), value: p.step_s }, p.limit || "–", p.plan]
      : [p.subject, "–", "–", "–", "–", "–", p.reason || "cannot run"])),
  }];
  const x = v.report.validation;
  if (x != null)
    out.push({
      caption: `Predictions against ${count(x.scored, "published measurement")} (${x.unscored} could not be predicted, ${x.suspect} are suspect and do not count)`,
      columns: [{ head: "Class of work" }, { head: "Measurements", number: true }, { head: "Median error, %", number: true }, { head: "P90, %", number: true }, { head: "In trust range, %", number: true }, { head: "Of these never fitted", number: true }, { head: "Median of these, %", number: true }, { head: "P90 of these, %", number: true }],
      rows: x.classes.map((c) => [c.name, { text: String(c.all.n), value: c.all.n }, pc(c.all.median), pc(c.all.p90), pc(c.all.in_range), { text: String(c.predicted.n), value: c.predicted.n }, pc(c.predicted.median), pc(c.predicted.p90)]),
    });
  return out;
}

export const validation: PanelParts = {
  id: "validation", short: "Validation",
  question: "How far can the rates be trusted?",
  answer: (v) => {
    const rows = used(v), fitted = rows.filter((p) => p.calibrated).length, x = v.report.validation, classes = (x?.classes ?? []).filter((c) => !c.name.includes(" on ") && c.all.n > 0);
    const first = rows.length === 0 ? "No rate was needed." : `Of ${count(rows.length, "rate")} that the runs used, ${fitted} ${fitted === 1 ? "rests" : "rest"} on efficiencies that were fitted on measurements; for the others some efficiency was never measured, and the range is wider.`;
    if (x == null) return [first];
    const worst = classes.reduce((a, c) => ((c.all.median ?? 0) > (a?.all.median ?? -1) ? c : a), classes[0]), best = classes.reduce((a, c) => ((c.all.median ?? 1e9) < (a?.all.median ?? 1e9) ? c : a), classes[0]);
    return [first, `Against ${count(x.scored, "published measurement")} the median error is ${percent(best?.all.median, 1)} (${best?.name}) to ${percent(worst?.all.median, 1)} (${worst?.name}) by class of work.`];
  },
  plots: [trust, errors],
  note: (v) => "Bars: by how much the true rate may differ from the predicted one. Filled: all efficiencies were fitted on measurements; dashed: some were never measured." +
    (v.report.validation == null ? " Predictions beside published measurements are not in this report: capmix validate --csv FILE writes them, and capmix report with --scores FILE shows them." : " Error: |ln(predicted / measured)|."),
  tables,
};
