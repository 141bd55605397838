#include <algorithm>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

Facts facts_of(const Scenario& s, const Plan& p) {
  Facts f;
  plan::record(p, s, f);
  return f;
}

}  // namespace

TEST_CASE("flows become facts with the names of offers and of what stopped them") {
  auto s = study();
  s.producers[s.producers.find("hw")].years = {{2026, 12000, {}}};
  const Facts f = facts_of(s, at_modes(s, mix(10e9, 0), forced(s, "permission", false)));
  const auto& flows = f.of<MoneyFlowFact>();
  REQUIRE(flows.size() > 3);
  CHECK(flows[0].kind == "blocked");
  CHECK(flows[0].date == "2026-06-20");
  CHECK(flows[0].source == "h200");
  CHECK(flows[0].target.empty());
  CHECK(flows[0].usd == 10e9);
  CHECK(flows[1].kind == "moved");
  CHECK(flows[1].target == "npu");
  CHECK(flows[1].ceiling == "production hw");
  CHECK(flows[2].kind == "converted");
  CHECK(flows.back().kind == "stranded");
}

// 36 months of two producers, in the order of the months; 0 is the study's first.
TEST_CASE("markets become facts by producer and month") {
  const auto s = study();
  const Facts f = facts_of(s, at_modes(s, mix(1e9, 1e9)));
  const auto& market = f.of<MarketFact>();
  REQUIRE(market.size() == 72);
  CHECK(market[0].month == 0);
  CHECK(market[0].producer == "nv");
  CHECK(market[0].made == test::Approx(100e3));
  CHECK(market[35].month == 35);
  CHECK(market[36].producer == "hw");
  CHECK(market[38].wanted == 133333);  // ordered in March
}

TEST_CASE("an approval's steps and its ratio become dated facts") {
  auto s = study();
  s.study.as_of = Date::of(2026, 5, 1);
  s.approvals[{0}].history = {{Date::of(2026, 4, 1), ApprovalState::granted, {}, "announced"}};
  s.approvals[{0}].ratio = Approval::Ratio{{s.offers.find("npu")}, Uncertain<double>(0.5), true};
  const Facts f = facts_of(s, at_modes(s, mix(1e9, 1e9)));
  const auto has = [&](const std::string& kind, const std::string& subject, const std::string& date, double value, const std::string& note) {
    return std::any_of(f.of<DateFact>().begin(), f.of<DateFact>().end(), [&](const DateFact& d) {
      return d.kind == kind && d.subject == subject && d.date == date && d.value == test::Approx(value) && d.note == note;
    });
  };
  CHECK(has("approval-step", "licence", "2026-04-01", 1, "granted: announced"));
  CHECK(has("approval-step", "permission", "2026-06-20", 0, "granted"));
  CHECK(has("ratio", "licence", "", 7.5 / (0.5 * 24.8), "h200 for each npu"));
  CHECK(has("ratio-paid", "licence", "", 7.5 / (0.5 * 24.8), "h200 for each npu"));
}
