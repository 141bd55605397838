// The part of `capmix plan` that is about money.
#include <sstream>

#include "analysis/render_money.hpp"
#include "analysis/table.hpp"
#include "catch.hpp"

using namespace capmix;

namespace {

Facts example() {
  Facts f;
  for (const char* quarter : {"2026-Q1", "2026-Q2"})
    for (const char* item : {"profit", "capex", "land", "shell", "power", "cooling", "network", "servers", "chips", "other", "ordered"})
      f.of<MoneyFact>().push_back({quarter, item, std::string(item) == "land" ? 0 : 1.25e9});
  f.of<LostRegionFact>().push_back({"americas", "ban", "2026-07-01", "never", 0.95});
  f.of<LoopFact>().push_back({"2026-Q1", "2026-10-01", 4e20, 1e20, 2e9, 5e8, 1e9, 0.3, 0.217, 1.49});
  f.of<WaitingFact>().push_back({"h200", "2026-05-30", 35840, 36502.9});
  return f;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("money, lost regions, the loop and waiting chips are told, and fit their width") {
  for (const int width : {60, 80, 100}) {
    std::istringstream lines(analysis::render_money(example(), width));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(analysis::columns(line) <= static_cast<size_t>(width));
      CHECK((line.empty() || line.back() != ' '));
    }
  }
  const std::string text = analysis::render_money(example(), 100);
  CHECK(has(text, "Money by quarter, USD bn"));
  CHECK_FALSE(has(text, "land"));  // always 0
  CHECK(has(text, "americas       95  2026-07-01  never  ban"));
  CHECK(has(text, "30.0       21.7"));
  CHECK(has(text, "35840  2026-05-30        36503"));
}

TEST_CASE("a plan without money says nothing of it") { CHECK(analysis::render_money(Facts(), 100).empty()); }
