// The training software that a campaign names.
#include "sandbox.hpp"

using namespace capmix;
using test::Sandbox;

namespace {

constexpr const char* kPlain = R"(name = "Plain"
stack = "cuda"
standard = true
zero = 1
gradient_bytes = 4
source = "made up for the tests"
confidence = "assumption"
[fitted]
factor = 1.0
calibrated_on = []
source = "made up for the tests"
confidence = "assumption"
)";

// The good study in a catalogue that holds one software, "plain".
struct House : Sandbox {
  House() {
    std::filesystem::create_directories(path("software"));
    write("software/plain.toml", kPlain);
  }
  void name(const std::string& software) { replace("workloads/training/small.toml", "seq = 4096\n", "seq = 4096\nsoftware = \"" + software + "\"\n"); }
};

}  // namespace

TEST_CASE("a campaign that names no software leaves it to the chip's stack") {
  const House house;
  CHECK(house.problems() == "");
  const auto s = house.load();
  REQUIRE(s.software.size() == 1);
  CHECK(s.campaigns[s.campaigns.find("llm-a")].software == "");
}

TEST_CASE("a campaign may name its software, by its id in the catalogue") {
  House house;
  house.name("plain");
  CHECK(house.problems() == "");
  const auto s = house.load();
  CHECK(s.campaigns[s.campaigns.find("llm-a")].software == "plain");
}

TEST_CASE("a software that the catalogue does not hold is reported where it stands, with the nearest") {
  House house;
  house.name("plian");
  CHECK(house.problems().find("there is no software \"plian\"; did you mean \"plain\"?") != std::string::npos);
  CHECK(house.problems().find("small.toml:8:12") != std::string::npos);
}
