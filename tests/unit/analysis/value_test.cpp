// The table of what a unit is worth: order, intervals, zeros, widths.
#include "analysis/value.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/table.hpp"
#include "catch.hpp"
#include "example.hpp"

using namespace capmix;
using test::Approx;

namespace {

ValueReport report(bool drawn) {
  ValueReport r{"b", "drawn", "train.reference_tokens", "tokens", 2e15, {}, {}};
  r.values = {{"power north", "MW", 10, 1e12, {}}, {"money", "USD bn", 2, 0, {}}, {"production big", "k chips a year", 20, 3e12, {}},
              {"port cann/llm-training", "30 days", 1, -5e12, {}}, {"approval licence", "30 days", 1, 1e3, {}}};
  if (!drawn) return r;
  // Power is worth nothing at modes and 1, 2, 3, 4 T by draw: mean 2.5, interval as in compare_test.
  r.draws = {1e15, 1e15, 1e15, 1e15};
  for (auto& v : r.values) v.draws = std::vector<double>(4, v.modes);
  r.values[0].modes = 0;
  r.values[0].draws = {1e12, 2e12, 3e12, 4e12};
  return r;
}

nlohmann::json values(const ValueReport& r) { return nlohmann::json::parse(analysis::values_to_json(example::info(), r)); }

}  // namespace

TEST_CASE("the greatest value stands first, and rounding is no value") {
  const auto at_modes = values(report(false));
  const auto& rows = at_modes.at("values");
  CHECK(rows[0].at("constraint") == "production big");
  CHECK(rows[1].at("constraint") == "power north");
  CHECK(rows[4].at("constraint") == "port cann/llm-training");
  CHECK(rows[3].at("constraint") == "approval licence");  // 1e3 of 2e15 tokens
  CHECK(rows[3].at("modes") == 0);
  CHECK(rows[0].at("percent_by_nudge").get<double>() == Approx(100 * 20 * 3e12 / 2e15));
  CHECK(rows[0].at("mean").is_null());
  CHECK(at_modes.at("draws") == 0);
}

TEST_CASE("over draws the mean ranks, with its paired interval") {
  const auto drawn = values(report(true));
  const auto& power = drawn.at("values")[1];
  CHECK(power.at("constraint") == "power north");
  CHECK(power.at("modes") == 0);
  CHECK(power.at("mean").get<double>() == Approx(2.5e12));
  CHECK(power.at("low").get<double>() == Approx((2.5 - 2.353363 * 0.645497) * 1e12).epsilon(1e-5));
  CHECK(power.at("percent_by_nudge").get<double>() == Approx(100 * 10 * 2.5e12 / 1e15));
  CHECK(drawn.at("mean").get<double>() == Approx(1e15));
}

TEST_CASE("the table fits, and says what it is about") {
  for (const bool drawn : {false, true})
    for (const int width : {60, 80, 100}) {
      std::istringstream lines(analysis::render_values(example::info(), report(drawn), width));
      for (std::string line; std::getline(lines, line);) {
        INFO(line);
        CHECK(analysis::columns(line) <= static_cast<size_t>(width));
      }
    }
  const std::string text = analysis::render_values(example::info(), report(true), 100);
  for (const char* part : {"for `second`, as drawn", "train.reference_tokens: 2000 T tokens at modes, 1000 in the mean over 4 draws",
                           "+0.981 to +4.02", "-5.00"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}
