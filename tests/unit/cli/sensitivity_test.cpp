// capmix sensitivity and capmix equal, as they are typed, on studies that run in a moment.
#include <string_view>
#include <nlohmann/json.hpp>

#include "cli/verbs.hpp"
#include "results/read.hpp"
#include "study/vary.hpp"
#include "typed.hpp"

using namespace capmix;
using test::complaint;

namespace {

cli::Common quiet() {
  cli::Common c;
  c.quiet = true, c.json = true, c.jobs = 2, c.cache = test::profile_cache();
  return c;
}

cli::SensitivityOptions article() {
  cli::SensitivityOptions o;
  o.study = test::study_file("bytedance-2026.toml");
  o.outcome = "quota";
  o.vary = {"platform:producer.huawei-950pr", "building datong"};
  return o;
}

nlohmann::json said(const cli::SensitivityOptions& o) {
  return nlohmann::json::parse(test::printed([&] { cli::sensitivity(quiet(), o); }));
}

const nlohmann::json& input(const nlohmann::json& output, std::string_view name) {
  for (const auto& i : output["inputs"])
    if (i["input"] == name) return i;
  FAIL("no input " << name);
  return output;
}

}  // namespace

TEST_CASE("more of a producer's output is more work, and a design says so in every way") {
  auto o = article();
  o.trajectories = 2, o.pairs = 8;
  const auto j = said(o);
  REQUIRE(j["outputs"].size() == 2);  // the mix, and its lead
  const auto& mix = j["outputs"][0];
  const auto& huawei = input(mix, "platform:producer.huawei-950pr");
  CHECK(huawei["high"].get<double>() > huawei["low"].get<double>());
  CHECK(huawei["confidence"] == "press");
  CHECK(huawei["morris"]["mu"].get<double>() > 0);
  const auto& datong = input(mix, "building datong");
  CHECK(datong["numbers"].get<int>() > 20);     // every task of every hall
  CHECK(datong["high"].get<double>() <= datong["low"].get<double>());  // longer durations
  CHECK(datong["confidence"] == "assumption");
  input(mix, "everything else");
  CHECK(said(o) == j);                          // the same each time
}

// Nothing is published of the 950PR: its family's efficiencies are transferred, and the input says so.
TEST_CASE("where rates are drawn, that of a chip is an input") {
  auto c = quiet();
  c.set = {"study:rates=drawn"};
  auto o = article();
  o.vary = {"rate of ascend-950pr-atlas850", "rate of h200-sxm"};
  const auto j = nlohmann::json::parse(test::printed([&] { cli::sensitivity(c, o); }));
  const auto& npu = input(j["outputs"][0], "rate of ascend-950pr-atlas850");
  CHECK(npu["high"].get<double>() > 1.1 * npu["low"].get<double>());
  CHECK(npu["confidence"] == "assumption");
  CHECK(npu["source"] == "Transferred from the Ascend 910B");
  CHECK(npu["numbers"] == 1);
  CHECK(input(j["outputs"][0], "rate of h200-sxm")["source"].get<std::string>().find("capmix calibrate") == 0);
  o.vary = {"rate of h200-smx"};
  CHECK(complaint([&] { cli::sensitivity(c, o); }).find("did you mean \"rate of h200-sxm\"?") != std::string::npos);
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("no range of the study begins so") != std::string::npos);
}

// The draws of a file are those of its rates.
TEST_CASE("evidence: a rate is an input of draws that took it, and of no others") {
  auto drawn = quiet();
  drawn.set = {"study:rates=drawn"};
  study::RunOptions options;
  options.jobs = 2, options.draws = 12, options.quick = true, options.mixes = {"article", "all-h200"}, options.outcomes = {"quota"};
  options.cache_dir = test::profile_cache(), options.db = test::scratch().file("evidence.db"), options.progress = [](const std::string&, int, int) {};
  REQUIRE(study::run(study::load(article().study, drawn.set), options, {}).failures.empty());
  CHECK(results::read_info(options.db).rates == "drawn");
  auto o = article();
  o.evidence = options.db, o.vary = {};
  const auto j = nlohmann::json::parse(test::printed([&] { cli::sensitivity(drawn, o); }));
  CHECK(input(j, "rate of ascend-950pr-atlas850")["confidence"] == "assumption");
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("give --set study:rates=drawn") != std::string::npos);
}

TEST_CASE("what sensitivity cannot vary") {
  auto o = article();
  o.vary = {"platform:producer.huawai-950pr.share"};
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("did you mean \"platform:producer.huawei-950pr.share\"?") != std::string::npos);
  o.vary = {"efficiency/hopper"};
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("a range that no run of this outcome draws") != std::string::npos);
  o = article(), o.low = 0.9, o.high = 0.1;
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("the low one below the high one") != std::string::npos);
  o = article(), o.against = "article";
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("is the mix itself") != std::string::npos);
  o = article(), o.metric = "train.tokenz";
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("unknown metric \"train.tokenz\"") != std::string::npos);
  o = article(), o.study = test::study_file("toy/toy.toml"), o.outcome = "", o.vary = {};
  CHECK(complaint([&] { cli::sensitivity(quiet(), o); }).find("nothing to vary") != std::string::npos);
}

// docs: at list prices the H200 in the slow building is ahead of the 950PR in the fast one at 24.8k by the price at which it buys more.
TEST_CASE("the price at which a slower building is made up for") {
  cli::EqualVerbOptions o;
  o.study = test::study_file("build-speed.toml");
  o.mix = "950pr", o.against = "h200", o.outcome = "fast", o.against_outcome = "slow";
  o.x = "platform:offer.ascend-950pr.price=USD {}k", o.low = 5, o.high = 60;
  o.y = "platform:offer.h200.price=USD {}k", o.at = {20, 35};
  o.tolerance = 0.05;
  const auto j = nlohmann::json::parse(test::printed([&] { cli::equal(quiet(), o); }));
  REQUIRE(j["rows"].size() == 2);
  REQUIRE(j["rows"][0]["equal_at"].size() == 1);
  // A dearer H200 is fewer of them, so the 950PR may be dearer too.
  CHECK(j["rows"][1]["equal_at"][0].get<double>() > j["rows"][0]["equal_at"][0].get<double>());
  CHECK(j["rows"][0]["difference_low"].get<double>() > 0);
  CHECK(j["rows"][0]["difference_high"].get<double>() < 0);
}

TEST_CASE("what equal cannot use") {
  cli::EqualVerbOptions o;
  o.study = test::study_file("build-speed.toml"), o.x = "platform:offer.h200.price", o.y = "platform:offer.h200.price=USD {}k", o.at = {1}, o.low = 0, o.high = 1;
  CHECK(complaint([&] { cli::equal(quiet(), o); }).find("expected subject:path=VALUE") != std::string::npos);
  o.x = "platform:offer.h200.prize=USD {}k";
  CHECK(complaint([&] { cli::equal(quiet(), o); }).find("did you mean \"price\"?") != std::string::npos);
  o.against = "h200", o.mix = "h200";
  CHECK(complaint([&] { cli::equal(quiet(), o); }).find("both sides are mix \"h200\"") != std::string::npos);
  o.low = 2;
  CHECK(complaint([&] { cli::equal(quiet(), o); }).find("--low is not below --high") != std::string::npos);
}
