// The build-out: all halls in one chart, or the tasks of one.
import type { Hall, Task } from "../document";
import { h, select, type Table } from "../dom";
import { count, day, escapeHtml, fixed, monthOf } from "../format";
import { type PanelParts, type View } from "../panel";
import { axis, cut, tooltip, type Picture } from "../plot";
import { textOn, type Look } from "../palette";

const DAY = 86400e3;
const ALL = "*";
let shown = ALL;

interface Row { name: string; bars: Task[]; end: string | null; p10: string | null; p90: string | null }

const halls = (v: View): Hall[] => (v.world.buildout == null ? [] : v.report.buildouts[v.world.buildout]!);
const lastTask = (hall: Hall): Task | null => hall.tasks.reduce<Task | null>((a, t) => (t.end != null && (a == null || t.end > a.end!) ? t : a), null);
const title = (name: string) => name.replace(/-/g, " ");

function rowsOf(v: View): Row[] {
  const all = halls(v), one = all.find((x) => x.hall === shown);
  if (one) return one.tasks.map((t) => ({ name: title(t.name), bars: [t], end: t.end, p10: t.end_p10 ?? null, p90: t.end_p90 ?? null }));
  return all.map((x) => {
    const last = lastTask(x);
    return { name: x.hall, bars: x.tasks, end: last?.end ?? null, p10: last?.end_p10 ?? null, p90: last?.end_p90 ?? null };
  });
}

function sayTask(t: Task): string {
  if (t.start == null || t.end == null) return `${title(t.name)}: not within the plan`;
  const days = Math.round((day(t.end) - day(t.start)) / DAY);
  return `${title(t.name)}: ${t.start} to ${t.end}, ${count(days, "day")}; ${t.critical ? "critical" : `slack ${count(Math.round(t.slack ?? 0), "day")}`}${t.note ? `; ${t.note}` : ""}` +
    (t.end_p10 ? `; ends between ${t.end_p10} (P10) and ${t.end_p90 ?? "never"} (P90) over draws` : "");
}

function picture(v: View, l: Look, width: number): Picture | null {
  const rows = rowsOf(v), one = shown !== ALL && halls(v).some((x) => x.hall === shown);
  if (rows.length === 0) return null;
  // One bar after another: what is not critical first, so that the critical path lies on top.
  const items = rows.flatMap((r, row) => [...r.bars].filter((t) => t.start != null && t.end != null).sort((a, b) => Number(a.critical) - Number(b.critical)).map((t) => ({ row, t })));
  if (items.length === 0) return null;
  const room = Math.min(one ? 150 : 190, width * 0.32), thick = one ? 18 : 22;
  const ends = rows.map((r) => ({ end: r.end, p10: r.p10, p90: r.p90 }));
  const first = Math.min(...items.map((x) => day(x.t.start!))), last = Math.max(...items.map((x) => day(x.t.end!)), ...ends.map((e) => (e.p90 ? day(e.p90) : 0)));
  const bar = (p: any, api: any) => {
    const { row, t } = items[p.dataIndex]!;
    const [x1, y] = api.coord([day(t.start!), row]), [x2] = api.coord([day(t.end!), row]), [x3] = api.coord([day(t.end!) + Math.max(0, t.slack ?? 0) * DAY, row]);
    const fill = t.critical ? l.strong : l.neutral, top = one || t.critical ? y - thick / 2 : y + thick / 2 + 1, high = one || t.critical ? thick : 4;
    // The name stands at the left, as far as the next task on the critical path leaves it in sight.
    const next = Math.min(...rows[row]!.bars.filter((o) => o.critical && o !== t && o.start != null && o.start > t.start!).map((o) => api.coord([day(o.start!), row])[0]), x2);
    const text = !one && t.critical && next - x1 > 30 ? cut(title(t.name), next - x1 - 6) : "";
    return { type: "group", children: [
      ...(one && x3 > x2 ? [{ type: "line", shape: { x1: x2, y1: y, x2: Math.min(x3, p.coordSys.x + p.coordSys.width), y2: y }, style: { stroke: l.neutral, lineWidth: 2, lineDash: [2, 3] } }] : []),
      { type: "rect", shape: { x: x1, y: top, width: Math.max(1.5, x2 - x1), height: high, r: 2 }, style: { fill, stroke: l.back, lineWidth: 1 } },
      ...(text ? [{ type: "text", silent: true, style: { text, x: x1 + 4, y, align: "left", verticalAlign: "middle", fill: textOn(fill), fontSize: 11 } }] : []),
    ] };
  };
  const whisker = (p: any, api: any) => {
    const e = ends[p.dataIndex]!;
    if (!e.p10 || !e.p90) return null;
    const [x1, y] = api.coord([day(e.p10), p.dataIndex]), [x2] = api.coord([day(e.p90), p.dataIndex]);
    const style = { stroke: l.text, lineWidth: 1.5 };
    return { type: "group", silent: true, children: [
      { type: "line", shape: { x1, y1: y, x2, y2: y }, style }, { type: "line", shape: { x1, y1: y - 5, x2: x1, y2: y + 5 }, style },
      { type: "line", shape: { x1: x2, y1: y - 5, x2, y2: y + 5 }, style },
    ] };
  };
  return {
    height: 48 + (one ? 28 : 34) * rows.length,
    stops: items.map((x, i) => ({ series: 0, index: i, text: `${one ? "" : rows[x.row]!.name + ", "}${sayTask(x.t)}` })),
    option: {
      grid: { left: room, right: 16, top: 8, bottom: 36 },
      xAxis: axis(l, { type: "time", min: first, max: last + 20 * DAY, splitLine: { show: true, lineStyle: { color: l.grid } },
        axisLabel: { color: l.faint, fontSize: 12, hideOverlap: true, formatter: (t: number) => monthOf(t) } }),
      yAxis: axis(l, { type: "category", inverse: true, data: rows.map((r) => r.name), axisTick: { show: false }, splitLine: { show: false },
        axisLabel: { color: l.text, fontSize: 12, interval: 0, formatter: (t: string) => cut(t, room - 10) } }),
      tooltip: tooltip(l, (p) => (p.seriesIndex === 0 ? escapeHtml(`${one ? "" : rows[items[p.dataIndex]!.row]!.name + ": "}${sayTask(items[p.dataIndex]!.t)}`) : "")),
      series: [
        { type: "custom", data: items.map((x) => [day(x.t.start!), day(x.t.end!), x.row]), encode: { x: [0, 1], y: 2 }, renderItem: bar, clip: true },
        { type: "custom", data: ends.map((e, i) => [e.p10 ? day(e.p10) : first, i]), encode: { x: 0, y: 1 }, renderItem: whisker, silent: true, clip: true },
      ],
    },
  };
}

function tables(v: View): Table[] {
  const all = halls(v), late = (t: Task | null, which: "end_p10" | "end_p90") => (t?.[which] === undefined ? "–" : t[which] ?? "never");
  if (all.length === 0) return [];
  return [
    { caption: "Halls: last task and its end", columns: [{ head: "Hall" }, { head: "Last task" }, { head: "End" }, { head: "End, P10" }, { head: "End, P90" }, { head: "Critical path", wide: true }],
      rows: all.map((x) => {
        const t = lastTask(x);
        return [x.hall, t ? title(t.name) : "–", t?.end ?? "never", late(t, "end_p10"), late(t, "end_p90"), x.tasks.filter((k) => k.critical).map((k) => title(k.name)).join(", ")];
      }) },
    { caption: "Tasks of all halls", columns: [{ head: "Hall" }, { head: "Task" }, { head: "Start" }, { head: "End" }, { head: "End, P10" }, { head: "End, P90" }, { head: "Slack, days", number: true }, { head: "Critical" }, { head: "Note", wide: true }],
      rows: all.flatMap((x) => x.tasks.map((t) => [x.hall, title(t.name), t.start ?? "never", t.end ?? "never", late(t, "end_p10"), late(t, "end_p90"), { text: fixed(t.slack, 0), value: t.slack }, t.critical ? "yes" : "", t.note])) },
  ];
}

export const buildout: PanelParts = {
  id: "buildout", short: "Build-out",
  question: "When is each hall ready?",
  scope: (v) => `Mix “${v.mixName}”, outcome “${v.outcomeName}”, at modes`,
  answer: (v) => {
    const done = halls(v).map((x) => ({ x, t: lastTask(x) })).filter((d) => d.t != null).sort((a, b) => (a.t!.end! < b.t!.end! ? -1 : 1));
    if (done.length === 0) return ["No hall is built in this study: power is there from the start or by recorded steps."];
    const first = done[0]!, last = done[done.length - 1]!;
    const range = (t: Task) => (t.end_p10 ? ` (P10 ${t.end_p10}, P90 ${t.end_p90 ?? "never"})` : "");
    return [`${first.x.hall} is through on ${first.t!.end}${range(first.t!)}` + (done.length > 1 ? `, and ${last.x.hall}, the last of ${count(done.length, "hall")}, on ${last.t!.end}${range(last.t!)}.` : ".")];
  },
  controls: (redraw) => {
    const box = h("div", { class: "controls" });
    const fill = (v: View) => {
      if (!halls(v).some((x) => x.hall === shown)) shown = ALL;
      box.replaceChildren(select("Show", "hall", [{ id: ALL, name: "All halls" }, ...halls(v).map((x) => ({ id: x.hall, name: x.hall }))], shown, (id) => { shown = id; redraw(); }));
      box.hidden = halls(v).length < 2;
    };
    fillHalls = fill;
    return box;
  },
  extra: (v) => { fillHalls?.(v); return null; },
  plots: [picture],
  note: () => "Thick bars are the tasks on the critical path; thin or grey ones have slack (dots: how much). The whisker is P10 to P90 of the end over draws. Some tasks wait for chips, so the dates may differ by mix.",
  tables,
};
let fillHalls: ((v: View) => void) | null = null;
