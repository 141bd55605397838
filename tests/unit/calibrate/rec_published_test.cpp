// Training of recommenders against what was published, and the fit of its few values.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/statistics.hpp"
#include "calibrate/rec_fit.hpp"
#include "catch.hpp"
#include "scenario/scenario.hpp"
#include "step/rec_cases.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

const fs::path kRoot = CAPMIX_SOURCE_DIR;

const Scenario& catalogue() {
  static const Scenario s = scenario::load_catalogue((kRoot / "platforms").string(), (kRoot / "workloads").string());
  return s;
}

std::vector<step::RecCase> cases() {
  Diagnostics problems;
  auto out = step::read_rec_cases(import::read_csv((kRoot / "tests" / "published" / "dlrm-training" / "cases.csv").string(), problems), catalogue(), problems);
  CHECK(problems.text() == "");
  return out;
}

// A model's training on a node's chips, by rows' optimizer as production has it.
StepProfile trained(const char* model, const char* node_id, int chips, int batch, double samples_per_request = 1) {
  const Scenario& s = catalogue();
  const Node& node = s.nodes[s.nodes.find(std::string(node_id))];
  const Chip& chip = s.chips[node.chip];
  const Fabric fabric;
  step::RecTrainingOptions options;
  options.optimizer = step::RecOptimizer::adagrad_rowwise, options.samples_per_request = samples_per_request;
  return step::train_rec({s.recommenders[s.recommenders.find(std::string(model))], batch, Precision::bf16,
                          {chip, node, s.efficiencies[chip.efficiency], step::software_on(s, chip.stack), chips}, fabric, options});
}

import::CsvTable table(const std::vector<std::vector<std::string>>& rows) {
  import::CsvTable t{"t.csv", {"case_id", "hw", "gpus", "model", "precision", "global_batch", "metric", "value", "workload", "notes", "suspect"}, {}};
  for (const auto& r : rows) t.rows.push_back({static_cast<int>(t.rows.size()) + 2, r});
  return t;
}

}  // namespace

TEST_CASE("recommender training is met on chips and sizes that no fit saw") {
  const auto list = cases();
  std::set<std::string> fitted;
  for (const auto* c : calibrate::rec_fit_for(list, catalogue())) fitted.insert(c->id);
  CHECK(fitted.size() == 13);
  step::ScoreOptions options;
  options.fitted = fitted;
  const auto scores = step::score(list, catalogue(), options);
  std::vector<double> all, but_cards;
  for (const auto& v : step::votes(list, scores)) {
    if (v.configuration.rfind("DLRM-dcnv2", 0) != 0 || v.fitted) continue;
    INFO(v.configuration << " " << v.error);
    all.push_back(std::fabs(v.error));
    if (v.configuration.find("H100-PCIe") == std::string::npos) but_cards.push_back(all.back());
    // Four H100 cards in two pairs: 20 ms predicted of 44 measured. Half of the prediction is the exchange through the host;
    // what the rest is, its source does not say (samples of 0.9 kB come from storage at 1.1 GB/s). A known miss.
    else CHECK(v.error == test::Approx(-0.795).margin(0.02));
  }
  CHECK(all.size() == 9);
  // H200 on 4, 8 and 16 chips, B200 on 8 and 16, B300, A100 on 64. The bar: 10 % and 25 %; true figures 3.6 and 13 %,
  // with the cards 3.7 and 31 %.
  CHECK(quantile(but_cards, 0.5) <= 0.06);
  CHECK(quantile(but_cards, 0.9) <= 0.16);
  CHECK(quantile(all, 0.5) <= 0.06);
  CHECK(quantile(all, 0.9) <= 0.33);
}

TEST_CASE("what is shipped for recommender training is what the fit gives") {
  const auto list = cases();
  const auto rows = calibrate::rec_fit_for(list, catalogue());
  const auto fit = calibrate::fit_recommender(catalogue(), rows);
  CHECK(fit.family == "hopper");
  CHECK(fit.error < 0.06);
  const auto& shipped = catalogue().efficiencies[catalogue().efficiencies.find(fit.family)].recommender;
  CHECK(shipped.gather.mode == test::Approx(fit.values.gather.mode).epsilon(1e-3));
  CHECK(shipped.update.mode == test::Approx(fit.values.update.mode).epsilon(1e-3));
  CHECK(shipped.iteration.value() == test::Approx(fit.values.iteration.value()).epsilon(1e-3));
  CHECK(shipped.reach == 8);
  // Put in once, replaced the second time, and nothing else is touched.
  const std::string start = "gemm = 1\n\n[training]\nhides = 1\n", once = calibrate::with_recommender(start, fit, true);
  CHECK(once.rfind(start, 0) == 0);
  CHECK(calibrate::with_recommender(once, fit, true) == once);
  const std::string others = calibrate::with_recommender(once + "\n[more]\nx = 1\n", fit, false);
  CHECK(others.find("calibrated_on = []") != std::string::npos);
  CHECK(others.find("\n[more]\nx = 1\n") != std::string::npos);
}

TEST_CASE("every published row of recommender training has a score or a reason") {
  const auto list = cases();
  const auto scores = step::score(list, catalogue());
  int scored = 0, counted = 0;
  for (const auto& s : scores) {
    INFO(s.case_id);
    CHECK((s.scored() || !s.reason.empty()));
    scored += s.scored(), counted += s.counts();
    if (s.hardware == "V100-32GB") CHECK(s.reason == "no such hardware in the catalogue: \"V100-32GB\"");
    if (s.case_id.rfind("ZIONEX", 0) == 0) CHECK(s.suspect);
  }
  CHECK(scores.size() == 63);
  CHECK(scored == 49);
  CHECK(counted == 47);
}

TEST_CASE("a row of recommender training that says something wrong is its own reason") {
  Diagnostics problems;
  const auto got = step::read_rec_cases(table({{"a", "H100-SXM5-80GB", "8", "DLRM-dcnv2", "fp16-mixed", "55296", "samples_per_s", "1e7", "train-recsys", "", ""},
                                               {"b", "H100-SXM5-80GB", "8", "DLRM-dcnv2", "fp7", "55296", "samples_per_s", "1e7", "train-recsys", "", ""},
                                               {"c", "H100-SXM5-80GB", "8", "DLRM-dcnv2", "amp", "4", "samples_per_s", "1e7", "train-recsys", "", ""},
                                               {"d", "H100-SXM5-80GB", "8", "DLRM-dcnv2", "amp", "many", "tokens", "1e7", "train-recsys", "", ""},
                                               {"e", "H100-SXM5-80GB", "8", "Other", "amp", "4096", "samples_per_s", "", "train-recsys", "", "slow"},
                                               {"f", "H100-SXM5-80GB", "8", "Llama", "bf16", "8", "samples_per_s", "1", "train-dense", "", ""}}),
                                        catalogue(), problems);
  CHECK(problems.text() == "");
  REQUIRE(got.size() == 5);  // the last row is not a recommender's
  CHECK(got[0].usable());
  CHECK(got[0].options.wire == 2);
  CHECK(got[1].reason == "precision is \"fp7\" (expected fp16-mixed, amp, bf16, tf32 or fp32)");
  CHECK(got[2].reason == "global_batch is \"4\" (expected at least one sample for each of 8 chips)");
  CHECK(got[3].reason == "metric tokens is neither samples_per_s nor iteration_time_ms");
  CHECK(got[4].reason == "slow; value is blank");
  for (size_t i = 1; i < got.size(); ++i) CHECK_FALSE(got[i].usable());
  import::CsvTable bare{"t.csv", {"case_id"}, {}};
  step::read_rec_cases(bare, catalogue(), problems);
  CHECK(problems.text().find("t.csv:1: error: the header lacks the column \"global_batch\"") != std::string::npos);
}

// Ranges of what was published without a shape: RankMixer 45 %, OneRec 23.7 % in training, TurboGR (HSTU) 55 %, usual
// rankers 4.6 to 11 %. Ours are shapes of the same kind, not the same models, so a range each.
TEST_CASE("models with histories and token mixing use a plausible share of their chips") {
  for (const char* node : {"hgx-h200", "hgx-h800"}) {
    INFO(node);
    // Large products for each token, weights read once for thousands of samples: at most what a product attains (66 %), less
    // passes over tokens, the tower's optimizer (which is not sharded here) and, on the H800's slower links, its gradients.
    const double mixer = trained("rankmixer-1b", node, 64, 64 * 2048).mfu;
    CHECK(mixer > 0.25);
    CHECK(mixer < 0.6);
    // Half attention, half products of width 1,024: below both of their shares (52 and 66 %).
    const double hstu = trained("hstu-long", node, 64, 64 * 16).mfu;
    CHECK(hstu > 0.2);
    CHECK(hstu < 0.5);
    // Narrow products and 8,000 rows a request over the network: between the usual rankers and OneRec.
    const double longer = trained("longer", node, 64, 64 * 512).mfu;
    CHECK(longer > 0.046);
    CHECK(longer < 0.237);
    CHECK(mixer > longer);
  }
  // A model that is only known by its sums runs too.
  const StepProfile summary = trained("ranking-1b", "hgx-h200", 256, 256 * 512);
  CHECK(summary.feasible);
  CHECK(summary.region.find("only known by its sums") != std::string::npos);
}

TEST_CASE("scores of recommender training", "[.][look]") {
  const auto list = cases();
  const auto scores = step::score(list, catalogue(), {});
  for (const auto& s : scores)
    if (s.scored()) std::printf("%-46s %-18s %4d %12.0f %12.0f %+.3f %s\n", s.case_id.c_str(), s.hardware.c_str(), s.chips, s.measured, s.predicted, s.log_error, s.reason.c_str());
    else std::printf("%-46s not scored: %s\n", s.case_id.c_str(), s.reason.c_str());
  for (const auto& v : step::votes(list, scores)) std::printf("%-70s %2d rows %+.3f\n", v.configuration.c_str(), v.rows, v.error);
  std::string why;
  for (const auto& c : list) {
    if (!c.usable()) continue;
    static std::set<std::string> seen;
    if (!seen.insert(c.configuration()).second) continue;
    const Chip chip = step::chip_of(c, catalogue());
    const Fabric fabric;
    const step::RecTrainingSetup setup{catalogue().recommenders[c.model], c.batch, c.precision,
                                       {chip, catalogue().nodes[c.node], catalogue().efficiencies[chip.efficiency], catalogue().software[c.software], c.chips}, fabric, c.options};
    const auto p = step::train_rec(setup);
    std::printf("%s: %s\n   ", c.configuration().c_str(), p.plan.c_str());
    for (const auto& t : p.parts) std::printf("%s %.3f, ", t.name.c_str(), t.time.value() * 1e3);
    std::printf("limit %s, mfu %.3f, trust %.2f\n   ", p.limit.c_str(), p.mfu, p.trust_high);
    for (const auto& m : p.memory) std::printf("%s %.2f GB, ", m.name.c_str(), m.bytes.value() / 1e9);
    std::printf("\n");
  }
}

// The tables that a fit writes.
TEST_CASE("fit of recommender training", "[.][look]") {
  const auto list = cases();
  const auto fit = calibrate::fit_recommender(catalogue(), calibrate::rec_fit_for(list, catalogue()));
  std::printf("%s\n====\n%s\n", calibrate::with_recommender("", fit, true).c_str(), calibrate::with_recommender("", fit, false).c_str());
}
