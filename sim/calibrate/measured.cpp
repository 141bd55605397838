#include "calibrate/measured.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/statistics.hpp"
#include "step/operators.hpp"
#include "step/step.hpp"

namespace capmix::calibrate {
namespace {

const std::vector<std::string> kColumns{"chip", "operator", "m", "n", "k", "precision", "seconds", "source"};
const std::vector<std::string> kOperators{"gemm", "attention", "stream"};

class Row {
 public:
  Row(const import::CsvTable& table, const import::CsvRow& row, Diagnostics& problems) : table_(table), row_(row), problems_(problems) {}
  const std::string& text(const char* name) const { return row_.fields[static_cast<size_t>(table_.column(name))]; }
  void complain(const std::string& what) { good_ = false, problems_.add({table_.file, row_.line, 0}, what); }
  double positive(const char* name) {
    const std::string& t = text(name);
    char* end = nullptr;
    const double v = std::strtod(t.c_str(), &end);
    if (t.empty() || *end != '\0' || !std::isfinite(v) || v <= 0) complain(std::string(name) + " is \"" + t + "\" (expected a positive number)");
    return v;
  }
  // The position of the word in the list.
  size_t one_of(const char* name, const std::vector<std::string>& words) {
    const auto at = std::find(words.begin(), words.end(), text(name));
    if (at == words.end()) complain("there is no " + std::string(name) + " \"" + text(name) + "\"" + did_you_mean(text(name), words));
    return static_cast<size_t>(at - words.begin());
  }
  bool good() const { return good_; }

 private:
  const import::CsvTable& table_;
  const import::CsvRow& row_;
  Diagnostics& problems_;
  bool good_ = true;
};

Seconds predict(size_t operation, const step::Machine& machine, double m, double n, double k, Precision precision) {
  if (operation == 0) return step::gemm(machine, m, n, k, precision);
  if (operation == 1) return step::fused_attention(machine, Flop(2 * m * n * n * k), k, n / 2);
  return step::stream(machine, Bytes(2 * m * n * bytes_of(precision)), 1);
}

std::optional<Measured> read_row(Row& r, const Scenario& s) {
  std::vector<std::string> chips, precisions{std::begin(kPrecisionNames), std::end(kPrecisionNames)};
  for (const auto& c : s.chips) chips.push_back(c.id);
  const size_t chip = r.one_of("chip", chips), operation = r.one_of("operator", kOperators), precision = r.one_of("precision", precisions);
  const double m = r.positive("m"), n = r.positive("n"), k = operation == 2 ? 1 : r.positive("k"), seconds = r.positive("seconds");
  if (r.text("source").empty()) r.complain("source is blank (expected where the figure comes from)");
  if (!r.good()) return std::nullopt;
  const Chip& c = s.chips[s.chips.id_at(chip)];
  Measured out;
  out.name = r.text("operator") + " " + r.text("m") + " x " + r.text("n") + (operation == 2 ? "" : " x " + r.text("k")) + " " + r.text("precision") + " on " + c.id;
  out.source = r.text("source");
  out.measured = Seconds(seconds);
  out.predicted = predict(operation, step::machine(c, s.efficiencies[c.efficiency], step::software_on(s, c.stack)), m, n, k, static_cast<Precision>(precision));
  return out;
}

}  // namespace

std::vector<Measured> read_measured(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  std::vector<Measured> out;
  bool whole = !table.header.empty();
  for (const auto& column : kColumns)
    if (whole && table.column(column) < 0) problems.add({table.file, 1, 0}, "the header lacks the column \"" + column + "\"");
  for (const auto& column : kColumns) whole = whole && table.column(column) >= 0;
  if (!whole) return out;
  for (const auto& row : table.rows) {
    Row r(table, row, problems);
    if (auto m = read_row(r, catalogue)) out.push_back(std::move(*m));
  }
  return out;
}

MeasuredSummary summarise(const std::vector<Measured>& rows) {
  std::vector<double> sizes;
  MeasuredSummary out;
  for (const auto& r : rows) sizes.push_back(std::fabs(std::log(r.ratio()))), out.bias += std::log(r.ratio()) / static_cast<double>(rows.size());
  out.median = quantile(sizes, 0.5), out.p90 = quantile(sizes, 0.9);
  return out;
}

}  // namespace capmix::calibrate
