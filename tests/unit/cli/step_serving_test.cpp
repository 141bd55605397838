// capmix step for recommenders and for serving: what is printed, and what is said of what was typed.
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/unit.hpp"
#include "catch.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;

namespace {

cli::StepOptions model(const std::string& id, const std::string& node, std::optional<int> chips = {}) {
  cli::StepOptions o;
  o.model = id, o.nodes = {node}, o.chips = chips, o.precision = "fp16";
  return o;
}

cli::StepOptions ranking() {
  auto o = model("ranking-1b", "hgx-h200", 8);
  o.serve = true, o.candidates = 500, o.objective = "80 ms";
  return o;
}

}  // namespace

TEST_CASE("step: a recommender's training, and the chips that would hold its tables") {
  auto o = model("dlrm-dcnv2", "hgx-h200", 8);
  o.batch = 55296;
  check_parts(printed([&] { cli::step({}, o); }), {"dlrm-dcnv2 on h200-sxm x 8", "55.3 ksamples", "data-parallel", "embedding all-to-all", "embedding optimizer states"});
  o = model("ranking-1b", "hgx-h200", 8);
  check_parts(complaint([&] { cli::step({}, o); }), {"the embedding tables with their states (adagrad) need 40.0 TB", "too little", "chips would do"});
  o.plan = "tp=2", o.trace = "x.json";
  check_parts(complaint([&] { cli::step({}, o); }), {"--plan: error: belongs to the training of a language model", "--trace: error"});
}

TEST_CASE("step: a ranking cell, its curve, and an objective below the service time") {
  auto o = ranking();
  check_parts(printed([&] { cli::step({}, o); }), {"ranking-1b on h200-sxm x 8", "requests/s", "(p99)", "head-room for the tail"});
  o.curve = 4, o.requests = 2000;
  cli::Common c;
  c.jobs = 2;
  check_parts(printed([&] { cli::step(c, o); }), {"when nobody waits for an answer", "mean batch", "use %: the share of the time", "no steady state"});
  c.json = true;
  const std::string text = printed([&] { cli::step(c, o); });
  check_parts(text, {"\"curve\":[{\"load\":", "\"p99\":", "\"steady\":true},{"});
  CHECK(text.find("\"steady\":false") == text.rfind("\"steady\":"));  // the last one alone
  o = ranking(), o.objective = "0.1 ms";
  check_parts(complaint([&] { cli::step({}, o); }), {"one request alone takes", "the objective is 100 us"});
  o.objective = "", o.candidates = {}, o.prompt = 5, o.nodes = {"hgx-h2000"};
  check_parts(complaint([&] { cli::step({}, o); }), {"--objective: error: is missing", "--candidates: error: is missing", "--prompt: error: belongs to serving a language model", "did you mean \"hgx-h200\"?"});
  o = ranking(), o.serve = false;
  check_parts(complaint([&] { cli::step({}, o); }), {"--candidates: error: needs --serve", "--objective: error: needs --serve"});
}

TEST_CASE("step: a recommender's file trains and serves as its id does, and what is wrong in it is told with the options") {
  const std::string shipped = std::string(CAPMIX_SOURCE_DIR) + "/workloads/models/", bad = test::scratch().file("bad-ranker.toml");
  auto o = ranking();
  const std::string by_id = printed([&] { cli::step({}, o); });
  o.model = shipped + "ranking-1b.toml";
  CHECK(printed([&] { cli::step({}, o); }) == by_id);
  o = model(shipped + "dlrm-dcnv2.toml", "hgx-h200", 8), o.batch = 55296;
  check_parts(printed([&] { cli::step({}, o); }), {"dlrm-dcnv2 on h200-sxm x 8", "embedding lookup"});
  std::ofstream(bad) << "name = \"Bad\"\nkind = \"recommender\"\n\n[dense]\nflop_per_candidate = \"1 GW\"\n";
  o = ranking(), o.model = bad, o.ttft = "1 s";
  check_parts(complaint([&] { cli::step({}, o); }), {bad + ":5", "--ttft: error: belongs to serving a language model (bad-ranker is a recommender"});
}

TEST_CASE("step: an instance that serves a language model, whole or in phases") {
  auto o = model("llama-3.1-70b", "hgx-h200");
  o.serve = true, o.precision = "fp8", o.prompt = 2000, o.output = 500, o.ttft = "2 s", o.tpot = "50 ms";
  const std::string text = printed([&] { cli::step({}, o); });
  check_parts(text, {"llama-3.1-70b on h200-sxm", "first token p99", "per token p99", "answers", "best plans, by closed form"});
  CHECK(text.find("0.00 B") == std::string::npos);
  CHECK(text.find("mrequests") == std::string::npos);
  o.phase = "decode";
  check_parts(complaint([&] { cli::step({}, o); }), {"--ttft: error: is of prompts, and --phase decode reads none"});
  o.ttft = "";
  check_parts(printed([&] { cli::step({}, o); }), {"per token, p99"});
  o.phase = "dcode", o.cached = 1.5;
  check_parts(complaint([&] { cli::step({}, o); }), {"did you mean \"decode\"?", "--cached: error: is 1.5 (expected from 0 to below 1)"});
}

TEST_CASE("step: lengths, chips and candidates that cannot be are refused with what can") {
  auto o = model("llama-3.1-70b", "hgx-h200");
  o.serve = true, o.precision = "fp8", o.prompt = 0, o.output = 1e6, o.chips = 0, o.batch = 0;
  check_parts(complaint([&] { cli::step({}, o); }), {"--prompt: error: is 0 (expected from 1 to 1048576)", "--output: error: is 1000000 (expected from 1 to 131072)", "--chips: error: is 0 (expected at least 1)", "--batch: error: is found"});
  o.prompt = std::numeric_limits<double>::infinity(), o.output = {}, o.chips = {}, o.batch = {};
  check_parts(complaint([&] { cli::step({}, o); }), {"--prompt: error: is inf", "--output: error: is missing"});
  o = ranking();
  for (const double none : {0.0, 0.001, 1e300}) {
    o.candidates = none;
    check_parts(complaint([&] { cli::step({}, o); }), {"--candidates: error: is ", "(expected from 1 to 1000000000)"});
  }
  o = model("llama-3.1-8b", "hgx-h100");
  check_parts(complaint([&] { cli::step({}, o); }), {"--chips: error: is missing"});
  o.chips = 8, o.batch = 0;
  check_parts(complaint([&] { cli::step({}, o); }), {"--batch: error: is 0 (expected at least 1)"});
}

TEST_CASE("step: what is printed is of the requests that were simulated, and of the chips that an instance takes") {
  auto o = model("llama-3.1-70b", "hgx-h200", 3);
  o.serve = true, o.precision = "fp8", o.prompt = 2000, o.output = 300, o.ttft = "1000 s";
  cli::Common json;
  json.json = true;
  const auto answer = [&] { return nlohmann::json::parse(printed([&] { cli::step(json, o); })).at(0); };
  CHECK(answer()["plan"].get<std::string>().find("; 2 of 3 chips used: no instance over more of them does more per chip") != std::string::npos);
  o.prompt = 1.5, o.output = 2, o.chips = 2, o.phase = "prefill";  // a prompt of two tokens, since there are no halves
  const auto j = answer();
  const double rate = j["units"].get<double>() / j["step_s"].get<double>();
  const std::string plan = j["plan"];
  check_parts(plan, {"prompts " + si_counted(2 * rate, "tokens/s")});
}
