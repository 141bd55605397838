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

TEST_CASE("a checkpoint is bytes, or bytes and where they go; a fabric may have a storage front end") {
  Sandbox box;
  const Scenario before = box.load();
  CHECK(before.campaigns.begin()->checkpoint == Bytes(14));
  CHECK(before.campaigns.begin()->checkpoint_to == CheckpointTo::storage);
  CHECK_FALSE(before.campaigns.begin()->checkpoint_asynchronous);
  CHECK_FALSE(before.fabrics.begin()->storage);
  box.replace("workloads/training/small.toml", "checkpoint = \"14 B\"", "checkpoint = { bytes = \"16 B\", to = \"peers\", asynchronous = true }");
  box.write("fabrics/rail.toml", box.read("fabrics/rail.toml") + "[storage]\nwrite = \"200 GB/s\"\nsource = \"x\"\nconfidence = \"assumption\"\n");
  const Scenario after = box.load();
  const auto& c = after.campaigns[after.campaigns.find("llm-a")];
  CHECK(c.checkpoint == Bytes(16));
  CHECK(c.checkpoint_to == CheckpointTo::peers);
  CHECK(c.checkpoint_asynchronous);
  CHECK(after.campaigns[after.campaigns.find("both")].checkpoint == Bytes(14));
  REQUIRE(after.fabrics.begin()->storage);
  CHECK(after.fabrics.begin()->storage->write == ByteRate(200e9));
  CHECK(after.fabrics.begin()->storage->read == ByteRate(200e9));  // as it writes
  CHECK(after.fabrics.begin()->storage->by_pod);
  CHECK(test::find_fact(after, "fabrics/rail", "storage.write") != nullptr);
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

// site.toml has the template `crewed`: a crew for the grid, a calendar, risk and rework for the shell; grid at half its time.
TEST_CASE("a site with crews, a calendar, events, levers, a cap and two prices of power") {
  Sandbox box;
  box.replace("study.toml", "platform = \"platform.toml\"", "platform = \"site.toml\"");
  const Scenario s = box.load();
  const Site& site = s.sites[s.sites.id_at(0)];
  CHECK(s.home == "XX");
  REQUIRE(site.crews.size() == 1);
  CHECK(site.crews[0].id == "gang");
  CHECK(site.crews[0].units == 2);
  CHECK(site.power_cap->value() == Approx(6e6));
  CHECK(site.domestic_energy_price->mode.value() == Approx(0.05 / 3.6e6));
  const Hall& fresh = site.halls[0];
  CHECK(fresh.tasks[2].crew == "gang");
  CHECK(fresh.tasks[2].duration.mode.n == Approx(5 * kDaysPerMonth));
  const Task& shell = fresh.tasks[4];
  CHECK(shell.calendar.valid());
  CHECK(shell.risk.probability == 0.3);
  CHECK(shell.risk.delay.high.n == Approx(3 * kDaysPerMonth));
  CHECK(shell.rework.share.mode == 0.5);
  // A month at 0.3 of its pace lasts longer.
  const double winter = Date::of(2026, 12, 1).day();
  CHECK(s.calendars[shell.calendar].end_of(winter, 9) == Approx(winter + 30));
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
  CHECK(feed.stages.at(0).objective.value() == Approx(0.08));
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
  CHECK(s.port_log[3].event == PortEvent::stage);
  CHECK(s.port_log[3].stage == 2);
  CHECK(s.port_log[3].inferred);
  CHECK(!s.port_log[1].inferred);
}

namespace {

const char* kWork = R"(
[team]
engineers = 40
engineer_cost = "USD 120k"
source = "made up for the tests"
confidence = "assumption"
[[component]]
id = "kernels"
duration = { low = "1 month", mode = "2 months", high = "4 months" }
engineers = 5
needs = ["collectives"]
source = "made up for the tests"
confidence = "assumption"
[[component]]
id = "collectives"
duration = "1 month"
start = 2025-08-01
source = "elsewhere"
confidence = "press"
[[incident]]
id = "regression"
effect = "slow"
rate = 0.1
duration = "2 weeks"
factor = { low = 0.5, mode = 0.7, high = 0.9 }
families = ["rec-serving"]
stages = ["tuned"]
source = "made up for the tests"
confidence = "assumption"
[[incident]]
id = "divergence"
effect = "rollback"
rate = 0.05
to = "parity"
source = "made up for the tests"
confidence = "assumption"
)";

}  // namespace

TEST_CASE("ports: people, components, incidents, lessons and a cut-over") {
  Sandbox box;
  const std::string file = "workloads/porting/cann.toml", more = "engineers = 8\npriority = 2\ncutover = { over = \"3 months\", phases = 3, dual = 0.3 }\n"
      "learns = [{ family = \"llm-training\", after = \"numerics\", factor = 0.4 }]\n";
  box.replace(file, "id = \"rec-serving\"\n", "id = \"rec-serving\"\n" + more);
  box.replace(file, "efficiency = 0.9\n", "efficiency = 0.9\nneeds = [\"kernels\"]\nafter = [\"parity\"]\nengineers = 9\n");
  box.write(file, box.read(file) + kWork);
  const Scenario s = box.load();
  REQUIRE(s.port_stacks.size() == 1);
  const PortStack& stack = s.port_stacks[0];
  CHECK(stack.stack == "cann");
  CHECK(stack.engineers == 40);
  CHECK(stack.engineer_cost.value() == 120e3);
  REQUIRE(stack.components.size() == 2);
  CHECK(stack.components[0].id == "collectives");  // by id
  CHECK(stack.components[0].start == Date::of(2025, 8, 1));
  CHECK(stack.components[0].source == "elsewhere");
  CHECK(stack.components[0].confidence == "press");
  CHECK(stack.components[1].needs == std::vector<int>{0});
  REQUIRE(stack.incidents.size() == 2);
  CHECK(stack.incidents[0].id == "divergence");
  CHECK(stack.incidents[0].effect == IncidentEffect::rollback);
  CHECK(stack.incidents[0].to == "parity");
  CHECK(stack.incidents[1].factor.mode == 0.7);
  CHECK(stack.incidents[1].families == std::vector<std::string>{"rec-serving"});
  const Port& port = s.ports[1];
  CHECK(port.priority == 2);
  CHECK(port.stages[0].engineers == 8);
  CHECK(port.stages[1].engineers == 9);
  CHECK(port.stages[1].needs == std::vector<int>{1});
  CHECK(port.before(1) == std::vector<int>{0});
  REQUIRE(port.learns.size() == 1);
  CHECK(port.learns[0].stage == 2);
  CHECK(port.learns[0].factor.mode == 0.4);
  REQUIRE(port.cutover);
  CHECK(port.cutover->phases == 3);
  CHECK(port.source == "made up for the tests");
  const Fact* factor = test::find_fact(s, "porting/cann", "incident.regression.factor");
  REQUIRE(factor != nullptr);
  CHECK(factor->confidence == Confidence::assumption);
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

TEST_CASE("history, pauses, ratio, rivals, stock, schedule: read with their sources, and not there when not said") {
  Sandbox box;
  Scenario s = box.load();
  CHECK(s.approvals[{0}].history.empty());
  CHECK_FALSE(s.approvals[{0}].pauses);
  CHECK_FALSE(s.approvals[{0}].ratio);
  CHECK(s.producers[{0}].rivals.empty());
  CHECK_FALSE(s.producers[{0}].stock);
  CHECK_FALSE(s.study.as_of);
  CHECK_FALSE(s.study.redirect.patience);

  const std::string sourced = "source = \"a page\"\nconfidence = \"press\"\n";
  box.write("platform.toml", box.read("platform.toml") + "\n[[approval.event]]\ndate = 2026-01-13\nstate = \"granted\"\nquota = 750\nnote = \"why\"\n" + sourced +
            "[approval.pauses]\nevery = \"2 months\"\nlasts = \"30 days\"\nfinal = 0.25\n" + sourced +
            "[approval.ratio]\ndomestic = [\"beta\"]\nper_import = { low = 0, mode = 0.5, high = 1 }\nby = \"chips\"\n" + sourced +
            "[[producer.rival]]\nid = \"others\"\nspend = \"USD 7bn\"\npart = 0.5\n" + sourced +
            "[producer.stock]\nunits = 7000\nfrom = 2026-02-01\nlead = \"10 days\"\n" + sourced);
  box.replace("platform.toml", "probability = 0.6\n", "probability = 0.6\nquota_per = \"year\"\n");
  box.replace("platform.toml", "approvals = []\n", "approvals = []\nschedule = [0.5, 1]\n");
  box.replace("study.toml", "seed = 7\n", "seed = 7\nas_of = 2026-02-01\n");
  box.replace("study.toml", "delay = \"2 months\"\n", "delay = \"2 months\"\npatience = \"90 days\"\n");
  box.replace("study.toml", "spend = { alpha = \"USD 600m\", beta = 0.4 }",
              "spend = { beta = 0.4, alpha = [{ money = \"USD 200m\", date = 2026-02-15 }, { money = 0.3, date = 2026-09-01, option = true, premium = 0.05 }] }");
  s = box.load();
  const Approval& a = s.approvals[{0}];
  REQUIRE(a.history.size() == 1);
  CHECK(a.history[0].state == ApprovalState::granted);
  CHECK(*a.history[0].quota == 750);
  CHECK(a.history[0].note == "why");
  CHECK(a.yearly);
  CHECK(a.pauses->final == 0.25);
  CHECK(a.pauses->lasts.mode.n == 30);
  REQUIRE(a.ratio->domestic.size() == 1);
  CHECK(s.offers[a.ratio->domestic[0]].id == "beta");
  CHECK_FALSE(a.ratio->by_value);
  const Producer& p = s.producers[s.producers.find("beta-maker")];
  CHECK(p.rivals.at(0).spend.mode.value() == 7e9);
  CHECK(p.stock->units.mode == 7000);
  CHECK_FALSE(p.stock->per_month);
  CHECK(s.offers[s.offers.find("beta")].schedule == std::vector<double>{0.5, 1});
  CHECK(*s.study.as_of == Date::of(2026, 2, 1));
  CHECK(s.study.redirect.patience->mode.n == 90);
  const Mix& mix = s.study.mixes[0];
  CHECK(mix.spend[0].value() == Approx(500e6));  // 0.3 of the chip budget is 300m
  REQUIRE(mix.tranches.size() == 3);
  CHECK(mix.tranches[0].date == Date::of(2026, 2, 15));
  CHECK(mix.tranches[1].option);
  CHECK(mix.tranches[1].premium == 0.05);
  CHECK(mix.tranches[2].date == s.study.order_date);  // the short form beside it
  CHECK(s.study.mixes[1].tranches.empty());
  CHECK(std::any_of(s.facts.begin(), s.facts.end(), [](const Fact& f) { return f.path == "approval.export.event.1.quota" && f.value == "750" && f.source == "a page"; }));
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

TEST_CASE("a list names each thing once, and a text holds no control characters") {
  test::Sandbox box;
  box.replace("study.toml", "to = [\"beta\"]", "to = [\"beta\", \"beta\"]");
  CHECK(box.problems().find("\"to\" holds \"beta\" twice") != std::string::npos);
  test::Sandbox bell;
  bell.replace("study.toml", "name = \"", "name = \"\\u0007");
  CHECK(bell.problems().find("\"name\" holds a control character") != std::string::npos);
}
