// The rules, one function each. Private to the room audit.
#pragma once

#include "audit/statements.hpp"

namespace capmix::audit {

using Findings = std::vector<Finding>;

// money.cpp
void same_quantity(const Statements& s, Findings& out);     // one thing, several values: the two that are farthest apart
void parts_of_whole(const Statements& s, Findings& out);    // parts that are more than their whole
void means(const Statements& s, Findings& out);             // capex of a year beyond the profit of the last one that is known
void exchange(const Statements& s, Findings& out);          // one amount in two currencies: the rates that follow
void one_number(const Statements& s, Findings& out);        // one number for two quantities or years
// shares.cpp
void stated_ratio(const Statements& s, Findings& out);      // a share or a growth against the two amounts that it divides
void chip_share(const Statements& s, Findings& out);        // shares of chips in capex that follow from amounts
void orders_in_budget(const Statements& s, Findings& out);  // orders together against each budget
void chips_then_capex(const Statements& s, Findings& out);  // chips of a year against all capex of the next one
// chips.cpp
void order_and_output(const Statements& s, Findings& out);  // chips that an order buys, against a year's production
void price_ceiling(const Statements& s, Findings& out);     // a maker's revenue over its production, against prices
void order_and_quota(const Statements& s, Findings& out);   // what a quota of chips may cost, against the order
void peak_precision(const Statements& s, Findings& out);    // at which precision a peak without one is true
void performance(const Statements& s, Findings& out);       // which pair of rates makes a comparison true
// study.cpp
void study_power(const Statements& s, Findings& out);       // power of the chips that a mix buys, against the new halls
void study_capex(const Statements& s, Findings& out);       // halls, hosts and chips against the capex
void study_cash(const Statements& s, Findings& out);        // a mix's money against what [finance] gives for chips by the horizon
void study_output(const Statements& s, Findings& out);      // chips that a mix orders, against this buyer's output
void study_quota(const Statements& s, Findings& out);       // and against the quota of its approvals
void study_idle(const Statements& s, Findings& out);        // work that no chip may do
void study_chip_share(const Statements& s, Findings& out);  // the chip budget's share against those that sources give

// Shares of chips in the capex of `about` in a year, from amounts that are part of each other.
struct ImpliedShare {
  const Claim* chips;
  const Claim* capex;
  Span share;
};
std::vector<ImpliedShare> implied_shares(const Statements& s, const std::string& about, int period);

}  // namespace capmix::audit
