#include "engine/network.hpp"

#include <xbt/log.h>

#include "engine/compat.hpp"

namespace capmix::engine {

simgrid::s4u::Engine& simgrid_engine() {
  static simgrid::s4u::Engine* engine = [] {
    static char name[] = "capmix", quiet[] = "--log=root.thresh:critical";
    static char* argv[] = {name, quiet, nullptr};
    int argc = 2;
    auto* e = new simgrid::s4u::Engine(&argc, argv);
    // CM02 without its TCP corrections: bandwidth is the line rate, shared max-min fair. The window of 4 MiB
    // (TCP-gamma) would cap a 1 ms path at 2 GB/s; cross-traffic would charge 5 % of a flow to the way back.
    for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:1e30",
                                "contexts/stack-size:64", "contexts/guard-size:0"})
      simgrid::s4u::Engine::set_config(setting);
    return e;
  }();
  return *engine;
}

std::string simgrid_version() {
  int major = 0, minor = 0, patch = 0;
  sg_version_get(&major, &minor, &patch);
  return "SimGrid " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) +
         "; CM02, crosstraffic 0, TCP-gamma 1e30";
}

}  // namespace capmix::engine
