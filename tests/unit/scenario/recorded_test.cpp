// A hall that follows a recorded timeline.
#include "sandbox.hpp"

using namespace capmix;

namespace {

const char* const kTimeline = "Date,Power (MW),Data center\n2025-01-01,0,Works\n2026-01-01,60,Works\n2026-07-01,120,Works\n2027-01-01,90,Works\n2027-07-01,150,Works\n";

// The second of the good platform's halls to be built, with a record in place of its power.
Scenario with(test::Sandbox& box, const std::string& recorded) {
  box.write("works.csv", kTimeline);
  box.replace("platform.toml", "id = \"next\"\npower = \"4 MW\"\nstart = 2026-06-01", "id = \"next\"\n" + recorded);
  return box.load();
}

const Hall& recorded_hall(const Scenario& s) {
  for (const auto& h : s.sites[s.sites.find("north")].halls)
    if (!h.recorded.empty()) return h;
  FAIL("no hall is recorded");
  throw 0;
}

}  // namespace

// 60, 120, 90, 150 MW of the facility at a PUE of 1.2 are 50, 100, 75, 125 MW for IT. The 100 fall back to 75, so 75 last
// from the day of the 100 on, and 125 from the last row on.
TEST_CASE("a recorded hall has the power that lasts, over the PUE") {
  test::Sandbox box;
  const auto s = with(box, "recorded = { file = \"works.csv\", site = \"Works\" }");
  const Hall& hall = recorded_hall(s);
  CHECK(hall.start == Date::of(2025, 1, 1));
  REQUIRE(hall.recorded.size() == 3);
  CHECK(hall.recorded[0].first == Date::of(2026, 1, 1));
  CHECK(hall.recorded[0].second.value() == test::Approx(50e6));
  CHECK(hall.recorded[1].first == Date::of(2026, 7, 1));
  CHECK(hall.recorded[1].second.value() == test::Approx(75e6));
  CHECK(hall.recorded[2].first == Date::of(2027, 7, 1));
  CHECK(hall.power.value() == test::Approx(125e6));
  bool kept = false;
  for (const auto& i : s.inputs) kept = kept || i.path == box.path("works.csv");
  CHECK(kept);  // for the manifest
}

// Moved by 2026-03-01 - 2025-01-01 = 424 days: 2026-01-01 + 424 = 2027-03-01. As of 2026-12-31 the 120 MW have not
// fallen yet: 100 MW of IT.
TEST_CASE("a record can be moved to another start, and cut at a date") {
  test::Sandbox box;
  const Hall hall = recorded_hall(with(box, "start = 2026-03-01\nrecorded = { file = \"works.csv\", site = \"Works\", as_of = 2026-12-31 }"));
  REQUIRE(hall.recorded.size() == 2);
  CHECK(hall.recorded[0].first == Date::of(2027, 3, 1));
  CHECK(hall.recorded[1].second.value() == test::Approx(100e6));
}

// 50, 75 and 125 MW of IT scaled to a hall of 25 MW: 10, 15 and 25.
TEST_CASE("a record can be scaled to another power") {
  test::Sandbox box;
  const Hall hall = recorded_hall(with(box, "power = \"25 MW\"\nrecorded = { file = \"works.csv\", site = \"Works\" }"));
  REQUIRE(hall.recorded.size() == 3);
  CHECK(hall.recorded[0].second.value() == test::Approx(10e6));
  CHECK(hall.recorded[1].second.value() == test::Approx(15e6));
  CHECK(hall.recorded[2].second.value() == test::Approx(25e6));
  CHECK(hall.power.value() == test::Approx(25e6));
}
