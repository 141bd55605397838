#include "analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/compare.hpp"
#include "analysis/notes.hpp"
#include "analysis/render.hpp"
#include "analysis/report_plan.hpp"
#include "analysis/report_series.hpp"
#include "analysis/table.hpp"
#include "base/diagnostic.hpp"
#include "results/read.hpp"

namespace capmix::analysis {
namespace {

constexpr size_t kShownFailures = 20;  // in full; the others are counted

using Worlds = decltype(ReportRuns::worlds);

// Shares of domestic work by month and quarter would be a third of all metrics, and no section shows them.
bool shown(const std::string& metric) {
  const std::string by = "work.domestic.";
  return metric.rfind(by, 0) != 0 || metric.size() == by.size() + 4;
}

Json study_json(const results::StudyInfo& info) {
  Json spend = Json::array(), chips = Json::array(), offers = Json::array();
  for (const auto& s : info.spend) spend.push_back({{"mix", s.mix}, {"offer", s.offer}, {"usd", s.usd}});
  for (const auto& c : info.chips) chips.push_back({{"id", c.id}, {"name", c.name}, {"supplier", c.supplier}});
  for (const auto& o : info.offers) offers.push_back({{"id", o.id}, {"name", o.name}, {"chip", o.chip}});
  return {{"id", info.id}, {"name", info.name}, {"question", info.question}, {"start", info.start},
          {"last_day", (info.timeline().end() + Days{-1}).text()}, {"draws", info.draws}, {"rates", info.rates}, {"chip_budget_usd", finite_or_null(info.chip_budget)},
          {"served_share", info.served_share}, {"reference", info.reference}, {"chips", std::move(chips)}, {"offers", std::move(offers)},
          {"spend", std::move(spend)}};
}

Json metrics_json(const MixResult& m) {
  Json out = Json::object();
  for (const auto& s : m.spreads) {
    if (!shown(s.id)) continue;
    Json& row = out[s.id] = Json::array();
    for (const double x : {s.modes, s.p10, s.p50, s.p90, s.mean, s.diff, s.diff_low, s.diff_high}) row.push_back(finite_or_null(x));
  }
  return out;
}

Json units_json(const Comparison& c) {
  Json out = Json::object();
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes)
      for (const auto& s : m.spreads)
        if (shown(s.id)) out[s.id] = s.unit;
  return out;
}

// By month: the constraint with most of the cut at modes, its share, and the share of draws in which it is the same.
Json binding_json(const MixResult& m, const World& w) {
  Json out = Json::array();
  for (const auto& b : m.binding) {
    int same = 0, all = 0;
    if (const auto month = w.binds.find(b.month); month != w.binds.end())
      for (const auto& [name, draws] : month->second) all += draws, same += name == b.name ? draws : 0;
    out.push_back({{"month", b.month}, {"constraint", b.name}, {"share", finite_or_null(b.share)},
                   {"agree", all > 0 ? Json(static_cast<double>(same) / all) : Json()}});
  }
  return out;
}

Json month_series(const World& w) {
  return {{"trained", w.trained.json()}, {"served", w.served.json()}, {"online", w.online.json()}};
}

// Place of a build-out among those of all worlds: equal ones are said once. Null for none.
Json place_of(Json& buildouts, Json buildout) {
  if (buildout.empty()) return nullptr;
  for (size_t i = 0; i < buildouts.size(); ++i)
    if (buildouts[i] == buildout) return i;
  buildouts.push_back(std::move(buildout));
  return buildouts.size() - 1;
}

Json worlds_json(const Comparison& c, const Worlds& worlds, Json& buildouts) {
  static const World none;
  Json out = Json::array();
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes) {
      const auto found = worlds.find({m.mix, o.outcome});
      const World& w = found == worlds.end() ? none : found->second;
      Json world{{"mix", m.mix}, {"outcome", o.outcome}, {"draws", m.draws}, {"at_modes", m.at_modes}, {"rank", m.rank},
                 {"meets", m.meets}, {"leads", m.leads}, {"binds_most", binds_most(m)}};
      world["metrics"] = metrics_json(m);
      world["series"] = month_series(w);
      world["binding"] = binding_json(m, w);
      world["buildout"] = w.plan ? place_of(buildouts, buildout_json(*w.plan, w.ends)) : Json();
      world["supply"] = w.plan ? supply_json(c.info, {m.mix, o.outcome, -1}, *w.plan) : Json();
      out.push_back(std::move(world));
    }
  return out;
}

Json named(const auto& list) {
  Json out = Json::array();
  for (const auto& x : list) out.push_back({{"id", x.id}, {"name", x.name}});
  return out;
}

Json outcomes_json(const Comparison& c) {
  const auto lines = headlines(c);
  Json out = Json::array();
  for (size_t i = 0; i < c.outcomes.size(); ++i)
    out.push_back({{"id", c.outcomes[i].outcome}, {"name", c.outcomes[i].name}, {"draws", c.outcomes[i].draws}, {"headline", lines[i]}});
  return out;
}

Json profiles_json(const std::vector<StepProfile>& profiles) {
  Json out = Json::array();
  for (const auto& p : profiles)
    out.push_back({{"subject", p.subject}, {"feasible", p.feasible}, {"reason", p.reason}, {"plan", p.plan}, {"step_s", finite_or_null(p.step.value())},
                   {"rate", finite_or_null(p.rate())}, {"mfu", finite_or_null(p.mfu)}, {"limit", p.limit}, {"trust_low", finite_or_null(p.trust_low)},
                   {"trust_high", finite_or_null(p.trust_high)}, {"calibrated", p.calibrated}});
  std::sort(out.begin(), out.end(), [](const Json& a, const Json& b) { return a["subject"] < b["subject"]; });
  return out;
}

Json trust_json(const Comparison& c) {
  Json out = Json::array();
  for (const auto& [chip, t] : trust_by_chip(c.notes.profiles))
    out.push_back({{"chip", name_of(c.info.chips, chip)}, {"low", t.low}, {"high", t.high}, {"calibrated", t.calibrated}});
  return out;
}

Json inputs_json(const std::vector<Fact>& facts) {
  Json out = Json::array();
  for (const auto& f : facts)
    out.push_back({{"subject", f.subject}, {"path", f.path}, {"value", f.value}, {"source", f.source}, {"confidence", text(f.confidence)},
                   {"note", f.note}, {"file", f.place.file}, {"line", f.place.line}});
  return out;
}

Json pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json out = Json::array();
  for (const auto& [key, value] : pairs) out.push_back({{"key", key}, {"value", value}});
  return out;
}

Json notes_json(const Comparison& c) {
  Json failures = Json::array();
  for (size_t i = 0; i < std::min(kShownFailures, c.notes.failures.size()); ++i) failures.push_back(c.notes.failures[i]);
  return {{"trust", trust_json(c)}, {"missing", c.missing}, {"confidence", c.notes.confidence}, {"failed", c.notes.failures.size()},
          {"failures", std::move(failures)}};
}

Json tornado_json(const Tornado& t) {
  Json bars = Json::array();
  for (const auto& b : t.bars)
    bars.push_back({{"input", b.input}, {"confidence", b.confidence}, {"low_value", b.low_value}, {"high_value", b.high_value},
                    {"low", finite_or_null(b.low)}, {"high", finite_or_null(b.high)}});
  return {{"outcome", t.outcome}, {"output", t.output}, {"unit", t.unit}, {"base", finite_or_null(t.base)}, {"bars", std::move(bars)}};
}

Json month_names(const results::StudyInfo& info) {
  Json out = Json::array();
  const Timeline t = info.timeline();
  for (int m = 0; m < t.months(); ++m) out.push_back(t.month_name(m));
  return out;
}

}  // namespace

Tornado tornado_of(const Sensitivity& s) {
  Tornado t{s.outcome, s.output, s.unit, s.base, {}};
  const auto quantile = [](double at) { return fmt::format("P{:.4g}", 100 * at); };
  for (const auto& i : s.inputs) t.bars.push_back({i.name, i.confidence, quantile(s.low_at), quantile(s.high_at), i.low, i.high});
  const auto swing = [](const TornadoBar& b) { return std::isfinite(b.high - b.low) ? std::fabs(b.high - b.low) : 0; };
  std::stable_sort(t.bars.begin(), t.bars.end(), [&](const auto& a, const auto& b) { return swing(a) > swing(b); });
  return t;
}

ReportRuns read_report_runs(const std::string& db, const DecideOptions& options) {
  ReportRuns out{db, results::read_info(db), {}, {}, {}};
  choose(out.info, options);
  const auto has = [](const auto& list, const std::string& id) { return std::any_of(list.begin(), list.end(), [&](const auto& x) { return x.id == id; }); };
  results::each_run(db, [&](const RunKey& key, const Facts& facts) {
    if (!has(out.info.mixes, key.mix) || !has(out.info.outcomes, key.outcome)) return;
    Metrics metrics = reduce(out.info, key, facts);
    out.worlds[{key.mix, key.outcome}].add(out.info, key, facts, metrics);
    out.decided.add(out.info, key, facts, metrics, options.cost);
    if (key.draw >= 0) metrics = {std::move(metrics.values), {}, {}, {}, {}, {}, metrics.ledger, std::move(metrics.missing)};  // by month, only modes are asked for later
    out.runs.emplace_back(key, std::move(metrics));
  });
  out.decided.done();
  if (out.runs.empty()) throw InputError(db + ": error: results file holds no complete run, so there is nothing to report");
  return out;
}

MaybeDecision decide(const ReportRuns& runs, const DecideOptions& options) {
  if (!runs.info.points.empty()) return {{}, "a sweep's points are no outcomes to weigh"};
  try {
    return {decide(runs.info, runs.decided.runs, runs.decided.approvals, options), ""};
  } catch (const InputError& e) {
    return {{}, e.what()};
  }
}

Json report_document(const std::string& db, const ReportExtras& extras) { return report_document(read_report_runs(db, extras.decide), extras); }

Json report_document(const ReportRuns& read, const ReportExtras& extras) {
  const auto& info = read.info;
  const Comparison c = compare(info, read.runs, read_notes(read.db));
  Json out{{"schema", kReportSchema}, {"study", study_json(info)}, {"months", month_names(info)}, {"mixes", named(info.mixes)}, {"outcomes", outcomes_json(c)}};
  out["objective"] = {{"metric", kObjective}, {"condition", kCondition}};
  Json& owners = out["owners"] = Json::array();
  for (const char* owner : kOwners) owners.push_back(owner);
  out["units"] = units_json(c);
  const MaybeDecision decided = extras.decided ? MaybeDecision{extras.decided, ""} : decide(read, extras.decide);
  out["decision"] = decided.decision ? decision_json(*decided.decision) : Json();
  out["undecided"] = decided.reason;
  out["evidence"] = extras.evidence ? evidence_json(info, *extras.evidence) : Json();
  Json buildouts = Json::array();
  out["worlds"] = worlds_json(c, read.worlds, buildouts);
  out["buildouts"] = std::move(buildouts);
  out["runs"] = read.runs.size();
  out["validation"] = extras.errors ? error_summary_json(*extras.errors) : Json();
  out["profiles"] = profiles_json(c.notes.profiles);
  out["notes"] = notes_json(c);
  out["inputs"] = inputs_json(results::read_input_facts(read.db));
  out["manifest"] = pairs_json(results::read_manifest(read.db));
  out["input_files"] = pairs_json(results::read_input_files(read.db));
  if (!extras.tornados.empty()) {
    Json& tornados = out["tornado"] = Json::array();
    for (const auto& t : extras.tornados) tornados.push_back(tornado_json(t));
  }
  return out;
}

std::string report_page(const std::string& page, const Json& document) {
  const std::string place = kReportPlaceholder;
  const size_t at = page.find(place);
  if (at == std::string::npos || page.find(place, at + 1) != std::string::npos)
    throw std::runtime_error("the page of the report has no place, or more than one, for its document");
  // "<" stands in strings alone, where JSON may say it by its number: then nothing reads as the end of the element.
  std::string text;
  for (const char ch : document.dump(-1, ' ', false, Json::error_handler_t::replace)) text += ch == '<' ? std::string("\\u003c") : std::string(1, ch);
  return page.substr(0, at) + text + page.substr(at + place.size());
}

}  // namespace capmix::analysis
