// DLRM inference against the published rows: what the fit gives, and the bars.
#include "calibrate/serving_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/statistics.hpp"
#include "catch.hpp"
#include "scenario/scenario.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

const fs::path kRoot = CAPMIX_SOURCE_DIR;

const Scenario& catalogue() {
  static const Scenario s = scenario::load_catalogue((kRoot / "platforms").string(), (kRoot / "workloads").string());
  return s;
}

const std::vector<step::RecCase>& cases() {
  static const std::vector<step::RecCase> c = [] {
    Diagnostics problems;
    auto read = step::read_rec_cases(import::read_csv((kRoot / "tests/published/mlperf-inference-dlrm/cases.csv").string(), problems), catalogue(), problems);
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

}  // namespace

TEST_CASE("look at serving", "[.][look]") {
  const auto fit = calibrate::fit_serving(catalogue(), cases());
  std::printf("gemm %.4f %.4f %.4f gather %.4f %.4f %.4f trust %.4f of %d, %zu rows\n", fit.gemm.low, fit.gemm.mode, fit.gemm.high, fit.gather.low, fit.gather.mode, fit.gather.high, fit.trust, fit.others, fit.cases.size());
  std::ifstream in(kRoot / "platforms/efficiency/hopper.toml");
  std::ofstream(fs::temp_directory_path() / "hopper.toml") << calibrate::with_serving({std::istreambuf_iterator<char>(in), {}}, fit);
  for (const auto& v : votes()) std::printf("%-70s %9.0f %9.0f %.3f\n", v.configuration.c_str(), v.predicted / v.chips, v.measured / v.chips, v.ratio());
}
