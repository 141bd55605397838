// A world with everything in it: the properties that hold in any run.
#include "catch.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

#include <algorithm>
#include <map>

using namespace test;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;

World everything() {
  World w(day(2028, 1, 1));
  w.scenario.chips[w.chip("fast")].interruption = Seconds(5e7);
  for (int i = 0; i < 6; ++i) w.pod("fast", 24 + 8 * i, kStart + Days{7.0 * i}, i % 2 == 0 ? "east" : "west");
  for (int i = 0; i < 8; ++i) {
    PodPlan& p = w.pod("slow", 16, kStart + Days{200 + 13.0 * i});
    p.ordered = kStart + Days{-10}, p.approved = kStart + Days{30}, p.delivered = kStart + Days{100.0 + i};
    p.powered = kStart + Days{150}, p.networked = kStart + Days{90};  // the network is there before the power
  }
  w.plan.pods[0].retires = day(2027, 3, 14);
  w.plan.pods.back().powered = w.plan.pods.back().networked = w.plan.pods.back().online = Date::never();
  w.campaign("flagship", 32, 3e10, 10);
  w.campaign("fill", 8, 7e8).runs = 0;
  w.campaign("span", 0, 5e9, 5).parts = {{{w.chip("fast")}, 8}, {{w.chip("slow")}, 8}};
  auto& s = w.service("rec", 900);
  s.demand.annual_growth = 0.5;
  s.demand.regions = {{"a", 0.6, 8}, {"b", 0.4, -5.5}};
  for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = 0.5 + static_cast<double>(h) / 23;
  w.rate("flagship", {"fast"}, 1000);
  w.rate("fill", {"fast"}, 777);
  w.rate("fill", {"slow"}, 333);
  w.rate("span", {"fast", "slow"}, 1100).groups = {{"fast", 8, 0.7}, {"slow", 8, 0.3}};
  w.rate("rec", {"fast"}, 120);
  w.rate("rec", {"slow"}, 50);
  w.port("llm-training", {{day(2026, 10, 1), 0.41}, {day(2027, 2, 1), 0.83}, {day(2027, 9, 1), 1.0}});
  w.port("rec-serving", {{day(2026, 9, 1), 0.6}});
  return w;
}

}  // namespace

TEST_CASE("The ledger sums exactly to what the plan accrues") {
  const World w = everything();
  const Facts f = run(w);
  const int64_t horizon = 730 * kDaySec;
  int64_t accrued = 0;
  std::map<std::string, int64_t> by_chip;
  for (const auto& p : w.plan.pods) {
    const int64_t from = std::max<int64_t>(0, (p.ordered.day() - kStart.day()) * kDaySec);
    const int64_t to = p.retires.is_never() ? horizon : (p.retires.day() - kStart.day()) * kDaySec;
    accrued += p.chips * (to - from);
    by_chip[w.scenario.chips[p.chip].id] += p.chips * (to - from);
  }
  CHECK(owned(f, "*") == accrued);
  CHECK(owned(f, "*", "fast") == by_chip["fast"]);
  CHECK(owned(f, "*", "slow") == by_chip["slow"]);
  for (const auto& row : f.of<LedgerFact>()) CHECK(row.chip_seconds > 0);
  // Every owner that this world can have has some: the test is of a world with everything in it.
  for (const char* owner : {"approval", "production", "power", "installation", "porting", "queue", "failure", "stall", "demand", "useful"})
    CHECK(owned(f, owner) > 0);
}

TEST_CASE("Time before online is owned by what it waits for") {
  // 16 chips: ordered 10 days before the start, approved on day 30, delivered on day 100, powered on day 150, network
  // before the power, online on day 200; a second pod is delivered on day 101 and has no hall.
  World w(day(2027, 1, 1));
  for (int i = 0; i < 2; ++i) {
    PodPlan& p = w.pod("slow", 16, kStart + Days{200});
    p.ordered = kStart + Days{-10}, p.approved = kStart + Days{30}, p.delivered = kStart + Days{100.0 + i};
    p.powered = kStart + Days{150}, p.networked = kStart + Days{90};
  }
  w.plan.pods[1].powered = w.plan.pods[1].networked = w.plan.pods[1].online = Date::never();
  const Facts f = run(w);
  CHECK(owned(f, "approval") == 2 * 16 * 30 * kDaySec);
  CHECK(owned(f, "production") == 16 * (70 + 71) * kDaySec);
  CHECK(owned(f, "power") == 16 * (50 + (365 - 101)) * kDaySec);
  CHECK(owned(f, "network") == 0);
  CHECK(owned(f, "installation") == 16 * 50 * kDaySec);
  CHECK(owned(f, "demand") == 16 * 165 * kDaySec);  // no work in this world
  for (const auto& row : f.of<LedgerFact>()) {
    if (row.owner == "approval" || row.owner == "production") CHECK(row.site.empty());
    if (row.owner == "installation") CHECK(row.site == "east");
  }
  // Chips by stage. April (3) ends on day 120: all delivered, none powered. July ends on day 212.
  for (const auto& row : f.of<FleetMonth>()) {
    CHECK(row.month >= 3);
    CHECK(row.delivered == 16);
    CHECK(row.powered == (row.site == "east" && row.month >= 4 ? 16 : 0));
    CHECK(row.online == (row.site == "east" && row.month >= 6 ? 16 : 0));
    CHECK(row.it_watts == (row.online > 0 ? 20e3 : 0));
  }
  CHECK(f.of<FleetMonth>().size() == 2 * 9);
}

TEST_CASE("Ordered chips that never come wait for what keeps them") {
  // 100 ordered on day 10: 60 allowed on day 40, 25 of them delivered by the horizon (as pods elsewhere). The 40
  // that were not allowed are given up on day 50; of the 35 late ones 5 are given up then, too.
  World w(day(2027, 1, 1));
  Offer offer;
  offer.id = "deal";
  offer.node = w.scenario.nodes.find("slow-node");
  w.scenario.offers.add(offer);
  OrderPlan o;
  o.offer = "deal";
  o.ordered = kStart + Days{10}, o.decided = kStart + Days{40}, o.cancelled = kStart + Days{50};
  o.chips = 100, o.allowed = 60, o.cancelled_chips = 45;
  o.deliveries = {{kStart + Days{200}, 25}};
  w.plan.orders = {o};
  const Facts f = run(w);
  CHECK(owned(f, "approval", "slow") == (40 * 40 + 35 * 30) * kDaySec);
  CHECK(owned(f, "production", "slow") == (5 * 10 + 30 * (365 - 40)) * kDaySec);
  CHECK(owned(f, "*") == owned(f, "approval") + owned(f, "production"));
}

TEST_CASE("An approval that never comes holds the chips to the horizon") {
  World w(day(2027, 1, 1));
  Offer offer;
  offer.id = "deal";
  offer.node = w.scenario.nodes.find("fast-node");
  w.scenario.offers.add(offer);
  OrderPlan o;
  o.offer = "deal";
  o.ordered = kStart, o.chips = 10;
  w.plan.orders = {o};
  CHECK(owned(run(w), "approval") == 10 * 365 * kDaySec);
}

TEST_CASE("Energy is node power over the time online, times PUE") {
  // Two nodes of 10 kW from 21 January: 11 days x 20 kW x 1.25 in January, at USD 0.10 per kWh.
  World w(day(2026, 3, 1));
  w.pod("fast", 16, day(2026, 1, 21));
  const Facts f = run(w);
  REQUIRE(f.of<EnergyMonth>().size() == 2);
  CHECK(f.of<EnergyMonth>()[0].joules == Approx(11 * 86400 * 25e3));
  CHECK(f.of<EnergyMonth>()[0].usd == Approx(11 * 24 * 25 * 0.10));
  CHECK(f.of<EnergyMonth>()[1].joules == Approx(28 * 86400 * 25e3));
}

// Each chip's own node of 10 kW for 11 days: at USD 0.10 the foreign one, at USD 0.04 the one from home.
TEST_CASE("Energy of domestic chips has its own price where the site has one") {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, day(2026, 1, 21));
  w.pod("slow", 8, day(2026, 1, 21));
  w.scenario.home = "CN";
  w.scenario.chips[w.scenario.chips.find("fast")].country = "US";
  w.scenario.chips[w.scenario.chips.find("slow")].country = "CN";
  const double each = run(w).of<EnergyMonth>()[0].joules / 3.6e6 / 2;
  CHECK(run(w).of<EnergyMonth>()[0].usd == Approx(2 * each * 0.10));
  w.scenario.sites[{0}].domestic_energy_price = UsdPerJoule(0.04 / 3.6e6);
  CHECK(run(w).of<EnergyMonth>()[0].usd == Approx(each * (0.10 + 0.04)));
}

TEST_CASE("Chip time of work, jobs and the ledger agree") {
  const Facts f = run(everything());
  int64_t trained = 0, served = 0;
  double tokens = 0, jobs = 0;
  for (const auto& m : f.of<TrainMonth>()) trained += m.chip_seconds, tokens += m.tokens;
  for (const auto& m : f.of<ServeChipMonth>()) served += m.chip_seconds;
  for (const auto& j : f.of<JobFact>()) {
    jobs += j.tokens;
    CHECK((j.state == "finished") == (j.finished >= 0));
    CHECK((j.state == "waiting") == !j.waits_for.empty());
    if (j.finished >= 0) CHECK(j.finished > j.started);
  }
  CHECK(tokens == Approx(jobs).epsilon(1e-9));
  // What was held is neither queue nor demand nor a wait for the port, except the idle part of serving.
  int64_t held = 0;
  for (const auto& row : f.of<LedgerFact>())
    if (row.owner == "useful" || row.owner == "stall" || row.owner == "failure") held += row.chip_seconds;
  CHECK(held <= trained + served);
  CHECK(held > (trained + served) / 2);
}

TEST_CASE("Equal inputs give equal facts, bit by bit") {
  const World w = everything();
  const bool at_modes = run_bytes(w) == run_bytes(w), drawn = run_bytes(w, Draw(7, 3)) == run_bytes(w, Draw(7, 3));
  CHECK(at_modes);
  CHECK(drawn);
}
