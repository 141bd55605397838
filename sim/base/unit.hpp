// Reads quantities as people write them: "141 GB", "4.8 TB/s", "400 Gbit/s", "700 W", "USD 14bn",
// "CNY 40bn", "USD 3.5m/MW", "20 %", "13.5 months". Prefixes are decimal (GB = 10^9 B) unless
// binary is written (GiB = 2^30 B).
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/calendar.hpp"
#include "base/quantity.hpp"

namespace capmix {

// Exponents of second, flop, byte, joule, US dollar.
using Dimension = std::array<int, 5>;

template <class Q>
struct DimensionOf;
template <int T, int F, int B, int J, int M>
struct DimensionOf<Quantity<T, F, B, J, M>> {
  static constexpr Dimension value{T, F, B, J, M};
};
template <>
struct DimensionOf<double> {
  static constexpr Dimension value{0, 0, 0, 0, 0};
};

struct UnitResult {
  bool ok = false;
  double value = 0;     // in base units (seconds, flop, bytes, joules, US dollars), or days
  std::string problem;  // "unknown unit \"MWh\" (expected a power, such as \"200 MW\"); did you mean \"MW\"?"
};

// Reads `text` as a quantity of dimension `want`. `cny_per_usd` is the stated rate; a CNY amount
// without one is a problem.
UnitResult parse_quantity(const std::string& text, const Dimension& want,
                          std::optional<double> cny_per_usd = std::nullopt);
// Reads "13.5 months", "90 days", "6 weeks", "2 years".
UnitResult parse_duration(const std::string& text);
// What a dimension is called, with an example: "a power, such as \"200 MW\"".
std::string describe(const Dimension& d);

// Short text of a value with an SI prefix and three significant digits: si(4.8e12, "B/s") = "4.80 TB/s".
std::string si(double value, const std::string& unit);
// The same of what comes one by one, of which there are no thousandths: si_counted(0.285, "requests/s") = "0.285 requests/s".
std::string si_counted(double value, const std::string& unit);
std::string money(Usd amount);  // "USD 14.0bn"

}  // namespace capmix
