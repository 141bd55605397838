// capmix validate: predictions beside published measurements, each with its trust range.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "import/csv.hpp"
#include "scenario/scenario.hpp"
#include "step/published.hpp"

namespace capmix::cli {
namespace {

using step::Score;

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string to_csv(const std::vector<Score>& scores) {
  std::string out = "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason\n";
  for (const auto& s : scores) {
    out += quoted(s.case_id) + ",";
    if (s.scored()) out += fmt::format("{},{},{},{},{},{},{},{}", s.predicted, s.measured, quoted(s.unit), s.ratio, s.low, s.high, s.calibrated_on, s.in_range);
    else out += ",,,,,,,";
    out += "," + quoted(s.reason) + "\n";
  }
  return out;
}

std::string to_json(const std::vector<Score>& scores) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& s : scores) {
    nlohmann::json j{{"case_id", s.case_id}, {"group", s.group}, {"workload", s.workload}, {"hardware", s.hardware}, {"reason", s.reason}};
    if (s.scored())
      j.update({{"predicted", s.predicted}, {"measured", s.measured}, {"unit", s.unit}, {"ratio", s.ratio}, {"low", s.low},
                {"high", s.high}, {"calibrated_on", s.calibrated_on}, {"in_range", s.in_range}});
    all.push_back(std::move(j));
  }
  return all.dump(1) + "\n";
}

std::string to_text(const std::vector<Score>& scores) {
  std::string out;
  std::vector<double> errors;
  for (const auto& s : scores) {
    out += s.case_id + "  (" + s.hardware + ")\n";
    if (!s.scored()) {
      out += "  not scored: " + s.reason + "\n";
      continue;
    }
    errors.push_back(std::fabs(std::log(s.ratio)));
    out += fmt::format("  predicted {:.4g} {}, measured {:.4g}: ratio {:.3f}; trust range {:.4g} to {:.4g}, {}; {}\n", s.predicted, s.unit,
                       s.measured, s.ratio, s.low, s.high, s.in_range ? "holds the measurement" : "misses the measurement",
                       s.calibrated_on ? "calibrated on it" : "predicted, not calibrated on it");
    if (!s.reason.empty()) out += "  " + s.reason + "\n";
  }
  std::sort(errors.begin(), errors.end());
  out += fmt::format("{} of {} cases scored", errors.size(), scores.size());
  if (!errors.empty()) out += fmt::format("; median |ln(predicted/measured)| {:.1f} %, worst {:.1f} %", 100 * errors[errors.size() / 2], 100 * errors.back());
  return out + "\n";
}

}  // namespace

int validate(const Common& c, const ValidateOptions& o) {
  const std::string cases = o.cases.empty() ? std::string(CAPMIX_DATA) + "/tests/published/cases.csv" : o.cases;
  const std::string catalogue = o.catalogue.empty() ? std::string(CAPMIX_DATA) + "/platforms" : o.catalogue;
  if (!o.csv.empty()) probe_output(o.csv);
  Diagnostics problems;
  const auto table = import::read_csv(cases, problems);
  std::vector<Score> scores;
  if (problems.ok()) scores = step::score(table, scenario::load_catalogue(catalogue), problems);
  if (!problems.ok()) throw InputError(problems);
  if (!o.csv.empty()) write_whole(o.csv, to_csv(scores));
  print(c.json ? to_json(scores) : to_text(scores));
  return 0;
}

}  // namespace capmix::cli
