// What the 950PR order is worth as a hedge, and what binds when: the article's study at modes, with the hand arithmetic beside
// each number.
#include <cmath>

#include "analysis/metrics.hpp"
#include "catch.hpp"
#include "house.hpp"

using namespace capmix;

namespace {

const test::House& hedge() {
  static const test::House house("hedge.toml");
  return house;
}

double tokens(const char* mix, const char* outcome) { return hedge().metrics({mix, outcome, -1})[analysis::kObjective]; }

}  // namespace

// Refused on 2026-06-01. With H200 in place of the order, 70 % of 19.6bn may move on 2026-10-01, to what Huawei still makes: the
// ceiling of 600,000 is reached either way, so the order is worth the chips that were made before the redirect could take any:
// 240,000 x (1 + 3 + 5 + 7 + 9 + 12 + 14) % = 122,400 from March to September. Made at the month's end, at the dock 6 months
// later, online 3 months after that, they have 24, 23, ... 18 months until the end of 2028: in the mean
// (24 x 1 + 23 x 3 + 22 x 5 + 21 x 7 + 20 x 9 + 19 x 12 + 18 x 14) / 51 = 19.8. At 198 tokens/s a chip (step profile):
// 122,400 x 19.8 x 30.44 x 86,400 x 198 = 1,262e12 tokens, if none of them ever failed, waited or served.
TEST_CASE("hedge value after a refusal: the chips that a redirect comes too late for") {
  const double value = tokens("order", "refused") - tokens("instead", "refused");
  CHECK(value == test::Approx(1137e12).epsilon(0.005));
  CHECK(value / 1262e12 > 0.85);
  CHECK(value / 1262e12 < 1);
}

// The later the refusal, the more such chips: on 2026-09-30 money moves four months later, on 2027-01-30, and October to December
// 2026 (240,000 x 49 % = 117,600) and January 2027 (20,000) are missed as well.
TEST_CASE("the hedge is worth more the later the refusal comes") {
  CHECK(tokens("order", "drawn") - tokens("instead", "drawn") > 1.5 * (tokens("order", "refused") - tokens("instead", "refused")));
}

// It costs nothing when the H200 come: 19.6bn are 790,322 H200 and this buyer's output by the end of September 2028, the last
// that docks in time, is 196,000 + 364,000 + 9 x 30,333 = 833,000, so the last ones come in August; 369,249 of the 950PR
// work from December 2026 to December 2027 on. A hedge with a negative premium: both ceilings are used instead of one.
TEST_CASE("the hedge pays even under full approval, because one producer's output is a ceiling too") {
  CHECK(tokens("order", "full") - tokens("instead", "full") == test::Approx(2232e12).epsilon(0.005));
  CHECK(tokens("instead", "full") == tokens("never", "full"));  // nothing is blocked, so nothing moves
}

// A firm that never takes a 950PR trains on what stands there and on what the third supplier's parts free from serving.
TEST_CASE("what it is worth that the 950PR exists at all") {
  CHECK(tokens("order", "refused") - tokens("never", "refused") == test::Approx(3050e12).epsilon(0.005));
}

// Refused: the permission severs the H200 chain to the end; the 950PR's chain is cut by output from July 2026, the first month
// at whose end a chip of March (docked September 30, online December) could have been made in time, to May 2028: the last of the
// 600,000 are made in June 2028. In that June they are on their way: delivery.
TEST_CASE("which quarter supply binds in: refused, by hand") {
  const test::House article("bytedance-2026.toml");
  const Plan plan = study::make_plan(article.worlds, {"article", "refused", -1});
  const auto second = [&](int year, int month) {
    for (const auto& b : plan.bottlenecks)
      if (b.month == Date::of(year, month, 1)) return b.binding.at(1).first;
    return std::string();
  };
  for (const auto& b : plan.bottlenecks) CHECK(b.binding.front().first == "approval cn-permission (h200)");
  CHECK(second(2026, 6) == "delivery (ascend-950pr)");
  CHECK(second(2026, 7) == "production huawei-950pr (ascend-950pr)");
  CHECK(second(2028, 5) == "production huawei-950pr (ascend-950pr)");
  CHECK(second(2028, 6) == "delivery (ascend-950pr)");
  // Power binds nowhere: 1.2 GW of halls for 600,000 x 0.9375 + 1,050,000 x 0.375 = 956 MW of chips. Nor does the port: from
  // 2026-09-06 on it lets 53 % of all planned chips work, and until it is in production fewer are online.
  for (const auto& b : plan.bottlenecks)
    for (const auto& [name, share] : b.binding) CHECK((name.rfind("power", 0) != 0 && name.rfind("port", 0) != 0));
}

// Allowed are 75,000 of 564,516. The last of them are made in August 2026, at the dock on November 30 and online on March 1: until
// then they are on their way, from then on nothing but the quota is missing.
TEST_CASE("which quarter a quota binds in: partial approval, by hand") {
  const test::House article("bytedance-2026.toml");
  for (const auto& b : study::make_plan(article.worlds, {"article", "quota", -1}).bottlenecks) {
    INFO(b.month.text());
    CHECK((b.binding.front().first == "quota us-licence (h200)") == (b.month >= Date::of(2027, 3, 1)));
  }
}

// Full approval. At the dock by the end of February 2028, made by November: 529,667 H200 x 1.275 kW + 369,249 x 0.9375 + 466,667 of
// the third x 0.375 = 675 + 346 + 175 = 1,196 MW; the halls have 1,200 and the 33 that the A100 left. A month later 30,333
// and 58,333 more make it 1,257 MW: power binds from March 2028, for the few chips that train and came late.
TEST_CASE("which quarter power binds in: full approval, by hand") {
  const test::House article("bytedance-2026.toml");
  for (const auto& b : study::make_plan(article.worlds, {"article", "full", -1}).bottlenecks) {
    INFO(b.month.text());
    bool power = false;
    for (const auto& [name, share] : b.binding) power = power || name == "power";
    CHECK(power == (b.month >= Date::of(2028, 3, 1)));
  }
}

// Ranking takes 6.8m requests/s x 500 candidates x 4 GFLOP = 13.6 EFLOP/s of the mean of 2027, nearly all on A100 and H20, and a
// 950PR gives 432 TFLOP/s x 0.49 = 212 in training: 64,000 of them do half of all work. Online (9 months after they are made)
// are 240,000 x 16 % = 38,400 at the end of April 2027, x 25 % = 60,000 at the end of May and x 37 % = 88,800 at the end of
// June: June is the first month above one half. The H200 are refused, so nothing takes it back.
TEST_CASE("from when most useful work is done on domestic chips, by hand") {
  const test::House article("bytedance-2026.toml");
  const auto m = article.metrics({"article", "refused", -1});
  CHECK(m["work.domestic_from"] == 17);  // June 2027
  CHECK(m["work.domestic.2027-05"] < 50);
  CHECK(m["work.domestic.2027-06"] > 50);
  CHECK(m["work.domestic.2028"] > m["work.domestic.2027"]);
}
