// The page: what was asked, a choice of outcome and mix, and a panel for each question.
import { nameOf, readReport, type Report } from "./document";
import { h, select } from "./dom";
import { count, quantity } from "./format";
import { Panel, View, type Choice, type PanelParts } from "./panel";
import { adds } from "./sections/adds";
import { answer } from "./sections/answer";
import { binding } from "./sections/binding";
import { buildout } from "./sections/buildout";
import { cost } from "./sections/cost";
import { growth } from "./sections/growth";
import { ledger } from "./sections/ledger";
import { money } from "./sections/money";
import { origin } from "./sections/origin";
import { regret } from "./sections/regret";
import { rulesOfChoice } from "./sections/rules";
import { sources } from "./sections/sources";
import { tornado } from "./sections/tornado";
import { validation } from "./sections/validation";
import { worth } from "./sections/worth";
import { look, onLook, isPrinting } from "./theme";

const OF_DECISION = [rulesOfChoice, regret, cost, worth, adds];
const SECTIONS = [answer, ...OF_DECISION, tornado, growth, ledger, buildout, money, binding, validation, sources, origin];

function sectionsOf(report: Report): PanelParts[] {
  return SECTIONS.filter((s) => (s !== tornado || (report.tornado?.length ?? 0) > 0) && (report.decision != null || !OF_DECISION.includes(s)));
}

// The outcome that weighs most in the decision, else the first; the mix that is chosen, else who leads there.
function firstChoice(report: Report): Choice {
  const heaviest = [...(report.decision?.outcomes ?? [])].sort((a, b) => b.weight - a.weight)[0];
  const outcome = heaviest?.outcome ?? report.outcomes[0]!.id;
  return { outcome, mix: report.decision?.choices.expected ?? (report.worlds.find((w) => w.outcome === outcome && w.rank === 1) ?? report.worlds[0]!).mix };
}

function header(report: Report): HTMLElement {
  const s = report.study, created = report.manifest.find((m) => m.key === "created")?.value.slice(0, 10);
  const facts = [`${s.start} to ${s.last_day}`, s.chip_budget_usd ? `chip budget ${quantity(s.chip_budget_usd, "USD")}` : "", count(report.mixes.length, "mix").replace(/mixs$/, "mixes"),
    count(report.outcomes.length, "outcome"), `${count(s.draws, "draw")} of each`, created ? `made ${created}` : ""];
  return h("header", {}, h("h1", {}, s.name), h("p", { class: "question" }, s.question), h("p", { class: "facts" }, facts.filter(Boolean).join(" · ")), gap(report));
}

// How far quick runs are from full ones.
function gap(report: Report): HTMLElement | null {
  const text = report.manifest.find((m) => m.key === "quick_gap")?.value;
  return text ? h("p", { class: "facts" }, text) : null;
}

function failed(report: Report): HTMLElement | null {
  return report.notes.failed === 0 ? null : h("p", { class: "warning", role: "alert" }, `${count(report.notes.failed, "run")} failed and ${report.notes.failed === 1 ? "is" : "are"} not in the numbers: see the manifest.`);
}

function contents(parts: PanelParts[]): HTMLElement {
  return h("nav", { "aria-label": "Contents" }, h("ul", {}, ...parts.map((p) => h("li", {}, h("a", { href: `#${p.id}` }, p.short)))));
}

function start(): void {
  const report = readReport(), choice = firstChoice(report), parts = sectionsOf(report);
  document.title = `${report.study.name} – capmix report`;
  const panels = parts.map((p) => new Panel(p, look));
  const update = () => { for (const p of panels) p.update(new View(report, choice)); };
  const bar = h("div", { class: "bar", role: "group", "aria-label": "What all sections show" },
    select("Outcome", "outcome", report.outcomes, choice.outcome, (id) => { choice.outcome = id; update(); }),
    select("Mix", "mix", report.mixes, choice.mix, (id) => { choice.mix = id; update(); }));
  const printed = h("p", { class: "printed" });
  document.getElementById("report")!.append(h("a", { class: "skip", href: "#answer" }, "To the answer"), header(report), contents(parts), bar, printed, h("main", {}, failed(report), ...panels.map((p) => p.element)),
    h("footer", {}, "Made with capmix. Nothing in this file is loaded from a network."));
  update();

  const redraw = () => { for (const p of panels) p.fillExtra(), p.draw(); };
  let width = window.innerWidth, wait = 0;
  window.addEventListener("resize", () => {
    if (isPrinting() || window.innerWidth === width) return;
    width = window.innerWidth;
    window.clearTimeout(wait);
    wait = window.setTimeout(redraw, 100);
  });
  // On paper all tables are open, and a line says what the sections show.
  onLook(() => {
    printed.textContent = `Shown: outcome “${nameOf(report.outcomes, choice.outcome)}”, mix “${nameOf(report.mixes, choice.mix)}”.`;
    for (const p of panels) p.unfold(isPrinting());
    redraw();
  });
}

start();
