// What a row of a case file may say, what it leaves open, and why it is refused.
#include "step/cases.hpp"

#include "catch.hpp"
#include "step/published.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

using Cells = std::vector<std::pair<std::string, std::string>>;

const Scenario& catalogue() {
  static const Scenario s = [] {
    Scenario made;
    Efficiency e = fixture::efficiency();
    Chip chip = fixture::chip("fast", 1e15);
    chip.efficiency = made.efficiencies.add(e);
    Node node = fixture::node("box");
    node.aliases = {"Box"};
    node.chip = made.chips.add(chip);
    made.nodes.add(node);
    made.software.add(fixture::software());
    return made;
  }();
  return s;
}

const Cells kDense{{"case_id", "row"}, {"hw", "Box"}, {"gpus", "64"}, {"workload", "train-dense"}, {"metric", "iteration_time"}, {"value", "1"}, {"layers", "8"},
                   {"hidden", "4096"}, {"heads", "32"}, {"seq", "2048"}, {"global_batch", "256"}, {"precision", "bf16"}, {"tp", "8"}, {"pp", "2"}, {"cp", "1"}, {"model", "M"}};

Case read(const Cells& changed, const Cells& base = kDense) {
  Cells cells = base;
  for (const auto& [column, value] : changed) {
    const auto at = std::find_if(cells.begin(), cells.end(), [&](const auto& c) { return c.first == column; });
    if (at == cells.end()) cells.emplace_back(column, value);
    else at->second = value;
  }
  import::CsvTable table;
  table.rows.push_back({2, {}});
  for (const auto& [column, value] : cells) table.header.push_back(column), table.rows[0].fields.push_back(value);
  Diagnostics problems;
  const auto cases = read_cases(table, catalogue(), problems);
  CHECK(problems.text() == "");
  REQUIRE(cases.size() == 1);
  return cases.front();
}

Cells experts(const Cells& more) {
  Cells out{{"workload", "train-moe"}, {"experts", "8"}, {"topk", "2"}, {"ffn", "4096"}};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("numbers of a case that make no sense are its reason, with the column, the value and what was expected") {
  REQUIRE(read({}).reason == "");
  const std::pair<Cells, std::string> rows[] = {
      {{{"tp", "-8"}}, "tp is \"-8\" (expected a whole number from 1 to 64)"},
      {{{"tp", "1.5"}}, "tp is \"1.5\""},
      {{{"pp", "0"}}, "pp is \"0\""},
      {{{"cp", "128"}}, "cp is \"128\""},
      {{{"tp", "64"}, {"pp", "64"}, {"cp", "64"}}, "tp x pp x cp is 262144 (expected at most 64, the gpus)"},
      {{{"vpp", "-1"}}, "vpp is \"-1\" (expected a whole number from 1 to 8)"},
      {{{"kv_heads", "-1"}}, "kv_heads is \"-1\" (expected a whole number from 1 to 32)"},
      {{{"kv_heads", "0"}}, "kv_heads is \"0\""},
      {{{"kv_heads", "7"}}, "kv_heads is \"7\" (expected a divisor of heads, 32)"},
      {{{"kv_heads", "999"}}, "kv_heads is \"999\""},
      {{{"ffn", "-5"}}, "ffn is \"-5\""},
      {{{"vocab", "-1"}}, "vocab is \"-1\""},
      {{{"nic_gbps_per_gpu", "-400"}}, "nic_gbps_per_gpu is \"-400\" (expected more than 0)"},
      {{{"params_b", "-7"}, {"ffn", "11008"}}, "params_b is \"-7\" (expected more than 0)"},
      {{{"seq", "4194305"}}, "seq is \"4194305\" (expected a whole number from 1 to 4194304)"},
      {{{"micro_batch", "0"}}, "micro_batch is \"0\" (expected a whole number from 1 to 256)"},
      {{{"micro_batch", "-2"}}, "micro_batch is \"-2\""},
      {{{"global_batch", "0"}}, "global_batch is \"0\""},
      {{{"global_batch", "2"}}, "global_batch is \"2\" (expected at least 4: 4 replicas of micro-batch 1)"},
      {{{"value", "0"}}, "value is \"0\" (expected more than 0)"},
      {{{"value", ""}}, "value is blank"},
      {{{"heads", "99999"}}, "heads is \"99999\""},
      {{{"ep", "8"}}, "ep is \"8\" (expected 1: the model has no experts)"},
      {{{"topk", "2"}}, "topk is \"2\" (expected 0: the row has no experts)"},
      {experts({{"experts", "-8"}}), "experts is \"-8\""},
      {experts({{"topk", "9"}}), "topk is \"9\" (expected 1 to 8, the experts)"},
      {experts({{"topk", "-1"}}), "topk is \"-1\""},
      {experts({{"topk", "0"}}), "topk is \"0\" (expected 1 to 8, the experts)"},
  };
  for (const auto& [cells, reason] : rows) {
    const Case c = read(cells);
    INFO(c.reason << "\n" << reason);
    CHECK(has(c.reason, reason));
    CHECK_FALSE(c.usable());
  }
  CHECK(read(experts({})).reason == "");
}

TEST_CASE("words of a case: known ones in any case, others with a suggestion and never a silent default") {
  CHECK(read({{"sharding", "ZeRO3"}}).campaign.plans[0].zero == 3);
  CHECK(read({{"sharding", "FSDP"}}).campaign.plans[0].zero == 3);
  CHECK(read({{"sharding", "None"}}).campaign.plans[0].zero == 0);
  CHECK(read({{"recompute", "Full"}}).campaign.plans[0].recompute == Recompute::full);
  CHECK(read({{"attention", "UNFUSED"}}).campaign.plans[0].fused_attention == false);
  CHECK(read({{"attention", "Flash"}}).campaign.plans[0].fused_attention);
  CHECK(read({{"sp", "TRUE"}}).campaign.plans[0].sequence_parallel);
  CHECK(read({{"sp", "False"}}).campaign.plans[0].sequence_parallel == false);
  const std::pair<Cells, std::string> rows[] = {
      {{{"sharding", "zero4"}}, "sharding is \"zero4\" (expected none, zero1, zero2, zero3 or fsdp); did you mean \"zero1\"?"},
      {{{"recompute", "selectiv"}}, "recompute is \"selectiv\" (expected none, selective or full); did you mean \"selective\"?"},
      {{{"attention", "flesh"}}, "attention is \"flesh\" (expected flash or unfused); did you mean \"flash\"?"},
      {{{"sp", "2"}}, "sp is \"2\" (expected 0, 1, true or false)"},
      {{{"sp", "ture"}}, "did you mean \"true\"?"},
  };
  for (const auto& [cells, reason] : rows) {
    const Case c = read(cells);
    INFO(c.reason << "\n" << reason);
    CHECK(has(c.reason, reason));
  }
}

TEST_CASE("blank degrees become 1, and are said to") {
  const Case dense = read({{"tp", ""}, {"pp", ""}, {"cp", ""}});
  REQUIRE(dense.usable());
  for (const char* said : {"tp 1", "pp 1", "cp 1", "micro-batch 1"}) {
    INFO(dense.assumed);
    CHECK(has(dense.assumed, said));
  }
  CHECK_FALSE(has(dense.assumed, "ep 1"));
  CHECK_FALSE(has(read({}).assumed, "tp 1"));
  CHECK(has(read(experts({{"topk", ""}})).assumed, "ep 1"));
  CHECK(has(read(experts({{"topk", ""}})).assumed, "topk 2"));
  CHECK(has(read({{"pp", "1"}, {"vpp", "4"}}).assumed, "vpp 1, since pp is 1"));
}

TEST_CASE("a row of another width than the header is its own reason") {
  import::CsvTable table;
  for (const auto& [column, value] : kDense) table.header.push_back(column);
  table.rows.push_back({2, {"short", "Box"}});
  Diagnostics problems;
  const auto cases = read_cases(table, catalogue(), problems);
  REQUIRE(cases.size() == 1);
  CHECK(cases[0].id == "short");
  CHECK(cases[0].reason == "the row has 2 fields (expected 16, as in the header)");
}

TEST_CASE("a plan that does not fit by our own memory model is scored, and says so") {
  const Case small = read({}), large = read({{"layers", "400"}, {"tp", "1"}, {"pp", "1"}, {"sharding", "none"}});
  const auto scores = score({small, large}, catalogue());
  REQUIRE(scores[0].scored());
  CHECK(scores[0].reason == "");
  REQUIRE(scores[1].scored());
  INFO(scores[1].reason);
  CHECK(has(scores[1].reason, "by our memory model the plan needs "));
  CHECK(has(scores[1].reason, " of 94.0 GB"));
}

TEST_CASE("cases that differ in a digit of one fact of their model are not taken for one") {
  Case even = read(experts({})), uneven = even;
  REQUIRE(even.usable());
  even.model.capacity = 0.5, uneven.model.capacity = 0.5000004;
  const auto scores = score({even, uneven}, catalogue());
  CHECK(scores[1].predicted > scores[0].predicted);
}
