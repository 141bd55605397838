// Which inputs move the answer, one at a time. Only where a sensitivity was computed.
import { nameOf, type Report } from "../document";
import { escapeHtml, greatest, number, scaleFor, tokenScale, unit, type Scale } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrapPath, type Picture } from "../plot";
import type { Look } from "../palette";

type Tornado = NonNullable<Report["tornado"]>[number];
const MOST = 20;       // bars; the table has all
const LEAST = 0.002;   // of the widest bar: a narrower one is in the table alone

// Of the work of a mix, and of its lead over another.
const all = (v: View): Tornado[] => v.report.tornado ?? [];
const chosen = (v: View): Tornado | null => all(v)[0] ?? null;
const words = (t: Tornado) => {
  const text = t.output.replace(/`([^`]*)`/g, "“$1”").replace(/^train\.reference_tokens, (.*) less (.*)$/, "reference tokens of $1 less those of $2").replace("train.reference_tokens", "reference tokens");
  return text.charAt(0).toUpperCase() + text.slice(1); };
const scaleOf = (t: Tornado): Scale => (t.unit === "tokens" ? tokenScale : scaleFor)(greatest([t.base, ...t.bars.flatMap((b) => [b.low, b.high])]));

// Of a lead: which inputs alone turn its sign.
function flips(t: Tornado): string {
  if (!t.output.includes(" less ") || t.base == null) return "";
  const turned = t.bars.filter((b) => [b.low, b.high].some((x) => x != null && x * t.base! < 0)).map((b) => b.input);
  return turned.length === 0 ? " No input alone turns its sign." : ` Its sign is turned by ${turned.slice(0, 4).join(", ")}${turned.length > 4 ? ` and ${turned.length - 4} more` : ""} alone.`;
}

const swing = (b: Tornado["bars"][number]) => (b.low == null || b.high == null ? 0 : Math.max(b.high, b.low) - Math.min(b.high, b.low));
function shown(t: Tornado): Tornado["bars"] {
  const off = (b: Tornado["bars"][number]) => Math.max(swing(b), Math.abs((b.low ?? t.base!) - t.base!), Math.abs((b.high ?? t.base!) - t.base!)), most = Math.max(...t.bars.map(off));
  return t.bars.filter((b) => off(b) >= LEAST * most).slice(0, MOST);
}

function picture(t: Tornado | undefined, l: Look, width: number): Picture | null {
  if (t == null || t.base == null || t.bars.length === 0 || greatest([t.base, ...t.bars.flatMap((b) => [b.low, b.high])]) === 0) return null;
  const scale = scaleOf(t), u = unit(scale, t.unit), bars = shown(t), base = t.base / scale.factor, room = Math.min(260, width * 0.4);
  const say = (i: number) => {
    const b = bars[i]!;
    return `${b.input} (${b.confidence}): at ${b.low_value} ${number(b.low, scale)}, at ${b.high_value} ${number(b.high, scale)} ${u}`;
  };
  const side = (name: string, end: "low" | "high", colour: string, decal: boolean) => ({
    type: "custom", name, data: bars.map((b, i) => [base, (b[end] ?? t.base!) / scale.factor, i]), encode: { x: [0, 1], y: 2 }, itemStyle: { color: colour },
    renderItem: (_: unknown, api: any) => {
      const [x1, y] = api.coord([api.value(0), api.value(2)]), [x2] = api.coord([api.value(1), api.value(2)]);
      return { type: "rect", shape: { x: Math.min(x1, x2), y: end === "low" ? y - 9 : y, width: Math.max(1, Math.abs(x2 - x1)), height: 9 }, style: { fill: colour, stroke: decal ? l.text : undefined, lineWidth: decal ? 0.5 : 0 } };
    },
  });
  return {
    title: words(t),
    height: 60 + 28 * bars.length,
    stops: bars.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    legend: [{ name: "input low", colour: l.series[1]!, mark: "box" }, { name: "input high", colour: l.series[0]!, mark: "box" }],
    option: {
      grid: { left: room, right: 20, top: 8, bottom: 44 },
      xAxis: axis(l, { type: "value", scale: true, name: u, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: bars.map((b) => b.input), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 14, formatter: (x: string) => wrapPath(x, room - 10) } }),
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
    return t ? `Outcome “${nameOf(v.report.outcomes, t.outcome)}”, one input at a time, all others at their medians` : "";
  },
  answer: (v) => {
    const out = all(v).filter((t) => t.bars.length > 0).map((t) => {
      if (greatest([t.base, ...t.bars.flatMap((b) => [b.low, b.high])]) === 0) return `${words(t)} are 0, whatever input moves.`;
      const scale = scaleOf(t), b = t.bars[0]!, u = unit(scale, t.unit);
      return `${words(t)} move most with ${b.input} (${b.confidence}): ${number(b.low, scale)} at ${b.low_value} and ${number(b.high, scale)} at ${b.high_value}, against ${number(t.base, scale)} ${u} at the median.` + flips(t);
    });
    return out.length > 0 ? out : ["No input was varied."];
  },
  plots: [0, 1].map((i) => (v: View, l: Look, width: number) => picture(all(v)[i], l, width)),
  note: (v) => "Groups are moved together: an approval with its decision, a building with all its tasks, a producer, an offer." + (all(v).some((t) => t.bars.length > shown(t).length) ? " The charts have the inputs that move most; the tables have all." : ""),
  tables: (v) => all(v).map((t) => {
    const scale = scaleOf(t), u = unit(scale, t.unit), cell = (x: number | null) => ({ text: number(x, scale), value: x });
    return { caption: `${words(t)} by input, outcome “${nameOf(v.report.outcomes, t.outcome)}”, ${u}`, columns: [{ head: "Input" }, { head: "Confidence" }, { head: "Low" }, { head: "High" }, { head: `At low, ${u}`, number: true }, { head: `At high, ${u}`, number: true }],
      rows: t.bars.map((b) => [b.input, b.confidence, b.low_value, b.high_value, cell(b.low), cell(b.high)]) };
  }),
};
