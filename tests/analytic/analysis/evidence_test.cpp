#include "analysis/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/draw.hpp"
#include "catch.hpp"
#include "unit/analysis/example.hpp"

using namespace capmix;
using namespace capmix::analysis;
using test::Approx;

namespace {

// One mix has nothing, the other u - 1/2 + noise of mean 0; u and noise uniform. A third input plays no part.
struct Problem {
  Table2 gains{{}, {}};
  std::vector<double> u, noise, idle;
  explicit Problem(int worlds) {
    for (int i = 0; i < worlds; ++i) {
      const Draw d(11, i);
      u.push_back(d.uniform("u")), noise.push_back(d.uniform("noise")), idle.push_back(d.uniform("idle"));
      gains[0].push_back(0), gains[1].push_back(u.back() - 0.5 + 0.4 * (noise.back() - 0.5));
    }
  }
};

}  // namespace

TEST_CASE("rank correlation with ties") {
  CHECK(rank_correlation({1, 2, 3}, {10, 20, 900}) == 1);
  CHECK(rank_correlation({1, 2, 3}, {3, 2, 1}) == -1);
  // 1 1 2 -> 1.5 1.5 3; 1 2 3: covariance 1.5, squares 1.5 and 2.
  CHECK(rank_correlation({1, 1, 2}, {1, 2, 3}) == Approx(1.5 / std::sqrt(1.5 * 2)));
  CHECK(std::isnan(rank_correlation({1, 1}, {1, 2})));
}

TEST_CASE("what one input is worth against the closed form") {
  // Knowing u: the second where u > 1/2: integral of (u - 1/2) over the upper half is 1/8; not knowing: 0. Knowing the noise alone, n uniform on
  // (-0.2, 0.2): integral of n over its upper half, 0.2 / 4 = 0.05. The idle input: nothing. 20,000 worlds: errors of some 0.003.
  const Problem p(20000);
  CHECK(input_worth(p.gains, p.u, 10, 20, 1).worth == Approx(0.125).margin(0.004));
  CHECK(input_worth(p.gains, p.noise, 10, 20, 1).worth == Approx(0.05).margin(0.004));
  std::vector<int> halves;
  for (size_t i = 0; i < p.u.size(); ++i) halves.push_back(0);
  for (size_t i = 0; i < p.u.size(); ++i)
    if (p.u[i] > 0.5) halves[i] = 1;
  CHECK(group_information(p.gains, std::vector<double>(p.u.size(), 1.0), halves) == Approx(input_worth(p.gains, p.u, 2, 0, 1).raw).margin(0.002));
  const auto idle = input_worth(p.gains, p.idle, 10, 20, 1);
  CHECK(idle.worth < 0.003);
  CHECK(input_worth(p.gains, p.u, 10, 20, 1).beyond == 1);
}

TEST_CASE("with few draws what chance gives is taken off") {
  const Problem p(100);
  const auto idle = input_worth(p.gains, p.idle, bins_for(100), 100, 3);
  CHECK(idle.by_chance > 0);
  CHECK(idle.worth < 0.02);
  CHECK(input_worth(p.gains, p.u, bins_for(100), 100, 3).beyond >= 0.95);
  CHECK(bins_for(10) == 2);
  CHECK(bins_for(100) == 5);
  CHECK(bins_for(5000) == 10);
}

TEST_CASE("a shuffle is worth the same whichever input is shuffled") {
  // Bins have equal numbers, so a shuffled input is a random order of the same labels: the pool of one seed has the mean of that of another, within what
  // 2,000 of each allow (deviation of a difference of means: sqrt(2 / 2000) = 0.03 of one's own, and 4 of these).
  const Problem p(100);
  const auto a = shuffled_worths(p.gains, 5, 2000, 1), b = shuffled_worths(p.gains, 5, 2000, 2);
  double squares = 0;
  for (const double x : a) squares += (x - mean(a)) * (x - mean(a));
  CHECK(std::fabs(mean(a) - mean(b)) < 4 * std::sqrt(2.0 / 2000) * std::sqrt(squares / 1999));
}

// With p = 1/1000 for each of 60 inputs alone, 6 % of pages had one that is clear by chance; with 1/20 each, 95 %. For all together it is 5 % at most:
// of 40 pages 2, and 7 or more with a probability of 0.3 % (binomial).
TEST_CASE("inputs without influence are clear on one page in 20 at most") {
  int pages = 0;
  for (int page = 0; page < 40; ++page) {
    Table2 gains{{}, {}};
    std::vector<EvidenceInput> inputs;
    for (int i = 0; i < 40; ++i) {
      const Draw d(100 + page, i);
      gains[0].push_back(1), gains[1].push_back(1 + d.uniform("own") - 0.5);
    }
    for (int k = 0; k < 60; ++k) {
      std::vector<double> values;
      for (int i = 0; i < 40; ++i) values.push_back(Draw(100 + page, i).uniform("idle " + std::to_string(k)));
      inputs.push_back({"idle " + std::to_string(k), "verified", "a", std::move(values)});
    }
    const auto e = evidence({"one", "other"}, gains, inputs);
    pages += std::any_of(e.rows.begin(), e.rows.end(), [](const auto& r) { return r.clear; });
    CHECK(e.varying == 60);
  }
  CHECK(pages <= 6);
}

TEST_CASE("what is worth next to nothing is not what a choice rests on") {
  // Work of 1,000 with a lead of u - 1/2 + noise: knowing u is worth 0.125, an eighth of a thousandth, and less than 0.05 % of it. A tenth of the
  // work: an eighth of a per cent, and clear.
  const Problem p(400);
  const auto on = [&](double work) {
    Table2 gains = p.gains;
    for (auto& row : gains)
      for (double& x : row) x += work;
    return evidence({"nothing", "bet"}, gains, {{"u", "press", "c", p.u}, {"constant", "press", "c", std::vector<double>(400, 0.5)}});
  };
  const auto small = on(1000), large = on(100);
  CHECK_FALSE(small.rows[0].clear);
  CHECK(small.rows[0].worth.raw > small.threshold);
  CHECK(small.least == Approx(0.5).epsilon(0.001));
  CHECK(large.rows[0].clear);
  const std::string none = render_evidence(example::info(), small, 1000);
  CHECK(none.find("No single input is worth knowing before choosing: none is worth 0.05 % of the expected work beyond chance.") != std::string::npos);
  CHECK(none.find("goes most with u (press, +0.9") != std::string::npos);
  CHECK(render_evidence(example::info(), large, 1000).find("The choice rests on u (press).") != std::string::npos);
  // A constant tells nothing, and does not count among those that might by chance.
  CHECK(large.varying == 1);
  CHECK(large.rows[1].worth.raw == 0);
}

TEST_CASE("how far a rank correlation goes by chance") {
  // The normal's quantile at 0.975 is 1.959964, at 1 - 0.025 / 50 = 0.9995 it is 3.290527; 101 worlds: a tenth of it.
  CHECK(correlation_by_chance(1, 101) == Approx(0.1959964));
  CHECK(correlation_by_chance(50, 101) == Approx(0.3290527));
  // 12 draws and 91 inputs: 3.45 / sqrt(11) = 1.04, beyond any correlation.
  CHECK(correlation_by_chance(91, 12) > 1);
}

TEST_CASE("evidence names the choice and sorts inputs by what they are worth") {
  const Problem p(400);
  const auto e = evidence({"nothing", "bet"}, p.gains, {{"idle", "verified", "a", p.idle}, {"noise", "assumption", "b", p.noise}, {"u", "press", "c", p.u}});
  CHECK(e.rows[0].name == "u");
  CHECK(e.rows[1].name == "noise");
  CHECK(e.all >= e.rows[0].worth.worth);
  CHECK(std::fabs(e.rows[0].with_lead) > 0.8);
  CHECK_THROWS(evidence({"a"}, {{1, 2}}, {}));
  const std::string text = render_evidence(example::info(), e);
  CHECK(text.find("clear") != std::string::npos);
  CHECK(nlohmann::json::parse(evidence_to_json(example::info(), e))["inputs"][1]["confidence"] == "assumption");
}
