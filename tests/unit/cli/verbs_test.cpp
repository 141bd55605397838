// Bad input to the verbs that need no study: every problem at once, and what was meant.
#include "cli/verbs.hpp"

#include <fstream>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "cli/plan_text.hpp"
#include "house.hpp"

using namespace capmix;

namespace {

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

void check_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}

cli::StepOptions small() {
  cli::StepOptions o;
  o.model = "llama-3.1-8b", o.nodes = {"hgx-h100"}, o.chips = 16, o.batch = 32, o.plan = "tp=4 pp=2";
  return o;
}

}  // namespace

TEST_CASE("a plan as typed") {
  Diagnostics none;
  const auto p = cli::parse_plan("tp=4 pp=8, vpp=5 cp=2 ep=8 zero=3 micro_batch=2 recompute=none sequence_parallel=false", none);
  CHECK(none.ok());
  CHECK(p.ranks() == 64);
  CHECK(p.vpp == 5);
  CHECK(p.ep == 8);
  CHECK(p.zero == 3);
  CHECK(p.micro_batch == 2);
  CHECK(p.recompute == Recompute::none);
  CHECK(!p.sequence_parallel);
  CHECK(!p.searched);
  CHECK(cli::parse_plan("auto", none).searched);
  Diagnostics problems;
  cli::parse_plan("tp=8 ppp=4 zero=9 micro_batch=x recompute=some tp=4 foo cp=1.5 pp=-1", problems);
  CHECK(problems.sorted().size() == 8);
  check_parts(problems.text(), {"unknown key \"ppp\"; did you mean \"pp\"?", "zero is \"9\" (expected 0 to 3)", "micro_batch is \"x\"", "recompute is \"some\"",
                                "\"tp\" is said twice", "\"foo\" is no key=value", "cp is \"1.5\"", "pp is \"-1\""});
  Diagnostics empty;
  cli::parse_plan(" ", empty);
  CHECK(empty.sorted().size() == 1);
}

TEST_CASE("step: all that is wrong with the options, at once") {
  cli::StepOptions o;
  o.model = "llama-3.1-70", o.nodes = {"hgx-h10"}, o.plan = "tq=8", o.software = "megatron-cor", o.precision = "fp9", o.fabric = "rail", o.span = "both", o.second_chips = 3;
  check_parts(complaint([&] { cli::step({}, o); }),
              {"did you mean \"llama-3.1-70b\"", "did you mean \"hgx-h100\"", "--chips: error: is 0", "did you mean \"tp\"", "did you mean \"megatron-core\"",
               "there is no precision \"fp9\"", "there is no fabric \"rail\"", "--span: error: is \"both\"", "--second-chips: error: needs --second-node"});
  check_parts(complaint([&] { cli::step({}, {}); }), {"give a study file, or --model"});
}

TEST_CASE("step: a plan that does not multiply out, that heads refuse, or that does not fit says so") {
  auto o = small();
  o.chips = 12;
  check_parts(complaint([&] { cli::step({}, o); }), {"chips (12) does not divide by tp x cp x pp (8)"});
  o = small(), o.plan = "tp=3", o.chips = 24;
  check_parts(complaint([&] { cli::step({}, o); }), {"heads (32) does not divide by tp (3)"});
  o = small(), o.model = "llama-3.1-405b", o.plan = "tp=8";
  check_parts(complaint([&] { cli::step({}, o); }), {"GB too much (parameters "});
  o = small(), o.software = "mindspeed";
  check_parts(complaint([&] { cli::step({}, o); }), {"mindspeed runs on cann"});
}

TEST_CASE("validate: a broken file names every line, a bad number is its row's reason") {
  const std::string bad = test::scratch().file("bad.csv"), good = test::scratch().file("good.csv"), out = test::scratch().file("out.csv");
  std::ofstream(bad) << "case_id,hw\na,b,c\n";
  check_parts(complaint([&] { cli::validate({}, {{bad, test::scratch().file("none.csv")}, "", ""}); }),
              {"bad.csv:1: error: the header lacks the column \"gpus\"", "bad.csv:2: error: has 3 fields (expected 2", "none.csv: error: cannot be read"});
  std::ofstream(good) << "case_id,group,hw,gpus,workload,metric,value,unit,model,layers,hidden,heads,seq,global_batch,precision,tp\n"
                         "ok,g,H100-SXM-80GB,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n"
                         "many,g,H100-SXM-80GB,lots,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n"
                         "odd,g,Abacus,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n";
  cli::Common quiet;
  quiet.quiet = true, quiet.jobs = 1;
  CHECK(cli::validate(quiet, {{good}, "", out}) == 0);
  std::ifstream in(out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason");
  CHECK(lines[1].rfind("ok,", 0) == 0);
  CHECK(lines[1].find(",s,") != std::string::npos);
  CHECK(lines[2] == "many,,,,,,,,,\"gpus is \"\"lots\"\", not a number\"");
  CHECK(lines[3] == "odd,,,,,,,,,\"no such hardware in the catalogue: \"\"Abacus\"\"\"");
}
