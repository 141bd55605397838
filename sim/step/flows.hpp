// Flows that all start at once on a rail fabric (engine/fabric.hpp), played on SimGrid in a process of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "base/quantity.hpp"
#include "engine/fabric.hpp"

namespace capmix::step {

struct Flow {
  size_t from, to;   // hosts
  double bytes;
};
// Until the last one is through.
Seconds play_flows(const std::vector<engine::RailHost>& hosts, double oversubscription, const std::vector<Flow>& flows);

}  // namespace capmix::step
