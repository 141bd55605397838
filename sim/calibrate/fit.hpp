// Fits of efficiencies to published measurements: a few values per chip family and one factor per class of software,
// none per case. Robust least squares on ln(predicted / measured) (Ceres), held near the initial values by a weak
// prior, so that what no measurement speaks of stays where the catalogue had it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/study.hpp"
#include "step/cases.hpp"

namespace capmix::calibrate {

// One value that is fitted, within bounds; `spread` is the prior's standard deviation in ln.
struct Knob {
  const char* name;
  double (*get)(const Efficiency&);
  void (*set)(Efficiency&, double);
  double low, high, spread;
  double kin = 1;             // how much closer than other values it stays to the kin's: what software decides, not the chip
};
const std::vector<Knob>& knobs();

// Predicted seconds of one step of a case by closed form under a catalogue; throws std::invalid_argument.
Seconds predict(const step::Case& c, const Scenario& catalogue);
// ln(predicted / measured), positive when too slow a step is predicted, whatever the unit.
double error(const step::Case& c, const Scenario& catalogue);

struct FitOptions {
  bool factors = true;        // fit the software classes too
};
// Fits the efficiencies and software factors that `cases` touch, in place. Returns the iterations taken.
int fit(Scenario& catalogue, const std::vector<const step::Case*>& cases, const FitOptions& options = {});

}  // namespace capmix::calibrate
