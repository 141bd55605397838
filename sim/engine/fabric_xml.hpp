// The fabric of fabric.hpp as a platform file of SimGrid 4.1: the same zones, hosts, links and routes. Zones, hosts and uplinks
// have the same names; a pod of equal hosts is one <cluster>, in which SimGrid names the NICs.
#pragma once

#include <string>
#include <vector>

#include "engine/fabric.hpp"

namespace capmix::engine {

// `latency`: of one way between two hosts, half of it on the NIC at either end (uplinks have none); build_rail() leaves it to
// its callers, a file has no callers. `about`: lines of the comment that the file begins with.
std::string rail_xml(const std::vector<RailHost>& hosts, double oversubscription, Seconds latency, const std::vector<std::string>& about);

}  // namespace capmix::engine
