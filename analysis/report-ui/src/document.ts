// The document that capmix puts into the page: analysis/report.hpp, schema 2. What is no number is null.

export type Num = number | null;

export interface Named { id: string; name: string }
export interface Outcome extends Named { draws: number; headline: string }

// modes, p10, p50, p90, mean, diff, diff_low, diff_high
export type Metric = [Num, Num, Num, Num, Num, Num, Num, Num];
export const MODES = 0, P10 = 1, P50 = 2, P90 = 3, MEAN = 4, DIFF = 5, DIFF_LOW = 6, DIFF_HIGH = 7;

export interface Series { modes: Num[]; p10: Num[]; p50: Num[]; p90: Num[] }
export type SeriesName = "trained" | "served" | "online";

export interface Binding { month: string; constraint: string; share: Num; agree: Num }

export interface FlowNode { id: string; name: string; level: number; kind: "money" | "offer" | "blocked" | "redirected" | "online" | "waiting" | "loss" }
export interface FlowLink { source: string; target: string; usd: number }
export interface Order {
  offer: string; origin: string; status: string; ordered: string; decided: string;
  usd: number; price_usd: number; converted_usd: number; redirected_usd: number; stranded_usd: number; lost_usd: number; outstanding_usd: number;
  chips: number; allowed: number; delivered: number;
}
export interface Supply { nodes: FlowNode[]; links: FlowLink[]; orders: Order[]; chips: { chip: string; bought: number; delivered: number; online: number }[] }

export interface World {
  mix: string; outcome: string; draws: number; at_modes: boolean; rank: number; meets: boolean; leads: number; binds_most: string;
  metrics: Record<string, Metric>;
  series: Record<SeriesName, Series>;
  binding: Binding[];
  buildout: number | null;
  supply: Supply | null;
}

export interface Task { name: string; start: string | null; end: string | null; slack: Num; critical: boolean; note: string; end_p10?: string | null; end_p90?: string | null }
export interface Hall { hall: string; tasks: Task[] }

// What capmix decide --json says, and its headline. Lists over outcomes stand in the order of `outcomes`, mixes in that of the report.
export interface DecidedMix {
  mix: string; name: string; may_be_chosen: boolean; serves: number; leads: number; gain: number[]; regret: number[];
  expected: number; cvar: number; expected_regret: number; worst_regret: number;
  half_domestic: { p10: string | null; p50: string | null; p90: string | null };
  cost: { chips: number; lost: number; energy: number; porting: number; residual: number; present: number; usd_per_ttoken: Num; chips_usd_per_ttoken: Num };
  ledger_chip_hours: Record<string, number>;
  received_chips: Record<string, number>;
}
export interface Difference {
  added: string; with: string; without: string; distance: Num; expected: number; low: Num; high: Num;
  cvar: number; expected_regret: number; worst_regret: number; present_cost: number; verdict: string; ledger_chip_hours: Record<string, number>;
}
export interface Decision {
  level: number; slack: number; basis: string; worlds: number; discount: number; life_years: number;
  outcomes: { outcome: string; weight: number; draws: number }[];
  left_out: string[];
  mixes: DecidedMix[];
  choices: { expected: string; cvar: string; minimax_regret: string };
  behind: { mix: string; mean: number; low: Num; high: Num; level: boolean }[];  // other mixes less the choice by expected work, nearest first
  frontiers: { cost_expected: string[]; cost_cvar: string[]; expected_cvar: string[] };
  value_of_knowing: {
    outcome: number; world: number;
    parts: { what: string; perfect: number; signal_90: Num; signal_80: Num }[];
    signals: { outcome: string; sensitivity: number; specificity: number; value: number }[];
  };
  suppliers: Difference[];
  pairs: Difference[];
  no_pair: string[];
  headline: string[];
}
export interface Evidence {
  outcome: string; chosen: string; second: string; draws: number; expected: number; all_known: number; varying: number; threshold: Num; least: number; told_from: number; lead_by_chance: number;
  inputs: { input: string; confidence: string; source: string; with_work: Num; with_lead: Num; worth: number; raw: number; by_chance: number; beyond: Num; clear: boolean }[];
}

export interface Stats { n: number; median: Num; p90: Num; in_range: Num }
export interface Profile {
  subject: string; feasible: boolean; reason: string; plan: string; step_s: Num; rate: Num; mfu: Num; limit: string;
  trust_low: number; trust_high: number; calibrated: boolean;
}
export type Confidence = "verified" | "vendor" | "press" | "assumption";
export interface Input { subject: string; path: string; value: string; source: string; confidence: Confidence; note: string; file: string; line: number }
export interface Bar { input: string; confidence: string; low_value: string; high_value: string; low: Num; high: Num }

export interface Report {
  schema: number;
  study: {
    id: string; name: string; question: string; start: string; last_day: string; draws: number; rates: string; chip_budget_usd: Num; served_share: number; reference: string;
    chips: (Named & { supplier: string })[]; offers: (Named & { chip: string })[]; spend: { mix: string; offer: string; usd: number }[];
  };
  months: string[];
  mixes: Named[];
  outcomes: Outcome[];
  objective: { metric: string; condition: string };
  owners: string[];
  units: Record<string, string>;
  worlds: World[];
  buildouts: Hall[][];
  decision: Decision | null;
  undecided: string;
  evidence: Evidence | null;
  runs: number;
  validation: {
    rows: number; scored: number; suspect: number; unscored: number; classes: { name: string; all: Stats; fitted: Stats; predicted: Stats; suspect: Stats }[];
    worst: { case: string; class: string; unit: string; predicted: number; measured: number; low: number; high: number; ratio: number; calibrated_on: boolean; in_range: boolean }[];
  } | null;
  profiles: Profile[];
  notes: {
    trust: { chip: string; low: number; high: number; calibrated: boolean }[];
    missing: Record<string, number>; confidence: Partial<Record<Confidence, number>>; failed: number; failures: string[];
  };
  inputs: Input[];
  manifest: { key: string; value: string }[];
  input_files: { key: string; value: string }[];
  tornado?: { outcome: string; output: string; unit: string; base: Num; bars: Bar[] }[];
}

export function readReport(): Report {
  const report = JSON.parse(document.getElementById("document")!.textContent!) as Report;
  if (report.schema !== 2) throw new Error(`this page shows documents of schema 2, not ${report.schema}`);
  return report;
}

export function nameOf(list: Named[], id: string): string {
  return list.find((x) => x.id === id)?.name ?? id;
}

export function worldOf(report: Report, mix: string, outcome: string): World {
  return report.worlds.find((w) => w.mix === mix && w.outcome === outcome)!;
}

export function value(world: World, metric: string, which: number = MODES): Num {
  return world.metrics[metric]?.[which] ?? null;
}
