// How fast chips turn out to be: with rates = "drawn" a draw multiplies what a chip was predicted to do by one number from the range in which
// that prediction can be trusted.
//
// A draw has one number per kind of chip, the stream "rate of CHIP", the same for all works, mixes and outcomes: if a chip is slower than
// predicted, it is so at whatever it does, and in every mix that buys it. How much slower is each work's own: a range says how far errors went in
// nine of ten cases (a guess where nothing was measured), and the factor is log-normal with its ends as P5 and P95 and the prediction as median;
// where the two sides differ, each half has its own width. Its mean is a little above 1: 1.02 for x0.70 to x1.42.
//
// A gang over several kinds of chips: sum of batch share x factor of its chip. Shares of the batch are chosen so that all take equally long, and
// who runs such a gang divides the batch by the speeds that he measures, so that none waits for another; the same rule as that of ports at unequal
// stages (fleet/rates.hpp). With shares as predicted it would go at the slowest factor. Where ports stand unequally too, the two means are multiplied.
//
// Not modelled: two chips of one family, whose errors have a common part, are drawn apart; works on one chip are not apart at all. The objective of a service
// is not simulated again: its capacity goes with the factor, and its latency stays. Checkpoints go over networks and keep their times.
#pragma once

#include <string>
#include <vector>

#include "base/draw.hpp"
#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/profile.hpp"

namespace capmix::study {

// Of the number that says how fast a kind of chip is.
Stream rate_stream(const std::string& chip);

// Ids of the chips whose rates draws of this scenario move, in the order of its chips: those of offers and of what stands at the start. None
// where rates are as predicted.
std::vector<std::string> drawn_chips(const Scenario& scenario);

// Multiplies the rate of a profile; > 0. 1 at modes, and where its trust range is 1 to 1.
double rate_factor(const Scenario& scenario, const RateKey& key, const StepProfile& profile, const Draw& draw);

// The same work at `factor` x the rate: step, its parts and its energy (the power stays) take 1 / factor, MFU goes with it. Rates relative to its own, its
// latency, memory and checkpoint stay.
StepProfile at_rate(StepProfile profile, double factor);

// The rates of a draw, of works on nodes that the plan has pods of; all others as they are, for no run asks for them.
RateTable drawn_rates(const Scenario& scenario, const Plan& plan, const RateTable& table, const Draw& draw);

// A run of the fleet at the rates that the study says: as predicted, or as drawn. As fleet::simulate: once per process.
Facts simulate_fleet(const Scenario& scenario, const Plan& plan, const RateTable& table, const Draw& draw, bool coarse = false);

}  // namespace capmix::study
