// Which inputs move the answer, one at a time. Only where a sensitivity was computed.
import { nameOf, type Report } from "../document";
import { escapeHtml, greatest, number, scaleFor, tokenScale, unit, type Scale } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import type { Look } from "../palette";

type Tornado = NonNullable<Report["tornado"]>[number];
const MOST = 20;  // bars; the table has all

const chosen = (v: View): Tornado | null => v.report.tornado?.find((t) => t.outcome === v.choice.outcome) ?? v.report.tornado?.[0] ?? null;
const words = (t: Tornado) => {
  const text = t.output.replace(/`([^`]*)`/g, "“$1”").replace("train.reference_tokens", "reference tokens");
  return text.charAt(0).toUpperCase() + text.slice(1); };
const scaleOf = (t: Tornado): Scale => (t.unit === "tokens" ? tokenScale : scaleFor)(greatest([t.base, ...t.bars.flatMap((b) => [b.low, b.high])]));

function picture(v: View, l: Look, width: number): Picture | null {
  const t = chosen(v);
  if (t == null || t.base == null || t.bars.length === 0) return null;
  const scale = scaleOf(t), u = unit(scale, t.unit), bars = t.bars.slice(0, MOST), base = t.base / scale.factor, room = Math.min(260, width * 0.4);
  const say = (i: number) => {
    const b = bars[i]!;
    return `${b.input} (${b.confidence}): at ${b.low_value} ${number(b.low, scale)}, at ${b.high_value} ${number(b.high, scale)} ${u}`;
  };
  const side = (name: string, end: "low" | "high", colour: string, decal: boolean) => ({
    type: "custom", name, data: bars.map((b, i) => [base, (b[end] ?? t.base!) / scale.factor, i]), encode: { x: [0, 1], y: 2 }, itemStyle: { color: colour },
    renderItem: (_: unknown, api: any) => {
      const [x1, y] = api.coord([api.value(0), api.value(2)]), [x2] = api.coord([api.value(1), api.value(2)]);
      return { type: "rect", shape: { x: Math.min(x1, x2), y: y - 9, width: Math.max(1, Math.abs(x2 - x1)), height: 18 }, style: { fill: colour, stroke: decal ? l.text : undefined, lineWidth: decal ? 0.5 : 0 } };
    },
  });
  return {
    height: 84 + 28 * bars.length,
    stops: bars.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 20, top: 32, bottom: 44 },
      legend: { top: 0, left: 0, textStyle: { color: l.text }, selectedMode: false },
      xAxis: axis(l, { type: "value", scale: true, name: u, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: bars.map((b) => b.input), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 14, formatter: (x: string) => wrap(x, room - 10) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [side("input low", "low", l.series[1]!, true), side("input high", "high", l.series[0]!, false)],
    },
  };
}

export const tornado: PanelParts = {
  id: "tornado", short: "Sensitivity",
  question: "Which inputs move the answer?",
  scope: (v) => {
    const t = chosen(v);
    return t ? `${words(t)}, outcome “${nameOf(v.report.outcomes, t.outcome)}”, one input at a time, all others at their medians` : "";
  },
  answer: (v) => {
    const t = chosen(v), b = t?.bars[0];
    if (t == null || b == null) return ["No input was varied."];
    const scale = scaleOf(t);
    return [`Most moves with ${b.input} (${b.confidence}): from ${number(b.low, scale)} at ${b.low_value} to ${number(b.high, scale)} ${unit(scale, t.unit)} at ${b.high_value}, where ${number(t.base, scale)} is the base.`];
  },
  plots: [picture],
  note: (v) => ((chosen(v)?.bars.length ?? 0) > MOST ? `The ${MOST} inputs that move it most; the table has all.` : ""),
  tables: (v) => (v.report.tornado ?? []).map((t) => {
    const scale = scaleOf(t), u = unit(scale, t.unit), cell = (x: number | null) => ({ text: number(x, scale), value: x });
    return { caption: `${words(t)} by input, outcome “${nameOf(v.report.outcomes, t.outcome)}”, ${u}`, columns: [{ head: "Input" }, { head: "Confidence" }, { head: "Low" }, { head: "High" }, { head: `At low, ${u}`, number: true }, { head: `At high, ${u}`, number: true }],
      rows: t.bars.map((b) => [b.input, b.confidence, b.low_value, b.high_value, cell(b.low), cell(b.high)]) };
  }),
};
