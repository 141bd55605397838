// Every data file of the project is good input.
#include <algorithm>
#include <filesystem>

#include "catch.hpp"
#include "scenario/scenario.hpp"

namespace fs = std::filesystem;
using namespace capmix;

TEST_CASE("every file of platforms, workloads, studies and claims is accepted") {
  std::vector<std::string> files;
  for (const char* top : {"platforms", "workloads", "analysis/studies", "analysis/claims"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(CAPMIX_SOURCE_DIR) / top))
      if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  CHECK(files.size() > 40);
  Diagnostics problems;
  const auto summaries = scenario::check(files, problems);
  CHECK(problems.text() == "");
  CHECK(summaries.size() == files.size());
  CHECK(std::count_if(summaries.begin(), summaries.end(), [](const auto& s) { return s.kind == "study"; }) >= 3);
}

TEST_CASE("the catalogue can be read without a study") {
  const Scenario s = scenario::load_catalogue((fs::path(CAPMIX_SOURCE_DIR) / "platforms").string());
  CHECK(s.chips.size() >= 8);
  CHECK(s.nodes.size() >= 8);
  for (const auto& chip : s.chips) {  // each says whose it is
    INFO(chip.id);
    CHECK(chip.country == (chip.supplier == "Huawei" ? "CN" : "US"));
  }
  CHECK(s.nodes[s.nodes.find("atlas-350-server")].host_path.value() == 12.6e9);
  CHECK(s.nodes[s.nodes.find("hgx-h200")].host_path.value() == 0);
  CHECK_THROWS_AS(scenario::load_catalogue("no/such/directory"), InputError);
}
