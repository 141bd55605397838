// Demand files: parameters, a recorded series, flash crowds.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <numeric>
#include <sstream>

#include "sandbox.hpp"

using namespace capmix;

namespace {

// The good study's service with this demand.
const char* const kHead = "users = 1e6\nrequests_per_user_day = 20\nmultiplier = 1\nannual_growth = 0\nsource = \"me\"\nconfidence = \"assumption\"\n";
const char* const kRegions = "\n[[region]]\nid = \"one\"\nshare = 1\nutc_offset = 8\n";

Demand with(test::Sandbox& box, const std::string& text) {
  box.write("workloads/demand/users.toml", kHead + text + kRegions);
  const auto s = box.load();
  REQUIRE(s.services.size() == 1);
  return s.services.begin()->demand;
}

// `hours` hours from Monday 2024-01-01 on: 10 an hour, 40 at 20 h, without the hours of `gaps`.
std::string series(int hours, const std::vector<int>& gaps = {}) {
  std::string out = "timestamp,value\n";
  for (int h = 0; h < hours; ++h) {
    if (std::count(gaps.begin(), gaps.end(), h) > 0) continue;
    char hour[16];
    std::snprintf(hour, sizeof hour, " %02d:00:00,", h % 24);
    out += (Date::of(2024, 1, 1) + Days{static_cast<double>(h / 24)}).text() + hour + (h % 24 == 20 ? "40\n" : "10\n");
  }
  return out;
}

std::string recorded(const std::string& more = "") {
  return "\n[recorded]\nfile = \"series.csv\"\nformat = \"nab\"\n" + more + "source = \"me\"\nconfidence = \"assumption\"\n";
}

}  // namespace

// 23 hours of 10 and one of 40 are 270 a day, 11.25 an hour: 10 / 11.25 and 40 / 11.25 of the mean.
TEST_CASE("a recorded series has a mean of 1, and its file is kept for the manifest") {
  test::Sandbox box;
  box.write("workloads/demand/series.csv", series(14 * 24));
  const Demand d = with(box, recorded());
  REQUIRE(d.recorded.hours.size() == 14 * 24);
  CHECK(d.recorded.first == int64_t{Date::of(2024, 1, 1).day()} * 24);
  CHECK(!d.recorded.local);
  CHECK(d.recorded.hours[19] == test::Approx(10 / 11.25));
  CHECK(d.recorded.hours[20] == test::Approx(40 / 11.25));
  CHECK(std::accumulate(d.recorded.hours.begin(), d.recorded.hours.end(), 0.0) / 336 == test::Approx(1));
  bool kept = false;
  for (const auto& i : box.load().inputs) kept = kept || i.path == box.path("workloads/demand/series.csv");
  CHECK(kept);
  CHECK(with(box, recorded("time = \"local\"\n")).recorded.local);
}

// Hours 20 and 21 of the first Monday are missing: the second Monday has 40 and 10 there, and that is their mean.
TEST_CASE("hours with a gap take the mean of their weekday and hour only when that is said, and are counted") {
  test::Sandbox box;
  box.write("workloads/demand/series.csv", series(14 * 24, {20, 21}));
  const Demand d = with(box, recorded("gaps = \"profile\"\n"));
  CHECK(d.recorded.hours[20] == test::Approx(40 / 11.25));
  CHECK(d.recorded.hours[21] == test::Approx(10 / 11.25));
  Diagnostics problems;
  const auto told = scenario::check({box.path("workloads/demand/users.toml")}, problems);
  REQUIRE(problems.text() == "");
  REQUIRE(told.front().notes.size() == 1);
  CHECK(told.front().notes.front().find("2 of 336 hours have a gap") != std::string::npos);
  box.write("workloads/demand/users.toml", kHead + recorded() + kRegions);
  CHECK(box.problems().find("has a gap in 2 of 336 hours (expected none") != std::string::npos);
}

TEST_CASE("a series of a year has its own seasons") {
  test::Sandbox box;
  const std::string month = "month = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]\n";
  box.write("workloads/demand/series.csv", series(366 * 24));
  box.write("workloads/demand/users.toml", kHead + month + recorded() + kRegions);
  CHECK(box.problems().find("\"month\" and a recorded series of a year or more cannot both be said") != std::string::npos);
  box.write("workloads/demand/series.csv", series(300 * 24));
  const Demand d = with(box, month + recorded());
  CHECK(d.month[0] == test::Approx(12.0 / 13));
  CHECK(d.month[11] == test::Approx(24.0 / 13));
}

TEST_CASE("a region has a recorded series of its own, and the others the hours of the file") {
  test::Sandbox box;
  box.write("workloads/demand/series.csv", series(14 * 24));
  const std::string hours = "hour = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24]\nweekday = [1, 1, 1, 1, 1, 1, 1]\n";
  const std::string two = "\n[[region]]\nid = \"other\"\nshare = 0.25\nutc_offset = 0\n[region.recorded]\nfile = \"series.csv\"\nformat = \"nab\"\nsource = \"me\"\nconfidence = \"assumption\"\n";
  const std::string one = "\n[[region]]\nid = \"one\"\nshare = 0.75\nutc_offset = 8\n";
  const auto write = [&](const std::string& text) { box.write("workloads/demand/users.toml", kHead + text); };
  write(hours + one + two);
  const Demand d = box.load().services.begin()->demand;
  REQUIRE(d.regions.size() == 2);
  CHECK(d.recorded.hours.empty());
  CHECK(d.regions[0].recorded.hours.empty());
  REQUIRE(d.regions[1].recorded.hours.size() == 14 * 24);
  CHECK(d.regions[1].recorded.hours[20] == test::Approx(40 / 11.25));
  CHECK(d.hour[23] == 24);
  // Hours that nobody would take are no input, and those that somebody needs are missed.
  std::string all = two;
  all.replace(all.find("0.25"), 4, "1");
  write(hours + all);
  CHECK(box.problems().find("\"hour\" and \"recorded\" cannot both be said") != std::string::npos);
  write(recorded() + all);
  CHECK(box.problems().find("every region has a series of its own") != std::string::npos);
  write(all);
  CHECK(box.problems() == "");
  write(one + two);
  CHECK(box.problems().find("\"hour\" holds 0 values") != std::string::npos);
  write(hours + one + two + "fil = \"series.csv\"\n");
  CHECK(box.problems().find("unknown key \"fil\"; did you mean \"file\"?") != std::string::npos);
}

// A file of counts by the second tells no day: 8 days of 5 a second, the first taken for a Monday.
TEST_CASE("a series without a calendar is taken to begin where the demand says") {
  test::Sandbox box;
  std::string counts;
  for (int i = 0; i < 8 * 86400 + 10; ++i) counts += i < 86400 ? "8 " : "1 ";
  box.write("workloads/demand/series.csv", counts);
  const Demand d = with(box, "\n[recorded]\nfile = \"series.csv\"\nformat = \"counts\"\nbegins = 2026-01-05\nsource = \"me\"\nconfidence = \"assumption\"\n");
  CHECK(d.recorded.first == int64_t{Date::of(2026, 1, 5).day()} * 24);
  REQUIRE(d.recorded.hours.size() == 8 * 24);
  CHECK(d.recorded.hours[23] == test::Approx(8 * 8 / 15.0));
  CHECK(d.recorded.hours[24] == test::Approx(8 / 15.0));
}

TEST_CASE("flash crowds are read by id, each with its streams") {
  test::Sandbox box;
  box.write("workloads/demand/series.csv", series(14 * 24));
  const Demand d = with(box, recorded() +
                                 "\n[[flash]]\nid = \"news\"\nper_year = 12\nlasts = \"90 min\"\ntimes = { low = 1.5, mode = 2, high = 5 }\n"
                                 "\n[[flash]]\nid = \"festival\"\nfrom = 2026-11-11\nhour = 16\nlasts = \"24 h\"\ntimes = 3\nregion = \"one\"\nexpected = true\n");
  REQUIRE(d.flashes.size() == 2);
  CHECK(d.flashes[0].id == "festival");
  CHECK(d.flashes[0].once);
  CHECK(d.flashes[0].from.mode == Date::of(2026, 11, 11));
  CHECK(d.flashes[0].hour == 16);
  CHECK(d.flashes[0].region == "one");
  CHECK(d.flashes[0].expected);
  CHECK(!d.flashes[1].once);
  CHECK(d.flashes[1].per_year.mode == 12);
  CHECK(d.flashes[1].lasts.mode.value() == 5400);
  CHECK(d.flashes[1].times.path == "demand/users:flash.news.times");
  CHECK(!d.flashes[1].expected);
}

// The README's example, as it stands there, and its second part in place of hours, weekdays and months.
TEST_CASE("the examples of demand files are good") {
  std::ifstream in(std::string(CAPMIX_SOURCE_DIR) + "/workloads/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  size_t at = readme.find("## Demand\n");
  REQUIRE(at != std::string::npos);
  const auto block = [&] {
    const size_t from = readme.find("```toml\n", at) + 8, to = readme.find("```", from);
    at = to + 3;
    return readme.substr(from, to - from);
  };
  const std::string whole = block(), series_of = block();
  test::Sandbox box;
  box.write("workloads/demand/users.toml", whole);
  const Demand d = box.load().services.begin()->demand;
  CHECK(d.regions.size() == 2);
  CHECK(d.flashes.size() == 2);
  CHECK(d.month[1] == test::Approx(12 * 1.2 / 12.3));
  box.write("workloads/demand/series.csv", series(14 * 24, {30}));
  std::string rest;
  std::istringstream lines(whole);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("hour = [", 0) != 0 && line.rfind("weekday", 0) != 0) rest += line + "\n";
  box.write("workloads/demand/users.toml", rest + "\n" + series_of);
  CHECK(box.load().services.begin()->demand.recorded.hours.size() == 336);
}
