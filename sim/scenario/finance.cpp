// [finance], its shocks, [loop] and a mix's window: where the money of a study comes from.
#include <algorithm>
#include <cmath>

#include <cstdio>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

constexpr Bounds kGrowth{-1, 10, "between -1 and 10"};

}  // namespace

void Loader::read_finance(Reader r) {
  Finance f;
  f.profit = r.uncertain<Usd>("profit", kPositive);
  f.base_year = r.integer("base_year", 1970);
  f.growth = r.uncertain<double>("growth", kGrowth, Uncertain<double>(0.0));
  f.payout = r.uncertain<double>("payout", kFraction, Uncertain<double>(1.0));
  f.extra = r.uncertain<Usd>("extra", kNotNegative, Uncertain<Usd>(Usd(0)));
  Reader split = r.table("split");
  double sum = 0;
  for (size_t i = 0; i < kCapexItemCount; ++i) sum += f.split[i] = split.number(kCapexItems[i], kFraction, 0.0);
  if (std::fabs(sum - 1) > 1e-6) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", sum);
    r.error("split", std::string("the shares of the split sum to ") + text + " (expected 1)");
  }
  if (split.has("source")) split.factual();
  split.done();
  s_.study.finance = std::move(f);
  for (auto& t : r.tables_by_id("shock")) read_shock(t);
  r.factual();
  r.done();
}

void Loader::read_shock(Reader r) {
  Shock shock;
  shock.id = r.text("id");
  shock.probability = r.uncertain<double>("probability", kFraction);
  shock.date = r.uncertain<Date>("date");
  if (r.has("lasts")) shock.lasts = r.uncertain<Days>("lasts", kPositive);
  shock.profit = r.uncertain<double>("profit", kFraction, Uncertain<double>(0.0));
  if (r.has("region")) {
    const Ref region = r.ref("region");
    std::vector<std::string> known;
    for (const auto& service : s_.services)
      for (const auto& at : service.demand.regions)
        if (!at.id.empty()) known.push_back(at.id);
    if (std::count(known.begin(), known.end(), region.text) == 0 && gaps_.count(region.text) == 0 && !region.text.empty())
      context.problems.add(region.place, "no service has a region \"" + region.text + "\"" + did_you_mean(region.text, known));
    shock.region = region.text;
    shock.demand = r.uncertain<double>("demand", kFraction);
  } else if (r.has("demand")) {
    r.error("demand", "\"demand\" needs the region whose requests are lost");
  }
  r.also_knows({"lasts", "region", "demand"});
  r.factual();
  r.done();
  s_.study.finance->shocks.push_back(std::move(shock));
}

void Loader::read_loop(Reader r) {
  Loop loop;
  loop.revenue = r.uncertain<UsdPerFlop>("revenue", kNotNegative);
  loop.rent = r.uncertain<UsdPerFlop>("rent", kNotNegative, Uncertain<UsdPerFlop>(UsdPerFlop(0)));
  loop.reinvest = r.uncertain<double>("reinvest", kFraction);
  loop.delay = r.uncertain<Days>("delay", kPositive);
  if (r.has("demand")) loop.demand = r.uncertain<FlopRate>("demand", kNotNegative);
  loop.elasticity = r.uncertain<double>("elasticity", kNotNegative, Uncertain<double>(0.0));
  r.also_knows({"demand"});
  r.factual();
  r.done();
  s_.study.loop = std::move(loop);
}

// window = { h200 = "12 months" }
void Loader::read_window(Reader r, Mix& mix) {
  for (const auto& key : r.ids()) {
    const auto id = resolve(s_.offers, Ref{key, r.value(key)->key_place}, "offer");
    const Days length = r.quantity<Days>(key);
    if (!id.valid()) continue;
    if (s_.offers[id].approvals.empty())
      context.problems.add(r.value(key)->key_place, "offer \"" + key + "\" needs no approval, so no window ever opens for it");
    mix.window[id] = length;
  }
}

}  // namespace capmix::scenario
