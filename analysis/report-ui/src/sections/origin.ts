// Where the report comes from, how to make it again, and all numbers of the chosen run.
import type { Table } from "../dom";
import { count, number, scaleFor } from "../format";
import { type PanelParts, type View } from "../panel";

const NAMES: Record<string, string> = {
  version: "Version", commit: "Commit", simgrid: "Simulator", settings: "Its settings", seed: "Root seed", command: "Command", created: "Created (UTC)", identity: "Identity of the comparison",
};

function metrics(v: View): Table {
  const columns = ["Modes", "P10", "P50", "P90", "Mean", "Mean less first mix", "90 % from", "to"];
  return {
    caption: `All metrics: “${v.mixName}”, outcome “${v.outcomeName}”`,
    columns: [{ head: "Metric" }, { head: "Unit" }, ...columns.map((head) => ({ head, number: true }))],
    rows: Object.entries(v.world.metrics).map(([id, m]) => [id, v.report.units[id] ?? "", ...m.map((x) => {
      const s = scaleFor(x == null ? 0 : Math.abs(x));
      return { text: number(x, s) + (s.prefix ? ` ${s.prefix}` : ""), value: x };
    })]),
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
