// The document that capmix puts into the page: analysis/report.hpp, schema 1. What is no number is null.

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
  regret: { outcome: string; mixes: { mix: string; modes: Num; mean: Num; p50: Num; p90: Num; draws: number }[] }[];
  runs: number;
  validation: { rows: number; scored: number; suspect: number; unscored: number; classes: { name: string; all: Stats; fitted: Stats; predicted: Stats }[] } | null;
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
  if (report.schema !== 1) throw new Error(`this page shows documents of schema 1, not ${report.schema}`);
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
