// Fits to logs of failures: by hand, on synthetic lives with known laws and censoring, and on the published logs where they are at hand.
#include "calibrate/failure_fit.hpp"

#include <cmath>
#include <cstdlib>

#include "base/draw.hpp"
#include "catch.hpp"
#include "shipped.hpp"

using namespace capmix;
using namespace capmix::calibrate;
using import::Spell;

namespace {

Spell spell(double exit, int cause, double entry = 0) {
  Spell s;
  s.entry = entry, s.exit = exit, s.cause = cause;
  return s;
}

double uniform(int i) { return Draw(1, 0).uniform("life." + std::to_string(i)); }

// Weibull lives of this shape and scale, watched from `entry` to `end` of age: those that had failed before are not seen, those
// that live on are censored.
std::vector<Spell> lives(int n, double shape, double scale, double entry, double end) {
  std::vector<Spell> out;
  for (int i = 0; i < n; ++i) {
    const double life = scale * std::pow(-std::log(uniform(i)), 1 / shape), from = i % 2 == 0 ? 0 : entry;
    if (life <= from) continue;
    out.push_back(life < end ? spell(life, 0, from) : spell(end, -1, from));
  }
  return out;
}

}  // namespace

TEST_CASE("exponential with censoring: failures over exposure, exactly") {
  // Lives 10, 20 and 30 end, one of 40 is censored: 3 / 100. Of shape 1 the Weibull scale is 100 / 3.
  import::FailureLog log;
  log.format = "fta", log.causes = {{"a", "A", "node"}}, log.groups = {"g"}, log.units = 4;
  log.spells = {spell(10, 0), spell(20, 0), spell(30, 0), spell(40, -1)};
  log.outages = {{1, 0, 0, 60}, {2, 0, 0, 240}, {3, 0, 0, 0}};
  const auto fit = fit_failures(log).front();
  CHECK(fit.all.rate.events == 3);
  CHECK(fit.all.rate.rate() == test::Approx(0.03));
  CHECK(fit.all.life.shape == 1);  // three failures do not tell a shape
  CHECK(fit.all.life.scale == test::Approx(100 / 3.0));
  // 90 % interval of 3: 0.8177 to 7.7537.
  CHECK(fit.all.rate.interval.low == test::Approx(0.008177).epsilon(1e-3));
  CHECK(fit.all.rate.interval.high == test::Approx(0.077537).epsilon(1e-3));
  // Repairs of 60 and 240 s: the median is sqrt(60 x 240) = 120, sigma ln 2; the zero is left out of the law, not of the mean.
  const auto& repair = fit.causes.front().repair;
  CHECK(repair.zeros == 1);
  CHECK(repair.median() == test::Approx(120));
  CHECK(repair.sigma == test::Approx(std::log(2.0)));
  CHECK(repair.mean() == test::Approx(120 * std::exp(std::log(2.0) * std::log(2.0) / 2)));
  CHECK(repair.sample_mean == test::Approx(100));
  CHECK(repair.distance == test::Approx(0.5 - 0.1586553).epsilon(1e-5));  // at one sigma below the median: 0.1587 against 0.5
}

TEST_CASE("Weibull with censored and truncated lives: the known law is within three standard errors") {
  for (const double shape : {0.6, 1.0, 1.8}) {
    const auto list = lives(20000, shape, 1000, 300, 1500);
    const WeibullFit fit = fit_weibull(list, -1);
    INFO("shape " << shape << ": " << fit.shape << " +- " << fit.error);
    CHECK(fit.events > 10000);
    CHECK(fit.error < 0.02 * shape);
    CHECK(std::fabs(fit.shape - shape) < 3 * fit.error);
    CHECK(fit.scale == test::Approx(1000).epsilon(0.03));
    // Twice the gain in likelihood over the exponential is a chi-squared of one degree of freedom if that is right: 10.8 at 0.1 %.
    CHECK((fit.ratio > 10.8) == (shape != 1));
    CHECK(fit.ratio >= -1e-9);
  }
}

TEST_CASE("censored lives matter: without them the rate would be far too high") {
  const auto all = lives(20000, 1, 1000, 0, 400);
  std::vector<Spell> failed;
  for (const auto& s : all)
    if (s.cause >= 0) failed.push_back(s);
  CHECK(fit_weibull(all, -1).scale == test::Approx(1000).epsilon(0.05));
  CHECK(fit_weibull(failed, -1).scale < 300);
}

TEST_CASE("a law of one cause takes the failures of others as censoring") {
  // Two causes beside each other, means 500 and 1500: each keeps its own rate.
  std::vector<Spell> list;
  for (int i = 0; i < 20000; ++i) {
    const double a = -500 * std::log(uniform(2 * i)), b = -1500 * std::log(uniform(2 * i + 1));
    list.push_back(spell(std::min(a, b), a < b ? 0 : 1));
  }
  CHECK(fit_weibull(list, 0).scale == test::Approx(500).epsilon(0.03));
  CHECK(fit_weibull(list, 1).scale == test::Approx(1500).epsilon(0.05));
  CHECK(fit_weibull(list, -1).scale == test::Approx(375).epsilon(0.03));
}

TEST_CASE("infants: a known factor and decay are found, and none where there are none") {
  // Units watched for 600 days, rate 1 / 1000 days x (1 + 3 exp(-age / 60 days)) by thinning; each failure begins a new spell.
  constexpr double kDay = 86400;
  int drawn = 0;
  const auto watch = [&](double factor) {
    std::vector<Spell> out;
    for (int unit = 0; unit < 20000; ++unit) {
      double t = 0, since = 0;
      for (;;) {
        const double most = (1 + (factor - 1) * std::exp(-t / 60)) / 1000;
        t += -std::log(uniform(drawn++)) / most;
        const bool over = t >= 600;
        if (!over && uniform(drawn++) > (1 + (factor - 1) * std::exp(-t / 60)) / 1000 / most) continue;
        Spell s = spell(kDay * ((over ? 600 : t) - since), over ? -1 : 0);
        s.installed = kDay * since;
        out.push_back(s);
        since = t;
        if (over) break;
      }
    }
    return out;
  };
  const InfantFit found = fit_infants(watch(4), -1), none = fit_infants(watch(1), -1);
  CHECK(found.factor == test::Approx(4).epsilon(0.08));
  CHECK(found.decay / kDay == test::Approx(60).epsilon(0.15));  // searched in steps of 12 %
  CHECK(1 / found.base / kDay == test::Approx(1000).epsilon(0.04));
  CHECK(none.decay == 0);
  CHECK(none.factor == 1);
  CHECK(none.ratio < kSureInfants);
  CHECK(1 / none.base / kDay == test::Approx(1000).epsilon(0.04));
}

TEST_CASE("the Kolmogorov-Smirnov distance of a law that is right is small, of another large") {
  std::vector<double> right, wrong;
  for (int i = 0; i < 10000; ++i) right.push_back(std::exp(3 + 1.5 * normal_quantile(uniform(i)))), wrong.push_back(uniform(i) < 0.5 ? 1 : 1000 + i);
  CHECK(fit_lognormal(right).mu == test::Approx(3).margin(0.05));
  CHECK(fit_lognormal(right).sigma == test::Approx(1.5).margin(0.04));
  CHECK(fit_lognormal(right).distance < 0.0136);  // 1.36 / sqrt(n): 5 %, and less with fitted parameters
  CHECK(fit_lognormal(wrong).distance > 0.3);
}

TEST_CASE("the shipped fits are what the published logs give") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  const std::string data = std::string(reference) + "/data/";
  for (const char* file : {"lanl_failures/lanl_failures_systems_except_2_8_16_20.csv.gz", "titan_gpu_life/gc_full.csv.gz", "grid5000_fta/event_trace_G1_site1.tab.gz"}) {
    Diagnostics problems;
    const auto log = import::read_failure_log(data + file, "", problems);
    REQUIRE(log);
    for (const auto& fit : fit_failures(*log)) {
      INFO(fit.id);
      CHECK(test::text_of(test::kRoot / "platforms/failures/fits" / (fit.id + ".toml")) == failure_file(fit));
    }
  }
}
