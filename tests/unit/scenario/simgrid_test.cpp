// A fabric that names a SimGrid platform file.
#include "sandbox.hpp"

using namespace capmix;
using test::Sandbox;

namespace {

constexpr const char* kFabric = R"(name = "Theirs"
simgrid = "theirs.xml"
[latency]
scale_up = "3 us"
source = "made up for the tests"
confidence = "assumption"
)";

// The good study, its only fabric in this way.
struct House : Sandbox {
  House() {
    for (const auto& entry : std::filesystem::directory_iterator(path("fabrics")))
      if (entry.path().extension() == ".toml") fabric = entry.path().stem().string();
    write("fabrics/" + fabric + ".toml", kFabric);
  }
  std::string fabric;
};

}  // namespace

TEST_CASE("a fabric may be a SimGrid platform, of which step asks SimGrid") {
  House house;
  house.write("fabrics/theirs.xml", "<platform version=\"4.1\">\n<config><prop id=\"x\" value=\"y\"/></config>\n</platform>\n");
  CHECK(house.problems() == "");
  const auto s = house.load();
  const Fabric& f = s.fabrics[s.fabrics.find(house.fabric)];
  CHECK(f.scale_up_latency.value() == test::Approx(3e-6));
  CHECK(f.placement.text.find("<platform version=\"4.1\">") == 0);
  CHECK(f.placement.text.find("config") == std::string::npos);
  CHECK(f.placement.hosts.empty());
}

TEST_CASE("a platform file that is not there or is none is told with both places") {
  House house;
  CHECK(house.problems().find("cannot read") != std::string::npos);
  house.write("fabrics/theirs.xml", "<platform version=\"4.1\">\n<zone>\n");
  const auto why = house.problems();
  CHECK(why.find(".toml:2:") != std::string::npos);
  CHECK(why.find("theirs.xml:3: error: is not well-formed XML") != std::string::npos);
}
