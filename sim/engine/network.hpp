// SimGrid set-up: one engine per process, and the settings under which a data-centre fabric behaves as measured -
// max-min fair sharing at line rate, no TCP window, no cross-traffic factor, full duplex.
#pragma once

#include <string>

namespace simgrid::s4u {
class Engine;
}

namespace capmix::engine {

// The engine of this process, made on the first call with the settings above. Never destroyed: SimGrid's own
// tear-down at exit is enough, and runs leave with _exit.
simgrid::s4u::Engine& simgrid_engine();

// "SimGrid 3.32.0; CM02, crosstraffic 0, TCP-gamma 1e30", for manifests and profile keys.
std::string simgrid_version();

}  // namespace capmix::engine
