// One step as tables.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "analysis/render.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

// What the numerator and the denominator of MFU are; sources differ.
constexpr const char* kConvention = " (model FLOP without recompute, causal attention counted half, against the dense peak of the precision)";

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
  const char* what = p.plan.find("stages on both chips") != std::string::npos ? "layers" : "batch";
  std::string out;
  for (const auto& g : p.groups)
    out += fmt::format("{}{} x {} ({:.1f} % of the {})", out.empty() ? "" : ", ", g.chips, g.chip, 100 * g.batch_share, what);
  return out;
}

std::string checkpoint_words(const CheckpointTimes& c) {
  const std::string beside = c.flush.value() > 0 ? fmt::format(", {} more beside the work until it counts", si(c.flush.value(), "s")) : "";
  return fmt::format("a checkpoint stops the gang for {}{}; loading one takes {}", si(c.stall.value(), "s"), beside, si(c.reload.value(), "s"));
}

std::string summary(const StepProfile& p, int width, std::string unit, const std::string& latency) {
  const bool serving = p.latency.value() > 0;
  if (unit.empty()) unit = serving ? "requests" : "tokens";
  std::string out;
  const auto line = [&](const std::string& name, const std::string& text) { out += fmt::format("{:<9}", name) + wrap(text, width - 9, 9); };
  line("chips:", p.groups.empty() ? "-" : groups(p));
  line("plan:", p.plan.empty() ? "-" : p.plan);
  line("step:", si(p.step.value(), "s") + " for " + si_counted(p.units, unit));
  line("rate:", si_counted(p.rate(), unit + "/s"));
  line("work:", fmt::format("{}, MFU {:.1f} %{}", si(p.model_flop.value(), "FLOP"), 100 * p.mfu, unit == "tokens" ? kConvention : ""));
  if (serving) line("latency:", si(p.latency.value(), "s") + " (" + latency + ")");
  if (!p.checkpoint.none()) line("saving:", checkpoint_words(p.checkpoint));
  line("energy:", si(p.energy.value(), "J") + " per step, nodes at full power");
  line("limit:", p.limit.empty() ? "-" : p.limit);
  line("trust:", fmt::format("x{:.2f} to x{:.2f} of the rate; {}", p.trust_low, p.trust_high,
                             p.calibrated ? "efficiencies fitted on measurements" : "not all efficiencies were ever measured"));
  if (!p.region.empty()) line("region:", p.region);
  if (!p.assumed.empty()) line("assumed:", joined(p.assumed, "; "));
  return out;
}

// Wrapped so that no "%" is parted from its number, nor the number of a plan from what it counts.
std::vector<std::string> lines_of(std::string text, size_t width, bool plan) {
  constexpr char kGlue = '\x1f';
  for (size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == ' ' && (text[i + 1] == '%' || (plan && text[i + 1] >= '0' && text[i + 1] <= '9'))) text[i] = kGlue;
  std::istringstream in(wrap(text, static_cast<int>(width)));
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    std::replace(line.begin(), line.end(), kGlue, ' ');
    out.push_back(line);
  }
  return out;
}

// Texts in columns, each wrapped to its width; the columns between the first and the last hold numbers.
std::string wrapped_row(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::vector<std::vector<std::string>> texts;
  size_t height = 0;
  for (size_t i = 0; i < cells.size(); ++i) texts.push_back(lines_of(cells[i], widths[i], i == 0)), height = std::max(height, texts.back().size());
  std::string out;
  for (size_t h = 0; h < height; ++h) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string text = h < texts[i].size() ? texts[i][h] : "";
      const std::string space(widths[i] - std::min(widths[i], columns(text)), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 || i + 1 == cells.size() ? text + space : space + text);
    }
    out += line.erase(line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

// The ten best plans of a search: what room the numbers leave is shared by the plan and what is said of it.
std::string candidate_table(const StepProfile& p, int width) {
  constexpr size_t kShortest = 15, kGaps = 8;  // of a text: its longest word
  const bool reasons = std::any_of(p.candidates.begin(), p.candidates.end(), [](const auto& c) { return !c.why.empty(); });
  std::vector<std::vector<std::string>> rows{{"best plans, by closed form", "step", "MFU %", "memory", reasons ? "why" : ""}};
  for (const auto& c : p.candidates) rows.push_back({c.plan, si(c.step.value(), "s"), fixed(100 * c.mfu, 1), si(c.memory.value(), "B"), c.why});
  std::vector<size_t> widths(5, 0);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  const size_t numbers = widths[1] + widths[2] + widths[3] + kGaps, all = static_cast<size_t>(std::max(width, 0));
  const size_t room = std::max(2 * kShortest, all > numbers ? all - numbers : 0);
  widths[0] = std::min(widths[0], std::max(room / 2, room - std::min(room, widths[4])));
  widths[4] = std::min(widths[4], room - widths[0]);
  std::string out = wrapped_row(rows.front(), widths);
  out += std::string(numbers + widths[0] + widths[4] - (reasons ? 0 : 2), '-') + "\n";
  for (size_t i = 1; i < rows.size(); ++i) out += wrapped_row(rows[i], widths);
  return out;
}

}  // namespace

std::string render_profile(const StepProfile& p, int width, const std::string& unit, const std::string& latency) {
  std::string out = wrap(p.subject, width) + std::string(std::min(columns(p.subject), static_cast<size_t>(width)), '=') + "\n";
  if (!p.feasible) {
    out += wrap("does not run: " + p.reason, width, 2);
    return p.memory.empty() ? out : out + "\n" + memory_table(p, width);
  }
  out += summary(p, width, unit, latency) + "\n" + time_table(p, width);
  if (!p.memory.empty()) out += "\n" + memory_table(p, width);
  return p.candidates.empty() ? out : out + "\n" + candidate_table(p, width);
}

}  // namespace capmix::analysis
