// How far the rates of this study can be trusted, and how well such predictions meet published measurements.
import type { Profile, Stats } from "../document";
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
    title: "Trust in the rates of this study", height: 56 + (width < 500 ? 32 : 28) * rows.length,
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

const classesOf = (v: View) => (v.report.validation?.classes ?? []).filter((c) => !c.name.includes(" on ") && c.all.n > 0);

// Of each class the median, with a line to the 90th percentile: above for measurements that values were fitted on, below for those that no fit saw.
function errors(v: View, l: Look, width: number): Picture | null {
  const rows = classesOf(v);
  if (rows.length === 0) return null;
  const room = Math.min(260, width * 0.42);
  const say = (i: number) => {
    const r = rows[i]!, part = (s: Stats, what: string) => (s.n ? `${what}: ${count(s.n, "measurement")}, median error ${percent(s.median, 1)}, 90th percentile ${percent(s.p90, 1)}, ${percent(s.in_range)} inside the trust range` : `${what}: none`);
    return `${r.name}. ${part(r.fitted, "Fitted")}; ${part(r.predicted, "never seen by a fit")}`;
  };
  const side = (name: string, which: "fitted" | "predicted", up: number, colour: string, mark: "circle" | "diamond") => ({
    type: "custom", name, encode: { x: [0, 1], y: 2 }, data: rows.map((r, i) => [100 * (r[which].median ?? 0), 100 * (r[which].p90 ?? 0), i]),
    renderItem: (p: any, api: any) => {
      const r = rows[p.dataIndex]![which];
      if (r.n === 0) return null;
      const [x1, mid] = api.coord([api.value(0), p.dataIndex]), [x2] = api.coord([api.value(1), p.dataIndex]), y = mid + up;
      return { type: "group", children: [
        { type: "line", shape: { x1, x2, y1: y, y2: y }, style: { stroke: colour, lineWidth: 3, lineDash: which === "predicted" ? [5, 3] : undefined } }, { type: "line", shape: { x1: x2, x2, y1: y - 4, y2: y + 4 }, style: { stroke: colour, lineWidth: 2 } },
        mark === "circle" ? { type: "circle", shape: { cx: x1, cy: y, r: 5 }, style: { fill: colour } } : { type: "polygon", shape: { points: [[x1, y - 6], [x1 + 6, y], [x1, y + 6], [x1 - 6, y]] }, style: { fill: colour } },
      ] };
    },
  });
  return {
    title: "Errors of predictions against published measurements", height: 56 + (width < 500 ? 36 : 32) * rows.length,
    stops: rows.map((_, i) => ({ series: rows[i]!.fitted.n ? 0 : 1, index: i, text: say(i) })),
    legend: [{ name: "fitted: median to P90", colour: l.series[0]!, mark: "circle" }, { name: "never seen by a fit: median to P90", colour: l.series[1]!, mark: "diamond" }],
    option: {
      grid: { left: room, right: 20, top: 6, bottom: 44 },
      xAxis: axis(l, { type: "value", min: 0, name: "error, %", nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((r) => r.name), axisTick: { show: false }, splitLine: { lineStyle: { color: l.grid } }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 13, formatter: (t: string) => wrap(t, room - 10) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [side("fitted: median to P90", "fitted", -6, l.series[0]!, "circle"), side("never seen by a fit: median to P90", "predicted", 6, l.series[1]!, "diamond")],
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
  if (x == null) return out;
  const n = (s: Stats) => ({ text: String(s.n), value: s.n }), three = (s: Stats) => [n(s), pc(s.median), pc(s.p90), pc(s.in_range)];
  out.push({
    caption: `Errors by class of work, against ${count(x.scored, "published measurement")}; ${x.unscored} could not be predicted. Suspect rows (${x.suspect}) count nowhere else`,
    columns: [{ head: "Class of work" }, ...["Fitted", "median error, %", "P90, %", "in trust range, %", "Never fitted", "median error, %", "P90, %", "in trust range, %", "Suspect", "median error, %"].map((head) => ({ head, number: true }))],
    rows: x.classes.map((c) => [c.name, ...three(c.fitted), ...three(c.predicted), n(c.suspect), pc(c.suspect.median)]),
  }, {
    caption: `The ${x.worst.length} measurements that are predicted worst`,
    columns: [{ head: "Case" }, { head: "Class of work" }, { head: "Unit" }, ...["Predicted", "Measured", "Ratio", "Trust from", "to"].map((head) => ({ head, number: true })), { head: "Fitted" }],
    rows: x.worst.map((w) => [w.case, w.class, w.unit, ...[w.predicted, w.measured].map((y) => ({ text: fixed(y, y < 10 ? 2 : 0), value: y })), { text: fixed(w.ratio, 2), value: w.ratio }, ...[w.low, w.high].map((y) => ({ text: fixed(y, y < 10 ? 2 : 0), value: y })), w.calibrated_on ? "yes" : "no"]),
  });
  return out;
}

export const validation: PanelParts = {
  id: "validation", short: "Validation",
  question: "How far can the rates be trusted?",
  answer: (v) => {
    const rows = used(v), fitted = rows.filter((p) => p.calibrated).length, x = v.report.validation;
    const out = [rows.length === 0 ? "No rate was needed." : `Of ${count(rows.length, "rate")} that the runs used, ${fitted} ${fitted === 1 ? "rests" : "rest"} on efficiencies that were fitted on measurements; for the others some efficiency was never measured, and the range is wider.`];
    if (x == null) return out;
    const words = (which: "fitted" | "predicted", what: string) => {
      const all = classesOf(v).filter((c) => c[which].n > 0).sort((a, b) => (a[which].median ?? 0) - (b[which].median ?? 0)), first = all[0], last = all[all.length - 1];
      if (first == null || last == null) return "";
      return `On ${count(all.reduce((a, c) => a + c[which].n, 0), "measurement")} ${what} the median error is ${percent(first[which].median, 1)} (${first.name})` + (last === first ? ". " : ` to ${percent(last[which].median, 1)} (${last.name}) by class of work. `);
    };
    out.push((words("fitted", "that values were fitted on") + words("predicted", "that no fit saw") + (x.suspect ? `${count(x.suspect, "row")} whose source is doubted ${x.suspect === 1 ? "counts" : "count"} in neither.` : "")).trim());
    return out;
  },
  plots: [trust, errors],
  note: (v) => "Bars: by how much the true rate may differ from the predicted one. Filled: all efficiencies were fitted on measurements; dashed: some were never measured." +
    (v.report.validation == null ? " Errors against published measurements are not in this report: the summary that ships with the platforms was not found, and no --scores FILE was given." : " Errors: |ln(predicted / measured)|, of the shipped model and its published measurements (capmix validate), not of this study alone."),
  tables,
};
