// How good a fit is on what it never saw: random splits of families, and whole publishing groups left out. The fit
// that ships is then made on all cases; its ranges come from the refits, its trust from the held-out errors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "calibrate/fit.hpp"

namespace capmix::calibrate {

// The points on which others report the error of their models: scored, and never part of a fit.
inline constexpr const char* kNeverFitted = "megatron-lm";

using Cases = std::vector<const step::Case*>;

// Of each class the share of the families that a split fits (at least one is fitted), drawn by seed, split and name:
// a family that is added elsewhere moves no other one's lot.
std::set<std::string> drawn_families(const std::map<std::string, std::set<std::string>>& by_class, double share, uint64_t seed, int split);

// The values that a fit moves, of one catalogue.
struct Values {
  Table<Efficiency> efficiencies;
  Table<Software> software;
};

// A case that a fit did not see.
struct Held {
  const step::Case* of = nullptr;
  std::string work_class, chip_family;
  double error = 0;           // ln(predicted / measured), positive: too slow
};

struct HeldOut {
  std::string name;           // class of work; or group
  int n = 0;                  // cases over all splits
  double median = 0, p90 = 0; // of |error|; classes: mean over the splits
  std::vector<double> medians, p90s;  // by split
};

struct Options {
  int splits = 10;
  uint64_t seed = 1;
  double share = 0.6;
  std::function<void(const std::string& what, int done, int total)> progress = [](const std::string&, int, int) {};
};

struct Calibration {
  Values values;                  // fitted on all
  std::vector<Values> refits;     // by split
  std::vector<Held> held;         // over all splits
  std::vector<HeldOut> classes;   // by class of work
  std::vector<HeldOut> chips;     // by class of work and family of chips, over all splits
  std::vector<HeldOut> groups;    // left out whole, their software's factor known: "group, class"; and "all groups, class"
  std::vector<HeldOut> strangers; // the same, with software that no other group uses at its expected factor
  int cases = 0, families = 0;
};

// `start` holds the values to start from. The same cases, start and seed give the same digits.
Calibration calibrate(const Scenario& start, const Cases& cases, const Options& options = {});

// The cases that may be fitted: usable, not suspect, of no group in `never`, priced without complaint. What is left
// out keeps why, by case id.
Cases fit_for(const std::vector<step::Case>& cases, const Scenario& start, const std::set<std::string>& never, std::map<std::string, std::string>& left_out);

}  // namespace capmix::calibrate
