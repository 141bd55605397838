// A pod fabric in SimGrid, one rail of it: every host hangs on its pod's switch by a NIC, pods meet at the spine
// through an uplink. Rails are alike and do not share links below the spine, so one stands for all of them. The
// spine itself is taken as non-blocking (ideal ECMP): what can be scarce is a pod's uplink.
#pragma once

#include <vector>

#include "base/quantity.hpp"

namespace simgrid::s4u {
class Host;
}

namespace capmix::engine {

struct RailHost {
  int pod = 0;       // counted from 0
  ByteRate nic;      // per direction
};

// Builds the platform; call it once per process, before the simulation runs. The uplink of a pod is the sum of
// its NICs divided by `oversubscription`. Links have no latency: callers add it per step of a collective, since
// SimGrid shares a link between flows in proportion to 1 / latency.
std::vector<simgrid::s4u::Host*> build_rail(const std::vector<RailHost>& hosts, double oversubscription);

}  // namespace capmix::engine
