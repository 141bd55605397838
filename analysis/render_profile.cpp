// One step as tables.
#include <fmt/format.h>

#include "analysis/render.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

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
  line("work:", fmt::format("{}, MFU {:.1f} %", si(p.model_flop.value(), "FLOP"), 100 * p.mfu));
  if (serving) line("latency:", si(p.latency.value(), "s") + " (p99)");
  line("energy:", si(p.energy.value(), "J") + " per step, nodes at full power");
  line("limit:", p.limit.empty() ? "-" : p.limit);
  line("trust:", fmt::format("x{:.2g} to x{:.2g} of the rate; {}", p.trust_low, p.trust_high,
                             p.calibrated ? "efficiencies fitted on measurements" : "not all efficiencies were ever measured"));
  return out;
}

}  // namespace

std::string render_profile(const StepProfile& p, int width) {
  std::string out = wrap(p.subject, width) + std::string(std::min(columns(p.subject), static_cast<size_t>(width)), '=') + "\n";
  if (!p.feasible) {
    out += wrap("does not run: " + p.reason, width, 2);
    return p.memory.empty() ? out : out + "\n" + memory_table(p, width);
  }
  out += summary(p, width) + "\n" + time_table(p, width);
  return p.memory.empty() ? out : out + "\n" + memory_table(p, width);
}

}  // namespace capmix::analysis
