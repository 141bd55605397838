#include "step/cache.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

StepProfile profile() {
  StepProfile p;
  p.key = "0123", p.subject = "job on \"x\" x 8", p.plan = "tp 8", p.limit = "compute";
  p.feasible = true, p.calibrated = true;
  p.step = Seconds(0.1 + 0.2), p.latency = Seconds(1.0 / 3), p.capacity = Bytes(141e9);  // no short decimals
  p.units = 1e300 / 7, p.model_flop = Flop(6.02214076e23), p.mfu = 1.0 / 7, p.energy = Joules(5e-324);
  p.trust_low = 0.9, p.trust_high = 1.1;
  p.groups = {{"a", 8, 2.0 / 3}, {"b", 16, 1.0 / 3}};
  p.parts = {{"gemm", Seconds(0.1), true}, {"wait", Seconds(0.2), false}};
  p.memory = {{"parameters", Bytes(1e9 / 3)}};
  p.checkpoint = {Seconds(1.0 / 3), Seconds(0.1), Seconds(0.7)};
  p.region = "outside: 32768 chips", p.assumed = {"software a", "software b"};
  p.candidates = {{"tp 8, pp 2", Seconds(1.0 / 3), 1.0 / 7, Bytes(1e11 / 3), "the bubble"}, {"tp 4", Seconds(0.1), 0.3, Bytes(2e9), ""}};
  p.by_scale = {{0.5, 1.0 / 3}}, p.by_pods = {{2, 0.1}, {4, 1.0 / 7}};
  return p;
}

void same(const StepProfile& a, const StepProfile& b) {
  CHECK(a.key == b.key);
  CHECK(a.subject == b.subject);
  CHECK(a.plan == b.plan);
  CHECK(a.limit == b.limit);
  CHECK(a.feasible == b.feasible);
  CHECK(a.calibrated == b.calibrated);
  CHECK(a.step == b.step);
  CHECK(a.latency == b.latency);
  CHECK((a.checkpoint.stall == b.checkpoint.stall && a.checkpoint.flush == b.checkpoint.flush && a.checkpoint.reload == b.checkpoint.reload));
  CHECK(a.capacity == b.capacity);
  CHECK(a.units == b.units);
  CHECK(a.model_flop == b.model_flop);
  CHECK(a.mfu == b.mfu);
  CHECK(a.energy == b.energy);
  CHECK(a.trust_low == b.trust_low);
  CHECK(a.trust_high == b.trust_high);
  CHECK(a.region == b.region);
  CHECK(a.assumed == b.assumed);
  CHECK(a.by_scale == b.by_scale);
  CHECK(a.by_pods == b.by_pods);
  REQUIRE(a.candidates.size() == b.candidates.size());
  for (size_t i = 0; i < a.candidates.size(); ++i) {
    const PlanRow &x = a.candidates[i], &y = b.candidates[i];
    CHECK((x.plan == y.plan && x.step == y.step && x.mfu == y.mfu && x.memory == y.memory && x.why == y.why));
  }
  REQUIRE(a.groups.size() == b.groups.size());
  for (size_t i = 0; i < a.groups.size(); ++i) CHECK((a.groups[i].chip == b.groups[i].chip && a.groups[i].chips == b.groups[i].chips && a.groups[i].batch_share == b.groups[i].batch_share));
  REQUIRE(a.parts.size() == b.parts.size());
  for (size_t i = 0; i < a.parts.size(); ++i) CHECK((a.parts[i].name == b.parts[i].name && a.parts[i].time == b.parts[i].time && a.parts[i].useful == b.parts[i].useful));
  REQUIRE(a.memory.size() == b.memory.size());
  for (size_t i = 0; i < a.memory.size(); ++i) CHECK((a.memory[i].name == b.memory[i].name && a.memory[i].bytes == b.memory[i].bytes));
}

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / ("capmix-cache-" + std::to_string(::getpid()))).string();
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a profile survives JSON with every digit") { same(from_json(to_json(profile())), profile()); }

TEST_CASE("text that is no profile is refused") {
  for (const char* text : {"", "{}", "[]", "{\"key\": 3}", "{\"key\": \"a\""}) CHECK_THROWS_AS(from_json(text), std::runtime_error);
}

TEST_CASE("the cache gives back what it was given, and nothing else is left in its folder") {
  const Folder folder;
  const Cache cache(folder.path);
  StepProfile out;
  CHECK_FALSE(cache.load("0123", out));
  cache.store(profile());
  REQUIRE(cache.load("0123", out));
  same(out, profile());
  int files = 0;
  for (const auto& e : std::filesystem::directory_iterator(folder.path)) files += e.exists() ? 1 : 0;
  CHECK(files == 1);
}

TEST_CASE("a broken or foreign cache file is as good as none") {
  const Folder folder;
  const Cache cache(folder.path);
  cache.store(profile());
  StepProfile out;
  std::filesystem::copy(folder.path + "/0123.json", folder.path + "/4567.json");
  CHECK_FALSE(cache.load("4567", out));  // says another key
  std::ofstream(folder.path + "/0123.json") << "{\"key\": \"0123\"";
  CHECK_FALSE(cache.load("0123", out));
}
