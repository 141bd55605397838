// What holds training back most, as a ribbon of months.
import { nameOf, type Binding } from "../document";
import { h, type Table } from "../dom";
import { escapeHtml, fixed, monthName, percent } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, tooltip, wrap, type Picture } from "../plot";
import { textOn, type Look } from "../palette";

// Constraints of all worlds, each once; one kind ("approval", "production") has one colour, and each constraint a letter.
function constraints(v: View): string[] {
  const seen = new Set<string>();
  for (const w of v.report.worlds) for (const b of w.binding) seen.add(b.constraint);
  return [...seen].sort();
}
const kindOf = (name: string) => name.split(" ")[0]!;
const letter = (i: number) => (i < 26 ? String.fromCharCode(65 + i) : String.fromCharCode(97 + (i % 26)) + (i < 52 ? "" : String(Math.floor(i / 26))));

function colours(v: View, l: Look): (name: string) => string {
  const kinds = [...new Set(constraints(v).map(kindOf))];
  return (name) => l.series[kinds.indexOf(kindOf(name)) % l.series.length]!;
}

interface Run { mix: number; from: number; to: number; name: string; agree: number | null; share: number }

// Months in a row with the same constraint.
function runs(v: View): Run[] {
  const out: Run[] = [];
  v.worlds.forEach((w, mix) => {
    w.binding.forEach((b: Binding) => {
      const month = v.report.months.indexOf(b.month), last = out[out.length - 1];
      if (last && last.mix === mix && last.name === b.constraint && last.to === month) {
        last.agree = last.agree == null || b.agree == null ? null : last.agree + b.agree;
        last.share += b.share ?? 0, ++last.to;
      } else out.push({ mix, from: month, to: month + 1, name: b.constraint, agree: b.agree, share: b.share ?? 0 });
    });
  });
  for (const r of out) {
    const n = r.to - r.from;
    r.agree = r.agree == null ? null : r.agree / n, r.share /= n;
  }
  return out;
}

function picture(v: View, l: Look, width: number): Picture | null {
  const all = runs(v), names = constraints(v), colour = colours(v, l), months = v.report.months;
  if (all.length === 0) return null;
  const mixes = v.report.mixes.map((m) => m.name), room = Math.min(180, width * 0.3);
  const say = (r: Run) => `${mixes[r.mix]}, ${monthName(months[r.from]!)}${r.to - r.from > 1 ? ` to ${monthName(months[r.to - 1]!)}` : ""}: ${r.name} (${letter(names.indexOf(r.name))}), ${percent(r.share)} of the bottleneck` +
    (r.agree == null ? "" : `; the same in ${percent(r.agree)} of draws`);
  return {
    height: 44 + 40 * mixes.length,
    stops: all.map((r, i) => ({ series: 0, index: i, text: say(r) })),
    option: {
      grid: { left: room, right: 12, top: 4, bottom: 32 },
      xAxis: axis(l, { type: "value", min: 0, max: months.length, interval: width < 500 ? 12 : 6, splitLine: { show: false },
        axisLabel: { color: l.faint, fontSize: 12, formatter: (m: number) => (m < months.length ? monthName(months[m]!) : ""), hideOverlap: true, align: "left" } }),
      yAxis: axis(l, { type: "category", inverse: true, data: mixes, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false },
        axisLabel: { color: l.text, fontSize: 13, lineHeight: 15, formatter: (t: string) => wrap(t, room - 16) } }),
      tooltip: tooltip(l, (p) => escapeHtml(say(all[p.dataIndex]!))),
      series: [{
        type: "custom", data: all.map((r) => [r.from, r.to, r.mix]), encode: { x: [0, 1], y: 2 },
        renderItem: (p: any, api: any) => {
          const r = all[p.dataIndex]!, [x1, y] = api.coord([r.from, r.mix]), [x2] = api.coord([r.to, r.mix]);
          const fill = colour(r.name), mark = letter(names.indexOf(r.name));
          return { type: "group", children: [
            { type: "rect", shape: { x: x1 + 0.5, y: y - 14, width: Math.max(1, x2 - x1 - 1), height: 28, r: 2 }, style: { fill } },
            ...(x2 - x1 > 11 ? [{ type: "text", silent: true, style: { text: mark, x: (x1 + x2) / 2, y, align: "center", verticalAlign: "middle", fill: textOn(fill), fontSize: 13, fontWeight: 600 } }] : []),
          ] };
        },
      }],
    },
  };
}

function legend(v: View, l: Look): HTMLElement {
  const names = constraints(v), colour = colours(v, l), used = new Set(v.worlds.flatMap((w) => w.binding.map((b) => b.constraint)));
  return h("ul", { class: "letters" }, ...names.filter((n) => used.has(n)).map((n) => {
    const mark = h("span", { class: "letter" }, letter(names.indexOf(n)));
    mark.style.background = colour(n);
    mark.style.color = textOn(colour(n));
    return h("li", {}, mark, n);
  }));
}

function tables(v: View): Table[] {
  const months = v.report.months, name = (m: number) => monthName(months[m]!);
  return [{
    caption: `What binds from when to when, outcome “${v.outcomeName}”, at modes`,
    columns: [{ head: "Mix" }, { head: "From" }, { head: "To" }, { head: "Constraint", wide: true }, { head: "Share of the bottleneck, mean, %", number: true }, { head: "The same in draws, mean, %", number: true }],
    rows: runs(v).map((r) => [v.report.mixes[r.mix]!.name, name(r.from), name(r.to - 1), r.name, { text: fixed(100 * r.share, 0), value: r.share }, { text: r.agree == null ? "–" : fixed(100 * r.agree, 0), value: r.agree }]),
  }, {
    long: true,
    caption: `Binding constraint by month, outcome “${v.outcomeName}”, at modes`,
    columns: [{ head: "Month" }, ...v.report.mixes.map((m) => ({ head: m.name, wide: true }))],
    rows: months.map((m) => [monthName(m), ...v.worlds.map((w) => {
      const b = w.binding.find((x) => x.month === m);
      return b ? { text: `${b.constraint}, ${percent(b.share)}${b.agree == null ? "" : `; in ${percent(b.agree)} of draws`}` } : "–";
    })]),
  }];
}

export const binding: PanelParts = {
  id: "binding", short: "Bottleneck",
  question: "What holds training back, month by month?",
  scope: (v) => `Outcome “${v.outcomeName}”, at modes`,
  answer: (v) => {
    const own = v.world.binding, months = new Map<string, number>();
    for (const b of own) months.set(b.constraint, (months.get(b.constraint) ?? 0) + 1);
    const sorted = [...months].sort((a, b) => b[1] - a[1]);
    if (sorted.length === 0) return ["Nothing on record holds training back."];
    return [`For “${nameOf(v.report.mixes, v.choice.mix)}” it is ${sorted[0]![0]} in ${sorted[0]![1]} of ${own.length} months` + (sorted[1] ? `, then ${sorted[1][0]} in ${sorted[1][1]}.` : ".")];
  },
  plots: [picture],
  extra: legend,
  note: () => "The constraint with the greatest share of the month's minimum cut. Chips that only serve carry no weight here. One colour is one kind of constraint; the letter says which.",
  tables,
};
