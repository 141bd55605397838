// The article's study end to end: what must hold whatever the numbers are, and what must move when an input moves.
#include <cmath>
#include <map>
#include <set>

#include "catch.hpp"
#include "house.hpp"
#include "results/dump.hpp"

using namespace capmix;

namespace {

const char* kStudy = "bytedance-2026.toml";
const test::House& article() {
  static const test::House house(kStudy);
  return house;
}

OrderPlan order_of(const Plan& plan, const std::string& offer) {
  for (const auto& o : plan.orders)
    if (o.offer == offer && o.origin == "mix") return o;
  throw std::runtime_error("no order of " + offer);
}

std::string run_hash(const std::string& name, int jobs, const std::vector<std::string>& mixes) {
  study::RunOptions options;
  options.jobs = jobs, options.draws = 1, options.mixes = mixes, options.outcomes = {"drawn", "quota"};
  options.cache_dir = test::profile_cache();
  options.db = test::scratch().file(name);
  options.progress = [](const std::string&, int, int) {};
  const auto report = study::run(article().worlds, options, {});
  REQUIRE(report.failures.empty());
  return results::hash(options.db);
}

}  // namespace

TEST_CASE("the licence quota buys 75,000 x 24.8k = USD 1.86bn of the 14") {
  const Plan plan = study::make_plan(article().worlds, {"article", "quota", -1});
  const auto h200 = order_of(plan, "h200");
  CHECK(h200.spend.value() == test::Approx(14e9));
  CHECK(h200.allowed == 75000);
  CHECK(h200.delivered() == 75000);
  CHECK(h200.converted.value() == test::Approx(75000 * 24800.0));
}

TEST_CASE("money and chips are conserved, and nothing is spent that the budget does not have") {
  const auto& study = article().worlds.study();
  for (const auto& outcome : study.outcomes) {
    for (const auto& mix : study.mixes) {
      for (int draw = -1; draw < 4; ++draw) {
        INFO(mix.id << "/" << outcome.id << "/" << draw);
        const Plan plan = study::make_plan(article().worlds, {mix.id, outcome.id, draw});
        double planned = 0;
        for (const auto& o : plan.orders) {
          if (o.origin == "mix") planned += o.spend.value();
          CHECK((o.converted + o.redirected + o.lost + o.outstanding + o.stranded).value() == test::Approx(o.spend.value()).margin(1));
          CHECK(o.delivered() + o.cancelled_chips <= o.chips);
        }
        CHECK(planned <= study.chip_budget.value() + 1);
        const bool refused = !plan.orders.empty() && outcome.id == "refused";
        for (const auto& pod : plan.pods)
          if (refused && pod.offer == "h200") CHECK(pod.online.is_never());
      }
    }
  }
}

TEST_CASE("another mix sees the same world") {
  for (int draw = -1; draw < 6; ++draw) {
    const Plan a = study::make_plan(article().worlds, {"article", "drawn", draw});
    const Plan b = study::make_plan(article().worlds, {"all-950pr", "drawn", draw});
    REQUIRE(a.approvals.size() == b.approvals.size());
    for (size_t i = 0; i < a.approvals.size(); ++i) {
      CHECK(a.approvals[i].granted == b.approvals[i].granted);
      CHECK(a.approvals[i].decided == b.approvals[i].decided);
      CHECK(a.approvals[i].quota == b.approvals[i].quota);
    }
    REQUIRE(a.tasks.size() == b.tasks.size());
    for (size_t i = 0; i < a.tasks.size(); ++i) CHECK(a.tasks[i].end == b.tasks[i].end);
    REQUIRE(a.ports.size() == b.ports.size());
    for (size_t p = 0; p < a.ports.size(); ++p) {
      REQUIRE(a.ports[p].steps.size() == b.ports[p].steps.size());
      for (size_t i = 0; i < a.ports[p].steps.size(); ++i) CHECK(a.ports[p].steps[i].date == b.ports[p].steps[i].date);
    }
  }
}

TEST_CASE("arrivals are served or shed, and the ledger's shares sum to 100 %") {
  const RunKey key{"article", "full", 0};
  const Facts facts = article().facts(key);
  double demanded = 0;
  for (const auto& row : facts.of<ServeMonth>()) {
    CHECK(row.demanded == test::Approx(row.served + row.shed).epsilon(1e-12));
    CHECK(row.served >= 0);
    CHECK(row.shed >= 0);
    demanded += row.demanded;
  }
  CHECK(demanded > 0);
  // No work on a stack before its port is functional.
  const Plan plan = study::make_plan(article().worlds, key);
  const auto& s = article().worlds.base();
  for (const auto& row : facts.of<TrainMonth>()) {
    const auto& chip = s.chips[s.chips.find(row.chip)];
    const Date month_end = s.study.timeline.month_start(static_cast<int>(row.month) + 1);
    if (row.tokens > 0) CHECK(plan.port_efficiency(chip.stack, "llm-training", month_end) > 0);
  }
  for (const auto& job : facts.of<JobFact>()) CHECK((job.state == "finished" || job.state == "running" || job.state == "waiting"));
}

TEST_CASE("same seed, same hash: twice, and with one worker or two") {
  const std::string first = run_hash("a.db", 1, {"article", "all-950pr"});
  CHECK(run_hash("b.db", 2, {"article", "all-950pr"}) == first);
  CHECK(run_hash("b.db", 2, {"article", "all-950pr"}) == first);
  CHECK(run_hash("c.db", 2, {"article", "all-h200"}) != first);
}

TEST_CASE("an input that matters moves the table") {
  struct Flip {
    const char* what;
    std::string input, mix, outcome, metric;
  };
  const auto flip = GENERATE(
      Flip{"price of a chip", "chips/h200-sxm:price.chip=USD 30k", "article", "full", "train.reference_tokens"},
      Flip{"bandwidth of a chip", "chips/h200-sxm:memory.bandwidth=2 TB/s", "article", "full", "train.reference_tokens"},
      Flip{"days of a permit", "buildouts/china:task.permit.duration=6 months", "article", "full", "train.reference_tokens"},
      Flip{"stage of a port", "porting/cann:family.llm-training.stage.tuned.duration=18 months", "all-950pr", "drawn", "train.reference_tokens"},
      Flip{"quota", "study:outcome.quota.approvals.us-licence.quota=30000", "article", "quota", "train.reference_tokens"},
      Flip{"daily rhythm", "demand/douyin-tiktok:hour=[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,9]", "article", "full", "rec.served"});
  INFO(flip.what);
  const test::House changed(kStudy, {flip.input});
  const RunKey key{flip.mix, flip.outcome, -1};
  const double before = article().metrics(key)[flip.metric], after = changed.metrics(key)[flip.metric];
  CHECK(std::isfinite(before));
  CHECK(std::fabs(after / before - 1) > 1e-4);
}

TEST_CASE("a profile is at the mature stack: the port's stage never enters it") {
  const test::House slower(kStudy, {"porting/cann:family.llm-training.stage.bring-up.duration=24 months"});
  REQUIRE(slower.rates.front().rates.size() == article().rates.front().rates.size());
  for (const auto& [key, profile] : article().rates.front().rates)
    CHECK(slower.rates.front().rates.at(key).step.value() == profile.step.value());
  // And production is 1: no loss is counted twice.
  const Plan plan = study::make_plan(article().worlds, {"article", "full", -1});
  for (const auto& port : plan.ports)
    if (!port.steps.empty()) CHECK(port.steps.back().efficiency == test::Approx(1));
}

TEST_CASE("one job spans two suppliers") {
  std::set<std::string> kinds;
  const Facts facts = article().facts({"article", "full", -1});
  for (const auto& job : facts.of<JobFact>())
    if (job.campaign == "bridge" && job.started >= 0) kinds.insert(job.chips);
  REQUIRE(kinds.size() == 1);
  CHECK(kinds.begin()->find("h200-sxm") != std::string::npos);
  CHECK(kinds.begin()->find("ascend-950pr") != std::string::npos);
}
