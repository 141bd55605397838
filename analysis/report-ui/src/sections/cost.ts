// What a mix costs over the horizon, against what it does: efficient frontiers.
import type { DecidedMix, Decision } from "../document";
import { escapeHtml, moneyScale, greatest, number, percent, quantity, unit, usdUnit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, type Picture } from "../plot";
import { h } from "../dom";
import { textOn, type Look } from "../palette";
import { marked, mixName, money, of, starred, tail, tailNote, tokens } from "./decision";
import { seriesColour } from "./answer";

// An axis' range around its values.
function span(values: number[]): { low: number; high: number } {
  const low = Math.min(...values), high = Math.max(...values), pad = Math.max((high - low) * 0.12, Math.abs(high) * 0.02, 1e-9);
  return { low: low >= 0 ? Math.max(0, low - pad) : low - pad, high: high + pad };
}

interface Place { position: "top" | "bottom" | "right" | "left"; offset: [number, number] }

// Where the name of each point stands: the first place in which it meets no name that stands already, no point, and not the edge; null: nowhere.
function placed(points: { x: number; y: number; width: number }[], right: number): (Place | null)[] {
  interface Box { x1: number; x2: number; y1: number; y2: number }
  const taken: Box[] = points.map((p) => ({ x1: p.x - 8, x2: p.x + 8, y1: p.y - 8, y2: p.y + 8 }));
  return points.map((p) => {
    const half = p.width / 2, aside = half - 8;
    const at = (position: Place["position"], dx: number, dy: number): [Place, Box] => {
      const x = p.x + dx + (position === "right" ? 12 + half : position === "left" ? -12 - half : 0), y = p.y + dy + (position === "top" ? -19 : position === "bottom" ? 19 : 0);
      return [{ position, offset: [dx, dy] }, { x1: x - half, x2: x + half, y1: y - 8, y2: y + 8 }];
    };
    const tries = [at("top", 0, 0), at("bottom", 0, 0), at("right", 0, 0), at("left", 0, 0), at("top", aside, 0), at("top", -aside, 0), at("bottom", aside, 0), at("bottom", -aside, 0), at("top", 0, -17), at("bottom", 0, 17), at("bottom", 0, 34)];
    const free = tries.find(([, b]) => b.x1 > 2 && b.x2 < right - 2 && b.y1 > 0 && taken.every((t) => b.x2 < t.x1 || b.x1 > t.x2 || b.y2 < t.y1 || b.y1 > t.y2));
    if (free != null) taken.push(free[1]);
    return free?.[0] ?? null;
  });
}

function picture(v: View, l: Look, width: number, title: string, gain: (m: DecidedMix) => number, on: string[]): Picture {
  const d = of(v), scale = tokens(d), usd = money(d), u = unit(scale, "reference tokens"), narrow = width < 500;
  const say = (i: number) => {
    const m = d.mixes[i]!;
    return `${marked(m)}: ${quantity(m.cost.present, "USD")} present value, ${number(gain(m), scale)} ${u}; ${on.includes(m.mix) ? "on the frontier" : "not on the frontier"}`;
  };
  const at = (m: DecidedMix): [number, number] => [m.cost.present / usd.factor, gain(m) / scale.factor];
  const name = (i: number) => (narrow ? String(i + 1) : marked(d.mixes[i]!));  // a number where there is no room
  const points = d.mixes.map(at), x = span(points.map((p) => p[0])), y = span(points.map((p) => p[1]));
  const height = narrow ? 340 : 400, grid = { left: 60, right: 16, top: 34, bottom: 44 };
  const places = placed(points.map((p, i) => ({ x: grid.left + ((p[0] - x.low) / (x.high - x.low)) * (width - grid.left - grid.right), y: grid.top + ((y.high - p[1]) / (y.high - y.low)) * (height - grid.top - grid.bottom), width: 6.6 * name(i).length })), width);
  return {
    title, height,
    stops: d.mixes.map((_, i) => ({ series: 0, index: i, text: say(i) })),
    option: {
      grid,
      xAxis: axis(l, { type: "value", min: x.low, max: x.high, name: `present value, ${usdUnit(usd)}`, nameLocation: "middle", nameGap: 28,
        axisLabel: { color: l.faint, fontSize: 12, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (v: number) => number(v * usd.factor, { ...usd, decimals: x.high - x.low < 2 ? 2 : 1 }) } }),
      yAxis: axis(l, { type: "value", min: y.low, max: y.high, name: u, nameLocation: "end", nameGap: 12, nameTextStyle: { color: l.faint, fontSize: 12, align: "left", padding: [0, 0, 0, -52] },
        axisLabel: { color: l.faint, fontSize: 12, hideOverlap: true, showMinLabel: false, showMaxLabel: false } }),
      tooltip: tooltip(l, (p) => (p.seriesIndex === 0 ? escapeHtml(say(p.dataIndex)) : "")),
      series: [
        { type: "scatter", symbol: "circle", z: 3, data: d.mixes.map((m, i) => ({
          value: at(m), symbolSize: on.includes(m.mix) ? 15 : 11,
          itemStyle: { color: on.includes(m.mix) ? seriesColour(v.report, m.mix, l) : l.back, borderColor: seriesColour(v.report, m.mix, l), borderWidth: 2.5 },
          label: { show: places[i] != null, position: places[i]?.position ?? "top", offset: places[i]?.offset ?? [0, 0], distance: 5, color: l.text, fontSize: 12, formatter: name(i), textBorderColor: l.back, textBorderWidth: 3 },
        })) },
        { type: "line", step: "end", symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { color: l.neutral, type: [5, 4], width: 1.5 }, data: on.map((id) => at(d.mixes.find((m) => m.mix === id)!)) },
      ],
    },
  };
}

// What the numbers are.
function key(v: View, l: Look): HTMLElement {
  return h("ol", { class: "letters narrow-only" }, ...of(v).mixes.map((m, i) => {
    const mark = h("span", { class: "letter" }, String(i + 1));
    mark.style.background = seriesColour(v.report, m.mix, l);
    mark.style.color = textOn(seriesColour(v.report, m.mix, l));
    return h("li", {}, mark, marked(m));
  }));
}

const onWhich = (d: Decision, id: string) => ([["cost and expected work", d.frontiers.cost_expected], ["cost and worst worlds", d.frontiers.cost_cvar], ["expected work and worst worlds", d.frontiers.expected_cvar]] as const).filter(([, list]) => list.includes(id)).map(([name]) => name);

export const cost: PanelParts = {
  id: "cost", short: "Cost",
  question: "What does it cost?",
  scope: () => "Means over all worlds by their weights",
  answer: (v) => {
    const d = of(v), best = d.mixes.find((m) => m.mix === d.choices.expected)!, cheap = d.mixes.filter((m) => m.cost.usd_per_ttoken != null).reduce<DecidedMix | null>((a, m) => (a == null || m.cost.usd_per_ttoken! < a.cost.usd_per_ttoken! ? m : a), null);
    const on = d.frontiers.cost_expected.map((id) => `“${mixName(v, id)}”`);
    return [`“${best.name}” costs ${quantity(best.cost.present, "USD")} in present value, ${quantity(best.cost.usd_per_ttoken, "USD")} per T tokens` +
      (cheap == null || cheap === best ? (cheap === best ? ", the least of all mixes." : ".") : `; least per token costs “${cheap.name}”, ${quantity(cheap.cost.usd_per_ttoken, "USD")}.`) +
      ` No mix does more expected work at no more cost than ${on.join(", ")}.`];
  },
  plots: [
    (v, l, w) => picture(v, l, w, "Cost against expected work", (m) => m.expected, of(v).frontiers.cost_expected),
    (v, l, w) => picture(v, l, w, `Cost against work in the ${tail(of(v))}`, (m) => m.cvar, of(v).frontiers.cost_cvar),
  ],
  extra: key,
  note: (v) => `Filled, and joined by the dashed line: the efficient frontier, mixes that may be chosen and that no other one beats at no more cost. Present value: of all that is paid, discounted by ${percent(of(v).discount, 1)} a year, less that of the chips' straight-line residual (life ${of(v).life_years} years) at the horizon. Neither hosts, network, halls nor staff. ${tailNote(of(v))}${starred(of(v))}`,
  tables: (v) => {
    const d = of(v), usd = money(d), u = usdUnit(usd), each = moneyScale(greatest(d.mixes.flatMap((m) => [m.cost.usd_per_ttoken, m.cost.chips_usd_per_ttoken]))), cell = (x: number) => ({ text: number(x, usd), value: x });
    return [{
      caption: `Cost by mix, ${u}, means over worlds.${starred(d)}`,
      columns: [{ head: "Mix" }, ...["Chips", "Lost", "Energy", "Porting", "Residual of chips", "Present value"].map((head) => ({ head: `${head}, ${u}`, number: true })), ...["present value", "price of the chips alone"].map((what) => ({ head: `${usdUnit(each)} per T tokens, ${what}`, number: true })), { head: "On the frontier of" }],
      rows: d.mixes.map((m) => [marked(m), cell(m.cost.chips), cell(m.cost.lost), cell(m.cost.energy), cell(m.cost.porting), cell(m.cost.residual), cell(m.cost.present),
        ...[m.cost.usd_per_ttoken, m.cost.chips_usd_per_ttoken].map((x) => ({ text: number(x, each), value: x })), onWhich(d, m.mix).join("; ") || "none"]),
    }];
  },
};
