// capmix exchange: how many of one chip replace one of another at equal work, and where no number does.
#include "study/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "scenario/scenario.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using analysis::finite_or_null;
using study::Exchange;
using study::ExchangeRow;
using study::ExchangeSide;
using study::ExchangeWork;

std::string side_text(const ExchangeSide& s) { return fmt::format("{} ({}): {}, {}", s.id, s.chip, si(s.watts, "W"), money(Usd(s.usd))); }

// " at bring-up, functional: why" for each reason, in the order of the stages.
std::vector<std::string> reasons(const std::vector<ExchangeRow>& rows, std::string ExchangeRow::*why) {
  std::vector<std::pair<std::string, std::string>> found;  // reason, stages
  for (const auto& row : rows) {
    if ((row.*why).empty()) continue;
    const auto at = std::find_if(found.begin(), found.end(), [&](const auto& f) { return f.first == row.*why; });
    if (at == found.end()) found.emplace_back(row.*why, row.stage);
    else at->second += ", " + row.stage;
  }
  std::vector<std::string> out;
  for (const auto& [reason, stages] : found) out.push_back((stages == study::kNoPort ? "" : " at " + stages) + ": " + reason);
  return out;
}

std::string work_text(const Exchange& x, const ExchangeWork& w, int width) {
  std::string out = analysis::heading(w.kind + ": " + w.id);
  const auto mature = [&](const ExchangeSide& side, double rate, const std::string& plan) {
    if (rate > 0) out += analysis::wrap(fmt::format("- one {} at a mature stack: {} ({})", side.chip, si_counted(rate, w.unit), plan), width, 2);
  };
  mature(x.of, w.rate_of, w.plan_of), mature(x.by, w.rate_by, w.plan_by);
  analysis::TextTable table("stage");
  table.column("from"), table.column("% of\nmature"), table.column("number\nfor one"), table.column("kW"), table.column("USD k");
  const bool gangs = w.kind == "training", cells = w.kind == "ranking";
  if (cells) table.column("with cells\nreplanned");
  if (gangs) table.column(fmt::format("gang for\none of {}", w.gang_of)), table.column("ratio of\ngangs");
  for (const auto& row : w.rows) {
    const bool any = std::isfinite(row.number);
    const auto if_any = [&](double value, int decimals, const char* otherwise) { return any ? analysis::fixed(value, decimals) : otherwise; };
    std::vector<std::string> texts{row.stage, row.from.is_never() ? "-" : row.from.text(), analysis::fixed(100 * row.efficiency, 1),
                                   if_any(row.number, 2, "none"), if_any(row.number * x.by.watts / 1e3, 2, "-"),
                                   if_any(row.number * x.by.usd / 1e3, 1, "-")};
    if (cells) texts.push_back(analysis::fixed(row.replanned, 2));
    if (gangs) {
      texts.push_back(row.gang > 0 ? std::to_string(row.gang) : any ? "none" : "-");
      texts.push_back(row.gang > 0 ? analysis::fixed(static_cast<double>(row.gang) / w.gang_of, 1) : "-");
    }
    table.row(std::move(texts));
  }
  out += "\n" + table.text(width);
  for (const auto& reason : reasons(w.rows, &ExchangeRow::reason)) out += analysis::wrap("- none" + reason, width, 2);
  for (const auto& reason : reasons(w.rows, &ExchangeRow::gang_reason)) out += analysis::wrap("- no one gang" + reason, width, 2);
  if (std::isfinite(w.trust_high) && w.trust_high != 1)
    out += analysis::wrap(fmt::format("- the numbers may be x{:.2f} to x{:.2f} of these (trust ranges of both rates)", w.trust_low, w.trust_high),
                          width, 2);
  return out;
}

std::string render(const Exchange& x, int width) {
  std::string out = analysis::wrap("How many " + x.by.id + " do the work of one " + x.of.id + "?", width);
  out += analysis::wrap("- one " + side_text(x.of), width, 2) + analysis::wrap("- one " + side_text(x.by), width, 2);
  out += analysis::wrap("- kW and USD of a row: of that number, beside those of the one it replaces", width, 2);
  for (const auto& w : x.works) out += work_text(x, w, width);
  out += "\n";
  out += analysis::wrap("- decode is a closed form over the costs of serving, without queue or prompts; training and ranking are step profiles", width, 2);
  for (const auto& note : x.notes) out += analysis::wrap("- " + note, width, 2);
  return out;
}

Json side_json(const ExchangeSide& s) { return {{"id", s.id}, {"node", s.node}, {"chip", s.chip}, {"watts", s.watts}, {"usd", s.usd}}; }

std::string to_json(const Exchange& x) {
  Json out{{"of", side_json(x.of)}, {"by", side_json(x.by)}, {"notes", x.notes}};
  Json& works = out["works"] = Json::array();
  for (const auto& w : x.works) {
    Json work{{"id", w.id}, {"kind", w.kind}, {"unit", w.unit}, {"rate_of", w.rate_of}, {"rate_by", w.rate_by},
              {"plan_of", w.plan_of}, {"plan_by", w.plan_by}, {"gang_of", w.gang_of},
              {"trust_low", finite_or_null(w.trust_low)}, {"trust_high", finite_or_null(w.trust_high)}};
    Json& rows = work["stages"] = Json::array();
    for (const auto& r : w.rows)
      rows.push_back({{"stage", r.stage}, {"from", r.from.is_never() ? Json(nullptr) : Json(r.from.text())},
                      {"efficiency", r.efficiency}, {"number", finite_or_null(r.number)}, {"reason", r.reason},
                      {"watts", finite_or_null(r.number * x.by.watts)}, {"usd", finite_or_null(r.number * x.by.usd)},
                      {"replanned", finite_or_null(r.replanned)}, {"gang", r.gang > 0 ? Json(r.gang) : Json(nullptr)},
                      {"gang_reason", r.gang_reason}});
    works.push_back(std::move(work));
  }
  return analysis::json_text(out);
}

// The model that is decoded: an id of the study's, or of the shipped folder, or a file.
LlmModel decoded(const std::string& name, const Scenario& s, Diagnostics& problems) {
  if (name.empty()) return {};
  if (const auto id = s.llms.find(name); id.valid()) return s.llms[id];
  const bool file = name.find('/') != std::string::npos || name.ends_with(".toml");
  const Scenario shipped =
      file ? Scenario{} : scenario::load_catalogue(std::string(CAPMIX_DATA) + "/platforms", std::string(CAPMIX_DATA) + "/workloads");
  if (const auto id = shipped.llms.find(name); id.valid()) return shipped.llms[id];
  if (!file) {
    std::vector<std::string> ids;
    for (const auto& m : shipped.llms) ids.push_back(m.id);
    problems.add({"--model", 0, 0}, "there is no model \"" + name + "\"" + did_you_mean(name, ids));
    return {};
  }
  const auto own = scenario::load_models(name, problems).llms;
  if (problems.ok() && own.empty()) problems.add({"--model", 0, 0}, name + " is no language model (expected kind = \"llm\")");
  return own.empty() ? LlmModel{} : *own.begin();
}

study::ExchangeQuery query_of(const ExchangeOptions& o, const Scenario& s) {
  Diagnostics problems;
  study::ExchangeQuery q;
  q.of = o.of, q.by = o.by, q.outcome = o.outcome, q.context = o.context;
  q.model = decoded(o.model, s, problems);
  const auto tpot = parse_quantity(o.tpot, DimensionOf<Seconds>::value);
  if (!tpot.ok) problems.add({"--tpot", 0, 0}, tpot.problem);
  else if (tpot.value <= 0) problems.add({"--tpot", 0, 0}, "is " + o.tpot + " (expected more than 0)");
  q.tpot = Seconds(tpot.value);
  const std::vector<std::string> words{"bf16", "fp16", "fp8", "int8", "fp4"};
  if (std::count(words.begin(), words.end(), o.precision) == 0)
    problems.add({"--precision", 0, 0}, "there is no precision \"" + o.precision + "\" of decode" + did_you_mean(o.precision, words));
  for (int p = 0; p < static_cast<int>(std::size(kPrecisionNames)); ++p)
    if (o.precision == kPrecisionNames[p]) q.precision = static_cast<Precision>(p);
  if (!problems.ok()) throw InputError(problems);
  return q;
}

}  // namespace

int exchange(const Common& c, const ExchangeOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  const auto query = query_of(o, worlds.base());
  ProgressLine line(!c.quiet);
  const auto progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  const auto x = study::exchange(worlds, query, cache_dir(c), jobs(c), progress);
  line.clear();
  print(c.json ? to_json(x) : render(x, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
