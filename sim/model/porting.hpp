// When a workload family runs on a software stack, and how well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/supply.hpp"

namespace capmix {

struct PortStage {
  std::string id;
  Uncertain<Days> duration;
  Uncertain<double> efficiency;  // after the stage, as the source gives it (relative to the native stack)
};

// One family on one stack. The stages are a chain in this version; a DAG with shared components is
// not modelled yet.
struct Port {
  std::string stack, family;
  Date start;                    // work begins
  std::vector<PortStage> stages; // ascending; the last one is production
  int functional = 0;            // index of the stage from whose end on real work may run
  double retry_probability = 0;  // that the stage `retry_stage` fails once and is done again
  int retry_stage = -1;
};

// A recorded log: on `date` the port of `family` on `stack` finished `stage`.
struct PortLogEntry {
  Date date;
  std::string stack, family, stage;
  Place place;
};

}  // namespace capmix
