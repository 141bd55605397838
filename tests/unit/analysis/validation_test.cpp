// Statistics of scores, with numbers derived by hand.
#include "analysis/validation.hpp"

#include <cmath>
#include <sstream>

#include "analysis/table.hpp"
#include "catch.hpp"

using namespace capmix;
using analysis::spearman;
using test::Approx;

namespace {

// A case measured at `rate` tokens per second and chip, predicted `error` too slow (in ln).
Score at(const std::string& plan, int chips, double rate, double error, bool fitted = false) {
  Score s;
  s.case_id = plan + "-" + std::to_string(chips), s.group = "g", s.workload = "train-dense", s.hardware = "chip";
  s.family = "g | m | chip | bf16", s.curve = s.family + " " + plan, s.work_class = "dense", s.chip_family = "hopper";
  s.plan = plan, s.chips = chips, s.rate = rate, s.log_error = error, s.calibrated_on = fitted;
  s.measured = rate, s.predicted = rate * std::exp(-error), s.ratio = s.predicted / s.measured, s.unit = "tok/s/GPU";
  s.low = 0.9 * s.predicted, s.high = 1.1 * s.predicted, s.in_range = s.low <= s.measured && s.measured <= s.high;
  return s;
}

}  // namespace

TEST_CASE("rank correlation: order, reversal, ties, and nothing to say") {
  CHECK(spearman({1, 2, 3, 4}, {10, 20, 30, 40}) == Approx(1));
  CHECK(spearman({1, 2, 3, 4}, {9, 8, 7, 1}) == Approx(-1));
  // Ranks 1 2 3 4 against 2 1 4 3: 1 - 6 (1 + 1 + 1 + 1) / (4 (16 - 1)) = 0.6.
  CHECK(spearman({1, 2, 3, 4}, {2, 1, 4, 3}) == Approx(0.6));
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: deviations (-1.5, 0, 0, 1.5) and (-1.5, -0.5, 0.5, 1.5);
  // 4.5 / sqrt(4.5 x 5) = 0.948683.
  CHECK(spearman({1, 5, 5, 9}, {1, 2, 3, 4}) == Approx(0.948683).epsilon(1e-5));
  CHECK(std::isnan(spearman({1, 1, 1}, {1, 2, 3})));
  CHECK(std::isnan(spearman({1}, {1})));
}

TEST_CASE("errors: median, 90th percentile, bias, and what was fitted apart") {
  // |errors| 0.01 0.02 0.03 0.04 0.20: median 0.03; 90th percentile at position 3.6: 0.04 + 0.6 x 0.16 = 0.136;
  // bias (0.01 - 0.02 + 0.03 - 0.04 + 0.20) / 5 = 0.036; all but the last lie within 10 %.
  std::vector<Score> scores{at("a", 8, 100, 0.01, true), at("b", 8, 100, -0.02), at("c", 8, 100, 0.03), at("d", 8, 100, -0.04, true), at("e", 8, 100, 0.20)};
  Score suspect = at("f", 8, 100, 2.0);
  suspect.suspect = true;
  scores.push_back(suspect);
  Score unscored;
  unscored.case_id = "none", unscored.reason = "no such hardware";
  scores.push_back(unscored);
  const auto v = analysis::validate(scores);
  CHECK(v.rows == 7);
  CHECK(v.scored == 5);
  CHECK(v.suspect == 1);
  CHECK(v.unscored == 1);
  REQUIRE(v.families.size() == 1);
  CHECK(v.families[0].name == "g | train-dense | chip");
  CHECK(v.families[0].all.median == Approx(0.03));
  CHECK(v.families[0].all.p90 == Approx(0.136));
  CHECK(v.families[0].all.bias == Approx(0.036));
  CHECK(v.families[0].all.in_range == Approx(0.8));
  CHECK(v.families[0].fitted.n == 2);
  CHECK(v.families[0].fitted.median == Approx(0.025));
  CHECK(v.families[0].predicted.n == 3);
  CHECK(v.families[0].predicted.median == Approx(0.03));
  REQUIRE(v.classes.size() == 2);
  CHECK(v.classes[0].name == "dense");
  CHECK(v.classes[1].name == "dense on hopper");
}

TEST_CASE("order over plans: families of six plans or more, repeats at their mean") {
  std::vector<Score> five, six;
  for (int i = 0; i < 5; ++i) five.push_back(at(std::string(1, static_cast<char>('a' + i)), 8, 100 + 10 * i, 0));
  CHECK(analysis::validate(five).orders.empty());
  CHECK(std::isnan(analysis::validate(five).order_median));
  six = five;
  // Measured 150, predicted 150 / e^0.5 = 91: last instead of first. Ranks 1..6 against 2 3 4 5 6 1:
  // 1 - 6 (5 x 1 + 25) / (6 x 35) = 1/7.
  six.push_back(at("f", 8, 150, 0.5));
  auto v = analysis::validate(six);
  REQUIRE(v.orders.size() == 1);
  CHECK(v.orders[0].plans == 6);
  CHECK(v.orders[0].points == 6);
  CHECK(v.orders[0].correlation == Approx(1.0 / 7));
  // A second measurement of "f" with the opposite error: geometric mean of predictions 150, in order again.
  six.push_back(at("f", 8, 150, -0.5));
  v = analysis::validate(six);
  CHECK(v.orders[0].points == 6);
  CHECK(v.orders[0].correlation == Approx(1));
}

TEST_CASE("scaling: error of the largest point relative to the smallest, per curve") {
  const auto v = analysis::validate({at("a", 8, 100, 0.01), at("a", 64, 95, 0.03), at("a", 512, 80, 0.06), at("b", 8, 100, 0.02), at("b", 16, 90, 0.01), at("c", 8, 9, 0.5)});
  REQUIRE(v.scaling.size() == 2);  // "c" has one point
  CHECK(v.scaling[0].from == 8);
  CHECK(v.scaling[0].to == 512);
  CHECK(v.scaling[0].error == Approx(0.05));
  CHECK(v.scaling[1].error == Approx(-0.01));
  CHECK(v.scaling_median == Approx(0.03));
  CHECK(v.scaling_worst == Approx(0.05));
}

TEST_CASE("the CSV has one row per case, and an unscored one keeps its reason alone") {
  Score bad;
  bad.case_id = "x", bad.reason = "gpus is \"many, many\", not a number";
  Score good = at("a", 8, 100, 0);
  good.assumed = "vpp 1";
  CHECK(analysis::scores_to_csv({good, bad}) ==
        "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason,class,vote,offline_vote,chip,suspect\n"
        "a-8,100,100,tok/s/GPU,1,90,110.00000000000001,false,true,assumed: vpp 1,dense,,,hopper,false\n"
        "x,,,,,,,,,\"gpus is \"\"many, many\"\", not a number\",,,,,false\n");
}

TEST_CASE("texts fit the terminal") {
  std::vector<Score> scores{at("a", 8, 100, 0.01), at("a", 64, 100, 0.05)};
  scores[0].case_id = std::string(90, 'x'), scores[0].assumed = std::string(70, 'y') + " " + std::string(60, 'z');
  for (const int width : {80, 100}) {
    std::istringstream lines(analysis::render_scores(scores, width) + analysis::render_validation(analysis::validate(scores), width));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(analysis::columns(line) <= static_cast<size_t>(width));
    }
  }
}

// Three submissions of one system offline, predicted 100 of 80, 100 and 125 (ratios 1.25, 1, 0.8: median 1, so an error of 0), and
// its server rate, predicted 60 of 90: |60 / 90 - 1| = 1/3. Shares of offline: 0.6 predicted, 90 / 100 measured: 30 points.
TEST_CASE("one vote per configuration, and what a rate is of the offline one") {
  const auto row = [](const std::string& work, const std::string& vote, double predicted, double measured, const std::string& base, bool fitted) {
    Score s = at(vote, 8, measured, std::log(measured / predicted), fitted);
    s.workload = "infer-llm", s.work_class = work, s.vote = vote, s.base = base;
    return s;
  };
  std::vector<Score> scores{row("off", "a", 100, 80, "", false), row("off", "a", 100, 100, "", false), row("off", "a", 100, 125, "", false), row("serve", "a server", 60, 90, "a", false)};
  scores.push_back(row("off", "b", 110, 100, "", true)), scores.push_back(row("serve", "b server", 55, 45, "b", false));
  scores.push_back(row("serve", "c server", 1, 1, "c", false));  // nobody measured c offline
  const auto v = analysis::validate(scores);
  REQUIRE(v.votes.size() == 2);
  CHECK(v.votes[0].name == "off");
  CHECK(v.votes[0].predicted.rows == 3);
  CHECK(v.votes[0].predicted.n == 1);
  CHECK(v.votes[0].predicted.median == Approx(0).margin(1e-12));
  CHECK(v.votes[0].fitted.n == 1);
  CHECK(v.votes[0].fitted.median == Approx(0.1));
  // Errors 1/3, 55 / 45 - 1 = 2/9 and 0.
  CHECK(v.votes[1].predicted.n == 3);
  CHECK(v.votes[1].predicted.median == Approx(2.0 / 9));
  // b: 0.5 predicted of 0.45 measured, 5 points; its offline row was fitted.
  REQUIRE(v.shares.size() == 1);
  CHECK(v.shares[0].all.n == 2);
  CHECK(v.shares[0].all.within == 1);
  CHECK(v.shares[0].all.median == Approx(0.175));
  CHECK(v.shares[0].predicted.n == 1);
  CHECK(v.shares[0].predicted.median == Approx(0.3));
  CHECK(v.orders.empty());   // plans of a gang and its scaling are of training
  CHECK(v.scaling.empty());
}
