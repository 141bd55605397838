// The part of a plan's text that is about approvals over time, blocked money and its way, and producers' markets.
#pragma once

#include <string>

#include "model/facts.hpp"

namespace capmix::analysis {

// Decisions, their history where there is more than one step, and what a ratio unlocks. "" without approvals.
std::string render_approvals(const Facts& facts, int width);
// Of the blocked money, how much was converted by when at which price, by quarter, and what kept the rest. "" when
// nothing was blocked.
std::string render_redirect(const Facts& facts, int width);
// By quarter: wanted, made, stock, price and wait of the producers that others buy from too. "" when there are none.
std::string render_market(const Facts& facts, const std::string& start, int width);

}  // namespace capmix::analysis
