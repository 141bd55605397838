// Mixes by shares of the chip budget: all combinations on a grid that producers can meet, for a search.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "study/worlds.hpp"

namespace capmix::study {

// What this buyer can spend on an offer by the horizon at modes, approvals aside, US dollars: units that its producer plans to make in the horizon x what
// it makes of them x its yield, and what distributors hold, x this buyer's share x the price. Later of the horizon's chips do not arrive in it: lead times
// are not taken off.
double supply_limit(const Scenario& scenario, Id<Offer> offer);

// Shares of 1 / steps that sum to 1, none above its limit (a share; rounding is forgiven), by the first, then the second, descending. Empty when the limits
// leave none.
std::vector<std::vector<double>> shares_within(const std::vector<double>& limits, int steps);

// The worlds with these mixes instead of the study's: shares of its chip budget by offer, in the order of its offers. Ids such as "60-30-10", in percent.
Worlds with_shares(const Worlds& worlds, const std::vector<std::vector<double>>& shares);

// The shares of such a mix out of a results file: those that give its id, and of a budget (US dollars) exactly the money by offer that it plans, to the last
// bit, so that the mix made of them is the one whose runs the file holds. Nothing where there are none: it is no mix by shares, or of another budget.
std::optional<std::vector<double>> shares_of(const std::string& id, const std::vector<double>& usd, double budget);

}  // namespace capmix::study
