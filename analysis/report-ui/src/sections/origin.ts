// Where the report comes from, how to make it again, and all numbers of the chosen run.
import type { Table } from "../dom";
import { count, greatest, number, scaleFor, unit } from "../format";
import { type PanelParts, type View } from "../panel";

const NAMES: Record<string, string> = {
  version: "Version", commit: "Commit", simgrid: "Simulator", settings: "Its settings", seed: "Root seed", command: "Command", created: "Created (UTC)", identity: "Identity of the comparison",
};

// Metrics of one kind and unit ("ledger_hours", "fleet.online") share a scale, so that a column can be read down.
const kindOf = (id: string, unit: string) => `${id.split(".").slice(0, /\d{4}$/.test(id) ? -1 : 1).join(".")} ${unit}`;

function metrics(v: View): Table {
  const columns = ["Modes", "P10", "P50", "P90", "Mean", "Mean less first mix", "90 % from", "to"];
  const most = new Map<string, number>();
  for (const [id, m] of Object.entries(v.world.metrics)) {
    const kind = kindOf(id, v.report.units[id] ?? "");
    most.set(kind, Math.max(most.get(kind) ?? 0, greatest(m)));
  }
  return {
    caption: `All metrics: “${v.mixName}”, outcome “${v.outcomeName}”`,
    columns: [{ head: "Metric" }, { head: "Unit" }, ...columns.map((head) => ({ head, number: true }))],
    rows: Object.entries(v.world.metrics).map(([id, m]) => {
      const s = scaleFor(most.get(kindOf(id, v.report.units[id] ?? "")) ?? 0), of = v.report.units[id] ?? "";
      return [id, s.prefix ? unit(s, of) : of, ...m.map((x) => ({ text: number(x, s), value: x }))];
    }),
  };
}

export const origin: PanelParts = {
  id: "origin", short: "Manifest",
  question: "Where does this report come from?",
  answer: (v) => {
    const key = (k: string) => v.report.manifest.find((m) => m.key === k)?.value ?? "unknown";
    return [`${key("version")} ran the study ${count(v.report.runs, "time")} with root seed ${key("seed")} on ${key("simgrid")}. Equal inputs, seed and version give equal results.`,
      "The report is made of the results file alone: capmix report RESULTS.db --html REPORT.html makes it again."];
  },
  tables: (v) => [
    { caption: "Manifest", columns: [{ head: "What" }, { head: "Value", wide: true }], rows: v.report.manifest.map((m) => [NAMES[m.key] ?? m.key, m.value]) },
    { caption: "Input files", columns: [{ head: "File" }, { head: "Hash of its text" }], rows: v.report.input_files.map((f) => [f.key, f.value]) },
    ...(v.report.notes.failed ? [{ caption: `Runs that failed: ${v.report.notes.failed}`, columns: [{ head: "Run and reason" }], rows: v.report.notes.failures.map((f) => [f]) }] : []),
    metrics(v),
  ],
};
