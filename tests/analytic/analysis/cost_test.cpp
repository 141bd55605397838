// Costs by hand, over four calendar years less nothing: 2026-01-01 to 2030-01-01, 1461 days = 4 x 365.25.
#include "analysis/cost.hpp"

#include <cmath>

#include "catch.hpp"

using namespace capmix;
using test::Approx;

namespace {

results::StudyInfo info() {
  results::StudyInfo i;
  i.id = "cost", i.start = "2026-01-01", i.end = "2030-01-01", i.reference_flop_per_token = 1;
  i.chips = {{"big", "Big", "East", "EA", 1}};
  i.offers = {{"offer-big", "Big", "big"}};
  return i;
}

// Ten chips at the dock in the first month, for 1000; ten more a year later, for 2000 together with the first: 100 each.
Facts two_deliveries() {
  Facts f;
  for (int m = 0; m < 48; ++m) f.of<FleetMonth>().push_back({m, "big", "", m < 12 ? 10 : 20, 0, 0, 0});
  OrderFact o;
  o.offer = "offer-big", o.ordered = "2026-01-01", o.converted = 2000, o.delivered = 20;
  f.of<OrderFact>() = {o};
  return f;
}

double middle(double from_days, double to_days) { return (from_days + to_days) / 2 / 365.25; }

}  // namespace

TEST_CASE("chips are paid as they come and keep what the horizon does not use up") {
  const analysis::CostOptions options{0.1, 5};
  const auto c = analysis::cost(info(), two_deliveries(), options);
  // The first ten in the middle of January 2026, 15.5 days in; the others in the middle of January 2027, 380.5 days in.
  const double a = middle(0, 31), b = middle(365, 396);
  CHECK(c.chips == Approx(2000));
  CHECK(c.residual == Approx(1000 * (1 - (4 - a) / 5) + 1000 * (1 - (4 - b) / 5)));
  const double paid = 1000 * std::pow(1.1, -a) + 1000 * std::pow(1.1, -b);
  CHECK(c.present == Approx(paid - c.residual * std::pow(1.1, -4)));
  // Without discounting, what is used up is the sum less the residual; with a life of a year nothing is left.
  CHECK(analysis::cost(info(), two_deliveries(), {0, 5}).present == Approx(2000 - c.residual));
  CHECK(analysis::cost(info(), two_deliveries(), {0, 1}).residual == 0);
}

TEST_CASE("chips that stood there at the start are not paid again") {
  auto f = two_deliveries();
  f.of<OrderFact>()[0].delivered = 10, f.of<OrderFact>()[0].converted = 1000;  // the first ten are old
  const auto c = analysis::cost(info(), f, {0.1, 5});
  const double b = middle(365, 396);
  CHECK(c.chips == Approx(1000));
  CHECK(c.residual == Approx(1000 * (1 - (4 - b) / 5)));
}

TEST_CASE("energy, engineers, what is lost, and the cost per token") {
  Facts f;
  f.of<EnergyMonth>() = {{0, "x", 1, 50}};
  OrderFact o;
  o.offer = "offer-big", o.ordered = "2028-01-01", o.lost = 30;  // 730 days in
  f.of<OrderFact>() = {o};
  PortWorkFact p;
  p.start = "2029-01-01", p.end = "2031-01-01", p.usd = 73;      // 365 of its 730 days lie within
  f.of<PortWorkFact>() = {p};
  f.of<TrainMonth>() = {{0, "any", "big", 0, 4e12, 0}};
  const auto c = analysis::cost(info(), f, {0.1, 5});
  CHECK(c.energy == 50);
  CHECK(c.lost == 30);
  CHECK(c.porting == Approx(36.5));
  const double january = middle(0, 31), present = 50 * std::pow(1.1, -january) + 30 * std::pow(1.1, -730 / 365.25) + 36.5 * std::pow(1.1, -middle(1096, 1461));
  CHECK(c.present == Approx(present));
  CHECK(c.tokens == Approx(4e12 * std::pow(1.1, -january)));
  CHECK(c.per_ttoken() == Approx(present / (4 * std::pow(1.1, -january))));
  CHECK(std::isinf(analysis::cost(info(), Facts(), {0.1, 5}).per_ttoken()));
}
