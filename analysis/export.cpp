// Comparisons and plans as JSON and CSV.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/render.hpp"
#include "results/columns.hpp"

namespace capmix::analysis {
namespace {

struct JsonRow {
  Json& out;
  template <class Value>
  void operator()(const char* name, const Value& value) const { out[name] = value; }
};

template <class Row>
Json row_json(const Row& row) {
  Json out = Json::object();
  results::visit_const(row, JsonRow{out});
  return out;
}

template <class Rows>
Json rows_json(const Rows& rows) {
  Json out = Json::array();
  for (const auto& row : rows) out.push_back(row_json(row));
  return out;
}

Json study_json(const results::StudyInfo& info) {
  Json out = row_json(info);
  info.each_list([&](const auto& rows) { out[std::decay_t<decltype(rows)>::value_type::kTable] = rows_json(rows); });
  return out;
}

Json seconds_json(const OwnerSeconds& owners) {
  Json out = Json::object();
  for (size_t i = 0; i < owners.size(); ++i) out[kOwners[i]] = owners[i];
  return out;
}

Json pair_json(const results::StudyInfo& info, const OutcomePair& p) {
  const Timeline timeline = info.timeline();
  const auto month = [&](const std::optional<int>& m) { return m ? Json(timeline.month_name(*m)) : Json(); };
  return {{"mix", p.mix}, {"outcome", p.outcome}, {"less", p.base}, {"online", p.first.online ? Json(p.first.online->text()) : Json()},
          {"trained", month(p.first.trained)}, {"served", month(p.first.served)}, {"ledger_chip_seconds", seconds_json(p.less)}};
}

Json mix_json(const MixResult& m) {
  Json out{{"mix", m.mix}, {"name", m.name}, {"rank", m.rank}, {"meets_condition", m.meets}, {"draws", m.draws}, {"leads", m.leads}};
  Json& metrics = out["metrics"] = Json::object();
  for (const auto& s : m.spreads)
    metrics[s.id] = {{"unit", s.unit}, {"modes", s.modes}, {"p10", s.p10}, {"p50", s.p50}, {"p90", s.p90}, {"mean", s.mean},
                     {"diff", s.diff}, {"diff_low", s.diff_low}, {"diff_high", s.diff_high}, {"pairing", finite_or_null(s.pairing)}};
  out["ledger_chip_seconds"] = seconds_json(m.ledger);
  Json& months = out["recommendation_by_month"] = Json::array();
  for (const auto& x : m.recommended)
    months.push_back({{"served_per_s", x.served}, {"staleness_s", x.staleness}, {"model_scale", x.scale}, {"model_flop_per_candidate", x.flop}});
  out["ledger_less_first_chip_seconds"] = seconds_json(m.less_first);
  Json& binding = out["binding"] = Json::array();
  for (const auto& b : m.binding) binding.push_back({{"month", b.month}, {"constraint", b.name}, {"share", b.share}});
  return out;
}

Json order_json(const OutcomeResult& o) {
  Json out{{"kendall_tau", finite_or_null(o.order.tau)}, {"kendall_w", finite_or_null(o.order.concordance)}};
  Json& mixes = out["mixes"] = Json::object();
  for (size_t i = 0; i < o.order.first.size(); ++i) {
    Json beats = Json::object();
    for (size_t j = 0; j < o.mixes.size(); ++j)
      if (i != j) beats[o.mixes[j].mix] = o.order.beats[i][j];
    mixes[o.mixes[i].mix] = {{"first", o.order.first[i]}, {"mean_rank", o.order.mean_rank[i]}, {"beats", std::move(beats)}};
  }
  return out;
}

// Dates; null: not in so many draws, or no draws.
Json overtakings_json(const results::StudyInfo& info, const OutcomeResult& o) {
  const Timeline timeline = info.timeline();
  const auto date = [&](double months) { return std::isfinite(months) ? Json(day_of_month(timeline, months).text()) : Json(); };
  Json out = Json::array();
  for (const auto& x : o.overtakings)
    out.push_back({{"work", x.work == Work::cumulative ? "cumulative" : "monthly"}, {"mix", x.passing}, {"passes", x.passed}, {"modes", date(x.modes)},
                   {"share_of_draws", finite_or_null(x.share)}, {"p10", date(x.p10)}, {"p50", date(x.p50)}, {"p90", date(x.p90)}});
  return out;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char ch : field) out += ch == '"' ? std::string("\"\"") : std::string(1, ch);
  return out + "\"";
}

std::string digits(double x) { return std::isnan(x) ? "" : fmt::format("{}", x); }  // shortest text that reads back exactly

}  // namespace

std::string to_json(const Comparison& c) {
  Json out{{"study", study_json(c.info)}, {"headlines", headlines(c)}};
  Json& outcomes = out["outcomes"] = Json::array();
  for (const auto& o : c.outcomes) {
    Json mixes = Json::array();
    for (const auto& m : o.mixes) mixes.push_back(mix_json(m));
    outcomes.push_back({{"outcome", o.outcome}, {"name", o.name}, {"draws", o.draws}, {"mixes", std::move(mixes)}, {"order", order_json(o)}, {"overtakings", overtakings_json(c.info, o)}});
  }
  Json& pairs = out["outcome_differences"] = Json::array();
  for (const auto& p : c.pairs) pairs.push_back(pair_json(c.info, p));
  out["missing_rates"] = c.missing;
  out["input_confidence"] = c.notes.confidence;
  if (!c.notes.quick.empty()) out["quick"] = c.notes.quick;
  out["failures"] = c.notes.failures;
  return json_text(out);
}

std::string to_csv(const Comparison& c) {
  std::string out = "outcome,mix,metric,unit,modes,p10,p50,p90,mean,diff,diff_low,diff_high\r\n";
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes)
      for (const auto& s : m.spreads) {
        out += quoted(o.outcome) + "," + quoted(m.mix) + "," + quoted(s.id) + "," + quoted(s.unit);
        for (const double x : {s.modes, s.p10, s.p50, s.p90, s.mean, s.diff, s.diff_low, s.diff_high}) out += "," + digits(x);
        out += "\r\n";
      }
  return out;
}

std::string plan_to_json(const results::StudyInfo& info, const RunKey& key, const Facts& facts) {
  return json_text({{"study", info.id}, {"mix", key.mix}, {"outcome", key.outcome}, {"draw", key.draw},
                  {"orders", rows_json(facts.of<OrderFact>())}, {"dates", rows_json(facts.of<DateFact>())},
                  {"bottlenecks", rows_json(facts.of<BottleneckFact>())}, {"market", rows_json(facts.of<MarketFact>())},
                  {"money_flows", rows_json(facts.of<MoneyFlowFact>())}, {"port_work", rows_json(facts.of<PortWorkFact>())},
                  {"money", rows_json(facts.of<MoneyFact>())}, {"lost_regions", rows_json(facts.of<LostRegionFact>())},
                  {"loop", rows_json(facts.of<LoopFact>())}, {"waiting", rows_json(facts.of<WaitingFact>())}});
}

}  // namespace capmix::analysis
