// From the mix's money to chips that compute: a Sankey diagram.
import { nameOf, value, type FlowLink, type FlowNode, type Supply } from "../document";
import { h, type Table } from "../dom";
import { adding, count, escapeHtml, fixed, moneyScale, number, quantity, usdUnit } from "../format";
import { type PanelParts, type View } from "../panel";
import { tooltip, wrap, type Picture } from "../plot";
import { textOn, type Look } from "../palette";
import { isPrinting } from "../theme";

const THIN = 0.001;  // of all money: a thinner stream is in the table alone

const total = (s: Supply) => s.links.filter((l) => l.source === "money" || l.source === "loop").reduce((a, l) => a + l.usd, 0);
const through = (s: Supply, id: string) => Math.max(s.links.filter((l) => l.source === id).reduce((a, l) => a + l.usd, 0), s.links.filter((l) => l.target === id).reduce((a, l) => a + l.usd, 0));

// Where the money ends, in parts that are not nothing.
function ends(s: Supply): { usd: number; words: string }[] {
  const sum = (is: (id: string) => boolean) => s.links.filter((l) => is(l.target)).reduce((a, l) => a + l.usd, 0);
  return [
    { usd: sum((id) => id.startsWith("online ")), words: "become chips that are online at the horizon" },
    { usd: sum((id) => id.startsWith("waiting ")), words: "chips that are delivered and not online" },
    { usd: sum((id) => id === "outstanding"), words: "are ordered and not delivered by then" },
    { usd: sum((id) => id === "stranded"), words: "are blocked and stranded" },
    { usd: sum((id) => id === "lost"), words: "are lost on cancelling" },
    { usd: sum((id) => id === "unordered"), words: "are never ordered" },
  ].filter((p) => p.usd > 0);
}

function colour(kind: FlowNode["kind"], l: Look): string {
  return { money: l.neutral, offer: l.strong, blocked: l.bad, redirected: l.series[3]!, online: l.good, waiting: l.series[4]!, loss: l.bad }[kind];
}

function thick(s: Supply): { links: FlowLink[]; nodes: FlowNode[] } {
  const links = s.links.filter((x) => x.usd >= THIN * total(s));
  return { links, nodes: s.nodes.filter((n) => links.some((x) => x.source === n.id || x.target === n.id)).sort((a, b) => a.level - b.level) };
}

// Where there is no room for names, the chart has numbers, and this says what they are.
function key(v: View, l: Look): HTMLElement | null {
  const s = v.world.supply;
  if (s == null || s.links.length === 0) return null;
  return h("ol", { class: "letters narrow-only" }, ...thick(s).nodes.map((n, i) => {
    const mark = h("span", { class: "letter" }, String(i + 1));
    mark.style.background = colour(n.kind, l);
    mark.style.color = textOn(colour(n.kind, l));
    return h("li", {}, mark, `${n.name}: ${quantity(through(s, n.id), "USD")}`);
  }));
}

function picture(v: View, l: Look, width: number): Picture | null {
  const s = v.world.supply;
  if (s == null || s.links.length === 0) return null;
  const all = total(s), { links, nodes } = thick(s), narrow = width < 560;
  const name = (id: string) => s.nodes.find((n) => n.id === id)!.name;
  const say = (x: { source: string; target: string; usd: number }) => `${name(x.source)} → ${name(x.target)}: ${quantity(x.usd, "USD")}, ${fixed((100 * x.usd) / all, 1)} %`;
  const levels = [...new Set(nodes.map((n) => n.level))].sort(), last = levels[levels.length - 1];
  return {
    height: narrow ? 360 : 500,
    stops: links.map((x, i) => ({ series: 0, index: i, text: say(x) })),
    option: {
      tooltip: tooltip(l, (p) => escapeHtml(p.dataType === "edge" ? say(links[p.dataIndex]!) : `${p.data.title}: ${quantity(through(s, p.name), "USD")}`)),
      series: [{
        type: "sankey", left: 4, right: narrow ? 28 : 200, top: 12, bottom: narrow ? 12 : 20, nodeGap: narrow ? 16 : 32, nodeWidth: 14, draggable: false,
        nodeAlign: "justify", layoutIterations: 64, emphasis: { focus: "adjacency" },
        lineStyle: { color: isPrinting() ? "target" : "gradient", opacity: l.dark ? 0.4 : 0.35, curveness: 0.5 },
        data: nodes.map((n) => ({
          name: n.id, title: n.name, depth: levels.indexOf(n.level), itemStyle: { color: colour(n.kind, l), borderWidth: 0 },
          label: { show: true, position: "right", color: l.text, fontSize: narrow ? 13 : 12, fontWeight: narrow ? 600 : 400, lineHeight: 14, textBorderColor: l.back, textBorderWidth: 2,
            formatter: narrow ? String(nodes.indexOf(n) + 1) : `${wrap(n.name, n.level === last ? 190 : 150)}\n${quantity(through(s, n.id), "USD")}` },
        })),
        links: links.map((x) => ({ source: x.source, target: x.target, value: x.usd })),
      }],
    },
  };
}

function tables(v: View): Table[] {
  const s = v.world.supply;
  if (s == null) return [];
  const scale = moneyScale(total(s)), u = usdUnit(scale), name = (id: string) => s.nodes.find((n) => n.id === id)?.name ?? id;
  const cell = (x: number) => ({ text: number(x, scale), value: x }), chips = (x: number) => ({ text: fixed(x, 0), value: x });
  return [
    { caption: `Streams of money, ${u}`, columns: [{ head: "From" }, { head: "To" }, { head: u, number: true }, { head: "Share, %", number: true }],
      rows: s.links.map((x) => [name(x.source), name(x.target), cell(x.usd), fixed((100 * x.usd) / total(s), 1)]) },
    { caption: "Orders",
      columns: [{ head: "Offer" }, { head: "Origin" }, { head: "Status" }, { head: "Ordered" }, { head: "Decided" },
        ...[`Spend, ${u}`, `Converted, ${u}`, `Redirected, ${u}`, `Stranded, ${u}`, `Lost, ${u}`, `Outstanding, ${u}`, "Price, USD a chip", "Chips ordered", "Chips allowed", "Chips delivered"].map((head) => ({ head, number: true }))],
      rows: s.orders.map((o) => [nameOf(v.report.study.offers, o.offer), o.origin.startsWith("redirected from ") ? `redirected from ${nameOf(v.report.study.offers, o.origin.slice(16))}` : o.origin, o.status, o.ordered, o.decided,
        cell(o.usd), cell(o.converted_usd), cell(o.redirected_usd), cell(o.stranded_usd), cell(o.lost_usd), cell(o.outstanding_usd), { text: fixed(o.price_usd, 0), value: o.price_usd }, chips(o.chips), chips(o.allowed), chips(o.delivered)]) },
    { caption: "Chips at the horizon", columns: [{ head: "Chip" }, ...["Bought and delivered", "Delivered, with those that were there", "Online"].map((head) => ({ head, number: true }))],
      rows: s.chips.map((c) => [nameOf(v.report.study.chips, c.chip), chips(c.bought), chips(c.delivered), chips(c.online)]) },
  ];
}

export const money: PanelParts = {
  id: "money", short: "Money",
  question: "Where does the money go, and how much of it computes?",
  scope: (v) => `Mix “${v.mixName}”, outcome “${v.outcomeName}”, at modes`,
  answer: (v) => {
    const s = v.world.supply;
    if (s == null || s.links.length === 0) return ["This mix orders nothing."];
    const all = total(s), moved = s.nodes.filter((n) => n.kind === "redirected").reduce((a, n) => a + through(s, n.id), 0), earned = s.links.filter((l) => l.source === "loop").reduce((a, l) => a + l.usd, 0);
    const parts = ends(s), scale = moneyScale(all), texts = adding(parts.map((p) => p.usd), all, scale), u = (text: string) => `USD ${text}${scale.prefix ? " " + scale.prefix : ""}`;
    const cost = value(v.world, "cost.usd_per_ttoken");
    return [`Of ${u(number(all, scale))}` + (earned > 0 ? ` (${quantity(earned, "USD")} of it earned on the way)` : "") + ": " + parts.map((p, i) => `${u(texts[i]!)} (${fixed((100 * p.usd) / all, 0)} %) ${p.words}`).join("; ") + "." +
      (moved > 0 ? ` On the way ${quantity(moved, "USD")} are blocked and redirected.` : ""),
      ...(cost == null ? [] : [`Chips cost ${quantity(cost, "USD")} per 10¹² reference tokens.`])];
  },
  plots: [picture],
  extra: key,
  note: (v) => {
    const thin = v.world.supply?.links.filter((x) => x.usd < THIN * total(v.world.supply!)).length ?? 0;
    return "The money of delivered chips is divided between online and not online as their number is at the horizon." + (thin ? ` ${count(thin, "stream")} of less than 0.1 % ${thin === 1 ? "is" : "are"} in the table alone.` : "");
  },
  tables,
};
