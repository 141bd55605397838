#include <sstream>

#include "analysis/render.hpp"
#include "analysis/table.hpp"
#include "catch.hpp"
#include "example.hpp"

using namespace capmix;

namespace {

DateSpread dates(int p10, int p90, double share = 1) {
  return {Date::of(2026, 1, 1) + Days{1.0 * p10}, Date::of(2026, 1, 1) + Days{(p10 + p90) / 2.0}, share < 0.9 ? Date::never() : Date::of(2026, 1, 1) + Days{1.0 * p90}, share};
}

PlanDraws draws() {
  PlanDraws d;
  d.mix = "a", d.outcome = "drawn", d.draws = 10000;
  d.halls = {{"north/h1", dates(100, 200), dates(100, 200), dates(90, 180), dates(200, 300, 0.6)}, {"north/h2", dates(120, 220), dates(120, 220), dates(99, 182), dates(1, 2)}};
  d.tasks = {{"north/h1", "grid", "Grid connection", 0.6, 12, 240}, {"north/h2", "grid", "Grid connection", 0.8, 6, 250},
             {"north/h1", "shell", "Shell", 0.1, 40, 150}, {"north/h2", "shell", "Shell", 0.2, 60, 150}};
  d.approvals = {{"licence", 0.7, dates(10, 60), dates(10, 60, 0.7)}};
  d.ports = {{"cann/llm-training", dates(50, 80), dates(200, 400)}};
  d.offers = {{"offer-big", {1000, 2000, 3000, 2000}, {1e9, 2e9, 3e9, 2e9}, {0, 0, 1e8, 1e7}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}}, {"offer-none", {}, {}, {}, {}, {}, {}}};
  d.binding = {{"2026-Q1", "approval licence (offer-big)", 0.7}, {"2026-Q1", "power", 0.299}, {"2026-Q1", "demand", 0.001}};
  return d;
}

}  // namespace

TEST_CASE("many draws as tables stay inside the width and name what they show") {
  for (const int width : {60, 80, 100}) {
    std::istringstream lines(analysis::render_plan_draws(example::info(), draws(), width));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(analysis::columns(line) <= static_cast<size_t>(width));
    }
  }
  const std::string text = analysis::render_plan_draws(example::info(), draws(), 100);
  for (const char* part : {"10000 draws", "north/h1", "never", "Grid connection", "north: task", "  70  ", "licence", "cann/llm-training", "offer-big", "approval licence (offer-big) (70 %)", "power (30 %)"}) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
  for (const char* part : {"offer-none", "demand"}) CHECK(text.find(part) == std::string::npos);
  PlanDraws unbound = draws();
  unbound.bound = false, unbound.binding.clear();
  CHECK(analysis::render_plan_draws(example::info(), unbound, 80).find("--no-binding") != std::string::npos);
}

TEST_CASE("many draws as JSON: never is null") {
  const std::string text = analysis::plan_draws_to_json(example::info(), draws());
  for (const char* part : {"\"draws\": 10000", "\"critical\": 0.6", "\"p90\": null", "\"share\": 0.6", "\"constraint\": \"power\""}) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}

// Width 100: the chart takes what the longest name and its frame leave, to the last column.
TEST_CASE("the chart alone fills the width") {
  Facts f;
  f.of<DateFact>() = {{"task-start", "north/h1/Permit", "2026-01-01", 0, "critical, delayed"}, {"task-end", "north/h1/Permit", "2026-03-02", 0, "critical, delayed"},
                      {"task-start", "north/h1/Grid", "2026-03-02", 0, "critical"}, {"task-end", "north/h1/Grid", "2026-12-31", 0, "critical"}};
  for (const int width : {60, 100}) {
    std::istringstream lines(analysis::render_gantt(example::info(), {"a", "drawn", -1}, f, width));
    size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, analysis::columns(line));
    CHECK(widest == static_cast<size_t>(width));
  }
  const std::string text = analysis::render_gantt(example::info(), {"a", "drawn", -1}, f, 100);
  CHECK(text.find("days per character") != std::string::npos);
  CHECK(text.find("Permit (delayed)  |####") != std::string::npos);
  CHECK(text.find("Halls:") == std::string::npos);
}
