// Every chip-hour from order to work has one owner: a waterfall from what was accrued to what was useful.
import { DIFF, MEAN, MODES, P10, P50, P90, nameOf, value, type World } from "../document";
import type { Table } from "../dom";
import { escapeHtml, fixed, greatest, number, scaleFor, unit } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, type Picture } from "../plot";
import type { Look } from "../palette";

export const OWNERS: Record<string, [string, string]> = {
  approval: ["Approval", "ordered, and waiting to be allowed"],
  production: ["Production", "allowed, and not yet delivered"],
  power: ["Power", "delivered, without a hall that has power"],
  network: ["Network", "with power, without a network"],
  installation: ["Installation", "being installed and burnt in"],
  porting: ["Porting", "online, but the software does not run well enough yet"],
  queue: ["Queue", "online, without work to do"],
  failure: ["Failure", "broken, recovering, or doing lost work again"],
  stall: ["Stall", "in work, waiting for communication or for one another"],
  demand: ["Low demand", "kept for serving, at hours with little to serve"],
  useful: ["Useful work", "computing"],
};
const ownerName = (id: string) => OWNERS[id]?.[0] ?? id;

const hours = (w: World, owner: string, which = MODES) => value(w, `ledger_hours.${owner}`, which);
const all = (w: World) => value(w, "ledger.chip_hours") ?? 0;

function shownOwners(v: View): string[] {
  return v.report.owners.filter((o) => o !== "useful" && (hours(v.world, o) ?? 0) > 0.0005 * all(v.world));
}

function picture(v: View, l: Look, width: number): Picture | null {
  const w = v.world, total = all(w);
  if (!(total > 0)) return null;
  const scale = scaleFor(total), u = unit(scale, "chip-hours"), at = (x: number) => x / scale.factor;
  let left = total;
  const rows = [{ name: "Accrued", from: 0, size: total, colour: l.neutral, id: "" }];
  for (const o of shownOwners(v)) {
    const size = hours(w, o) ?? 0;
    left -= size;
    rows.push({ name: ownerName(o), from: left, size, colour: o === "demand" || o === "queue" ? l.warn : l.bad, id: o });
  }
  rows.push({ name: ownerName("useful"), from: 0, size: hours(w, "useful") ?? 0, colour: l.good, id: "useful" });
  const share = (r: { size: number }) => `${fixed((100 * r.size) / total, 1)} %`;
  const say = (i: number) => {
    const r = rows[i]!;
    return `${r.name}: ${i > 0 && r.id !== "useful" ? "−" : ""}${number(r.size, scale)} ${u}, ${share(r)}${r.id ? ` – ${OWNERS[r.id]?.[1] ?? ""}` : " – from order to horizon"}`;
  };
  const labels = width < 500 ? 92 : 120;
  return {
    height: 60 + 34 * rows.length,
    stops: rows.map((_, i) => ({ series: 1, index: i, text: say(i) })),
    option: {
      grid: { left: labels, right: 64, top: 8, bottom: 44 },
      xAxis: axis(l, { type: "value", min: 0, name: u, nameLocation: "middle", nameGap: 28 }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((r) => r.name), axisTick: { show: false }, axisLabel: { color: l.text, fontSize: 13 } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(p.dataIndex))),
      series: [
        { type: "bar", stack: "fall", silent: true, itemStyle: { color: "transparent" }, data: rows.map((r) => at(r.from)), tooltip: { show: false } },
        { type: "bar", stack: "fall", barWidth: "68%", data: rows.map((r) => ({ value: at(r.size), itemStyle: { color: r.colour } })), emphasis: { disabled: true },
          label: { show: true, position: "right", color: l.text, fontSize: 12, formatter: (p: any) => share(rows[p.dataIndex]!) } },
      ],
    },
  };
}

function tables(v: View): Table[] {
  const scale = scaleFor(all(v.world)), u = unit(scale, "chip-hours");
  const cell = (w: World, o: string, which: number) => ({ text: number(hours(w, o, which), scale), value: hours(w, o, which) });
  const own: Table = {
    caption: `Chip-hours by owner: “${v.mixName}”, outcome “${v.outcomeName}”`,
    columns: [{ head: "Owner" }, ...["At modes", "P10", "P50", "P90"].map((head) => ({ head: `${head}, ${u}`, number: true })), { head: "Share at modes, %", number: true },
      { head: `Mean less first mix, ${u}`, number: true }, { head: "Means", wide: true }],
    rows: v.report.owners.map((o) => [ownerName(o), cell(v.world, o, MODES), cell(v.world, o, P10), cell(v.world, o, P50), cell(v.world, o, P90),
      { text: fixed(value(v.world, `ledger.${o}`), 1), value: value(v.world, `ledger.${o}`) }, cell(v.world, o, DIFF), OWNERS[o]?.[1] ?? ""]),
  };
  const most = scaleFor(greatest(v.worlds.map(all)));
  const mixes: Table = {
    caption: `Chip-hours of all mixes at modes, outcome “${v.outcomeName}”, ${unit(most, "chip-hours")}`,
    columns: [{ head: "Mix" }, { head: "Accrued", number: true }, ...v.report.owners.map((o) => ({ head: ownerName(o), number: true }))],
    rows: v.worlds.map((w) => [nameOf(v.report.mixes, w.mix), { text: number(all(w), most), value: all(w) }, ...v.report.owners.map((o) => ({ text: number(hours(w, o), most), value: hours(w, o) }))]),
  };
  return [own, mixes];
}

export const ledger: PanelParts = {
  id: "ledger", short: "Chip-hours",
  question: "Where do the chip-hours go?",
  scope: (v) => `Mix “${v.mixName}”, outcome “${v.outcomeName}”, at modes`,
  answer: (v) => {
    const total = all(v.world);
    if (!(total > 0)) return ["No chip-hour accrued."];
    const worst = shownOwners(v).sort((a, b) => (hours(v.world, b) ?? 0) - (hours(v.world, a) ?? 0))[0];
    const scale = scaleFor(total), drawn = value(v.world, "ledger.useful", MEAN);
    return [`Of ${number(total, scale)} ${unit(scale, "chip-hours")} from order to horizon, ${fixed(value(v.world, "ledger.useful"), 1)} % compute` + (drawn == null ? "." : ` (${fixed(drawn, 1)} % in the mean over draws).`) +
      (worst ? ` Most is lost to ${ownerName(worst).toLowerCase()}: ${fixed(value(v.world, `ledger.${worst}`), 1)} %, ${OWNERS[worst]?.[1] ?? ""}.` : "")];
  },
  plots: [picture],
  note: () => "Read from top to bottom: each bar takes its owner's chip-hours away, and what is left computes. Chips count alike, whatever their speed.",
  tables,
};
