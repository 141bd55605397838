// Recorded timelines: small files by hand, then the published ones where they are at hand (CAPMIX_REFERENCE).
#include "import/timelines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "catch.hpp"
#include "import/csv.hpp"

using namespace capmix;
using import::Timelines;

namespace {

const std::string kHeader = "Date,Construction status,Power (MW),H100 equivalents,Data center\n";

struct Read {
  Timelines file;
  Diagnostics problems;
};

Read read(const std::string& text, std::optional<Date> as_of = {}) {
  const auto path = std::filesystem::temp_directory_path() / ("capmix-timelines-" + std::to_string(::getpid()) + ".csv");
  std::ofstream(path, std::ios::binary) << text;
  Read out;
  out.file = import::read_timelines(path.string(), as_of, out.problems);
  std::filesystem::remove(path);
  return out;
}

// The problems, without the name of the file.
std::string told(const Read& r) {
  std::string text = r.problems.text();
  for (size_t at; (at = text.find(r.file.file + ":")) != std::string::npos;) text.erase(at, r.file.file.size() + 1);
  return text;
}

double sum(const import::TimelineSite& site) { return site.rows.back().capacity; }

}  // namespace

// Site A, rows written out of order: cleared 2024-01-01; 100 MW from 2025-01-01, 400 from 2025-07-01, falls to 300 on
// 2026-01-01, blank on 2026-02-01 (300 holds); 1,200 forecast for 2027-01-01 as of 2026-06-01.
// 25 % of 1,200 = 300 is reached by the 400 of 2025-07-01; 50 % and 1 GW by the forecast alone. 2024-01-01 to 2025-01-01
// are 366 days = 366 / 30.436875 = 12.02 months.
TEST_CASE("a site's dates: out of order, a fall, a blank, a forecast, and text over several lines") {
  const auto r = read(kHeader +
                          "2025-07-01,\"Second building, with\nits own substation\",400.0,300000,A\n"
                          "2024-01-01,Land clearing begins,0.0,0,A\n"
                          "2025-01-01,First building,100,80000.5,A\n"
                          "2026-02-01,Seen,,,A\n"
                          "2026-01-01,\"Leased out, \"\"for now\"\"\",300,200000,A\n"
                          "2027-01-01,Announced,1200,900000,A\n"
                          "2025-03-01,Already there,50,,B\n",
                      Date::of(2026, 6, 1));
  REQUIRE(told(r) == "");
  CHECK(r.file.unit == "MW");
  CHECK(r.file.rows == 7);
  CHECK(r.file.left_out() == 0);
  CHECK(r.file.out_of_order == 3);  // 2024-01-01, 2025-01-01 after 2025-07-01; 2026-01-01 after 2026-02-01
  REQUIRE(r.file.sites.size() == 2);
  const auto& a = r.file.sites[0];
  const auto d = dates_of(r.file, a);
  CHECK(d.start == Date::of(2024, 1, 1));
  CHECK(d.first == Date::of(2025, 1, 1));
  CHECK(d.quarter == Date::of(2025, 7, 1));
  CHECK(d.half == Date::of(2027, 1, 1));
  CHECK(d.gigawatt == Date::of(2027, 1, 1));
  CHECK(d.recorded == 300);
  CHECK(d.greatest == 1200);
  CHECK(d.falls == 1);
  CHECK(d.deepest_fall == 100);
  REQUIRE(d.months_to_first);
  CHECK(*d.months_to_first == test::Approx(366 / 30.436875));
  CHECK(a.rows[1].h100e.value() == 80000.5);
  CHECK(a.rows[4].capacity == 300);
  CHECK(!a.rows[4].forecast);
  CHECK(a.rows[5].forecast);
  // The blank row is used, and said: of power and of equivalents, and B's equivalents.
  REQUIRE(r.file.notes.size() == 3);
  CHECK(r.file.notes[0].line == 6);
  CHECK(r.file.notes[0].why == "has no Power (MW): the row before holds");
  CHECK(r.file.notes[2].line == 9);
  // B had power when it was first seen: when it was begun is not known.
  const auto b = dates_of(r.file, r.file.sites[1]);
  CHECK(!b.seen_from_start);
  CHECK(!b.months_to_first);
}

TEST_CASE("other vintages: renamed and added columns, American dates, times, a byte-order mark") {
  const auto r = read("\xEF\xBB\xBF" "Data Center Name,Satellite,total power (mw),DATE,Hardware\r\nA,x,10,1/31/2026,y\r\nA,x,20,2026-02-01T00:00:00.000Z,y\r\nA,x,30,3/2/2026 10:13am,y\r\n");
  REQUIRE(told(r) == "");
  REQUIRE(r.file.sites.size() == 1);
  const auto& rows = r.file.sites[0].rows;
  CHECK(rows[0].date == Date::of(2026, 1, 31));
  CHECK(rows[1].date == Date::of(2026, 2, 1));
  CHECK(rows[2].date == Date::of(2026, 3, 2));
  CHECK(rows[2].capacity == 30);
}

// 150 + 50 + 30 on one day, restated later as 100 + 50 in all: 230 and then 150, a fall of 80.
TEST_CASE("chips of one day add up, and a later day restates the whole site") {
  const auto r = read("Handle,Data center,Date,Chip type,Number of Units\n"
                      "a,A,2025-07-22,H100,150\nb,A,2025-07-22,H200,50\nc,A,2025-07-22,B200,30\n"
                      "d,,2025-08-01,TPU,7\ne,A,2025-09-17,H100,100\nf,A,2025-09-17,H200,50\ng,A,2025-10-01,H100,\n");
  REQUIRE(told(r) == "");
  CHECK(r.file.unit == "chips");
  REQUIRE(r.file.sites.size() == 1);
  REQUIRE(r.file.sites[0].rows.size() == 2);
  CHECK(r.file.sites[0].rows[0].capacity == 230);
  CHECK(r.file.sites[0].rows[1].capacity == 150);
  CHECK(dates_of(r.file, r.file.sites[0]).deepest_fall == 80);
  REQUIRE(r.file.left_out() == 2);
  CHECK(r.file.notes[0].line == 5);
  CHECK(r.file.notes[0].why == "names no site");
  CHECK(r.file.notes[1].line == 8);
  CHECK(r.file.notes[1].why == "has no Number of Units");
}

TEST_CASE("a row of the same site and day is restated by the later line, and a row without site or date is told") {
  const auto r = read(kHeader + "2025-01-01,,10,,A\n2025-01-01,,12,,A\n2025-02-01,,1,,\n,,5,,A\n");
  REQUIRE(told(r) == "");
  REQUIRE(r.file.sites.size() == 1);
  CHECK(sum(r.file.sites[0]) == 12);
  CHECK(r.file.rows == 4);
  CHECK(r.file.left_out() == 3);
}

// Three sites, twelve rows, a hundred orders: the same steps, and every row is used.
TEST_CASE("the order of rows changes nothing but how many are out of order") {
  std::vector<std::string> rows;
  for (int i = 0; i < 12; ++i)
    rows.push_back("202" + std::to_string(i / 3) + "-0" + std::to_string(i % 3 + 1) + "-01,," + std::to_string((i * 7) % 5 * 100) + "," + std::to_string(i) + "," + std::string(1, static_cast<char>('A' + i % 3)) + "\n");
  const auto steps = [&] {
    std::string text = kHeader, out;
    for (const auto& r : rows) text += r;
    const auto r = read(text);
    REQUIRE(told(r) == "");
    CHECK(r.file.rows == 12);
    CHECK(r.file.left_out() == 0);
    for (const auto& site : r.file.sites)
      for (const auto& row : site.rows) out += site.name + row.date.text() + std::to_string(row.capacity) + std::to_string(*row.h100e);
    return out;
  };
  const std::string first = steps();
  std::mt19937 shuffle(1);
  for (int n = 0; n < 100; ++n) {
    std::shuffle(rows.begin(), rows.end(), shuffle);
    CHECK(steps() == first);
  }
}

TEST_CASE("clusters by column, with their total") {
  const auto good = read("date,x,y,total\n2020-04-01,8,16,24\n2020-04-02,8,8,16\n");
  REQUIRE(told(good) == "");
  CHECK(good.file.find("y")->rows[1].capacity == 8);
  CHECK(told(read("date,x,y,total\n2020-04-01,8,16,25\n")) == "2: error: \"total\" is 25 (expected 24, the sum of the other columns)\n");
}

TEST_CASE("every broken row is told with its line, and a header that says too little with what it lacks") {
  CHECK(told(read(kHeader + "2025-13-01,,1,,A\n2025-01-01,,-5,,A\n2025-02-01,,many,,A\n2025-03-01,,nan,x,A\n2025-04-01,1,A\n")) ==
        "2: error: \"2025-13-01\" is not a date (expected one such as 2026-01-31)\n"
        "3: error: \"Power (MW)\" is -5 (expected at least 0)\n"
        "4: error: \"Power (MW)\" is \"many\" (expected a number)\n"
        "5: error: \"H100 equivalents\" is \"x\" (expected a number)\n"
        "5: error: \"Power (MW)\" is \"nan\" (expected a number)\n"
        "6: error: has 3 fields (expected 5, as in the header)\n");
  CHECK(told(read("Dates,Power (GW),Data center\n")) ==
        "1: error: the header names no date (expected \"Date\"); did you mean \"Dates\"?\n"
        "1: error: the header names no power (expected \"Power (MW)\"); did you mean \"Power (GW)\"?\n");
  CHECK(told(read("Date,Power (MW)\n")) == "1: error: the header names no site (expected \"Data center\")\n");
  // A quote that is never closed.
  CHECK(told(read(kHeader + "2025-01-01,,1,2,A\n2025-01-01,\"cut off,1,2,A\n2025-02-01,,1,2,A\n")) == "3: error: is not CSV: a quote of the row that begins here is never closed\n");
  CHECK(told(read("")).find("is empty") != std::string::npos);
}

// What is known of the published files from their description: 152 rows of 26 sites, 3,328 MW at most, Colossus 1 fell;
// 103 rows of chips, 14 of them without a site; 784 to 1,208 GPUs in 181 days.
TEST_CASE("the published files are read whole") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  const std::string data = std::string(reference) + "/data/";
  Diagnostics problems;
  const auto sites = import::read_timelines(data + "epoch_data_centers_2026-04/data_center_timelines.csv", Date::of(2026, 4, 3), problems);
  REQUIRE(problems.text() == "");
  CHECK(sites.rows == 152);
  CHECK(sites.left_out() == 0);
  CHECK(sites.sites.size() == 26);
  size_t steps = 0;
  double greatest = 0;
  for (const auto& s : sites.sites) steps += s.rows.size(), greatest = std::max(greatest, dates_of(sites, s).greatest);
  CHECK(steps == 152);
  CHECK(greatest == 3328);
  // The publisher's own table of the sites as they stood says the same power and equivalents of each.
  const auto table = import::read_csv(data + "epoch_data_centers_2026-04/data_centers.csv", problems);
  REQUIRE(table.rows.size() == 26);
  const auto name = static_cast<size_t>(table.column("Name")), power = static_cast<size_t>(table.column("Current power (MW)")), h100e = static_cast<size_t>(table.column("Current H100 equivalents"));
  for (const auto& row : table.rows) {
    const auto* site = sites.find(row.fields[name]);
    INFO(row.fields[name]);
    REQUIRE(site != nullptr);
    CHECK(dates_of(sites, *site).recorded == std::stod(row.fields[power]));
    double last = 0;
    for (const auto& step : site->rows)
      if (!step.forecast) last = step.h100e.value_or(last);
    CHECK(last == test::Approx(std::stod(row.fields[h100e])));
  }
  const auto colossus = dates_of(sites, *sites.find("xAI Colossus 1"));
  CHECK(colossus.falls == 2);          // 442 to 348 in September 2025, 442 to 425 in February 2026
  CHECK(colossus.deepest_fall == 94);
  CHECK(*colossus.months_to_first == test::Approx(109 / 30.436875));  // 2024-04-24 to 2024-08-11

  const auto chips = import::read_timelines(data + "epoch_data_centers_2026-04/chip_quantities_subset_of_2026-08.csv", {}, problems);
  REQUIRE(problems.text() == "");
  CHECK(chips.rows == 103);
  CHECK(chips.left_out() == 14);
  CHECK(chips.sites.size() == 32);

  const auto xai = import::read_timelines(data + "epoch_chip_counts/xai_chip_quantities.csv", {}, problems);
  CHECK(xai.find("xAI Colossus 1")->rows.front().capacity == 230000);  // 150,000 + 50,000 + 30,000

  const auto helios = import::read_timelines(data + "helios_earth/Earth_gpu_number.csv", {}, problems);
  REQUIRE(problems.text() == "");
  CHECK(helios.rows == 181);
  double first = 0, last = 0;
  for (const auto& s : helios.sites) first += s.rows.front().capacity, last += s.rows.back().capacity;
  CHECK(first == 784);
  CHECK(last == 1208);
}
