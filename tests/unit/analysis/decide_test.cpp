// Runs whose numbers are worked by hand: mixes a and b in the worlds of two outcomes with two draws each.
#include "analysis/decide.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "example.hpp"

using namespace capmix;
using test::Approx;

namespace {

results::StudyInfo info() {
  auto i = example::info();
  i.outcomes = {{"yes", "granted"}, {"no", "refused"}};
  return i;
}

analysis::WorldRun run(double gain, bool meets = true) {
  analysis::WorldRun r;
  r.gain = gain, r.meets = meets, r.domestic_from = 1;
  r.cost.present = gain / 2, r.cost.tokens = gain;
  r.ledger[5] = static_cast<int64_t>(gain) * 3600;  // porting
  return r;
}

// Draws 0 and 1. a: 90 110 in yes, 10 30 in no. b: 50 70 in yes, 60 60 in no.
analysis::WorldRuns runs() {
  analysis::WorldRuns out;
  out[{"a", "yes", 0}] = run(90), out[{"a", "yes", 1}] = run(110), out[{"a", "no", 0}] = run(10), out[{"a", "no", 1}] = run(30);
  out[{"b", "yes", 0}] = run(50), out[{"b", "yes", 1}] = run(70), out[{"b", "no", 0}] = run(60), out[{"b", "no", 1}] = run(60);
  return out;
}

analysis::DecideOptions weighted(double yes, double no) {
  analysis::DecideOptions o;
  o.weights = {{"yes", yes}, {"no", no}};
  return o;
}

std::string complaint(const analysis::WorldRuns& r, const analysis::DecideOptions& o) {
  try {
    analysis::decide(info(), r, {}, o);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a decision from runs: regret, choices and what it is worth to know the outcome") {
  const auto d = analysis::decide(info(), runs(), {}, weighted(0.75, 0.25));
  const auto &a = d.mixes[0], &b = d.mixes[1];
  CHECK(a.gain == std::vector<double>{100, 20});
  CHECK(b.gain == std::vector<double>{60, 60});
  CHECK(a.regret == std::vector<double>{0, 40});
  CHECK(b.regret == std::vector<double>{40, 0});
  CHECK(a.expected == Approx(80));
  CHECK(b.expected == Approx(60));
  // Worlds weigh 0.375 0.375 0.125 0.125; the worst tenth of a is 10, of b 50.
  CHECK(a.cvar == Approx(10));
  CHECK(b.cvar == Approx(50));
  CHECK(a.expected_regret == Approx(10));
  CHECK(a.worst_regret == 40);
  CHECK(d.by_expected == 0);
  CHECK(d.by_cvar == 1);
  CHECK(d.by_regret == 0);  // both 40: the first
  // Knowing the outcome: 0.75 x 100 + 0.25 x 60 - 80 = 10. Knowing all: 0.375 (90 + 110) + 0.125 (60 + 60) - 80 = 10.
  CHECK(d.outcome_known == Approx(10));
  CHECK(d.world_known == Approx(10));
  REQUIRE(d.knowing.size() == 2);
  CHECK(d.knowing[0].perfect == Approx(10));
  // Right in 90 %: after yes (0.675 + 0.025) a has (67.5 + 0.5), after no (0.075 + 0.225) b has 60 x 0.3: 68 + 18 - 80.
  CHECK(d.knowing[0].signal_90 == Approx(6));
  // Right in 80 %: after no (0.15 + 0.2) b has 21, a 15 + 4 = 19; after yes a has 60 + 1: 82 - 80.
  CHECK(d.knowing[0].signal_80 == Approx(2));
}

TEST_CASE("cost, ledgers and the frontiers are means over worlds") {
  const auto d = analysis::decide(info(), runs(), {}, weighted(0.75, 0.25));
  CHECK(d.mixes[0].cost.present == Approx(40));
  CHECK(d.mixes[0].cost.per_ttoken() == Approx(0.5e12));
  CHECK(d.mixes[0].ledger_hours[5] == Approx(80));
  CHECK(d.cost_gain == std::vector<size_t>{1, 0});  // b is cheaper, a does more
  CHECK(d.cost_cvar == std::vector<size_t>{1});     // and b does more in the worst worlds at less cost
  CHECK(d.gain_cvar == std::vector<size_t>{0, 1});
  CHECK(d.mixes[0].domestic_p50 == 1);
}

TEST_CASE("differences are paired by draw over the outcomes") {
  auto o = weighted(0.5, 0.5);
  o.pairs = {{"test", "a", "b", 0}};
  const auto d = analysis::decide(info(), runs(), {}, o);
  REQUIRE(d.pairs.size() == 1);
  // Draw 0: (40 - 50) / 2 = -5; draw 1: (40 - 30) / 2 = 5. Mean 0, s = sqrt(50), t(0.95, 1) = 6.3138: 5 x 6.3138.
  CHECK(d.pairs[0].gain.mean == Approx(0).margin(1e-9));
  CHECK(d.pairs[0].gain.high == Approx(5 * 6.313752).epsilon(1e-5));
  CHECK(d.pairs[0].worst_regret == 0);
  CHECK(d.pairs[0].ledger_hours[5] == Approx(0).margin(1e-9));
}

TEST_CASE("a mix that serves less often may not be chosen") {
  auto r = runs();
  r[{"a", "yes", 0}].meets = false;
  const auto d = analysis::decide(info(), r, {}, weighted(0.75, 0.25));
  CHECK(d.mixes[0].meets == Approx(0.625));
  CHECK_FALSE(d.mixes[0].allowed);
  CHECK(d.by_expected == 1);
  CHECK(d.mixes[0].regret == std::vector<double>{-40, 40});
  CHECK(d.outcome_known == 0);
  auto o = weighted(0.75, 0.25);
  o.slack = 0.4;
  CHECK(analysis::decide(info(), r, {}, o).mixes[0].allowed);
  CHECK(analysis::render_decision(d).find("first, as planned*") != std::string::npos);
}

TEST_CASE("draws of one outcome in groups by an approval") {
  analysis::ApprovalStates states{{{"yes", 0}, {{"licence", "granted"}}}, {{"yes", 1}, {{"licence", "refused"}}}, {{"no", 0}, {{"licence", "granted"}}}, {{"no", 1}, {{"licence", "granted"}}}};
  auto r = runs();
  r[{"b", "yes", 0}].gain = 130;  // a 90 110, b 130 70: knowing it is (130 + 110) / 2 - 100
  const auto d = analysis::decide(info(), r, states, weighted(1, 0));
  REQUIRE(d.knowing.size() == 1);  // the outcome itself is certain, and in "no" there is one state
  CHECK(d.knowing[0].what == "decision of licence, in yes");
  CHECK(d.knowing[0].perfect == Approx(20));
}

TEST_CASE("without draws the runs at modes are the worlds; outcomes without runs are left out") {
  analysis::WorldRuns r;
  r[{"a", "yes", -1}] = run(5), r[{"b", "yes", -1}] = run(7), r[{"a", "no", 0}] = run(1);
  const auto d = analysis::decide(info(), r, {}, {});
  CHECK(d.left_out == std::vector<std::string>{"no"});
  CHECK(d.draws == std::vector<int>{0});
  CHECK(d.by_expected == 1);
  CHECK(complaint(r, weighted(0.5, 0.5)).find("outcome \"no\" has a weight and no run that every mix has") != std::string::npos);
  CHECK(complaint({}, {}).find("no outcome has a run of every mix") != std::string::npos);
}

TEST_CASE("bad input of a decision") {
  auto o = weighted(0.5, 0.5);
  o.weights["yess"] = 0.1;
  CHECK(complaint(runs(), o).find("no outcome \"yess\"; did you mean \"yes\"?") != std::string::npos);
  CHECK(complaint(runs(), weighted(-1, 1)).find("no probability") != std::string::npos);
  CHECK(complaint(runs(), weighted(0, 0)).find("sum to 0, not to 1") != std::string::npos);
  CHECK(complaint(runs(), weighted(0.7, 0.7)).find("sum to 1.4, which is beyond 1") != std::string::npos);
  o = weighted(0.5, 0.5), o.level = 1;
  CHECK(complaint(runs(), o).find("level") != std::string::npos);
  o = weighted(0.5, 0.5), o.signals = {{"yes", 1.5, 1}};
  CHECK(complaint(runs(), o).find("from 0 to 1") != std::string::npos);
  o = weighted(0.5, 0.5), o.pairs = {{"x", "a", "c", 0}};
  CHECK(complaint(runs(), o).find("no mix \"c\"") != std::string::npos);
}

TEST_CASE("weights: what is said, and the rest by how probable outcomes are") {
  auto outcomes = info().outcomes;
  outcomes.push_back({"drawn", "as drawn"});
  auto w = analysis::weights_of(outcomes);
  for (const double x : w.weights) CHECK(x == Approx(1.0 / 3));
  CHECK(w.basis.find("equal") == 0);
  outcomes[0].share = 0.2, outcomes[1].share = 0.6;  // the third is all draws, not one of them
  w = analysis::weights_of(outcomes);
  CHECK(w.weights[0] == Approx(0.25));
  CHECK(w.weights[1] == Approx(0.75));
  CHECK(w.weights[2] == 0);
  CHECK(w.basis.find("80 % of their draws") != std::string::npos);
  w = analysis::weights_of(outcomes, {{"drawn", 0.5}});
  CHECK(w.weights[1] == Approx(0.375));
  CHECK(w.basis.find("as given, the others by") == 0);
  // A results file holds them, so that a decision from it weighs as one from the study.
  auto i = info();
  i.outcomes[0].share = 0.6, i.outcomes[1].share = 0.2;
  CHECK(analysis::decide(i, runs(), {}, {}).weights[0] == Approx(0.75));
}

// By worlds of weight 0.375 0.375 0.125 0.125: a leads in the first two, b in the others. Paired by draw: b less a is
// 0.75 (50 - 90) + 0.25 (60 - 10) = -17.5 and 0.75 (70 - 110) + 0.25 (60 - 30) = -22.5.
TEST_CASE("how sure the choice is: the share of worlds in which it leads, and the interval of its lead") {
  const auto d = analysis::decide(info(), runs(), {}, weighted(0.75, 0.25));
  CHECK(d.mixes[0].leads == Approx(0.75));
  CHECK(d.mixes[1].leads == Approx(0.25));
  REQUIRE(d.behind.size() == 1);
  CHECK(d.behind[0].first == 1);
  CHECK(d.behind[0].second.mean == Approx(-20));
  CHECK(d.behind[0].second.high == Approx(-20 + 2.5 * 6.313752).epsilon(1e-5));
  auto lines = analysis::decision_headline(d);
  CHECK(lines[0].find("By expected work choose `first, as planned`: 80 reference tokens, 33 % ahead of") == 0);
  CHECK(lines[0].find("It leads in 75 % of the worlds and serves 99 % of every service's demand in 100 % of the worlds.") != std::string::npos);
  // With even weights they differ by -5 in one draw and 5 in the other: no difference.
  lines = analysis::decision_headline(analysis::decide(info(), runs(), {}, weighted(0.5, 0.5)));
  CHECK(lines[0].find("level with") != std::string::npos);
  CHECK(lines[0].find("ahead of") == std::string::npos);
}

TEST_CASE("the pair of mixes that differs by a supplier alone is found, by the chips that they get") {
  auto i = info();
  // East: big, West: small. a spends 60 and 40, b only on big; c only on small; d 90 and 10.
  i.mixes.push_back({"c", "third"}), i.mixes.push_back({"d", "fourth"});
  i.spend.push_back({"c", "offer-small", 100e6}), i.spend.push_back({"d", "offer-big", 90e6}), i.spend.push_back({"d", "offer-small", 10e6});
  analysis::Received got{{"a", {{"East", 5}, {"West", 5}}}, {"b", {{"East", 9}}}, {"c", {{"West", 9}}}, {"d", {{"East", 8}, {"West", 1}}}};
  auto found = analysis::supplier_pairs(i, got);
  REQUIRE(found.pairs.size() == 2);
  CHECK(found.pairs[0].title == "East");
  CHECK(found.pairs[0].with == "a");
  CHECK(found.pairs[0].without == "c");   // without East both are all small
  CHECK(found.pairs[0].distance == 0);
  CHECK(found.pairs[1].title == "West");
  CHECK(found.pairs[1].without == "b");
  CHECK(found.none.empty());
  // b orders nothing of West, yet its money is redirected there: it says nothing of what West adds.
  got["b"]["West"] = 1e-3;
  found = analysis::supplier_pairs(i, got);
  CHECK(found.pairs.size() == 1);
  CHECK(found.none == std::vector<std::string>{"West"});
  // Nor does a mix that ordered them and, in these draws, never got them; nor one whose money is bound in another way.
  got["b"].erase("West");
  i.spend.push_back({"b", "offer-small", 1e6});
  CHECK(analysis::supplier_pairs(i, got).none == std::vector<std::string>{"West"});
  i.spend.pop_back();
  for (auto& m : i.mixes) m.terms = m.id == "b" ? "stop-loss" : "";
  CHECK(analysis::supplier_pairs(i, got).none == std::vector<std::string>{"West"});
}

// Level in expectation (above), 40 behind in either's bad outcome; b costs as much as a.
TEST_CASE("where work tells nothing, regret and cost are told; an outcome without weight that would choose otherwise, too") {
  auto r = runs();
  for (auto& [key, x] : r) x.cost.present = key.mix == "b" ? 20 : 40;
  auto d = analysis::decide(info(), r, {}, weighted(0.5, 0.5));
  CHECK(d.headline == analysis::decision_headline(d));
  const auto says = [&](const std::string& part) { return std::any_of(d.headline.begin(), d.headline.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; }); };
  CHECK(says("has the least greatest regret (40), and `second` costs least (USD 20 in present value)"));
  CHECK(says("in `refused`, which weighs 50 %"));
  auto i = info();
  i.outcomes.push_back({"drawn", "as drawn", std::numeric_limits<double>::quiet_NaN()}), i.outcomes[0].share = 0.75, i.outcomes[1].share = 0.25;
  r[{"a", "drawn", 0}] = run(10), r[{"b", "drawn", 0}] = run(15);
  d = analysis::decide(i, r, {}, {});
  CHECK(d.weights[2] == 0);
  CHECK(says("there `second` does most, 5 more than `first, as planned` (--outcome drawn decides by it)"));
}

TEST_CASE("some mixes of a decision are shown as they were decided between all") {
  auto i = info();
  i.mixes.push_back({"c", "third"});
  auto r = runs();
  for (const char* o : {"yes", "no"})
    for (const int draw : {0, 1}) r[{"c", o, draw}] = run(1);
  const auto d = analysis::decide(i, r, {}, weighted(0.75, 0.25));
  const auto shown = analysis::of_mixes(d, {1, 0});
  CHECK(shown.mixes.size() == 2);
  CHECK(shown.mixes[shown.by_expected].id == "a");
  CHECK(shown.mixes[shown.by_cvar].id == "b");
  CHECK((shown.behind.size() == 1 && shown.mixes[shown.behind[0].first].id == "b"));
  CHECK(shown.cost_gain == std::vector<size_t>{0, 1});  // c is the cheapest of all
  CHECK(shown.headline == d.headline);
  CHECK(analysis::leading_mixes(d) == std::vector<size_t>{0, 1, 2});
}

TEST_CASE("mixes of the same money that is bound in another way") {
  auto i = info();
  i.mixes = {{"plain", "plain", ""}, {"option", "option", "option"}, {"both", "both", "option, stop-loss"}, {"other", "other money", "option"}};
  i.spend.clear();
  for (const auto& m : i.mixes) i.spend.push_back({m.id, "offer-big", m.id == "other" ? 50e6 : 60e6});
  const auto pairs = analysis::bound_pairs(i);
  REQUIRE(pairs.size() == 3);
  CHECK((pairs[0].title == "option" && pairs[0].with == "option" && pairs[0].without == "plain"));
  CHECK((pairs[1].title == "option, stop-loss" && pairs[1].without == "plain"));
  CHECK((pairs[2].title == "stop-loss" && pairs[2].with == "both" && pairs[2].without == "option"));
}

TEST_CASE("a decision is printed and is JSON") {
  auto o = weighted(0.75, 0.25);
  o.signals = {{"yes", 0.8, 0.7}}, o.pairs = {{"option", "a", "b", 0}};
  const auto d = analysis::decide(info(), runs(), {}, o);
  for (const int width : {60, 100}) {
    const std::string text = analysis::render_decision(d, width);
    CHECK(text.find("minimax") != std::string::npos);
    size_t from = 0;
    for (size_t at; (at = text.find('\n', from)) != std::string::npos; from = at + 1) CHECK(static_cast<int>(at - from) <= width);
  }
  const auto j = nlohmann::json::parse(analysis::decision_to_json(d));
  CHECK(j["choices"]["cvar"] == "b");
  CHECK(j["mixes"][0]["regret"][1] == 40);
  CHECK(j["value_of_knowing"]["signals"][0]["outcome"] == "yes");
  CHECK(j["pairs"][0]["added"] == "option");
}

TEST_CASE("a run as a world") {
  const auto w = analysis::world_run(example::info(), {"a", "drawn", -1}, example::facts(), {});
  CHECK(w.gain == Approx(40e12));
  CHECK_FALSE(w.meets);
  CHECK(w.cost.energy == 240);
  CHECK(w.cost.lost == 5e6);
  CHECK(w.cost.chips == Approx(15e6 + 38e6 + 20e6));
}
