// capmix calibrate failures: how often things fail and how long they are out, fitted to logs of failures; says what was used of
// each log, and writes the data files.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "calibrate/failure_fit.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace capmix::cli {
namespace {

namespace fs = std::filesystem;
using analysis::Json;
using calibrate::CauseFit;
using calibrate::FailureFit;
using import::FailureLog;

constexpr size_t kLines = 12;  // that are shown of refused rows, and of those that disagree

std::string in_hours(double seconds) { return fmt::format("{:.4g}", seconds / 3600); }

std::string rows_text(const std::string& head, const std::vector<import::RowSaid>& rows, int width) {
  if (rows.empty()) return "";
  std::string out = head + "\n";
  for (size_t i = 0; i < std::min(rows.size(), kLines); ++i) out += "  " + analysis::wrap(fmt::format("Line {} {}.", rows[i].line, rows[i].why), width - 2, 4);
  return out + (rows.size() > kLines ? "  All: --json.\n" : "");
}

std::string used(const FailureLog& log, int width) {
  std::string out = analysis::heading(log.population);
  const auto say = [&](const std::string& text) { out += analysis::wrap("- " + text, width, 2); };
  say(fmt::format("{} ({}): {} rows, of which {} used, {} set aside, {} refused.", log.file, log.format, log.rows, log.used, log.aside.size(), log.refused.size()));
  say(fmt::format("{} units watched for {:.0f} {}-hours in service.", log.units, log.exposure() / 3600, log.per));
  if (log.together > 0) say(fmt::format("{} rows share machine and start with another: outages of several units at once.", log.together));
  for (const auto& note : log.notes) say(note + ".");
  if (!log.aside.empty()) say(fmt::format("Set aside, the first of {}: line {} {}.", log.aside.size(), log.aside.front().line, log.aside.front().why));
  return out + rows_text("- Refused:", log.refused, width) +
         rows_text(fmt::format("- Used, though one time is said twice and differs by more than a minute ({}):", log.disagree.size()), log.disagree, width);
}

std::vector<std::string> cells(const std::string& name, const CauseFit& c) {
  std::vector<std::string> row{name, std::to_string(c.rate.events), in_hours(1 / c.rate.rate()), fmt::format("{} to {}", in_hours(1 / c.rate.interval.high), in_hours(1 / c.rate.interval.low))};
  const bool shape = c.life.events >= calibrate::kFewestEvents, repair = c.repair.times > 0;
  row.push_back(shape ? fmt::format("{:.3f} +- {:.3f}", c.life.shape, c.life.error) : "-");
  row.push_back(repair ? in_hours(c.repair.median()) : "-");
  row.push_back(repair ? in_hours(c.repair.mean()) : "-");
  row.push_back(repair ? in_hours(c.repair.sample_mean) : "-");
  row.push_back(repair ? fmt::format("{:.3f}", c.repair.distance) : "-");
  return row;
}

std::string fit_text(const FailureFit& fit, int width) {
  analysis::TextTable table(fit.name);
  for (const char* column : {"failures", "h between", "90 %", "Weibull shape", "repair h P50", "mean", "of the data", "KS"}) table.column(column);
  for (const auto& c : fit.causes) table.row(cells(c.cause.name, c));
  table.row(cells(fit.all.cause.name, fit.all));
  std::string out = table.text(width);
  const auto& infants = fit.all.infants;
  if (infants.decay > 0) {
    out += analysis::wrap(fmt::format("Infants, all causes: {:.2f} times the rate when installed, falling by e in {:.0f} days to one in {} h (twice the gain in log-likelihood {:.0f}).", infants.factor,
                                      infants.decay / 86400, in_hours(1 / infants.base), infants.ratio), width, 2);
  } else if (infants.events > 0) out += "Infants: none that are sure.\n";
  return out;
}

std::string groups_text(const FailureLog& log, int width) {
  analysis::TextTable table("group");
  for (const char* column : {"failures", "h between", "90 %", "infants", "for days", "gain"}) table.column(column);
  for (const auto& g : calibrate::fit_groups(log)) {
    const auto& r = g.rate;
    const bool any = r.events > 0, sure = g.infants.decay > 0;
    table.row({g.name, std::to_string(r.events), any ? in_hours(1 / r.rate()) : "-", any ? fmt::format("{} to {}", in_hours(1 / r.interval.high), in_hours(1 / r.interval.low)) : "-",
               sure ? fmt::format("x {:.2f}", g.infants.factor) : "-", sure ? fmt::format("{:.0f}", g.infants.decay / 86400) : "-", g.infants.events > 0 ? fmt::format("{:.0f}", g.infants.ratio) : "-"});
  }
  return table.text(width);
}

Json rows_json(const std::vector<import::RowSaid>& rows) {
  Json out = Json::array();
  for (const auto& r : rows) out.push_back({{"line", r.line}, {"why", r.why}});
  return out;
}

Json cause_json(const CauseFit& c) {
  return {{"id", c.cause.id}, {"class", c.cause.kind}, {"failures", c.rate.events}, {"exposure_hours", c.rate.exposure / 3600},
          {"hours_between", c.rate.events > 0 ? Json(1 / c.rate.rate() / 3600) : Json(nullptr)},
          {"rate_per_hour_90", {3600 * c.rate.interval.low, 3600 * c.rate.interval.high}}, {"shape", c.life.shape}, {"shape_error", c.life.error}, {"likelihood_ratio", c.life.ratio},
          {"infants", {{"factor", c.infants.factor}, {"decay_days", c.infants.decay / 86400}, {"likelihood_ratio", c.infants.ratio}}},
          
          {"repair", {{"times", c.repair.times}, {"zeros", c.repair.zeros}, {"mu", c.repair.mu}, {"sigma", c.repair.sigma}, {"distance", c.repair.distance}, {"sample_mean_s", c.repair.sample_mean}}}};
}

Json to_json(const FailureLog& log, const std::vector<FailureFit>& fits) {
  Json out{{"file", log.file}, {"format", log.format}, {"rows", log.rows}, {"used", log.used}, {"units", log.units}, {"together", log.together}};
  out["aside"] = rows_json(log.aside), out["refused"] = rows_json(log.refused), out["disagree"] = rows_json(log.disagree), out["notes"] = log.notes;
  for (const auto& fit : fits) {
    Json& of = out["fits"][fit.id];
    of["all"] = cause_json(fit.all);
    for (const auto& c : fit.causes) of["causes"].push_back(cause_json(c));
  }
  return out;
}

}  // namespace

int calibrate_failures(const Common& c, const CalibrateFailuresOptions& o) {
  Diagnostics problems;
  std::vector<FailureLog> logs;
  for (const auto& [format, file] : {std::pair{"lanl", o.lanl}, {"titan", o.titan}, {"fta", o.fta}}) {
    if (file.empty()) continue;
    if (auto log = import::read_failure_log(file, format, problems)) logs.push_back(std::move(*log));
  }
  if (!problems.ok()) throw InputError(problems);
  if (logs.empty()) throw InputError("no log is given (expected at least one of --lanl, --titan and --fta)");
  std::map<std::string, std::string> files;
  std::string text;
  Json json = Json::array();
  for (const auto& log : logs) {
    std::vector<FailureFit> fits;
    try {
      fits = calibrate::fit_failures(log);
    } catch (const std::invalid_argument& e) {
      throw InputError(e.what());
    }
    text += used(log, terminal_width());
    for (const auto& fit : fits) text += "\n" + fit_text(fit, terminal_width()), files["failures/fits/" + fit.id + ".toml"] = calibrate::failure_file(fit);
    text += "\n" + groups_text(log, terminal_width());
    json.push_back(to_json(log, fits));
  }
  print(c.json ? json.dump(1) + "\n" : text);
  const fs::path root = o.out.empty() ? catalogue_or_shipped("") : o.out;
  if (o.check) return check_files(files, root);
  for (const auto& [path, content] : files) {
    std::error_code ignored;
    fs::create_directories((root / path).parent_path(), ignored);
    probe_output((root / path).string());
  }
  for (const auto& [path, content] : files) write_whole((root / path).string(), content);
  if (!c.quiet) std::fprintf(stderr, "written: %zu files below %s\n", files.size(), root.string().c_str());
  return 0;
}

}  // namespace capmix::cli
