// What a run costs, with discounting and depreciation. All amounts in US dollars; times in years from the study's start. Pure.
//
// Paid: chips as they are delivered; what a prepayment or a premium lost, on the day of its order; energy by month; engineers of ports from
// start to end of their work. An amount at time t is worth (1 + r)^-t of it at the start. Chips keep a straight-line residual value: paid at t
// and at the horizon T, 1 - (T - t) / life of their price, which is taken off. So what is left is what the horizon uses up.
// Not in it: hosts, network and halls (no fact of a run prices them, and halls are the same for all mixes), staff, and chips that stood there
// before, whose money is spent either way.
#pragma once

#include "model/facts.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

struct CostOptions {
  double discount = 0.08;              // a year; an assumption: about the cost of capital of large internet firms
  double life = 5;                     // years of a chip, straight line; an assumption: cloud firms write off servers in four to six
};

struct Cost {
  double chips = 0, lost = 0, energy = 0, porting = 0;  // paid within the horizon, not discounted
  double residual = 0;                 // of the chips at the horizon, not discounted
  double present = 0;                  // of all that is paid, less that of the residual
  double porting_present = 0;          // of it, of the engineers of ports
  double tokens = 0;                   // of the reference model, each discounted as the money is
  double bought_tokens = 0;            // on kinds of chips that are on offer, not discounted
  double paid() const { return chips + lost + energy + porting; }
  double per_ttoken() const;           // present / tokens x 1e12: levelised; inf when nothing is trained
  double price_per_ttoken() const;     // chips / bought_tokens x 1e12, as the metric cost.usd_per_ttoken: what the chips cost, gross; inf likewise
};

Cost cost(const results::StudyInfo& info, const Facts& facts, const CostOptions& options);

}  // namespace capmix::analysis
