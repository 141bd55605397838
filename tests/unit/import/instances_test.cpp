// An inventory of instances: a small one by hand, broken rows, and the published one (CAPMIX_REFERENCE).
#include "import/instances.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/statistics.hpp"
#include "catch.hpp"

using namespace capmix;
using import::Held;
using import::Inventory;
using import::Side;

namespace {

const std::string kHeader = "instance_sn,role,app_name,cpu_request,cpu_limit,gpu_request,gpu_limit,rdma_request,rdma_limit,memory_request,memory_limit,creation_time,scheduled_time,deletion_time\n";

std::string row(const std::string& id, const std::string& role, const std::string& app, int gpus, const std::string& times) {
  return id + "," + role + "," + app + ",8,8," + std::to_string(gpus) + "," + std::to_string(gpus) + ",25,25,32.0,32.0," + times + "\n";
}

std::optional<Inventory> read(const std::string& text, Diagnostics& problems) {
  const auto path = (std::filesystem::temp_directory_path() / ("capmix-instances-" + std::to_string(::getpid()))).string();
  std::ofstream(path, std::ios::binary) << text;
  auto out = import::read_instances(path, problems);
  std::filesystem::remove(path);
  return out;
}

Inventory read(const std::string& rows) {
  Diagnostics problems;
  auto out = read(kHeader + rows, problems);
  INFO(problems.text());
  REQUIRE(out);
  CHECK(out->rows == out->instances.size() + out->refused.size());
  return *out;
}

}  // namespace

// Of app_2: one instance of 2 chips throughout, one of 1 from 100 to 300 (created at 60, so it waited 40 s), one that is
// deleted when it is created. Of app_10: one from before the start to 200, one of 4 from 300 to the end. The file ends at 400,
// when an instance on a CPU node of app_2 goes that was there from the start.
TEST_CASE("what instances hold is a function of steps") {
  const auto all = read(row("a", "HN", "app_2", 2, ",,") + row("b", "HN", "app_2", 1, "60,100,300") + row("c", "HN", "app_2", 1, "150,150,150") + row("d", "HN", "app_10", 1, ",,200") +
                        row("e", "HN", "app_10", 4, "300.0,300.0,NaN") + row("f", "CN", "app_2", 0, ",,400"));
  CHECK(all.end == 400);
  CHECK(all.apps() == std::vector<std::string>{"app_2", "app_10"});
  CHECK(all.instances[1].wait() == 40.0);
  CHECK(!all.instances[0].wait());
  CHECK(all.instances[0].nic == 0.25);
  CHECK(all.instances[0].memory == 32 * 0x1p30);
  const auto chips = import::held(all, Side::accelerator, Held::accelerators);
  CHECK(chips.from == std::vector<std::pair<double, double>>{{0, 3}, {100, 4}, {200, 3}, {300, 6}});
  CHECK(chips.at(0) == 3);
  CHECK(chips.at(99.9) == 3);
  CHECK(chips.at(100) == 4);
  CHECK(chips.last() == 6);
  CHECK(chips.least() == 3);
  CHECK(chips.mean() == test::Approx((300 + 400 + 300 + 600) / 400.0));
  CHECK(import::held(all, Side::accelerator, Held::instances, "app_2").from == std::vector<std::pair<double, double>>{{0, 1}, {100, 2}, {300, 1}});
  CHECK(import::held(all, Side::host, Held::cpus).from == std::vector<std::pair<double, double>>{{0, 8}, {400, 0}});

  const auto pools = import::pools_of(all);
  REQUIRE(pools.size() == 2);
  CHECK(pools[0].app == "app_2");
  CHECK(pools[0].chips_each == test::Approx(4 / 3.0));
  CHECK(pools[0].hosts_each == test::Approx(1 / 1.5));  // one host throughout; 1 instance for 200 s and 2 for 200 s
  CHECK(pools[1].hosts_each == 0);
  for (double t = 0; t <= 400; t += 20) CHECK(pools[0].chips.at(t) + pools[1].chips.at(t) == chips.at(t));
}

// 3 chips to 5400 s, 5 to 9000 s, 2 to the end at 9900 s: hours of 3, (1800 x 3 + 1800 x 5) / 3600 = 4, and of the last 2700 s
// 1800 x 5 and 900 x 2: 4. The hours times their lengths are what was held: 10800 + 14400 + 10800 = 16200 + 18000 + 1800.
TEST_CASE("means by the hour keep what was held") {
  const auto all = read(row("a", "HN", "app_1", 3, ",,5400") + row("b", "HN", "app_1", 5, "5400,5400,9000") + row("c", "HN", "app_1", 2, "9000,9000,") + row("d", "CN", "app_1", 0, ",,9900"));
  const auto steps = import::held(all, Side::accelerator, Held::accelerators);
  REQUIRE(steps.hourly().size() == 3);
  CHECK(steps.hourly()[0] == 3);
  CHECK(steps.hourly()[1] == test::Approx(4));
  CHECK(steps.hourly()[2] == test::Approx(4));
  CHECK(steps.mean() * steps.end == test::Approx(36000));
  // Without any time at all there is one hour.
  CHECK(import::held(read(row("a", "HN", "app_1", 3, ",,")), Side::accelerator, Held::accelerators).hourly() == std::vector<double>{3});
}

TEST_CASE("an instance that was never scheduled holds nothing") {
  const auto all = read(row("a", "HN", "app_1", 1, "50,,") + row("b", "HN", "app_1", 1, ",20,90"));
  CHECK(import::held(all, Side::accelerator, Held::accelerators).from == std::vector<std::pair<double, double>>{{0, 0}, {20, 1}, {90, 0}});
}

TEST_CASE("broken instances are refused with their lines") {
  const auto all = read(row("a", "HN", "app_1", 1, ",,") + row("b", "GN", "app_1", 1, ",,") + row("", "HN", "app_1", 1, ",,") + row("c", "HN", "", 1, ",,") + row("d", "HN", "app_1", -1, ",,") +
                        row("e", "HN", "app_1", 1, "soon,,") + row("f", "HN", "app_1", 1, "100,50,") + row("g", "HN", "app_1", 1, "100,100,50") + row("a", "HN", "app_1", 1, ",,") + "h,HN\n");
  std::string told;
  for (const auto& r : all.refused) told += std::to_string(r.line) + ": " + r.why + "\n";
  CHECK(told ==
        "3: role is \"GN\" (expected CN or HN)\n4: has no instance_sn\n5: has no app_name\n6: gpu_request is -1 (expected at least 0)\n7: creation_time is \"soon\" (expected a number)\n"
        "8: is scheduled before it is created\n9: is deleted before it is scheduled\n10: names instance a again, of line 2\n11: has 2 fields (expected 14, as in the header)\n");
  for (const auto& [text, want] : {std::pair<std::string, std::string>{"", "is empty"}, {kHeader, "holds no row below its header"}, {"ds,y\n1,2\n", "this looks like wikipedia-hourly"},
                                   {kHeader + "a,HN\n", "no row of 1 can be used"}, {std::string(64, '\0'), "is binary"}, {std::string("\x1f\x8b\x08\0", 4), "is cut off"}}) {
    Diagnostics problems;
    CHECK(!read(text, problems));
    INFO(problems.text());
    CHECK(problems.text().find(want) != std::string::npos);
  }
}

// Its README: 13,379 instances, CN 8,905, HN 4,474 of one chip each; 104 apps. Running at the start HN 1,887, CN 2,337; at
// the end HN 1,929, CN 3,044. By the hour HN 1,837 to 1,996 (mean 1,896), CN 2,337 to 3,089. 15 live 0 s. Waits: HN P99
// 4,482 s, greatest 238,116 s. It counts times in whole hours; between them HN goes from 1,835 to 2,041.
TEST_CASE("the published inventory is read whole") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  Diagnostics problems;
  const auto all = import::read_instances(std::string(reference) + "/data/alibaba_dlrm_2025/dlrm_apps_not_mult3.csv", problems);
  INFO(problems.text());
  REQUIRE(all);
  CHECK(all->instances.size() == 13379);
  CHECK(all->refused.empty());
  CHECK(all->apps().size() == 104);
  CHECK(std::fabs(all->end - 2'677'380) <= 1);
  size_t count[2] = {0, 0}, zero = 0;
  std::vector<double> waits[2];
  for (const auto& i : all->instances) {
    const auto side = static_cast<size_t>(i.side);
    ++count[side];
    CHECK(i.accelerators == (i.side == Side::accelerator ? 1 : 0));
    zero += i.created && i.deleted == i.created ? 1 : 0;
    if (i.wait()) waits[side].push_back(*i.wait());
  }
  CHECK(count[0] == 8905);
  CHECK(count[1] == 4474);
  CHECK(zero == 15);
  CHECK(quantile(waits[1], 0.5) == 0);
  CHECK(quantile(waits[1], 0.99) == test::Approx(4482));
  CHECK(std::max(quantile(waits[0], 1), quantile(waits[1], 1)) == 238116);
  const double want[2][4] = {{2337, 3044, 2337, 3089}, {1887, 1929, 1837, 1996}};
  for (const Side side : {Side::host, Side::accelerator}) {
    const auto s = import::held(*all, side, Held::instances);
    const auto* w = want[static_cast<size_t>(side)];
    double low = s.first(), high = s.first();
    for (double t = 0; t <= s.end; t += 3600) low = std::min(low, s.at(t)), high = std::max(high, s.at(t));
    CHECK(s.first() == w[0]);
    CHECK(s.last() == w[1]);
    CHECK(low == w[2]);
    CHECK(high == w[3]);
  }
  const auto chips = import::held(*all, Side::accelerator, Held::accelerators);
  CHECK(chips.mean() == test::Approx(1896).epsilon(5e-4));
  // Every app has both roles, and the pools together hold what the fleet does.
  const auto pools = import::pools_of(*all);
  CHECK(pools.size() == 104);
  for (double t = 0; t <= all->end; t += 86400) {
    double sum = 0;
    for (const auto& p : pools) sum += p.chips.at(t);
    CHECK(sum == chips.at(t));
  }
}
