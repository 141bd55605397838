#include "analysis/evidence.hpp"

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
