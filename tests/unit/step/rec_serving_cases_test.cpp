// What a row of recommender inference may say, what it leaves open, and why it is refused.
#include "step/rec_serving_cases.hpp"

#include <algorithm>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

using Cells = std::vector<std::pair<std::string, std::string>>;

const Scenario& catalogue() {
  static const Scenario s = [] {
    Scenario made;
    Chip chip = fixture::chip("fast", 1e15);
    chip.peak[Precision::fp16] = FlopRate(1e15);
    chip.peak[Precision::fp8] = FlopRate(2e15);
    chip.efficiency = made.efficiencies.add(fixture::efficiency());
    Node node = fixture::node("box");
    node.aliases = {"Box"};
    node.chip = made.chips.add(chip);
    made.nodes.add(node);
    RecModel m;
    m.id = "dlrm", m.aliases = {"DLRM-v2"};
    EmbeddingTable t;
    t.rows = 1e8, t.dim = 128, t.lookups = 100;
    m.tables = {t};
    DenseBlock b;
    b.id = "top", b.widths = {1024, 1024, 1};
    m.blocks = {b};
    made.recommenders.add(m);
    return made;
  }();
  return s;
}

const Cells kRow{{"case_id", "X_dlrm-v299_Offline_A"}, {"source", "x closed/A/results/SYS_1/dlrm-v2-99/Offline"}, {"hw", "Box"}, {"gpus", "8"}, {"model", "DLRM-v2 (dcnv2)"},
                 {"workload", "infer-recsys"}, {"metric", "samples_per_s_offline"}, {"value", "1000"}, {"unit", "samples/s"}, {"release", "4.1"}};

import::CsvTable table(const std::vector<Cells>& rows) {
  import::CsvTable t;
  for (const auto& [column, value] : kRow) t.header.push_back(column);
  for (const char* more : {"candidates_low", "candidates_mean", "candidates_high", "objective_ms", "percentile", "suspect"}) t.header.push_back(more);
  for (const auto& changed : rows) {
    import::CsvRow row{static_cast<int>(t.rows.size()) + 2, std::vector<std::string>(t.header.size())};
    for (const auto* cells : {&kRow, &changed})
      for (const auto& [column, value] : *cells) row.fields[static_cast<size_t>(t.column(column))] = value;
    t.rows.push_back(row);
  }
  return t;
}

std::vector<RecServingCase> read(const std::vector<Cells>& rows) {
  Diagnostics problems;
  const auto cases = read_rec_serving_cases(table(rows), catalogue(), problems);
  CHECK(problems.text() == "");
  return cases;
}

std::string reason(const Cells& changed) { return read({changed}).at(0).reason; }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an offline row at 99 % runs in INT8, at the FP8 rate where no INT8 one is known") {
  const auto c = read({{}}).at(0);
  REQUIRE(c.reason == "");
  CHECK_FALSE(c.server);
  CHECK(c.target == "99");
  CHECK(c.stage.precision == Precision::fp8);
  CHECK(c.model.element == Precision::int8);
  CHECK(c.assumed == "100 to 700 candidates a sample, mean 270; products in INT8, at the FP8 rate; rows in 8 bits");
  CHECK(c.stage.candidates.mode == 270);
  // PERT's mean is (low + 4 mode + high) / 6: relative to itself 1.
  CHECK((c.stage.spread.low + 4 * c.stage.spread.mode + c.stage.spread.high) / 6 == test::Approx(1));
  CHECK(c.system() == "SYS_1");
}

TEST_CASE("a server row at 99.9 % runs in FP16 under the benchmark's objective, or its own") {
  const Cells row{{"case_id", "X_dlrm-v299.9_Server_A"}, {"metric", "samples_per_s_server"}};
  const auto c = read({row}).at(0);
  CHECK(c.server);
  CHECK(c.target == "99.9");
  CHECK(c.stage.precision == Precision::fp16);
  CHECK(c.stage.objective.value() == test::Approx(0.06));
  Cells own = row;
  own.insert(own.end(), {{"objective_ms", "20"}, {"percentile", "0.95"}, {"candidates_low", "50"}, {"candidates_mean", "100"}, {"candidates_high", "200"}});
  const auto o = read({own}).at(0);
  CHECK(o.stage.objective.value() == test::Approx(0.02));
  CHECK(o.stage.percentile == 0.95);
  CHECK(o.stage.candidates.mode == 100);
  CHECK(o.assumed == "products in FP16; rows in 8 bits");
}

TEST_CASE("rows that cannot be scored say why; other workloads are passed over") {
  CHECK(has(reason({{"metric", "mfu"}}), "metric mfu is not samples per second"));
  CHECK(has(reason({{"hw", "Bax"}}), "no such hardware in the catalogue: \"Bax\""));
  CHECK(has(reason({{"model", "OneRec"}}), "no such recommender in the catalogue: \"OneRec\""));
  CHECK(has(reason({{"gpus", "0"}}), "gpus is \"0\""));
  CHECK(has(reason({{"value", ""}}), "value is blank"));
  CHECK(has(reason({{"value", "-3"}}), "value is \"-3\" (expected more than 0)"));
  CHECK(has(reason({{"percentile", "2"}}), "percentile is \"2\" (expected 0.5 to 0.9999)"));
  CHECK(has(reason({{"candidates_mean", "699"}}), "candidates_mean is \"699\""));
  CHECK(read({{{"workload", "train-dense"}}, {}}).size() == 1);
  Diagnostics problems;
  import::CsvTable bare{"t.csv", {"case_id"}, {}};
  CHECK(read_rec_serving_cases(bare, catalogue(), problems).empty());
  CHECK(problems.sorted().size() == 6);
}

TEST_CASE("scores: one simulation per content, samples of all chips, suspects shown and not counted") {
  const auto cases = read({{}, {{"case_id", "B_dlrm-v299_Offline"}, {"gpus", "4"}, {"value", "700"}}, {{"case_id", "C_dlrm-v299_Server"}, {"metric", "samples_per_s_server"}}, {{"suspect", "odd"}}, {{"metric", "mfu"}}});
  ScoreOptions options;
  options.jobs = 2;
  options.fitted = {"B_dlrm-v299_Offline"};
  int total = 0;
  options.progress = [&](int, int of) { total = of; };
  const auto scores = score(cases, catalogue(), options);
  CHECK(total == 2);
  REQUIRE(scores.size() == 5);
  CHECK(scores[0].predicted == test::Approx(2 * scores[1].predicted));
  CHECK(scores[1].calibrated_on);
  CHECK(scores[0].log_error == test::Approx(-std::log(scores[0].ratio)));
  CHECK(scores[0].plan == "batches of 1,024 samples");
  CHECK(scores[2].predicted < scores[0].predicted);  // the tail leaves less
  CHECK(has(scores[2].plan, "planned utilisation"));
  CHECK_FALSE(scores[3].counts());
  CHECK(scores[3].predicted > 0);
  CHECK_FALSE(scores[4].scored());
  const auto all = votes(cases, scores);
  CHECK(all.size() == 3);  // 8 chips offline, 4 chips offline, 8 chips server
}
