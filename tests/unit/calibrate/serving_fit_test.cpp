// DLRM inference against the published rows: what the fit gives, and the bars.
#include "calibrate/serving_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/statistics.hpp"
#include "catch.hpp"
#include "shipped.hpp"

using namespace capmix;
using test::catalogue, test::kRoot, test::text_of;

namespace {

const std::vector<step::RecServingCase>& cases() {
  static const std::vector<step::RecServingCase> c = [] {
    Diagnostics problems;
    auto read = step::read_rec_serving_cases(import::read_csv((kRoot / "tests/published/mlperf-inference-dlrm/cases.csv").string(), problems), catalogue(), problems);
    CHECK(problems.text() == "");
    return read;
  }();
  return c;
}

const std::vector<step::Vote>& votes() {
  static const std::vector<step::Vote> v = [] {
    step::ScoreOptions options;
    options.jobs = 2;
    for (const auto& id : calibrate::fit_serving(catalogue(), cases()).cases) options.fitted.insert(id);
    return step::votes(cases(), step::score(cases(), catalogue(), options));
  }();
  return v;
}

struct Summary {
  size_t n = 0;
  double median = 0, p90 = 0, worst = 0;
};

// Of |ln(predicted / measured)| of the configurations that `counts` picks.
template <class F>
Summary errors(F counts) {
  std::vector<double> e;
  for (const auto& v : votes())
    if (counts(v)) e.push_back(std::fabs(std::log(v.ratio())));
  return {e.size(), quantile(e, 0.5), quantile(e, 0.9), quantile(e, 1.0)};
}

// Server rate over offline rate of one hardware, count, target and release: predicted less measured.
std::vector<double> ratio_differences() {
  std::vector<double> out;
  for (const auto& s : votes())
    for (const auto& o : votes())
      if (s.server && !o.server && s.hardware == o.hardware && s.chips == o.chips && s.target == o.target && s.release == o.release)
        out.push_back(s.predicted / o.predicted - s.measured / o.measured);
  return out;
}

}  // namespace

TEST_CASE("the shipped serving shares are what the fit gives") {
  const auto fit = calibrate::fit_serving(catalogue(), cases());
  CHECK(fit.cases.size() == 15);  // offline rows of the H100 SXM: 8 at 99.9 %, 7 at 99 %
  for (const auto& id : fit.cases) CHECK(id.find("_Offline_") != std::string::npos);
  const std::string shipped = text_of(kRoot / "platforms/efficiency/hopper.toml");
  CHECK(calibrate::with_serving(shipped, fit) == shipped);
  const std::string start = text_of(kRoot / "platforms/calibration/efficiency/hopper.toml");
  CHECK(calibrate::with_serving(start, fit) != start);
  // Two values, two targets: the fit leaves the median row of each within 1.5 %.
  for (const auto& v : votes())
    if (v.calibrated_on && v.chips == 8) CHECK(std::fabs(std::log(v.ratio())) < 0.015);
}

TEST_CASE("a fit without both targets on its chip is refused") {
  std::vector<step::RecServingCase> one;
  for (const auto& c : cases())
    if (c.target == "99") one.push_back(c);
  CHECK_THROWS(calibrate::fit_serving(catalogue(), one));
}

// The bars: median 15 %, 90th percentile 30 %, one vote per configuration. Offline meets both with three values fitted on one
// chip. Server does in logarithms, and as |predicted / measured - 1| misses the second by two points: a server row is the
// rate that a submitter registered and held, and four PCIe configurations stayed at 64 to 85 % of their offline rate with a
// 99th percentile of 6 to 27 ms where 60 are allowed. The model says what the objective allows.
TEST_CASE("DLRM inference, offline: within the bars") {
  const auto all = errors([](const auto& v) { return !v.server; });
  const auto unseen = errors([](const auto& v) { return !v.server && v.hardware.find("H100-SXM") == std::string::npos; });
  CHECK(all.n == 26);
  CHECK(all.median <= 0.06);
  CHECK(all.p90 <= 0.15);
  CHECK(unseen.n == 22);
  CHECK(unseen.median <= 0.06);
  CHECK(unseen.p90 <= 0.16);
  CHECK(all.worst <= 0.27);
}

TEST_CASE("DLRM inference, server: within the bars in logarithms, the 90th percentile of the ratio is not") {
  const auto all = errors([](const auto& v) { return v.server; });
  CHECK(all.n == 24);
  CHECK(all.median <= 0.15);
  CHECK(all.p90 <= 0.30);
  CHECK(std::exp(all.p90) - 1 > 0.30);  // when this fails the bar is met: say so, here and in tests/published/README.md
  const auto differences = ratio_differences();
  CHECK(differences.size() == 24);
  const auto within = std::count_if(differences.begin(), differences.end(), [](double d) { return std::fabs(d) <= 0.10; });
  CHECK(within >= 17);
}

TEST_CASE("every row of DLRM inference is scored, with what was assumed") {
  const auto scores = step::score(cases(), catalogue());
  CHECK(scores.size() == 86);
  int suspect = 0;
  for (const auto& s : scores) {
    CHECK(s.counts() == !s.suspect);
    suspect += s.suspect;
    CHECK(s.work_class.rfind("DLRM inference, ", 0) == 0);
    CHECK(s.base.empty() == (s.work_class == "DLRM inference, offline"));
    CHECK(s.assumed.find("rows in 8 bits") != std::string::npos);
    CHECK(s.low < s.predicted);
    CHECK(s.high > s.predicted);
  }
  CHECK(suspect == 2);  // eight H100 cards that were offered their maker's default rate
}

// What to set the figures above from.
TEST_CASE("errors of DLRM inference", "[.][look]") {
  const auto fit = calibrate::fit_serving(catalogue(), cases());
  std::printf("gemm %.4f %.4f %.4f gather %.4f %.4f %.4f trust %.4f of %d, %zu rows\n", fit.gemm.low, fit.gemm.mode, fit.gemm.high, fit.gather.low, fit.gather.mode, fit.gather.high,
              fit.trust, fit.others, fit.cases.size());
  for (const auto& v : votes()) std::printf("%-66s %9.0f %9.0f %.3f\n", v.configuration.c_str(), v.predicted / v.chips, v.measured / v.chips, v.ratio());
  for (const bool server : {false, true}) {
    const auto e = errors([&](const auto& v) { return v.server == server; });
    std::printf("%s: %zu, median %.3f, p90 %.3f, worst %.3f\n", server ? "server" : "offline", e.n, e.median, e.p90, e.worst);
  }
  const auto e = errors([](const auto& v) { return !v.server && v.hardware.find("H100-SXM") == std::string::npos; });
  std::printf("offline, unseen: %zu, median %.3f, p90 %.3f\n", e.n, e.median, e.p90);
  int within = 0;
  for (const double d : ratio_differences()) within += std::fabs(d) <= 0.1, std::printf("%.3f ", d);
  const auto scores = step::score(cases(), catalogue());
  std::printf("\nwithin 10 points: %d; in range %ld of %zu\n", within, std::count_if(scores.begin(), scores.end(), [](const Score& s) { return s.in_range; }), scores.size());
}
