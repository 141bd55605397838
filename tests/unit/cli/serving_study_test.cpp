// What the fleet serves: the feed and its online training in the article's study, the assistant's two pools and the nights in
// the study that serves.
#include <algorithm>
#include <map>
#include <set>

#include "catch.hpp"
#include "house.hpp"

using namespace capmix;

namespace {

std::map<std::string, double> by_service(const Facts& f, double ServeMonth::*what) {
  std::map<std::string, double> out;
  for (const auto& m : f.of<ServeMonth>()) out[m.service] += m.*what;
  return out;
}

const AffordMonth& last(const Facts& f) {
  const auto& months = f.of<AffordMonth>();
  return *std::max_element(months.begin(), months.end(), [](const auto& a, const auto& b) { return a.month < b.month; });
}

}  // namespace

TEST_CASE("the feed: what is shed by the hour is what is shed, staleness has its floor, and more chips afford a larger model") {
  const test::House house("bytedance-2026.toml");
  const Facts full = house.facts({"article", "full", -1}), refused = house.facts({"article", "refused", -1});
  for (const Facts* f : {&full, &refused}) {
    double shed = 0, hours = 0;
    for (const auto& m : f->of<ServeMonth>()) shed += m.shed;
    for (const auto& m : f->of<ShedHour>()) hours += m.shed;
    CHECK(hours == test::Approx(shed));
    REQUIRE(f->of<LearnMonth>().size() == 36);
    double arrived = 0, learned = 0, waiting = 0;
    for (const auto& m : f->of<LearnMonth>()) {
      // A sync a minute: half of it at least, whatever else.
      CHECK(m.staleness_mean >= 30);
      CHECK(m.staleness_max >= m.staleness_mean);
      arrived += m.arrived, learned += m.learned, waiting = m.waiting;
    }
    CHECK(arrived == test::Approx(learned + waiting));
    // One sample is learned of each request that is served.
    CHECK(arrived == test::Approx(by_service(*f, &ServeMonth::served).at("feed")));
    REQUIRE(f->of<AffordMonth>().size() == 36);
  }
  CHECK(last(full).scale > 1.5 * last(refused).scale);
  CHECK(last(full).flop_per_candidate == test::Approx(4e9 * last(full).scale));
}

TEST_CASE("the assistant: a request passes prompts and answers, on chips chosen apart, and its nights train") {
  const test::House house("serving.toml");
  const Facts f = house.facts({"article", "full", -1});
  std::map<std::string, double> served;
  for (const auto& m : f.of<ServeChipMonth>()) served[m.service] += m.served;
  const double answered = by_service(f, &ServeMonth::served).at("assistant");
  CHECK(served.at("assistant/prefill") == test::Approx(answered));
  CHECK(served.at("assistant/decode") == test::Approx(answered));
  // A tenth of the users is abroad and keeps the hours of a recorded series, of mean 1 over whole weeks.
  std::map<std::string, double> asked;
  for (const auto& m : f.of<ServeMonth>())
    if (m.service == "assistant") asked[m.region] += m.demanded;
  REQUIRE(asked.size() == 2);
  CHECK(asked.at("abroad") / asked.at("china") == test::Approx(1.0 / 9).epsilon(0.01));
  for (const auto& service : house.worlds.base().services)
    if (service.id == "assistant") CHECK(service.demand.regions.front().recorded.hours.size() == 13 * 168);
  double tokens = 0;
  std::set<std::string> lent;
  for (const auto& m : f.of<TrainMonth>())
    if (m.campaign == "nights") tokens += m.tokens, lent.insert(m.chip);
  CHECK(tokens > 0);
  CHECK(lent.count("bytedance-asic") == 0);  // it does not train
  for (const auto& m : f.of<StageMonth>()) CHECK((m.use >= 0 && m.use <= 1 + 1e-9));
}
