// Logs of failures: spells and outages by hand, and the published logs where they are at hand (CAPMIX_REFERENCE).
#include "import/failure_log.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.hpp"

using namespace capmix;

namespace {

import::FailureLog read(const std::string& path) {
  Diagnostics problems;
  auto log = import::read_failure_log(path, "", problems);
  INFO(problems.text());
  REQUIRE(log);
  return *log;
}

import::FailureLog read_as_file(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / ("capmix-failures-" + std::to_string(::getpid()));
  std::ofstream(path) << text;
  auto log = read(path.string());
  std::filesystem::remove(path);
  return log;
}

std::string published(const std::string& file) {
  const char* root = std::getenv("CAPMIX_REFERENCE");
  return root == nullptr ? "" : std::string(root) + "/data/" + file;
}

constexpr const char* kLanl =
    "System,nodes,nodenumz,node prod,node decom,Prob Started,Prob Fixed,Down Time,Facilities,Hardware,Human Error,Network,Undetermined,Software\n";

}  // namespace

TEST_CASE("outages of nodes become spells between them, silent nodes and the last one are censored") {
  // Three nodes from 1 September 2003; the file ends with the outage that begins on the 11th at 0:00, 10 days later.
  const auto log = read_as_file(std::string(kLanl) + "3,3,0,3-Sep,current,9/2/2003 0:00,9/2/2003 6:00,360,,CPU,,,,\n"
                                                      "3,3,1,3-Sep,current,9/11/2003 0:00,9/11/2003 1:00,60,,,,,,OS\n"
                                                      "3,3,0,3-Sep,current,9/2/2003 3:00,9/2/2003 4:00,60,,,,,,OS\n");
  CHECK(log.format == "lanl");
  CHECK(log.units == 3);
  REQUIRE(log.spells.size() == 4);
  // Node 0: a day until hardware; the outage inside the outage is part of it; then 8.75 days. Node 1: 10 days until software.
  // Node 2, which no row names: 10 days.
  CHECK(log.exposure() == test::Approx((1 + 8.75 + 10 + 10) * 86400));
  CHECK(log.events(1) == 1);
  CHECK(log.events(5) == 1);
  CHECK(log.outages.size() == 3);
  CHECK(log.disagree.empty());
}

TEST_CASE("silent nodes of a machine are gone when the machine is") {
  // Two nodes until 1 October 2003, one of them silent; another machine's outage ends the file a year later.
  const auto log = read_as_file(std::string(kLanl) + "3,2,0,3-Sep,3-Oct,9/2/2003 0:00,9/2/2003 6:00,360,,CPU,,,,\n4,1,0,before tracking,current,10/1/2004 0:00,10/1/2004 1:00,60,,CPU,,,,\n");
  CHECK(log.exposure() == test::Approx((1 + 28.75 + 30) * 86400));
}

TEST_CASE("a GPU that is inserted again goes on with its age") {
  const auto log = read_as_file("SN,location,insert,remove,duration,out,event\nA,x,2014-01-11 00:00:00,2014-01-13 00:00:00,172800,FALSE,\nA,x,2014-01-01 00:00:00,2014-01-02 00:00:00,86400,TRUE,DBE\n");
  REQUIRE(log.spells.size() == 2);
  CHECK(log.spells[0].cause == 0);
  CHECK(log.spells[1].entry == 86400);
  CHECK(log.spells[1].exit == 259200);
  CHECK(log.spells[1].cause == -1);
  CHECK(log.per == "chip");
}

TEST_CASE("the published LANL log: 11,002 outages, 10 whose down time disagrees") {
  const auto file = published("lanl_failures/lanl_failures_systems_except_2_8_16_20.csv.gz");
  if (file.empty()) return;
  const auto log = read(file);
  CHECK(log.rows == 11002);
  CHECK(log.refused.empty());
  CHECK(log.disagree.size() == 10);
  CHECK(log.groups.size() == 19);
  size_t by[6] = {};
  for (const auto& o : log.outages) ++by[o.cause];
  CHECK(by[0] == 138);
  CHECK(by[1] == 7630);
  CHECK(by[2] == 57);
  CHECK(by[3] == 77);
  CHECK(by[4] == 1053 + 129);
  CHECK(by[5] == 1918);
}

TEST_CASE("the published lives of Titan's GPUs: 5,209 failures in 100,820 GPU-years") {
  const auto file = published("titan_gpu_life/gc_full.csv.gz");
  if (file.empty()) return;
  const auto log = read(file);
  CHECK(log.rows == 37343);
  CHECK(log.aside.size() == 1158);
  CHECK(log.events(0) == 3787);
  CHECK(log.events(1) == 1422);
  CHECK(log.exposure() / 365.25 / 86400 == test::Approx(100820).epsilon(1e-4));
  for (const auto& d : log.disagree) WARN(d.line << ": " << d.why);
}

TEST_CASE("the published Grid'5000 trace: 259 nodes, 138,462 intervals") {
  const auto file = published("grid5000_fta/event_trace_G1_site1.tab.gz");
  if (file.empty()) return;
  const auto log = read(file);
  CHECK(log.rows == 138462);
  CHECK(log.aside.size() == 14);
  CHECK(log.refused.empty());
  CHECK(log.units == 259);
  CHECK(log.groups.size() == 4);
}
