// Failure models: what a file says becomes rates and times.
#include <fstream>

#include "model/failures.hpp"
#include "sandbox.hpp"
#include "shipped.hpp"

using namespace capmix;

namespace {

const FailureCause& cause(const Failures& f, const std::string& id) {
  for (const auto& c : f.causes)
    if (c.id == id) return c;
  throw std::out_of_range(id);
}

double hours(Seconds s) { return s.value() / 3600; }

}  // namespace

TEST_CASE("the shipped failure models are read, with counts as rates") {
  const auto& all = test::catalogue().failures;
  CHECK(all.size() >= 6);
  const Failures& llama = all[all.find("llama3-h100")];
  CHECK(llama.causes.size() == 18);
  // 419 in 54 days on 16,384 chips: 419 / (54 x 24 h) of one job of all of them.
  double per_hour = 0;
  for (const auto& c : llama.causes) per_hour += 3600 * c.rate(Draw::at_modes()).value() * units_at_risk(c, 16384, {});
  CHECK(per_hour == test::Approx(419.0 / 1296));
  // 148 faulty GPUs: 16,384 x 1,296 h / 148; the exact 90 % interval of a count of 148 is 128.5 to 169.6 (chi-squared).
  const auto& gpu = cause(llama, "gpu").between;
  CHECK(hours(gpu.mode) == test::Approx(16384 * 1296.0 / 148));
  CHECK(gpu.mode / gpu.high == test::Approx(128.5 / 148).epsilon(0.002));
  CHECK(gpu.mode / gpu.low == test::Approx(169.6 / 148).epsilon(0.002));
  CHECK(cause(llama, "software").blast == Blast::job);
  CHECK(cause(llama, "gpu").repair.expected().value() == test::Approx((4 + 4 * 24 + 168) / 6.0 * 3600));
  CHECK(llama.recovery.spares == 0.03);
}

TEST_CASE("a file of failures that extends another keeps what it does not say") {
  const auto& all = test::catalogue().failures;
  const Failures& dense = all[all.find("byterobust-hopper-dense")];
  REQUIRE(dense.causes.size() == 4);
  double incidents = 0;
  for (const auto& c : dense.causes) incidents += 90 * 86400 * c.rate(Draw::at_modes()).value() * units_at_risk(c, 9600, {});
  CHECK(incidents == test::Approx(175));
  CHECK(cause(dense, "hot-update").detect->mode.value() == 0);
}

TEST_CASE("repair times: log-normal by mean and median, PERT by its range") {
  RepairTime t;
  t.lognormal = true, t.mean = Seconds(4 * 3600.0), t.median = Seconds(3600);
  CHECK(t.quantile(0.5).value() == test::Approx(3600));
  // sigma^2 = 2 ln 4, so the quantile at one standard deviation (0.841345) is e^1.66511 = 5.2862 h.
  CHECK(hours(t.quantile(0.8413447460685429)) == test::Approx(std::exp(std::sqrt(2 * std::log(4.0)))));
  // The mean of many evenly spread quantiles is the mean.
  double sum = 0;
  for (int i = 0; i < 200000; ++i) sum += t.quantile((i + 0.5) / 200000).value();
  CHECK(sum / 200000 == test::Approx(4 * 3600.0).epsilon(2e-3));
  RepairTime p;
  p.range = {Seconds(1), Seconds(2), Seconds(9)};
  CHECK(p.expected().value() == test::Approx(3));
  sum = 0;
  for (int i = 0; i < 10000; ++i) sum += p.quantile((i + 0.5) / 10000).value();
  CHECK(sum / 10000 == test::Approx(3).epsilon(1e-3));
}

TEST_CASE("infants fail more often, and the excess decays") {
  FailureCause c;
  c.infant_decay = Seconds(100);
  CHECK(c.age_factor(Seconds(0), 3) == 3);
  CHECK(c.age_factor(Seconds(100), 3) == test::Approx(1 + 2 / std::exp(1.0)));
  CHECK(c.age_factor(Seconds(1e6), 3) == test::Approx(1));
  c.infant_decay = Seconds(0);
  CHECK(c.age_factor(Seconds(0), 3) == 1);
}

TEST_CASE("who is at risk follows from the blast") {
  const Layout layout{8, 2, 16, 64};
  FailureCause c;
  c.per = FailureUnit::node, c.blast = Blast::node;
  CHECK(units_at_risk(c, 40, layout) == 5);
  CHECK(nodes_taken(c, 40, layout) == 1);
  c.blast = Blast::rack;  // five nodes touch three racks of two
  CHECK(units_at_risk(c, 40, layout) == 6);
  CHECK(nodes_taken(c, 40, layout) == 2);
  c.blast = Blast::pod;
  CHECK(units_at_risk(c, 40, layout) == 16);
  CHECK(nodes_taken(c, 40, layout) == 5);  // no more than it has
  c.per = FailureUnit::chip, c.blast = Blast::hall;
  CHECK(units_at_risk(c, 40, layout) == 512);
  c.blast = Blast::node;
  CHECK(units_at_risk(c, 36, layout) == 40);  // the fifth node as a whole
  c.blast = Blast::job;
  CHECK(units_at_risk(c, 36, layout) == 36);
  CHECK(nodes_taken(c, 36, layout) == 0);
  c.per = FailureUnit::site, c.blast = Blast::site;
  CHECK(units_at_risk(c, 36, layout) == 1);
  CHECK(nodes_taken(c, 36, layout) == 5);
}
