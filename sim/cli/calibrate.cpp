// capmix calibrate: fits the efficiencies of chip families and the factors of software classes to published
// measurements, says how good the fit is on what it never saw, and writes the data files.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/table.hpp"
#include "calibrate/measured.hpp"
#include "calibrate/record.hpp"
#include "cli/calibrate_others.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "scenario/scenario.hpp"

namespace capmix::cli {
namespace {

namespace fs = std::filesystem;
using calibrate::Calibration;
using Json = nlohmann::ordered_json;

// A catalogue with every fitted value at its start, and the texts of the starting files by id.
struct Start {
  Scenario catalogue;
  std::map<std::string, std::string> texts;
};

Start start_of(const std::string& directory) {
  Start out{load_catalogue(directory), {}};
  const auto folder = fs::path(catalogue_or_shipped(directory)) / "calibration" / "efficiency";
  const Scenario from = scenario::load_efficiencies(folder.string());
  if (from.efficiencies.empty()) throw InputError(folder.string() + ": holds no efficiency to start from");
  for (const auto& e : from.efficiencies) {
    const auto id = out.catalogue.efficiencies.find(e.id);
    if (!id.valid()) throw InputError((folder / (e.id + ".toml")).string() + ": no chip of the catalogue has this efficiency");
    out.catalogue.efficiencies[id] = e;
    out.texts[e.id] = read_file((folder / (e.id + ".toml")).string());
  }
  for (auto& w : out.catalogue.software) w.factor = w.expected;
  return out;
}

// The files to write, by path below the catalogue.
std::map<std::string, std::string> files_of(const Start& start, const std::string& directory, const Calibration& c, const calibrate::Cases& cases, const OtherFits& others) {
  std::map<std::string, std::string> out;
  std::set<std::string> chips, classes;
  for (const auto* x : cases) {
    chips.insert(step::efficiency_of(*x, start.catalogue).id);
    classes.insert(start.catalogue.software[x->software].id);
  }
  for (const auto& id : chips) out["efficiency/" + id + ".toml"] = with_others(calibrate::efficiency_file(start.texts.at(id), id, c, cases, start.catalogue), start.catalogue.efficiencies[start.catalogue.efficiencies.find(id)], others);
  for (const auto& id : classes) {
    const std::string path = "software/" + id + ".toml";
    out[path] = calibrate::software_file(read_file(catalogue_or_shipped(directory) + "/" + path), id, c, cases, start.catalogue);
  }
  out["calibration/cases.txt"] = calibrate::case_list(cases, others.cases);
  return out;
}

std::string held_table(const std::string& head, const std::vector<calibrate::HeldOut>& rows, int width) {
  analysis::TextTable table(head);
  for (const char* column : {"cases", "median %", "90th %"}) table.column(column);
  table.column("median / 90th by split", true);
  for (const auto& r : rows) {
    std::string splits;
    for (size_t i = 0; i < r.medians.size(); ++i) splits += fmt::format("{}{:.1f}/{:.1f}", i == 0 ? "" : " ", 100 * r.medians[i], 100 * r.p90s[i]);
    table.row({r.name, std::to_string(r.n), analysis::fixed(100 * r.median, 1), analysis::fixed(100 * r.p90, 1), splits});
  }
  return table.text(width);
}

std::string values_table(const Calibration& c, const std::set<std::string>& ids, int width) {
  analysis::TextTable table("fitted value");
  for (const auto& id : ids) table.column(id);
  for (const auto& k : calibrate::knobs()) {
    std::vector<std::string> cells{k.name};
    for (const auto& id : ids) cells.push_back(fmt::format("{:.4g}", k.get(c.values.efficiencies[c.values.efficiencies.find(id)])));
    table.row(std::move(cells));
  }
  return table.text(width);
}

std::string report(const Calibration& c, const Start& start, const std::map<std::string, std::string>& left_out, const OtherFits& others, int width) {
  std::set<std::string> ids;
  for (const auto& [id, text] : start.texts) ids.insert(id);
  std::string out = analysis::wrap(fmt::format("Fitted to {} cases of {} families; {} rows are not fitted. Errors are |ln(predicted / measured)| by closed form, on "
                                               "cases that the fit did not see.", c.cases, c.families, left_out.size()), width);
  out += "\n" + values_table(c, ids, width) + "\n";
  analysis::TextTable software("class of software");
  software.column("factor");
  for (const auto& w : c.values.software) software.row({w.id, fmt::format("{:.3f}", w.factor)});
  out += software.text(width) + "\n" + held_table("held out: random splits", c.classes, width) + "\n";
  out += held_table("held out: by chip family", c.chips, width) + "\n" + held_table("held out: a whole group, software known", c.groups, width) + "\n";
  return out + held_table("held out: a whole group, software not known", c.strangers, width) + others_text(others, width);
}

Json held_json(const std::vector<calibrate::HeldOut>& rows) {
  Json out = Json::array();
  for (const auto& r : rows) out.push_back({{"name", r.name}, {"cases", r.n}, {"median", r.median}, {"p90", r.p90}, {"medians", r.medians}, {"p90s", r.p90s}});
  return out;
}

Json to_json(const Calibration& c, const Start& start, const std::map<std::string, std::string>& left_out, const OtherFits& others) {
  Json out{{"cases", c.cases}, {"families", c.families}, {"classes", held_json(c.classes)}, {"by_chip", held_json(c.chips)}, {"groups", held_json(c.groups)}, {"strangers", held_json(c.strangers)}, {"left_out", left_out}};
  for (const auto& [id, text] : start.texts)
    for (const auto& k : calibrate::knobs()) out["values"][id][k.name] = k.get(c.values.efficiencies[c.values.efficiencies.find(id)]);
  for (const auto& w : c.values.software) out["software"][w.id] = w.factor;
  out["one_chip"] = others_json(others);
  return out;
}

int compare_measured(const Common& c, const CalibrateOptions& o) {
  const Scenario catalogue = load_catalogue(o.catalogue);
  Diagnostics problems;
  const auto rows = calibrate::read_measured(import::read_csv(o.measured, problems), catalogue, problems);
  if (!problems.ok()) throw InputError(problems);
  analysis::TextTable table("operator");
  for (const char* column : {"measured us", "model us", "ratio"}) table.column(column);
  Json json = Json::array();
  for (const auto& r : rows) {
    table.row({r.name, fmt::format("{:.4g}", 1e6 * r.measured.value()), fmt::format("{:.4g}", 1e6 * r.predicted.value()), analysis::fixed(r.ratio(), 3)});
    json.push_back({{"operator", r.name}, {"measured_s", r.measured.value()}, {"predicted_s", r.predicted.value()}, {"ratio", r.ratio()}, {"source", r.source}});
  }
  const auto s = calibrate::summarise(rows);
  print(c.json ? Json{{"operators", json}, {"median", s.median}, {"p90", s.p90}, {"bias", s.bias}}.dump(1) + "\n"
               : table.text(terminal_width()) + fmt::format("{} operators: median |ln(model / measured)| {:.1f} %, 90th percentile {:.1f} %, bias {:+.1f} %\n",
                                                             rows.size(), 100 * s.median, 100 * s.p90, 100 * s.bias));
  return 0;
}

}  // namespace

int calibrate(const Common& c, const CalibrateOptions& o) {
  if (!o.measured.empty()) return compare_measured(c, o);
  Start start = start_of(o.catalogue);
  const auto all = load_cases(case_files(o.cases), start.catalogue);
  std::set<std::string> never(o.hold_out.begin(), o.hold_out.end());
  never.insert(calibrate::kNeverFitted);
  std::map<std::string, std::string> left_out;
  calibrate::Cases cases;
  for (const auto* x : calibrate::fit_for(all.training, start.catalogue, never, left_out)) {
    const auto& family = step::efficiency_of(*x, start.catalogue).id;
    if (start.texts.count(family) > 0) cases.push_back(x);
    else left_out[x->id] = "there is no calibration/efficiency/" + family + ".toml to start from";
  }
  if (cases.empty()) throw InputError("no case can be fitted");
  ProgressLine line(!c.quiet);
  calibrate::Options options;
  options.splits = o.splits, options.seed = c.seed.value_or(1);
  options.progress = [&](const std::string& what, int done, int total) { line.show(what, done, total); };
  const auto fitted = calibrate::calibrate(start.catalogue, cases, options);
  line.clear();
  const auto others = fit_others(start.catalogue, fitted.values, all, never, jobs(c));
  const auto files = files_of(start, o.catalogue, fitted, cases, others);
  print(c.json ? to_json(fitted, start, left_out, others).dump(1) + "\n" : report(fitted, start, left_out, others, terminal_width()));
  const fs::path root = o.out.empty() ? catalogue_or_shipped(o.catalogue) : o.out;
  if (o.check) return check_files(files, root);
  for (const auto& [path, text] : files) {
    std::error_code ignored;
    fs::create_directories((root / path).parent_path(), ignored);
    probe_output((root / path).string());
  }
  for (const auto& [path, text] : files) write_whole((root / path).string(), text);
  if (!c.quiet) std::fprintf(stderr, "written: %zu files below %s\n", files.size(), root.string().c_str());
  return 0;
}

}  // namespace capmix::cli
