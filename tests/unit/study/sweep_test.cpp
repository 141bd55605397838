// What is varied, as typed; and the worlds that come of it.
#include "study/sweep.hpp"

#include <set>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "study/runner.hpp"
#include "study/sampling.hpp"

using namespace capmix;

namespace {

std::vector<std::string> values(const std::string& text) { return study::axes({"s:p=" + text}, false).at(0).values; }

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "none";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kStudy = std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/bytedance-2026.toml";

}  // namespace

TEST_CASE("values to vary: ranges with their end, lists, quantities, TOML") {
  using List = std::vector<std::string>;
  CHECK(values("0:1:0.25") == List{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(values("0:1:0.3") == List{"0", "0.3", "0.6", "0.9"});
  CHECK(values("0.1:0.3:0.1") == List{"0.1", "0.2", "0.3"});  // digits as people write them
  CHECK(values("3:1:-1") == List{"3", "2", "1"});
  CHECK(values("5:5:1") == List{"5"});
  CHECK(values("100 MW:300 MW:100 MW") == List{"\"100 MW\"", "\"200 MW\"", "\"300 MW\""});
  CHECK(values("1:3:1 TB/s") == List{"\"1 TB/s\"", "\"2 TB/s\"", "\"3 TB/s\""});
  CHECK(values("USD 1bn:USD 2bn:USD 0.5bn") == List{"\"USD 1bn\"", "\"USD 1.5bn\"", "\"USD 2bn\""});
  CHECK(values("4 TB/s,5 TB/s") == List{"4 TB/s", "5 TB/s"});
  CHECK(values("{ low = 1, mode = 2, high = 3 }, [1, 2], \"a,b\"") == List{"{ low = 1, mode = 2, high = 3 }", "[1, 2]", "\"a,b\""});
  CHECK(values("2026-06-01") == List{"2026-06-01"});
}

TEST_CASE("what cannot be varied is said, all of it at once") {
  const std::string text = complaint([] { study::axes({"a:b=", "a:c=3:1:1", "a:d=1:2:0", "a:e=1:2", "nonsense", "a:f=1,,2", "a:g=1 MW:2 GW:1", "a:h=x:y:z", "a:i=1", "a:i=2"}, false); });
  INFO(text);
  for (const char* part : {"a:b=: error: the grid is empty: there is no value", "a:c=3:1:1: error: the grid is empty: steps of 1 lead away from 1", "its step is 0", "a:e=1:2: error: it has no step",
                           "nonsense: error: is not an input to vary", "a value is missing", "its units differ: \"MW\" and \"GW\"", "\"x\" is not a number", "a:i=2: error: is varied twice"})
    CHECK(has(text, part));
  CHECK(has(complaint([] { study::axes({}, false); }), "the grid is empty"));
  const auto wide = study::axes({"a:b=1:1000:1", "a:c=1:1000:1"}, false);
  CHECK(has(complaint([&] { study::grid(wide); }), "more than 100000 points"));
}

TEST_CASE("a grid has every combination, the last input running fastest") {
  const auto points = study::grid(study::axes({"a:b=1,2", "a:c=x,y,z"}, false));
  REQUIRE(points.size() == 6);
  CHECK(points[0].values == std::vector<std::string>{"1", "x"});
  CHECK(points[1].values == std::vector<std::string>{"1", "y"});
  CHECK(points[5].values == std::vector<std::string>{"2", "z"});
}

TEST_CASE("a sampled sweep is a Latin hypercube: each n-th of a range once, values of a list equally often") {
  const auto points = study::sampled(study::axes({"a:b=10:20", "a:c=x,y"}, true), 8, 3);
  REQUIRE(points.size() == 8);
  std::set<int> strata;
  int x = 0;
  for (const auto& p : points) strata.insert(static_cast<int>((std::stod(p.values[0]) - 10) / 10 * 8)), x += p.values[1] == "x";
  CHECK(strata.size() == 8);
  CHECK(x == 4);
  CHECK(study::sampled(study::axes({"a:b=10:20"}, true), 8, 3)[2].values[0] == points[2].values[0]);  // another input moves none
}

TEST_CASE("worlds of a sweep: an outcome at a point, which wins over all else that sets an input") {
  const auto axes = study::axes({"study:redirect.share=0.4,0.8", "study:mix.article.spend.h200=USD 13bn,USD 14bn"}, false);
  const auto w = study::sweep(kStudy, {"study:redirect.share=0.1"}, {"quota", "drawn"}, axes, study::grid(axes));
  REQUIRE(w.outcomes() == 8);
  CHECK(w.outcome(0).id == "drawn@0");  // the study's order
  CHECK(w.outcome(7).id == "quota@3");
  CHECK(has(w.outcome(7).name, "redirect.share = 0.8, mix.article.spend.h200 = USD 14bn"));
  CHECK(w.scenarios[0] == w.scenarios[4]);  // two outcomes of the same inputs share them
  CHECK(w.scenarios[0]->study.redirect.share.mode == 0.4);
  CHECK(w.scenarios[2]->study.redirect.share.mode == 0.8);
  REQUIRE(w.points.size() == 16);
  CHECK(w.points[15].path == "study:mix.article.spend.h200");
  CHECK(w.points[15].base == "quota");
  const auto info = study::describe(w, {});
  CHECK(info.outcomes.size() == 8);
  double least = 1e99, most = 0;  // what a mix plans may differ between worlds
  for (const auto& s : info.spend)
    if (s.mix == "article" && s.offer == "h200") least = std::min(least, s.usd), most = std::max(most, s.usd);
  CHECK(least == test::Approx(13e9));
  CHECK(most == test::Approx(14e9));
}

TEST_CASE("an unknown input, a share beyond 1 and another judge are errors before any run") {
  const auto told = [](const std::string& vary) {
    return complaint([&] {
      const auto axes = study::axes({vary}, false);
      study::sweep(kStudy, {}, {}, axes, study::grid(axes));
    });
  };
  CHECK(has(told("study:budget.chps=1,2"), "unknown key \"chps\"; did you mean \"chips\"?"));
  CHECK(has(told("stdy:budget.chips=1,2"), "this study reads no \"stdy\"; did you mean \"study\"?"));
  CHECK(has(told("study:redirect.share=0.5:1.5:0.5"), "is 1.5 (expected a value between 0 and 1)"));
  CHECK(has(told("study:objective.served_share=0.9"), "cannot vary how its worlds are judged"));
  CHECK(has(complaint([] { study::sweep(kStudy, {}, {"drwn"}, study::axes({"study:redirect.share=0.5"}, false), {{{"0.5"}}}); }), "did you mean \"drawn\"?"));
}

TEST_CASE("draws of a design: each n-th of an input's distribution once, the same for every mix, and the others as they were") {
  auto w = study::load(kStudy);
  constexpr int kDraws = 10;
  const Draw plain = study::draw_of(w, 3);
  for (const auto sampling : {study::Sampling::lhs, study::Sampling::sobol}) {
    w.columns = study::columns(w, sampling, kDraws);
    REQUIRE(w.columns != nullptr);
    REQUIRE_FALSE(w.base().uncertain.empty());
    int whole = 0;
    for (const auto& path : w.base().uncertain) {
      std::set<int> strata;
      for (int d = 0; d < kDraws; ++d) strata.insert(static_cast<int>(study::draw_of(w, d).uniform(path) * kDraws));
      whole += strata.size() == kDraws;
    }
    if (sampling == study::Sampling::lhs) CHECK(whole == static_cast<int>(w.base().uncertain.size()));
    CHECK(study::draw_of(w, 3).uniform("event of nobody's design") == plain.uniform("event of nobody's design"));
    CHECK(study::draw_of(w, 3).uniform(w.base().uncertain[0]) != plain.uniform(w.base().uncertain[0]));
    CHECK(study::draw_of(w, -1).modes());
    CHECK(study::draw_of(w, kDraws).uniform(w.base().uncertain[0]) == Draw(w.study().seed, kDraws).uniform(w.base().uncertain[0]));  // beyond the design
  }
  CHECK(study::columns(w, study::Sampling::random, kDraws) == nullptr);
  CHECK(study::designed_streams(w).size() > w.base().uncertain.size());  // and what plans name: halls' tasks, approvals
  CHECK_THROWS_AS(study::sampling_of("sobel"), InputError);
}
