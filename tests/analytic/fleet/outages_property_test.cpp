// Random fleets under random failures: whatever happens, every chip-second has one owner, no row is below zero, and what campaigns held
// is what the ledger says.
#include <rapidcheck.h>

#include "catch.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace capmix;
using namespace test;

namespace {

constexpr int64_t kDay1 = 86400;
const Date kStart = day(2026, 1, 1);

int within(int low, int high) { return *rc::gen::inRange(low, high + 1); }
template <class T>
T one_of(std::initializer_list<T> list) { return *(list.begin() + within(0, static_cast<int>(list.size()) - 1)); }

// Chip-seconds from online to retirement or the year's end.
int64_t add_pods(World& w) {
  int64_t accrued = 0;
  const int pods = within(1, 10);
  for (int i = 0; i < pods; ++i) {
    const int from = within(0, 364), length = within(1, 400);
    PodPlan& p = w.pod(one_of({"fast", "slow"}), within(1, 20) * 4, kStart + Days{static_cast<double>(from)}, one_of({"east", "west"}));
    p.hall = within(0, 2);
    if (within(0, 2) == 0) p.retires = kStart + Days{static_cast<double>(from + length)};
    const int until = p.retires == Date::never() ? 365 : std::min(365, from + length);
    accrued += static_cast<int64_t>(p.chips) * (until - from) * kDay1;
  }
  return accrued;
}

void add_failures(World& w) {
  Failures f;
  f.id = "model";
  const int causes = within(1, 4);
  for (int i = 0; i < causes; ++i) {
    FailureCause c;
    c.id = "c" + std::to_string(i), c.per = one_of({FailureUnit::chip, FailureUnit::node, FailureUnit::job, FailureUnit::site});
    c.blast = c.per == FailureUnit::job ? Blast::job : one_of({Blast::job, Blast::chip, Blast::node, Blast::rack, Blast::pod, Blast::hall, Blast::site});
    c.between = Seconds(within(1, 200) * 86400.0 * (c.per == FailureUnit::chip ? 8 : 1)), c.hot = c.blast <= Blast::rack && within(0, 1) == 0;
    c.repair.range = Uncertain<Seconds>(Seconds(one_of({1.0, 3600.0, 86400.0, 30 * 86400.0, 1e9})));
    if (within(0, 3) == 0) c.infant = 5.0, c.infant_decay = Seconds(30 * 86400);
    f.causes.push_back(c);
  }
  f.recovery.detect = Seconds(within(0, 600)), f.recovery.requeue = f.recovery.in_place = Seconds(within(0, 600)), f.recovery.warm_up = Seconds(within(0, 600));
  const auto id = w.scenario.failures.add(f);
  w.scenario.study.failure_events = true;
  for (auto& node : w.scenario.nodes) node.failures = id, node.rack_nodes = within(1, 4);
  for (auto& site : w.scenario.sites)
    if (within(0, 1) == 0) site.failures = id;
}

void add_work(World& w) {
  w.port("llm", {{kStart + Days{static_cast<double>(within(0, 200))}, 0.7}});
  const int campaigns = within(0, 3);
  for (int i = 0; i < campaigns; ++i) {
    const std::string id = "c" + std::to_string(i);
    Campaign& c = w.campaign(id, within(1, 12) * 8, within(1, 20) * 1e9, within(0, 2));
    c.family = "llm", c.runs = within(0, 5);
    for (const char* chip : {"fast", "slow"}) w.rate(id, {chip}, within(1, 50) * 100.0).checkpoint = {Seconds(within(0, 30)), Seconds(within(0, 60)), Seconds(within(0, 60))};
  }
  if (within(0, 1) == 0) w.service("feed", within(1, 40) * 10.0), w.rate("feed", {"fast"}, 10);
  if (within(0, 1) == 0) {
    JobLogWork log;
    log.id = "trace", log.policy = one_of({"fifo", "easy", "srsf"}), log.chip = w.chip("fast"), log.chips = within(1, 20) * 8;
    log.restart = Seconds(within(0, 3600)), log.checkpoint = Seconds(within(0, 7200));
    const int jobs = within(0, 20);
    for (int i = 0; i < jobs; ++i) {
      JobSpec j;
      j.submit = i * 10.0 * kDay1, j.run = within(1, 60) * kDay1, j.chips = within(1, 30);
      log.jobs.push_back(j);
    }
    w.scenario.logs.add(log);
  }
}

}  // namespace

TEST_CASE("random fleets under random failures: every chip-second has one owner") {
  CHECK(rc::check("fleets", [] {
    World w;
    w.scenario.study.seed = static_cast<uint64_t>(within(1, 1 << 30));
    const int64_t accrued = add_pods(w);
    add_failures(w);
    add_work(w);
    const Facts f = run(w);
    RC_ASSERT(owned(f, "*") == accrued);
    for (const auto& row : f.of<LedgerFact>()) RC_ASSERT(row.chip_seconds > 0);
    int64_t held = 0, ledger = 0;
    for (const auto& m : f.of<TrainMonth>()) {
      held += m.chip_seconds;
      RC_ASSERT(m.undone + m.recovery + m.waiting <= m.chip_seconds);
    }
    for (const auto& row : f.of<LedgerFact>())
      if (row.workload.rfind("c", 0) == 0 && row.owner != "queue" && row.owner != "porting") ledger += row.chip_seconds;
    RC_ASSERT(ledger <= held);
    for (const auto& j : f.of<JobFact>()) RC_ASSERT(j.state != "finished" || j.finished >= j.started);
  }));
}
