// What --quick leaves out: nothing that a metric reads. And how far its coarse steps are from the simulated ones.
#include <cmath>

#include "catch.hpp"
#include "house.hpp"
#include "step/step.hpp"
#include "study/lean.hpp"

using namespace capmix;

TEST_CASE("metrics of lean facts are those of all facts") {
  for (const char* study : {"bytedance-2026.toml", "virtuous-circle.toml"}) {
    const test::House house(study);
    const auto info = study::describe(house.worlds, {});
    for (const int draw : {-1, 0, 3}) {
      const RunKey key{info.mixes.back().id, info.outcomes.front().id, draw};
      const Facts all = house.facts(key), few = study::lean(all, info.reference);
      size_t rows = 0, left = 0;
      all.each_table([&](const auto& t) { rows += t.size(); });
      few.each_table([&](const auto& t) { left += t.size(); });
      CHECK(left * 2 < rows);
      const auto a = analysis::reduce(info, key, all), b = analysis::reduce(info, key, few);
      REQUIRE(a.values.size() == b.values.size());
      for (size_t i = 0; i < a.values.size(); ++i) {
        INFO(study << " " << key.text() << " " << a.values[i].id);
        CHECK(a.values[i].id == b.values[i].id);
        // Sums of the ledger are sums of whole seconds; those weighted by peaks are added in another order.
        if (std::isfinite(a.values[i].value)) CHECK(b.values[i].value == test::Approx(a.values[i].value).epsilon(1e-12));
        else CHECK(std::isnan(a.values[i].value) == std::isnan(b.values[i].value));
      }
      CHECK(a.trained == b.trained);
      CHECK(a.served == b.served);
      CHECK(a.ledger == b.ledger);
    }
  }
}

TEST_CASE("a step by closed form is another profile, near the simulated one") {
  const auto worlds = study::load(test::study_file("bytedance-2026.toml"));
  const Scenario& s = worlds.base();
  int steps = 0;
  for (const auto& key : step::needed(s)) {
    if (!s.campaigns.find(key.workload).valid()) {
      CHECK(step::content_key(s, key, true) == step::content_key(s, key));  // serving is simulated either way
      continue;
    }
    CHECK(step::content_key(s, key, true) != step::content_key(s, key));
    if (++steps > 3) continue;
    std::string full;
    REQUIRE(engine::attempt([&] { return std::to_string(step::profile(s, key).step.value()); }, full));
    const StepProfile quick = step::profile(s, key, true);
    INFO(quick.subject);
    if (!quick.feasible) continue;
    // An idle fabric: the simulation differs by uplinks that gangs share and by activations that meet on a NIC.
    CHECK(quick.step.value() == test::Approx(std::stod(full)).epsilon(0.1));
  }
  CHECK(steps > 0);
}
