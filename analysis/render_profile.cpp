// One step as tables.
#include <fmt/format.h>

#include "analysis/render.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

// What the numerator and the denominator of MFU are; sources differ.
constexpr const char* kConvention = " (model FLOP without recompute, causal attention counted half, against the dense peak of the precision)";

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& x : list) out += (out.empty() ? "" : "; ") + x;
  return out;
}

double share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

std::string time_table(const StepProfile& p, int width) {
  TextTable table("time");
  table.column("time");
  table.column("% of step");
  table.column("", true);
  Seconds sum;
  for (const auto& part : p.parts) {
    sum += part.time;
    table.row({part.name, si(part.time.value(), "s"), fixed(share(part.time.value(), p.step.value()), 1), part.useful ? "" : "stall"});
  }
  table.row({"sum", si(sum.value(), "s"), fixed(share(sum.value(), p.step.value()), 1), ""});
  return table.text(width);
}

std::string memory_table(const StepProfile& p, int width) {
  TextTable table("memory per chip");
  table.column("size");
  table.column("% of chip");
  Bytes sum;
  for (const auto& part : p.memory) {
    sum += part.bytes;
    table.row({part.name, si(part.bytes.value(), "B"), fixed(share(part.bytes.value(), p.capacity.value()), 1)});
  }
  table.row({"sum", si(sum.value(), "B"), fixed(share(sum.value(), p.capacity.value()), 1)});
  table.row({"chip", si(p.capacity.value(), "B"), p.capacity.value() > 0 ? "100.0" : "-"});
  return table.text(width);
}

std::string groups(const StepProfile& p) {
  std::string out;
  for (const auto& g : p.groups)
    out += fmt::format("{}{} x {} ({:.1f} % of the batch)", out.empty() ? "" : ", ", g.chips, g.chip, 100 * g.batch_share);
  return out;
}

std::string summary(const StepProfile& p, int width) {
  const bool serving = p.latency.value() > 0;
  std::string out;
  const auto line = [&](const std::string& name, const std::string& text) { out += fmt::format("{:<9}", name) + wrap(text, width - 9, 9); };
  line("chips:", groups(p));
  line("plan:", p.plan.empty() ? "-" : p.plan);
  line("step:", si(p.step.value(), "s") + " for " + si(p.units, serving ? "requests" : "tokens"));
  line("rate:", si(p.rate(), serving ? "requests/s" : "tokens/s"));
  line("work:", fmt::format("{}, MFU {:.1f} %{}", si(p.model_flop.value(), "FLOP"), 100 * p.mfu, serving ? "" : kConvention));
  if (serving) line("latency:", si(p.latency.value(), "s") + " (p99)");
  line("energy:", si(p.energy.value(), "J") + " per step, nodes at full power");
  line("limit:", p.limit.empty() ? "-" : p.limit);
  line("trust:", fmt::format("x{:.2g} to x{:.2g} of the rate; {}", p.trust_low, p.trust_high,
                             p.calibrated ? "efficiencies fitted on measurements" : "not all efficiencies were ever measured"));
  if (!p.region.empty()) line("region:", p.region);
  if (!p.assumed.empty()) line("assumed:", joined(p.assumed));
  return out;
}

// The ten best plans of a search.
std::string candidate_table(const StepProfile& p, int width) {
  std::string out;
  TextTable table("#");
  for (const char* column : {"step", "MFU %", "memory", "% of chip"}) table.column(column);
  for (size_t i = 0; i < p.candidates.size(); ++i) {
    const PlanRow& c = p.candidates[i];
    table.row({std::to_string(i + 1), si(c.step.value(), "s"), fixed(100 * c.mfu, 1), si(c.memory.value(), "B"), fixed(share(c.memory.value(), p.capacity.value()), 0)});
    out += fmt::format("{:>2}  ", i + 1) + wrap(c.plan, width - 4, 4) + (c.why.empty() ? "" : "    " + wrap(c.why, width - 4, 4));
  }
  return "best plans, by closed form:\n" + table.text(width) + "\n" + out;
}

}  // namespace

std::string render_profile(const StepProfile& p, int width) {
  std::string out = wrap(p.subject, width) + std::string(std::min(columns(p.subject), static_cast<size_t>(width)), '=') + "\n";
  if (!p.feasible) {
    out += wrap("does not run: " + p.reason, width, 2);
    return p.memory.empty() ? out : out + "\n" + memory_table(p, width);
  }
  out += summary(p, width) + "\n" + time_table(p, width);
  if (!p.memory.empty()) out += "\n" + memory_table(p, width);
  return p.candidates.empty() ? out : out + "\n" + candidate_table(p, width);
}

}  // namespace capmix::analysis
