// capmix calibrate: the fits to rows of one chip are told, and those that their rows do not allow.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::printed;

TEST_CASE("calibrate tells on which rows each fit rests, and leaves out one that has none") {
  const auto table = [](const std::string& folder) { return std::string(CAPMIX_SOURCE_DIR) + "/tests/published/" + folder + "/cases.csv"; };
  cli::Common c;
  c.quiet = c.json = true, c.jobs = 1;
  cli::CalibrateOptions o;
  o.cases = {table("torchtitan"), table("mlperf-inference-dlrm")}, o.out = test::scratch().file("fitted"), o.splits = 1;
  const auto json = nlohmann::json::parse(printed([&] { cli::calibrate(c, o); }));
  const auto& serving = json.at("one_chip").at("fits").at("recommender serving");
  CHECK(serving.at("rows") == 15);
  CHECK(serving.at("rows_of") == "h100-sxm, offline");
  CHECK(serving.at("ranges").at("gemm").at(0) <= serving.at("values").at("gemm"));
  CHECK(json.at("one_chip").at("left_out").at("LLM serving") == "no row of LLM serving on h100-sxm to fit");
  CHECK(json.at("one_chip").at("left_out").size() == 2);
  CHECK(std::filesystem::exists(o.out + "/efficiency/hopper.toml"));
  c.json = false, o.hold_out = {"mlperf-infer"};
  check_parts(printed([&] { cli::calibrate(c, o); }), {"- recommender serving: not fitted", "no offline rows"});
}
