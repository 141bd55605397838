// Platforms that others wrote: SimGrid files. SimGrid itself loads them and gives the routes, always in a process of its
// own. A gang's nodes are the file's hosts in its order.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace simgrid::s4u {
class Host;
}

namespace capmix::engine {

// What SimGrid says of the way from one host to another.
struct Route {
  int hops = 0;          // links on it; 0: there is none
  double latency = 0;    // seconds, all of it
  double bandwidth = 0;  // bytes/s of the narrowest link
};

// A file as SimGrid is given it (import/simgrid_xml.hpp).
struct PlatformText {
  std::string folder;    // it is loaded there: other files are named relative to it
  std::string text;
};

struct Survey {
  size_t hosts = 0, links = 0;       // in the file
  std::vector<std::string> taken;    // hosts, in the file's order
  std::vector<Route> ring;           // from each host that is taken to the next, from the last to the first
  std::string reason;                // why nothing is taken; "": something is
  bool crashed = false;              // SimGrid's process did not survive the loading
};

// Takes `wanted` hosts that all have routes to each other, both ways: from the first host of the file on, each that has
// routes to and from all taken before it (of more than 64: the first 32 and the last 32 of them); if those are too few,
// from the next host that was left, and so on. Fewer than `wanted` come back where there are no more; one host alone is
// none. SimGrid ends its process instead of throwing on some pairs without a route: such a pair costs one process.
Survey survey(const PlatformText& file, size_t wanted);

// What SimGrid says of each pair of hosts, by name, loaded anew: what a survey and a step are checked against.
std::vector<Route> routes(const PlatformText& file, const std::vector<std::pair<std::string, std::string>>& pairs);

// For a process of its own, before its simulation runs: the hosts of these names, with all links' latency set to 0, since
// SimGrid shares a link between flows in proportion to 1 / latency (callers add it per step of a collective).
std::vector<simgrid::s4u::Host*> load_hosts(const PlatformText& file, const std::vector<std::string>& names);

}  // namespace capmix::engine
