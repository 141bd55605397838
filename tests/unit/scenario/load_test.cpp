// What a good study becomes.
#include <algorithm>
#include <numeric>

#include "sandbox.hpp"

using namespace capmix;
using test::Approx;
using test::Sandbox;

TEST_CASE("the good study: hardware with units by dimension") {
  const Scenario s = Sandbox().load();
  REQUIRE(s.chips.size() == 2);
  const Chip& alpha = s.chips[s.chips.find("alpha")];
  CHECK(alpha.peak.size() == 1);
  CHECK(alpha.peak.at(Precision::bf16).value() == Approx(1e15));
  CHECK(alpha.memory.value() == Approx(100e9));
  CHECK(alpha.nic.value() == Approx(50e9));  // 400 Gbit/s, 8 bits in a byte
  CHECK(alpha.interruption.mode.value() == Approx(50000 * 3600.0));
  CHECK(alpha.price_in_server.low.value() == Approx(20e3));
  CHECK(alpha.price_in_server.path == "chips/alpha:price.in_server");
  CHECK(alpha.available == Date::of(2025, 1, 1));
  CHECK(s.efficiencies[alpha.efficiency].launch.value() == Approx(5e-6));
  CHECK_FALSE(s.efficiencies[alpha.efficiency].calibrated());
  CHECK(s.nodes[s.nodes.find("beta-8")].power.value() == Approx(10e3));
  CHECK(s.fabrics[s.fabrics.find("rail")].pod_nodes == 16);
}

TEST_CASE("home is the country of the first site, unless the platform says which") {
  Sandbox box;
  CHECK(box.load().home == "XX");
  CHECK(box.load().chips.begin()->country.empty());  // it may be left out
  const std::vector<std::string> set{"chips/alpha:country=YY"};
  CHECK(box.load(set).home == "XX");
  CHECK(box.load({set[0], "platform:home=YY"}).home == "YY");
}

TEST_CASE("the good study: sites, halls and the fleet that exists") {
  const Scenario s = Sandbox().load();
  REQUIRE(s.sites.size() == 1);
  const Site& north = *s.sites.begin();
  CHECK(north.energy_price.mode.value() == Approx(0.08 / 3.6e6));
  CHECK(north.build_cost.mode.value() == Approx(5));
  REQUIRE(north.halls.size() == 3);
  const Hall &fresh = north.halls[0], &next = north.halls[1], &old = north.halls[2];
  CHECK(fresh.id == "new");
  CHECK(old.existing);
  CHECK(old.tasks.empty());
  REQUIRE(fresh.tasks.size() == 5);
  REQUIRE(fresh.phases.size() == 2);
  CHECK(fresh.phases[1].delay.n == Approx(3 * kDaysPerMonth));
  // Tasks stand in the order of their ids: burn-in, cabling, grid, rack, shell.
  CHECK(fresh.tasks[2].id == "grid");
  CHECK(fresh.tasks[2].milestone == Milestone::power);
  CHECK(fresh.tasks[2].duration.mode.n == Approx(12 * kDaysPerMonth));  // the hall's own
  CHECK(next.tasks[2].duration.mode.n == Approx(10 * kDaysPerMonth));   // the template's
  REQUIRE(next.tasks[1].after.size() == 1);
  CHECK(next.tasks[1].after[0].task == 4);
  CHECK(next.tasks[1].after[0].fraction == 0.6);
  REQUIRE(s.existing.size() == 1);
  CHECK(s.existing[0].hall == 2);
  CHECK(s.existing[0].retires.is_never());
}

TEST_CASE("halls of one template draw from streams of their own") {
  const Scenario s = Sandbox().load();
  const auto& halls = s.sites.begin()->halls;
  const auto &a = halls[0].tasks[4].duration, &b = halls[1].tasks[4].duration;
  CHECK(a.path == "platform:site.north.hall.new.task.shell.duration");
  CHECK(b.path == "platform:site.north.hall.next.task.shell.duration");
  const Draw draw(1, 0);
  CHECK(a.at(draw) != b.at(draw));
}

TEST_CASE("the good study: supply") {
  const Scenario s = Sandbox().load();
  REQUIRE(s.offers.size() == 2);
  const Offer &alpha = s.offers[s.offers.id_at(0)], &beta = s.offers[s.offers.id_at(1)];
  CHECK(alpha.price.shape == Shape::triangular);
  CHECK(alpha.price.path == "platform:offer.alpha.price");
  CHECK(beta.price.mode.value() == Approx(10e3));  // the chip's own
  CHECK(beta.price.path == "chips/beta:price.chip");
  CHECK(beta.refundable == 1);
  REQUIRE(alpha.approvals.size() == 1);
  const Approval& licence = s.approvals[alpha.approvals[0]];
  CHECK(licence.quota->mode == 10000);
  CHECK(licence.quota->path == "platform:approval.export.quota");
  const Producer& maker = s.producers[alpha.producer];
  REQUIRE(maker.years.size() == 2);
  CHECK(maker.years[0].monthly[0] == Approx(1.0 / 12));
  CHECK(maker.years[1].monthly[0] == Approx(1.0 / 18));  // 6 x 1 + 6 x 2
  CHECK(std::accumulate(maker.years[1].monthly.begin(), maker.years[1].monthly.end(), 0.0) == Approx(1));
}

TEST_CASE("the good study: work") {
  const Scenario s = Sandbox().load();
  CHECK(s.llms.begin()->kv_heads == 32);  // by default as many as heads
  REQUIRE(s.campaigns.size() == 2);
  const Campaign &both = s.campaigns[s.campaigns.id_at(0)], &one = s.campaigns[s.campaigns.id_at(1)];
  CHECK(both.id == "both");
  CHECK(both.chips() == 64);
  REQUIRE(both.parts.size() == 2);
  CHECK(s.chips[both.parts[1].any_of.at(0)].id == "beta");
  CHECK(one.parts.at(0).any_of.empty());
  CHECK(one.earliest == Date::of(2026, 1, 1));  // the study's start
  CHECK(one.plans.size() == 2);
  CHECK(one.plans[1].recompute == Recompute::none);
  const Service& feed = *s.services.begin();
  CHECK(feed.objective.value() == Approx(0.08));
  CHECK(std::accumulate(feed.demand.hour.begin(), feed.demand.hour.end(), 0.0) / 24 == Approx(1));
  CHECK(std::accumulate(feed.demand.weekday.begin(), feed.demand.weekday.end(), 0.0) / 7 == Approx(1));
  CHECK(feed.demand.weekday[5] == Approx(14.0 / 9));  // 2 of 5 x 1 + 2 x 2, times 7
  CHECK(feed.demand.annual_growth.mode == Approx(0.1));
  CHECK(feed.demand.regions.at(1).utc_offset == -5);
}

TEST_CASE("the good study: ports, and the log that is replayed") {
  const Scenario s = Sandbox().load();
  CHECK(s.native_stacks == std::vector<std::string>{"cuda"});
  REQUIRE(s.ports.size() == 2);
  CHECK(s.ports[0].family == "llm-training");
  CHECK(s.ports[0].functional == 1);
  CHECK(s.ports[0].retry_stage == 2);
  CHECK(s.ports[0].stages[2].duration.path == "porting/cann:family.llm-training.stage.numerics.duration");
  CHECK(s.ports[1].retry_stage == -1);
  REQUIRE(s.port_log.size() == 4);
  CHECK(s.port_log[1].family == "rec-serving");
  CHECK(s.port_log[3].place.line == 5);
}

TEST_CASE("the good study: mixes and outcomes, in the order of the file") {
  const Scenario s = Sandbox().load();
  const Study& study = s.study;
  CHECK(study.id == "study");
  CHECK(study.timeline.end() == Date::of(2028, 1, 1));  // the last day is inside
  REQUIRE(study.mixes.size() == 2);
  CHECK(study.mixes[0].id == "split");
  CHECK(study.mixes[0].spend[0].value() == Approx(600e6));
  CHECK(study.mixes[0].spend[1].value() == Approx(400e6));  // 0.4 of the chip budget of USD 1bn
  CHECK(study.mixes[1].spend[1].value() == Approx(1e9));    // CNY 7.1bn at 7.1
  CHECK(s.campaigns[study.reference].id == "llm-a");
  CHECK(study.redirect.to.size() == 1);
  REQUIRE(study.outcomes.size() == 3);
  CHECK(study.outcomes[0].forced.empty());
  CHECK_FALSE(*study.outcomes[1].forced.at(0).granted);
  CHECK(*study.outcomes[1].forced.at(0).decided == Date::of(2026, 3, 1));
  CHECK(study.outcomes[2].forced.at(0).unlimited);
  CHECK_FALSE(study.outcomes[2].forced.at(0).quota.has_value());
}

TEST_CASE("an outcome's overrides hold in its world") {
  const Sandbox box;
  const Scenario base = box.load();
  const auto& set = base.study.outcomes.at(2).set;
  CHECK(set == std::vector<std::string>{"platform:site.north.hall.next.task.grid.duration=\"5 months\""});
  const Scenario world = box.load(set);
  CHECK(world.sites.begin()->halls[1].tasks[2].duration.mode.n == Approx(5 * kDaysPerMonth));
  CHECK(world.sites.begin()->halls[0].tasks[2].duration.mode.n == Approx(12 * kDaysPerMonth));
}

TEST_CASE("only what is named is read") {
  Sandbox box;
  box.write("chips/unused.toml", "this is not TOML");
  const Scenario s = box.load();
  CHECK(s.chips.size() == 2);
  CHECK(std::none_of(s.inputs.begin(), s.inputs.end(), [](const InputText& i) { return i.path.find("unused") != std::string::npos; }));
}

TEST_CASE("every file read is kept as it was, sorted by path") {
  const Sandbox box;
  const Scenario s = box.load();
  // study, platform, build-out, fabric, efficiency, 2 chips, 2 nodes, 2 workloads, 2 models, demand, 2 ports, log
  REQUIRE(s.inputs.size() == 17);
  CHECK(std::is_sorted(s.inputs.begin(), s.inputs.end(), [](const auto& a, const auto& b) { return a.path < b.path; }));
  const auto log = std::find_if(s.inputs.begin(), s.inputs.end(), [&](const auto& i) { return i.path == box.path("workloads/porting/log.csv"); });
  REQUIRE(log != s.inputs.end());
  CHECK(log->text == box.read("workloads/porting/log.csv"));
}

TEST_CASE("each sourced number is a fact, as it is written") {
  const Scenario s = Sandbox().load();
  const Fact* size = test::find_fact(s, "chips/alpha", "memory.size");
  REQUIRE(size != nullptr);
  CHECK(size->value == "100 GB");
  CHECK(size->source == "made up for the tests");
  CHECK(size->confidence == Confidence::vendor);
  CHECK(size->place.line == 13);
  const Fact* price = test::find_fact(s, "chips/alpha", "price.in_server");
  REQUIRE(price != nullptr);
  CHECK(price->value == "{ low = \"USD 20k\", mode = \"USD 30k\", high = \"USD 40k\" }");
  CHECK(price->note == "before tax");
  for (const auto& [subject, path] : {std::pair{"platform", "site.north.pue"}, {"platform", "site.north.hall.new.power"},
                                      {"platform", "site.north.hall.new.task.grid.duration"}, {"platform", "producer.alpha-maker.year.2026.units"},
                                      {"buildouts/plain", "task.shell.duration"}, {"training/small", "campaign.both.parts"},
                                      {"demand/users", "region.east.share"}, {"study", "budget.chips"},
                                      {"porting/cann", "family.llm-training.stage.tuned.efficiency"}}) {
    INFO(subject << ":" << path);
    CHECK(test::find_fact(s, subject, path) != nullptr);
  }
  CHECK(test::find_fact(s, "chips/alpha", "memory.source") == nullptr);
  CHECK(test::find_fact(s, "chips/alpha", "stack") == nullptr);  // the table of identity has no source
  CHECK(std::is_sorted(s.facts.begin(), s.facts.end(), [](const Fact& a, const Fact& b) { return std::tie(a.subject, a.path) < std::tie(b.subject, b.path); }));
}

TEST_CASE("plans are listed, or searched") {
  Sandbox box;
  box.replace("workloads/training/small.toml", "plans = [{ tp = 8, zero = 1, micro_batch = 1, recompute = \"full\" }]", "plans = \"auto\"");
  const Scenario s = box.load();
  const auto& searched = s.campaigns[s.campaigns.find("both")];
  REQUIRE(searched.plans.size() == 1);
  CHECK(searched.plans[0].searched);
  CHECK_FALSE(s.campaigns[s.campaigns.find("llm-a")].plans[0].searched);
  box.replace("workloads/training/small.toml", "plans = \"auto\"", "plans = \"fastest\"");
  CHECK(box.problems().find("\"plans\" is \"fastest\" (expected a list of plans, or \"auto\" to have them searched)") != std::string::npos);
}
