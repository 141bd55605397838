// Bad input to the verbs that need no study: every problem at once, and what was meant.
#include "cli/verbs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/plan_text.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;

namespace {

cli::StepOptions small() {
  cli::StepOptions o;
  o.model = "llama-3.1-8b", o.nodes = {"hgx-h100"}, o.chips = 16, o.batch = 32, o.plan = "tp=4 pp=2";
  return o;
}

}  // namespace

TEST_CASE("plan: one plan, its chart alone, many draws, and a mix that is not there") {
  cli::Common c, json;
  c.quiet = json.quiet = json.json = true, c.jobs = json.jobs = 2;
  cli::PlanOptions o;
  o.study = test::study_file("build-speed.toml");
  check_parts(printed([&] { cli::plan(c, o); }), {"Build-out", "Binding constraint by month"});
  o.gantt = true;
  const std::string chart = printed([&] { cli::plan(c, o); });
  check_parts(chart, {"Build-out", "days per character", "permit"});
  CHECK(chart.find("Orders") == std::string::npos);
  o.gantt = false, o.draws = 60;
  check_parts(printed([&] { cli::plan(c, o); }), {"60 draws", "Halls: power, network, first pod online", "Criticality index", "Greatest share of the cut"});
  o.binding = false;
  check_parts(printed([&] { cli::plan(json, o); }), {"\"draws\": 60", "\"critical\": ", "\"binding\": null"});
  o.mix = "h20";
  check_parts(complaint([&] { cli::plan(c, o); }), {"unknown mix \"h20\"", "did you mean \"h200\"?"});
}

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
              {"did you mean \"llama-3.1-70b\"", "did you mean \"hgx-h100\"", "--chips: error: is missing", "did you mean \"tp\"", "did you mean \"megatron-core\"",
               "there is no precision \"fp9\"", "there is no fabric \"rail\"", "--span: error: is \"both\"", "--second-chips: error: needs --second-node"});
  check_parts(complaint([&] { cli::step({}, {}); }), {"give a study file, or --model"});
}

TEST_CASE("step: what a typed plan leaves open is said, and so is a step without stragglers") {
  Diagnostics none;
  CHECK(cli::parse_plan("tp=4", none).recompute == Recompute::none);
  cli::Common json;
  json.json = true;
  auto o = small();
  check_parts(printed([&] { cli::step(json, o); }), {"of the plan: cp 1, vpp 1, zero 1, micro-batch 1, no recompute, sequence parallelism, fused attention", "\"stragglers\""});
  o.plan = "tp=4,pp=2,cp=1,vpp=1,zero=1,micro_batch=1,recompute=full,sequence_parallel=true,fused_attention=true", o.stragglers = false;
  const std::string text = printed([&] { cli::step(json, o); });
  check_parts(text, {"full recompute", "no stragglers: "});
  CHECK(text.find("of the plan: ") == std::string::npos);
  CHECK(text.find("\"stragglers\"") == std::string::npos);
  o = {}, o.study = "any.toml", o.stragglers = false;
  check_parts(complaint([&] { cli::step({}, o); }), {"--no-stragglers belongs to a step without a study"});
  o.stragglers = true, o.catalogue = "platforms";
  check_parts(complaint([&] { cli::step({}, o); }), {"--catalogue belongs to a step without a study"});
}

TEST_CASE("step: a model file and a catalogue of one's own") {
  const std::string shape = "name = \"Mine\"\nkind = \"llm\"\n\n[shape]\nhidden = 2048\nheads = 16\nffn = 8192\nvocab = 32000\nsource = \"ours\"\nconfidence = \"verified\"\n";
  const std::string good = test::scratch().file("mine.toml"), bad = test::scratch().file("bad-model.toml");
  std::ofstream(good) << shape << "layers = 16\n";
  std::ofstream(bad) << shape;
  auto o = small();
  o.model = good, o.catalogue = std::string(CAPMIX_SOURCE_DIR) + "/platforms";
  check_parts(printed([&] { cli::step({}, o); }), {"mine on h100-sxm x 16"});
  o.model = bad;
  check_parts(complaint([&] { cli::step({}, o); }), {bad + ":4", "missing key \"layers\" in \"shape\""});
  o.model = test::scratch().file("none.toml");
  check_parts(complaint([&] { cli::step({}, o); }), {"none.toml: error: cannot be read"});
  o = small(), o.catalogue = test::scratch().file("nowhere");
  check_parts(complaint([&] { cli::step({}, o); }), {"nowhere"});
}

TEST_CASE("names of chips in published tables find their node") {
  const Scenario s = cli::load_catalogue("");
  for (const auto& [name, node] : {std::pair{"Ascend 950PR", "atlas-850"}, {"950PR", "atlas-850"}, {"950PR, Atlas 350", "atlas-350-server"}, {"B300", "hgx-b300"},
                                   {"GB300", "gb300-nvl72"}, {"H20", "hgx-h20"}, {"H200", "hgx-h200"}, {"H800", "hgx-h800"}, {"910C", "atlas-900-a3"}}) {
    import::CsvTable table;
    table.header = {"case_id", "hw", "gpus", "workload", "metric", "value", "layers", "hidden", "heads", "seq", "global_batch", "precision"};
    table.rows.push_back({2, {"row", name, "8", "train-dense", "iteration_time", "1", "8", "4096", "32", "2048", "64", "bf16"}});
    Diagnostics problems;
    const auto cases = step::read_cases(table, s, problems);
    INFO(name);
    REQUIRE(cases.size() == 1);
    CHECK(cases[0].reason == "");
    REQUIRE(cases[0].node.valid());
    CHECK(s.nodes[cases[0].node].id == node);
  }
}

TEST_CASE("width: COLUMNS when output is no terminal") {
  const auto width = [](const char* columns) {
    int out = 0;
    ::setenv("COLUMNS", columns, 1);
    printed([&] { out = cli::terminal_width(); });  // into a file
    ::unsetenv("COLUMNS");
    return out;
  };
  CHECK(width("60") == 60);
  CHECK(width("") == 100);
  CHECK(width("wide") == 100);
  CHECK(width("3") == 100);
  CHECK(width("-80") == 100);
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

TEST_CASE("validate: broken files are named together, a bad number or width is its row's reason") {
  const std::string bad = test::scratch().file("bad.csv"), good = test::scratch().file("good.csv"), out = test::scratch().file("out.csv");
  std::ofstream(bad) << "case_id,hw\na,b,c\n";
  check_parts(complaint([&] { cli::validate({}, {{bad, test::scratch().file("none.csv")}, "", ""}); }),
              {"bad.csv:1: error: the header lacks the column \"gpus\"", "none.csv: error: cannot be read"});
  std::ofstream(good) << "\xEF\xBB\xBF"  // as a spreadsheet writes it
                         "case_id,group,hw,gpus,workload,metric,value,unit,model,layers,hidden,heads,seq,global_batch,precision,tp\n"
                         "ok,g,H100-SXM-80GB,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n"
                         "many,g,H100-SXM-80GB,lots,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n"
                         "odd,g,Abacus,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n"
                         "short,g,H100-SXM-80GB\n"
                         "long,g,H100-SXM-80GB,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1,2,3\n";
  cli::Common quiet;
  quiet.quiet = true, quiet.jobs = 1;
  CHECK(cli::validate(quiet, {{good}, "", out}) == 0);
  std::ifstream in(out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason,class,vote,offline_vote,chip,suspect");
  CHECK(lines[1].rfind("ok,", 0) == 0);
  CHECK(lines[1].find(",s,") != std::string::npos);
  CHECK(lines[2] == "many,,,,,,,,,\"gpus is \"\"lots\"\", not a number\",,,,,false");
  CHECK(lines[3] == "odd,,,,,,,,,\"no such hardware in the catalogue: \"\"Abacus\"\"\",,,,,false");
  CHECK(lines[4] == "short,,,,,,,,,\"the row has 3 fields (expected 16, as in the header)\",,,,,false");
  CHECK(lines[5] == "long,,,,,,,,,\"the row has 18 fields (expected 16, as in the header)\",,,,,false");
}

// One table with rows of every kind of work: each reader takes its own, and as many rows come out as went in.
TEST_CASE("validate: rows of recommenders and of serving are scored by their own models, and a bad one keeps its reason") {
  const std::string cases = test::scratch().file("kinds.csv"), out = test::scratch().file("kinds-out.csv");
  std::ofstream(cases) << "case_id,group,hw,gpus,workload,metric,value,unit,model,layers,hidden,heads,seq,global_batch,precision,release,notes,suspect\n"
                          "train,g,H100-SXM5-80GB,8,train-recsys,samples_per_s,13710172,samples/s,DLRM-dcnv2,,,,,55296,fp16-mixed,4.0,,\n"
                          "rank-99.9,g,H100-NVL-94GB,4,infer-recsys,samples_per_s_offline,113651,samples/s,DLRM-v2 (dcnv2),,,,,,int8/fp16,4.1,,\n"
                          "write,g,H100-NVL-94GB,4,infer-llm,output_tokens_per_s_offline,6673.95,tok/s,Llama2-70B,,,,,,fp8,4.1,,\n"
                          "train-bad,g,H100-SXM5-80GB,lots,train-recsys,samples_per_s,1,samples/s,DLRM-dcnv2,,,,,55296,fp16-mixed,4.0,,\n"
                          "rank-bad,g,H100-NVL-94GB,4,infer-recsys,queries,1,samples/s,DLRM-v2 (dcnv2),,,,,,int8/fp16,4.1,,\n"
                          "write-bad,g,H100-NVL-94GB,4,infer-llm,output_tokens_per_s_offline,1,tok/s,Llama2-70B,,,,,,fp8,9.9,,\n"
                          "short,g,H100-NVL-94GB\n";
  cli::Common quiet;
  quiet.quiet = true, quiet.jobs = 1;
  const std::string text = printed([&] { cli::validate(quiet, {{cases}, "", out}); });
  check_parts(text, {"7 cases: 3 scored", "4 not scored", "DLRM training", "DLRM inference, offline", "LLM serving, offline"});
  std::ifstream in(out);
  std::map<std::string, std::string> lines;
  for (std::string line; std::getline(in, line);) lines[line.substr(0, line.find(','))] = line;
  CHECK(lines.size() == 8);  // and the header
  // Rates of a published system each, none of them by name in the fit: within a factor of 1.5.
  for (const auto& [id, measured] : {std::pair{"train", 13710172.0}, {"rank-99.9", 113651.0}, {"write", 6673.95}}) {
    const std::string& line = lines[id];
    INFO(line);
    REQUIRE(line.find(',') != std::string::npos);
    const double predicted = std::atof(line.c_str() + line.find(',') + 1);
    CHECK(predicted > measured / 1.5);
    CHECK(predicted < measured * 1.5);
  }
  for (const auto& [id, reason] : {std::pair{"train-bad", "gpus is \"\"lots\"\""}, {"rank-bad", "metric queries is not samples per second"}, {"write-bad", "no engine is known of release 9.9"},
                                   {"short", "the row has 3 fields (expected 18"}}) {
    INFO(lines[id]);
    CHECK(lines[id].rfind(std::string(id) + ",,,", 0) == 0);
    CHECK(lines[id].find(reason) != std::string::npos);
  }
}

TEST_CASE("a pipe that is named as output is written to, not replaced by a file") {
  const auto path = std::filesystem::temp_directory_path() / ("capmix-pipe-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int end = ::open(path.c_str(), O_RDWR | O_NONBLOCK);  // keeps it open, so that nobody waits
  REQUIRE(end >= 0);
  cli::write_whole(path.string(), "four");
  char text[8] = {};
  CHECK(::read(end, text, sizeof text) == 4);
  CHECK(std::string(text) == "four");
  CHECK(std::filesystem::is_fifo(path));
  ::close(end);
  std::filesystem::remove(path);
}

TEST_CASE("value says what a unit is worth, or which word it does not know") {
  cli::Common c;
  c.json = c.quiet = true, c.jobs = 1, c.cache = test::profile_cache();
  cli::ValueOptions o;
  o.study = test::study_file("toy/toy.toml"), o.draws = 0;
  const std::string text = printed([&] { cli::value(c, o); });
  check_parts(text, {"\"constraint\": \"power site\"", "\"constraint\": \"production alpha-maker\"", "\"constraint\": \"money\"",
                     "\"metric\": \"train.reference_tokens\""});
  o.metric = "train.reference_token";
  check_parts(complaint([&] { cli::value(c, o); }), {"unknown metric \"train.reference_token\"", "did you mean \"train.reference_tokens\"?"});
  o.metric.clear(), o.mix = "alpa";
  check_parts(complaint([&] { cli::value(c, o); }), {"unknown mix \"alpa\"", "did you mean \"alpha\"?"});
}
