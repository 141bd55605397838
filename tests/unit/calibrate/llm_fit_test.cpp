// Serving of language models against published rows, and the fit to those of one chip.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "calibrate/llm_fit.hpp"
#include "calibrate/record.hpp"
#include "catch.hpp"
#include "shipped.hpp"

namespace fs = std::filesystem;
using namespace capmix;
using test::catalogue, test::kRoot;

namespace {

std::vector<step::LlmCase> cases_of(const std::string& folder) {
  Diagnostics problems;
  const auto table = [&](const fs::path& p) { return import::read_csv((kRoot / p).string(), problems); };
  auto cases = step::read_llm_cases(table(fs::path("tests/published") / folder / "cases.csv"), table("workloads/serving/benchmarks.csv"), table("workloads/serving/engines.csv"), catalogue(), problems);
  CHECK(problems.text() == "");
  return cases;
}

const calibrate::LlmFit& fitted() {
  static const auto fit = calibrate::fit_llm(catalogue(), cases_of("mlperf-serving"));
  return fit;
}

const std::vector<Score>& scores() {
  static const auto all = [] {
    step::ScoreOptions options;
    options.jobs = 2;
    options.fitted = {fitted().cases.begin(), fitted().cases.end()};
    return step::score(cases_of("mlperf-serving"), catalogue(), options);
  }();
  return all;
}

}  // namespace

TEST_CASE("every published serving row finds its chip, model and benchmark") {
  const auto mlperf = cases_of("mlperf-serving"), deepseek = cases_of("deepseek-serving");
  CHECK(mlperf.size() == 154);
  CHECK(deepseek.size() == 3);
  for (const auto* list : {&mlperf, &deepseek})
    for (const auto& c : *list) {
      INFO(c.id);
      CHECK(c.reason == "");
      CHECK(c.per_unit > 0);
    }
}

// A row that cannot be meant keeps its reason; a table that lacks a column, or a benchmark that makes no sense, is a problem
// with its line.
TEST_CASE("serving rows, benchmarks and engines that make no sense are told") {
  const auto table = [](const char* file, std::vector<std::string> header, std::vector<std::vector<std::string>> rows) {
    import::CsvTable t{file, std::move(header), {}};
    for (auto& r : rows) t.rows.push_back({static_cast<int>(t.rows.size()) + 2, std::move(r)});
    return t;
  };
  const std::vector<std::string> columns{"case_id", "hw", "gpus", "workload", "metric", "value", "model", "precision", "release", "notes"};
  const auto cases = table("c.csv", columns, {{"good", "H100-SXM-80GB", "8", "infer-llm", "output_tokens_per_s_offline", "24000", "Llama2-70B", "fp8", "4.1", ""},
                                              {"other", "H100", "8", "train-dense", "", "", "", "", "", ""},
                                              {"chip", "H900", "8", "infer-llm", "output_tokens_per_s_offline", "1", "Llama2-70B", "fp8", "4.1", ""},
                                              {"gpus", "H100", "eight", "infer-llm", "output_tokens_per_s_offline", "1", "Llama2-70B", "fp8", "4.1", ""},
                                              {"value", "H100", "8", "infer-llm", "output_tokens_per_s_offline", "-1", "Llama2-70B", "fp8", "4.1", ""},
                                              {"rate", "H100", "8", "infer-llm", "output_tokens_per_s_offline", "1", "Llama2-70B", "fp4", "4.1", ""},
                                              {"scenario", "H100", "8", "infer-llm", "output_tokens_per_s_never", "1", "Llama2-70B", "fp8", "4.1", ""},
                                              {"release", "H100", "8", "infer-llm", "output_tokens_per_s_offline", "1", "Llama2-70B", "fp8", "9.9", ""}});
  Diagnostics none;
  const auto benchmarks = import::read_csv((kRoot / "workloads/serving/benchmarks.csv").string(), none);
  const auto engines = import::read_csv((kRoot / "workloads/serving/engines.csv").string(), none);
  const auto read = step::read_llm_cases(cases, benchmarks, engines, catalogue(), none);
  CHECK(none.text() == "");
  REQUIRE(read.size() == 7);
  const char* reasons[] = {"", "no such hardware in the catalogue: \"H900\"", "gpus is \"eight\" (expected a number from 1 to 262144)", "value is \"-1\" (expected a number from", "h100-sxm has no fp4 rate",
                           "no benchmark is known for Llama2-70B, never", "no engine is known of release 9.9"};
  for (size_t i = 0; i < read.size(); ++i) {
    INFO(read[i].id << ": " << read[i].reason);
    CHECK(read[i].reason.rfind(reasons[i], 0) == 0);
    CHECK(read[i].usable() == (i == 0));
  }
  Diagnostics problems;
  auto bad = benchmarks;
  bad.rows[1].fields[2] = "many";
  auto word = engines;
  word.rows[0].fields[1] = "perhaps";
  CHECK(step::read_llm_cases(cases, bad, word, catalogue(), problems).empty());
  CHECK(problems.text().find("benchmarks.csv:3: error: prompt is \"many\" (expected a number from 1 to 4194304)") != std::string::npos);
  CHECK(problems.text().find("pipelines is \"perhaps\" (expected yes or no)") != std::string::npos);
}

// The bars of accuracy, one vote per configuration, with the figures as they are: a change that makes them worse shows here.
TEST_CASE("published serving rates are met within their bars") {
  const auto cases = cases_of("mlperf-serving");
  const auto b = step::bars(cases, scores());
  CHECK(b.offline.size() == 29);
  CHECK(b.ratios.size() == 37);
  CHECK(b.quantile_of(b.offline, 0.5) <= 0.15);
  CHECK(b.quantile_of(b.offline, 0.9) <= 0.35);
  CHECK(b.quantile_of(b.ratios, 0.5) <= 0.10);
  int within = 0, other = 0;
  std::vector<step::LlmBars::Vote> held;
  for (const auto& v : b.ratios) within += v.value <= 0.10;
  for (const auto& v : b.offline) if (!v.fitted) held.push_back(v);
  for (const auto& c : cases) other += c.hardware == "H100-SXM-80GB";
  CHECK(within >= 23);
  CHECK(held.size() == 24);
  CHECK(b.quantile_of(held, 0.5) <= 0.15);
  CHECK(other == static_cast<int>(fitted().cases.size()));
}

// DeepSeek's day and CloudMatrix's prefill are predictions: nothing of experts or prompts in a pool of their own was fitted.
TEST_CASE("prefill in pools with experts is of the order that was published") {
  const auto cases = cases_of("deepseek-serving");
  for (const auto& s : step::score(cases, catalogue())) {
    INFO(s.case_id << " " << s.predicted << " " << s.reason);
    CHECK(s.predicted > 0);
    CHECK(std::fabs(s.log_error) < std::log(1.7));
  }
}

TEST_CASE("the fit to one chip gives what is shipped, and gives it again") {
  const auto again = calibrate::fit_llm(catalogue(), cases_of("mlperf-serving"));
  CHECK(again.products == fitted().products);
  CHECK(again.sequence.value() == fitted().sequence.value());
  CHECK(fitted().median < 0.15);
  for (const auto& e : catalogue().efficiencies) {
    INFO(e.id);
    CHECK(e.llm_products.mode == test::Approx(fitted().products).epsilon(1e-3));
    CHECK(e.llm_memory.mode == test::Approx(fitted().memory).epsilon(1e-3));
    CHECK(e.llm_iteration.value() == test::Approx(fitted().iteration.value()).epsilon(1e-3));
    CHECK(e.llm_sequence.value() == test::Approx(fitted().sequence.value()).epsilon(1e-3));
    CHECK(e.llm_calibrated_on.empty() == (e.id != "hopper"));
  }
}

TEST_CASE("a fit needs rows of its chip") {
  auto cases = cases_of("deepseek-serving");
  CHECK_THROWS_AS(calibrate::fit_llm(catalogue(), cases), std::invalid_argument);
}

TEST_CASE("the table of a family is replaced where it stands, or added") {
  CHECK(calibrate::with_table("a = 1\n\n[llm_serving]\nx = 1\n\n[training]\nb = 2\n", "[llm_serving]\nx = 2\n") == "a = 1\n\n[llm_serving]\nx = 2\n\n[training]\nb = 2\n");
  CHECK(calibrate::with_table("a = 1\n", "[llm_serving]\nx = 2\n") == "a = 1\n\n[llm_serving]\nx = 2\n");
}

TEST_CASE("look at LLM serving", "[.][look]") {
  const auto cases = cases_of("mlperf-serving");
  const auto b = step::bars(cases, scores());
  std::printf("products %.4f memory %.4f iteration %.3f ms sequence %.2f us, median %.3f\n", fitted().products, fitted().memory, fitted().iteration.value() * 1e3, fitted().sequence.value() * 1e6, fitted().median);
  for (const auto& v : b.offline) std::printf("offline %-60s %.3f%s\n", v.configuration.c_str(), v.value, v.fitted ? " fitted" : "");
  int within = 0;
  for (const auto& v : b.ratios) std::printf("ratio   %-60s %.3f%s\n", v.configuration.c_str(), v.value, v.fitted ? " fitted" : ""), within += v.value <= 0.10;
  std::printf("offline: %zu, median %.3f, p90 %.3f; ratio: %zu, median %.3f, within 10 points %d\n", b.offline.size(), b.quantile_of(b.offline, 0.5), b.quantile_of(b.offline, 0.9), b.ratios.size(), b.quantile_of(b.ratios, 0.5), within);
  int in = 0, n = 0;
  for (const auto& s : scores()) if (s.counts() && !s.calibrated_on) ++n, in += s.in_range;
  std::printf("in their trust range: %d of %d rows\n", in, n);
  for (const auto& s : step::score(cases_of("deepseek-serving"), catalogue())) std::printf("%s %.0f predicted %.0f %s\n", s.case_id.c_str(), s.measured, s.predicted, s.plan.c_str());
}
