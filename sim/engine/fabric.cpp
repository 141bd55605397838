#include "engine/fabric.hpp"

#include <map>
#include <string>

#include "engine/compat.hpp"
#include "engine/network.hpp"

namespace capmix::engine {

std::vector<simgrid::s4u::Host*> build_rail(const std::vector<RailHost>& hosts, double oversubscription) {
  auto* core = compat::star_zone(compat::root_zone(simgrid_engine(), "capmix"), "spine");
  std::map<int, compat::sg4::NetZone*> pods;
  std::map<int, double> nics;
  std::vector<simgrid::s4u::Host*> out;
  for (const auto& h : hosts) {
    auto& pod = pods[h.pod];
    if (pod == nullptr) pod = compat::star_zone(core, "pod" + std::to_string(h.pod));
    const std::string name = "h" + std::to_string(out.size());
    auto* host = compat::add_host(pod, name, 1e9);
    compat::add_star_route(pod, host, compat::add_duplex_link(pod, "nic-" + name, h.nic.value(), 0));
    nics[h.pod] += h.nic.value();
    out.push_back(host);
  }
  for (auto& [index, pod] : pods) {
    const std::string name = "pod" + std::to_string(index);
    auto* router = compat::add_router(pod, "router-" + name);
    pod->seal();
    const auto* uplink = compat::add_duplex_link(core, "uplink-" + name, nics[index] / oversubscription, 0);
    compat::add_zone_route(core, pod, router, uplink);
  }
  core->seal();
  return out;
}

}  // namespace capmix::engine
