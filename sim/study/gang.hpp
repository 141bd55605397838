// One gang under one failure model, without a study: its goodput by closed form at modes and over the range of the inputs, and as many
// simulated lives as one wants; and published runs set beside it.
#pragma once

#include <string>
#include <vector>

#include "fleet/gang_life.hpp"
#include "model/study.hpp"
#include "step/checkpoint.hpp"

namespace capmix::study {

struct GangQuestion {
  Failures failures;
  double chips = 0;
  Layout layout;
  step::CheckpointShape checkpoint;  // nodes and chips_per_node follow from `chips` and `layout`
  Seconds interval;                // 0: Young-Daly's
  double spares = -1;              // nodes; negative: the failure model's share
  Seconds length;                  // of each simulated life
  int lives = 0;                   // that are simulated
  int draws = 1000;                // of the inputs
  uint64_t seed = 1;
};

struct GangAnswer {
  CheckpointTimes checkpoint;
  fleet::GangFailures gang;        // at modes
  fleet::GangShares expected;      // at modes
  std::vector<double> goodputs, between;  // by draw of the inputs, ascending; between: s from one strike to the next
  std::vector<fleet::GangTimes> lives;    // inputs at modes; strikes by chance
};
// Throws std::invalid_argument for a gang or a checkpoint that cannot be.
GangAnswer answer(const GangQuestion& question);

// What was published of a run, and what to predict it from. quantity: interruptions (a count), effective-time (a share), mttf (h),
// stall (s).
struct PublishedRun {
  std::string id, source, quantity, relation, rests, note;  // relation: "=", ">" or "up to"; rests: what was input, in words
  double value = 0;                // published: a count, a share, hours or seconds
  GangQuestion question;
};
// Predicted: at modes, and a range. Of a count: the 95 % range of a Poisson count; else the P5 to P95 of the inputs' draws.
// holds: of "=" that the published value is in the range, or within kRounding of what is predicted, since rates are published with two
// digits; of ">" that more is predicted at modes; of "up to" that the range reaches down to the published value.
inline constexpr double kRounding = 0.03;
struct RunScore {
  double predicted = 0, low = 0, high = 0;
  bool holds = false;
};
RunScore score(const PublishedRun& run);

}  // namespace capmix::study
