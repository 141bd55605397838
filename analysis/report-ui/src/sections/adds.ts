// Two mixes set side by side: with and without a supplier, an option, a stop-loss.
import type { Difference } from "../document";
import type { Table } from "../dom";
import { OWNERS } from "./ledger";
import { escapeHtml, fixed, greatest, scaleFor, signed, tokenScale, unit, usdUnit, moneyScale, percent } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import type { Look } from "../palette";
import { mixName, of, tail } from "./decision";

const all = (v: View): Difference[] => [...of(v).suppliers, ...of(v).pairs];
const scaleOf = (v: View) => tokenScale(greatest(all(v).flatMap((x) => [x.expected, x.low, x.high])));
const label = (v: View, x: Difference) => `${x.added}: “${mixName(v, x.with)}” less “${mixName(v, x.without)}”`;
const level = (x: Difference) => x.low != null && x.high != null && x.low <= 0 && x.high >= 0;

function picture(v: View, l: Look, width: number): Picture | null {
  const rows = all(v), scale = scaleOf(v), u = unit(scale, "reference tokens"), room = Math.min(300, width * 0.42);
  if (rows.length === 0) return null;
  const say = (i: number) => {
    const x = rows[i]!;
    return `${label(v, x)}: ${signed(x.expected, scale)} ${u}` + (x.low == null ? "" : `, 90 % interval ${signed(x.low, scale)} to ${signed(x.high, scale)}`) + (level(x) ? ": level" : "");
  };
  return {
    height: 52 + (width < 500 ? 54 : 40) * rows.length,
    stops: rows.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid: { left: room, right: 24, top: 6, bottom: 44 },
      xAxis: axis(l, { type: "value", name: `${u} more`, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((x) => label(v, x)), axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, interval: 0, lineHeight: 14, formatter: (t: string) => wrap(t, room - 10, width < 500 ? 4 : 2) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [{
        type: "custom", encode: { x: [0, 1, 2], y: 3 }, data: rows.map((x, i) => [x.expected, x.low ?? x.expected, x.high ?? x.expected].map((n) => n / scale.factor).concat(i)),
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: l.text, type: "solid", width: 1 }, data: [{ xAxis: 0 }], animation: false },
        renderItem: (p: any, api: any) => {
          const x = rows[p.dataIndex]!, [mid, y] = api.coord([api.value(0), p.dataIndex]), [low] = api.coord([api.value(1), p.dataIndex]), [high] = api.coord([api.value(2), p.dataIndex]);
          const colour = level(x) ? l.neutral : x.expected >= 0 ? l.good : l.bad, line = (x1: number, x2: number, y1: number, y2: number) => ({ type: "line", shape: { x1, x2, y1, y2 }, style: { stroke: colour, lineWidth: 2.5 } });
          return { type: "group", children: [line(low, high, y, y), line(low, low, y - 6, y + 6), line(high, high, y - 6, y + 6), { type: "circle", shape: { cx: mid, cy: y, r: 6 }, style: { fill: level(x) ? l.back : colour, stroke: colour, lineWidth: 2.5 } }] };
        },
      }],
    },
  };
}

function words(x: Difference): string {
  const s = tokenScale(greatest([x.expected, x.low, x.high])), t = unit(s, "tokens");
  const sure = x.low == null ? "" : ` (90 % ${signed(x.low, s)} to ${signed(x.high, s)})`;
  return `${x.added}: ${level(x) ? `level, ${signed(x.expected, s)}` : signed(x.expected, s)} ${t}${sure}; ${x.verdict}.`;
}

function tables(v: View): Table[] {
  const d = of(v), rows = all(v), scale = scaleOf(v), u = unit(scale, "tokens"), usd = moneyScale(greatest(rows.map((x) => x.present_cost))), hours = scaleFor(greatest(rows.flatMap((x) => Object.values(x.ledger_chip_hours)))), h = unit(hours, "chip-hours");
  const cell = (x: number | null) => ({ text: signed(x, scale), value: x }), owners = v.report.owners;
  return [{
    caption: `What is added, reference ${u}: one mix less the other, on the same worlds`,
    columns: [{ head: "Added" }, { head: "Mix with" }, { head: "Less" }, ...[`Expected, ${u}`, `90 % from, ${u}`, `to, ${u}`, `Mean of the ${tail(d)}, ${u}`, `Regret, expected, ${u}`, `Regret, greatest, ${u}`, `Present cost, ${usdUnit(usd)}`, "Other money that differs, %"].map((head) => ({ head, number: true }))],
    rows: rows.map((x) => [x.added, mixName(v, x.with), mixName(v, x.without), cell(x.expected), cell(x.low), cell(x.high), cell(x.cvar), cell(x.expected_regret), cell(x.worst_regret),
      { text: signed(x.present_cost, usd), value: x.present_cost }, { text: x.distance == null ? "–" : fixed(100 * x.distance, 0), value: x.distance }]),
  }, {
    caption: `The same of the chip-hours, ${h}: by owner`,
    columns: [{ head: "Added" }, { head: "Mix with" }, { head: "Less" }, ...owners.map((o) => ({ head: OWNERS[o]?.[0] ?? o, number: true }))],
    rows: rows.map((x) => [x.added, mixName(v, x.with), mixName(v, x.without), ...owners.map((o) => ({ text: signed(x.ledger_chip_hours[o], hours), value: x.ledger_chip_hours[o] ?? null }))]),
  }];
}

export const adds: PanelParts = {
  id: "adds", short: "Added",
  question: "What does a supplier, an option or a stop-loss add?",
  scope: () => "Mean over all outcomes by their weights, on the same worlds",
  answer: (v) => [...(all(v).length === 0 ? ["No two mixes differ by a supplier, an option, a window or a stop-loss alone."] : all(v).slice(0, 8).map((x) => words(x))),
    ...(of(v).no_pair.length ? [`Of ${of(v).no_pair.join(", ")} no two mixes tell: every mix gets ${of(v).no_pair.length > 1 ? "their" : "its"} chips in some world, ordered or by redirected money. capmix decide --without MIX makes mixes that never do.`] : [])],
  plots: [picture],
  note: (v) => (all(v).length === 0 ? "" : "Bars: 90 % interval over draws, paired (Student's t); hollow: level, the interval holds 0. Of each supplier, a mix that gets its chips less one that gets none in any world, not by redirected money either: the two that are most alike but for it. Options, windows, parts and a stop-loss: mixes that spend the same on each offer." +
    (of(v).suppliers.some((x) => (x.distance ?? 0) >= 0.005) ? ` Other money differs by up to ${percent(Math.max(...of(v).suppliers.map((x) => x.distance ?? 0)))}.` : "")),
  tables,
};
