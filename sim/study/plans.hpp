// Monte Carlo of one plan: the dates of one mix and one outcome in many draws, without simulation. Draws are made in
// chunks by processes of their own and put together in their order: equal numbers, however many processes there were.
#pragma once

#include "model/plan_draws.hpp"
#include "study/rates.hpp"
#include "study/worlds.hpp"

namespace capmix::study {

struct PlanDrawsOptions {
  std::string mix, outcome;            // ids
  int draws = 1000;                    // numbers 0 to draws - 1 of the study's seed
  int jobs = 1;
  bool binding = true;                 // also the min-cut of each quarter
  Progress progress;
};

// Throws std::runtime_error when a draw fails: what it said.
PlanDraws draw_plans(const Worlds& worlds, const PlanDrawsOptions& options);

}  // namespace capmix::study
