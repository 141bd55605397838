// `capmix replay porting`: what the events of a recorded log cost.
#include "study/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/ledger.hpp"
#include "analysis/metrics.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using analysis::TextTable;
constexpr double kSecondsPerHour = 3600;

// What one version of the ports comes to, at modes.
struct Row {
  const study::ReplayRun* run = nullptr;
  double tokens = 0, flop = 0;      // reference tokens, model FLOP of training
  double first = 0;                 // days from the start until the first reference run is finished; inf: not
  std::vector<double> draws;        // reference tokens of each
};

struct Answer {
  const study::Replay& replay;
  const results::StudyInfo& info;
  RunKey key;
  std::vector<Row> rows;
};

double model_flop(const Facts& facts) {
  double sum = 0;
  for (const auto& row : facts.of<TrainMonth>()) sum += row.model_flop;
  return sum;
}

std::vector<Row> rows_of(const study::Replay& replay, const results::StudyInfo& info, const RunKey& key) {
  std::vector<Row> out;
  for (const auto& run : replay.runs) {
    const auto m = analysis::reduce(info, key, run.facts.front());
    Row row{&run, m["train.reference_tokens"], model_flop(run.facts.front()), m["train.first_finish"], {}};
    for (size_t d = 1; d < run.facts.size(); ++d) row.draws.push_back(model_flop(run.facts[d]) / info.reference_flop_per_token);
    out.push_back(std::move(row));
  }
  return out;
}

std::string day_text(const results::StudyInfo& info, double days) {
  return std::isfinite(days) ? (info.timeline().start() + Days{days}).text() : "not by the end";
}

// The day on which the last stage ended for good.
std::string production(const PortPlan& port, const std::string& last) {
  std::string day = "not in the log";
  for (const auto& step : port.steps)
    if (step.stage == last && step.cause.rfind("stage ", 0) == 0) day = step.date.text();
  return day;
}

std::string last_stage(const Scenario& s, const study::ReplayedPort& p) {
  const Port* port = find_port(s.ports, p.stack, p.family);
  return port == nullptr || port->stages.empty() ? "" : port->stages.back().id;
}

std::string said(const plan::PortLog& log) {
  const auto inferred = std::count_if(log.begin(), log.end(), [](const auto& e) { return e.inferred; });
  return fmt::format("{} on record, {} inferred", analysis::count(static_cast<int64_t>(log.size()) - inferred, "event"), inferred);
}

std::string intro(const Answer& a, int width) {
  std::string out = analysis::wrap(fmt::format("{}: a porting log in the mix `{}`, outcome `{}`, at modes", a.info.name, a.key.mix, a.key.outcome), width);
  for (const auto& p : a.replay.ports) {
    std::string line = fmt::format("{}/{}: {}", p.stack, p.family, said(p.log));
    if (p.recorded != p.stack + "/" + p.family) line += fmt::format("; recorded of {}", p.recorded);
    if (p.shift.n != 0)
      line += fmt::format("; all dates {} by {:.0f} days, so that its start falls on the port's, {}", p.shift.n > 0 ? "later" : "earlier",
                          std::fabs(p.shift.n), p.log.front().date.text());
    out += analysis::wrap(line + ".", width);
  }
  return out;
}

std::string curve(const Answer& a, int width) {
  std::string out;
  for (const auto& port : a.rows.front().run->ports) {
    out += analysis::heading(fmt::format("Readiness of {}/{} by the log, in % of production", port.stack, port.family));
    for (const auto& step : port.steps)
      out += analysis::wrap(fmt::format("{}: {:.0f} %, {}{}", step.date.text(), 100 * step.efficiency, step.cause, step.functional ? "" : "; no work"), width, 4);
  }
  return out;
}

std::string results(const Answer& a, const Scenario& s, int width) {
  double most = 0;
  for (const auto& r : a.rows) most = std::max(most, r.tokens);
  const auto tokens = analysis::token_scale(most);
  std::string out = analysis::heading("What is trained");
  for (size_t p = 0; p < a.replay.ports.size(); ++p) {
    const auto& port = a.replay.ports[p];
    TextTable table(port.stack + "/" + port.family);
    for (const char* head : {"functional", "production"}) table.column(head);
    if (p == 0) {
      table.column(analysis::scaled_unit(tokens, "reference\ntokens"));
      for (const char* head : {"model FLOP", "1st run finished"}) table.column(head);
    }
    for (const auto& r : a.rows) {
      const PortPlan& curve = r.run->ports[p];
      std::vector<std::string> row{r.run->name, curve.functional().text(), production(curve, last_stage(s, port))};
      if (p == 0) row.insert(row.end(), {analysis::number(r.tokens, tokens), fmt::format("{:.3g}", r.flop), day_text(a.info, r.first)});
      table.row(row);
    }
    out += (p == 0 ? "" : "\n") + table.text(width);
  }
  return out;
}

std::string lost(const Answer& a, int width) {
  const Row& log = a.rows.front();
  double most = 0;
  for (const auto& r : a.rows) most = std::max(most, std::fabs(r.tokens - log.tokens));
  const auto scale = analysis::token_scale(most);
  TextTable table("left out");
  for (const char* head : {"from", "lasts,\ndays"}) table.column(head);
  table.column(analysis::scaled_unit(scale, "tokens\nlost"));
  for (const char* head : {"% of\nthe log", "1st run\nlater, days"}) table.column(head);
  size_t shown = 0;
  for (const auto& r : a.rows) {
    if (r.run->name == "log" || r.run->name == "no log") continue;
    const auto* setback = r.run->port < 0 ? nullptr : &a.replay.ports[static_cast<size_t>(r.run->port)].setbacks[static_cast<size_t>(r.run->setback)];
    const double less = r.tokens - log.tokens;
    const std::string port = a.replay.ports.size() > 1 && setback != nullptr ? " of " + a.replay.ports[static_cast<size_t>(r.run->port)].family : "";
    const std::string of = setback == nullptr ? "" : " (" + setback->what.effect + port + ")";
    std::string from, lasts;
    if (setback != nullptr) {
      const auto& what = setback->what;
      from = what.from.text();
      lasts = what.until.is_never() ? "for good" : analysis::fixed((what.until - what.from).n, 0);
    }
    table.row({r.run->name.substr(8) + of, from, lasts, analysis::number(less, scale), log.tokens > 0 ? analysis::fixed(100 * less / log.tokens, 1) : "-",
               std::isfinite(log.first) && std::isfinite(r.first) ? analysis::fixed(log.first - r.first, 0) : "-"});
    ++shown;
  }
  if (shown == 0) return analysis::heading("Lost to each incident") + "The log has no incident, rollback or abandon.\n";
  return analysis::heading("Lost to each incident") + table.text(width);
}

// Against the log without any setback; without one, against the study's own port.
const Row& counterfactual(const Answer& a) { return a.rows.size() > 2 ? a.rows.back() : a.rows[1]; }

// Chip-seconds by owner of the log, less those of its counterfactual.
analysis::OwnerSeconds ledger_less(const Answer& a) {
  const auto of = [](const Row& row) { return analysis::by_owner(row.run->facts.front().of<LedgerFact>()); };
  return analysis::difference(of(a.rows.front()), of(counterfactual(a)));
}

std::string ledger(const Answer& a, int width) {
  const Row& other = counterfactual(a);
  TextTable table("owner");
  table.column("chip-hours");
  const auto less = ledger_less(a);
  for (size_t i = 0; i < less.size(); ++i)
    if (std::llabs(less[i]) >= kSecondsPerHour / 2)
      table.row({kOwners[i], fmt::format("{:+.0f}", static_cast<double>(less[i]) / kSecondsPerHour)});
  table.row({"sum", fmt::format("{:.0f}", static_cast<double>(analysis::total(less)) / kSecondsPerHour)});
  return analysis::heading(fmt::format("Ledger: the log less `{}`", other.run->name)) + table.text(width);
}

std::string over_draws(const Answer& a, int width) {
  const size_t n = a.rows.front().draws.size();
  if (n == 0) return "";
  double most = 0;
  for (const auto& r : a.rows) most = std::max(most, analysis::mean(r.draws));
  const auto scale = analysis::token_scale(most);
  TextTable table("version");
  table.column(analysis::scaled_unit(scale, "tokens,\nmean"));
  for (const char* head : {"lost to the\nlog, mean", "90 %\nfrom", "\nto"}) table.column(head);
  for (const auto& r : a.rows) {
    std::vector<double> less;
    for (size_t d = 0; d < n; ++d) less.push_back(r.draws[d] - a.rows.front().draws[d]);
    const auto i = analysis::paired_interval(less, 0.9);
    table.row({r.run->name, analysis::number(analysis::mean(r.draws), scale), analysis::number(i.mean, scale), analysis::number(i.low, scale),
               analysis::number(i.high, scale)});
  }
  return analysis::heading("Over " + analysis::count(static_cast<int64_t>(n), "draw")) +
         analysis::wrap("The log stays as it is, and the rest of the world is drawn; `no log` draws the port, too.", width) + table.text(width);
}

std::string to_json(const Answer& a, const Scenario& s) {
  Json out{{"study", a.info.id}, {"mix", a.key.mix}, {"outcome", a.key.outcome}};
  for (const auto& p : a.replay.ports) {
    Json rows = Json::array();
    for (const auto& e : p.log)
      rows.push_back({{"date", e.date.text()}, {"event", text(e.event)}, {"value", e.value}, {"inferred", e.inferred}, {"source", e.source}});
    out["ports"].push_back(
        {{"port", p.stack + "/" + p.family}, {"recorded", p.recorded}, {"shift_days", p.shift.n}, {"log", std::move(rows)}});
  }
  for (const auto& r : a.rows) {
    Json run{{"version", r.run->name}, {"reference_tokens", r.tokens}, {"model_flop", r.flop},
             {"first_run_finished_days", analysis::finite_or_null(r.first)}, {"tokens_lost", r.tokens - a.rows.front().tokens}};
    if (r.run->port >= 0) {
      const auto& b = a.replay.ports[static_cast<size_t>(r.run->port)].setbacks[static_cast<size_t>(r.run->setback)].what;
      run["setback"] = {{"id", b.id}, {"effect", b.effect}, {"from", b.from.text()}, {"until", b.until.text()}, {"source", b.source}};
    }
    for (size_t p = 0; p < r.run->ports.size(); ++p) {
      Json steps = Json::array();
      const PortPlan& port = r.run->ports[p];
      for (const auto& step : port.steps)
        steps.push_back({{"date", step.date.text()}, {"efficiency", step.efficiency}, {"functional", step.functional}, {"cause", step.cause}});
      run["curves"].push_back({{"functional", port.functional().text()}, {"production", production(port, last_stage(s, a.replay.ports[p]))},
                               {"steps", std::move(steps)}});
    }
    if (!r.draws.empty()) run["draws"] = r.draws;
    out["versions"].push_back(std::move(run));
  }
  const Row& other = counterfactual(a);
  Json& difference = out["ledger_difference_chip_seconds"] = {{"less", other.run->name}};
  const auto less = ledger_less(a);
  for (size_t i = 0; i < less.size(); ++i) difference[kOwners[i]] = less[i];
  return analysis::json_text(out);
}

}  // namespace

int replay_porting(const Common& c, const ReplayOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  study::ReplayOptions options;
  options.key = study::run_key(worlds, o.mix, o.outcome);
  options.log = o.log, options.as = o.as, options.align = o.align, options.draws = o.draws;
  options.jobs = jobs(c), options.cache_dir = cache_dir(c);
  ProgressLine line(!c.quiet);
  options.progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  const auto replay = study::replay(worlds, options);
  line.clear();
  const auto info = study::describe(worlds, {});
  const Scenario& s = *worlds.scenarios[study::outcome_index(worlds, options.key.outcome)];
  const Answer a{replay, info, options.key, rows_of(replay, info, options.key)};
  const int width = terminal_width();
  print(c.json ? to_json(a, s)
               : intro(a, width) + curve(a, width) + results(a, s, width) + lost(a, width) + ledger(a, width) + over_draws(a, width));
  return 0;
}

}  // namespace capmix::cli
