// Where the money for chips comes from: profit and its shocks, and the loop from compute back to money.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/draw.hpp"
#include "base/quantity.hpp"

namespace capmix {

// What capex is spent on. Chips are bare chips, servers all that stands around them in a rack.
inline constexpr const char* kCapexItems[] = {"land", "shell", "power", "cooling", "network", "servers", "chips", "other"};
inline constexpr size_t kCapexItemCount = std::size(kCapexItems);
inline constexpr size_t kChipsItem = 6;

// Something that costs profit, and demand in one region, from a day on: an app is banned, revenue collapses.
struct Shock {
  std::string id;
  Uncertain<double> probability{1.0};
  Uncertain<Date> date;
  std::optional<Uncertain<Days>> lasts;  // absent: for good
  Uncertain<double> profit{0.0};         // share of the profit that is lost
  std::string region;                    // of a service's demand; "": no demand is lost
  Uncertain<double> demand{0.0};         // share of that region's requests that is lost
};

// Capex of a year = payout x profit + extra; the study's chip money is its share `chips`.
struct Finance {
  Uncertain<Usd> profit;                 // of `base_year`
  int base_year = 0;
  Uncertain<double> growth{0.0};         // of the profit, a year
  Uncertain<double> payout{1.0};         // share of the profit that may become capex
  Uncertain<Usd> extra{Usd(0)};          // a year: debt, savings
  std::array<double, kCapexItemCount> split{};  // shares of the capex by item; sum 1
  std::vector<Shock> shocks;
};

// US dollars per FLOP, counted at the dense BF16 peak.
using UsdPerFlop = Quantity<0, -1, 0, 0, 1>;

// Compute earns, what it earns buys compute.
struct Loop {
  Uncertain<UsdPerFlop> revenue;         // of capacity that own services use
  Uncertain<UsdPerFlop> rent{UsdPerFlop(0)};  // of capacity that they leave over and that is sold to others
  Uncertain<double> reinvest{1.0};       // share of that revenue that buys chips
  Uncertain<Days> delay;                 // from the end of a quarter to the orders that its revenue pays
  std::optional<Uncertain<FlopRate>> demand;  // own services want so much at the start; absent: all there is
  Uncertain<double> elasticity{0.0};     // own demand goes with (compute `delay` ago / compute at the start)^elasticity
};

}  // namespace capmix
