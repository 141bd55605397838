// What the sections of the decision share: its mixes, their names and scales.
import { nameOf, type Decision, type DecidedMix } from "../document";
import { greatest, moneyScale, percent, tokenScale, type Scale } from "../format";
import type { View } from "../panel";

export const of = (v: View): Decision => v.report.decision!;
export const tail = (d: Decision) => `worst ${percent(1 - d.level)} of worlds`;
export const mixName = (v: View, id: string) => nameOf(v.report.mixes, id);
// Marked where it may not be chosen.
export const marked = (m: DecidedMix) => m.name + (m.may_be_chosen ? "" : " *");
export const tokens = (d: Decision): Scale => tokenScale(greatest(d.mixes.flatMap((m) => [m.expected, m.cvar, m.worst_regret, ...m.gain])));
export const money = (d: Decision): Scale => moneyScale(greatest(d.mixes.flatMap((m) => [m.cost.chips, m.cost.present])));

export function starred(d: Decision): string {
  return d.mixes.some((m) => !m.may_be_chosen) ? ` * may not be chosen: it serves the demand less often than the mix that most often does, by more than ${percent(d.slack)}.` : "";
}
export function tailNote(d: Decision): string {
  return `The ${tail(d)}: mean work of a mix over the ${percent(1 - d.level)} of the worlds' weight in which it does least (conditional value at risk, CVaR). A world is an outcome with a draw.`;
}
