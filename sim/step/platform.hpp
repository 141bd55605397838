// A training step on a platform that others wrote (a SimGrid file). The gang's nodes are the file's hosts in its order, each
// with as many chips as a node has (or a scale-up domain, where that is wider); whatever leaves a host takes the file's own
// routes, and its bandwidths are SimGrid's. Closed forms take the narrowest link and the mean latency of the ways from each
// host to the next, as a ring over all of them would; the simulation plays every flow on the routes themselves, so it finds
// who shares a link, or whose link has one capacity for both directions.
//
// Taken from the file: hosts and their order, routes, bandwidths, latencies, who shares a link and how. Not taken: speeds and
// cores of hosts (chips are the catalogue's), profiles and states over time, <config> (capmix's own settings of SimGrid hold),
// energy, disks. A loopback of a host is not used either: inside a host chips talk over their own links.
#pragma once

#include <string>
#include <vector>

#include "engine/platform.hpp"
#include "import/simgrid_xml.hpp"
#include "step/step.hpp"

namespace capmix::step {

struct OnPlatform {
  import::SimgridFile file;
  engine::Survey survey;
  Fabric fabric;         // with its placement
  // What was taken from the file and what was not, in words.
  std::vector<std::string> told() const;
};

// Hosts that the groups of a gang need.
size_t hosts_needed(const std::vector<Group>& groups);

// `fabric` on `hosts` hosts of the file; its latency inside a domain stays. Throws InputError with file and, where it is known,
// line: an unreadable file, one that SimGrid refuses or does not survive, fewer connected hosts than are needed.
OnPlatform on_platform(const Fabric& fabric, const std::string& path, size_t hosts);

// A fabric of a study that names a platform, for a gang of so many hosts; any other fabric as it is. `why`: why it cannot, or "".
Fabric settled(const Fabric& fabric, size_t hosts, std::string& why);

}  // namespace capmix::step
