// What differs between SimGrid 3.32 (Debian 12) and 4.0 (Debian 13). Included by .cpp files of engine, step and
// fleet only; nothing else of capmix knows the version.
#pragma once

#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

#include <string>

namespace capmix::engine::compat {

namespace sg4 = simgrid::s4u;

#define CAPMIX_SIMGRID_4 (SIMGRID_VERSION >= 39900UL)

// Zones are built under the root zone: SimGrid 4 makes one itself, 3.32 wants the first zone to be it.
inline sg4::NetZone* root_zone(sg4::Engine& engine, const std::string& name) {
#if CAPMIX_SIMGRID_4
  (void)name;
  return engine.get_netzone_root();
#else
  (void)engine;
  return sg4::create_full_zone(name);
#endif
}

inline sg4::NetZone* star_zone(sg4::NetZone* parent, const std::string& name) {
#if CAPMIX_SIMGRID_4
  return parent->add_netzone_star(name);
#else
  auto* zone = sg4::create_star_zone(name);
  zone->set_parent(parent);
  return zone;
#endif
}

inline sg4::Host* add_host(sg4::NetZone* zone, const std::string& name, double flops) {
#if CAPMIX_SIMGRID_4
  return zone->add_host(name, flops);
#else
  return zone->create_host(name, flops);
#endif
}

inline sg4::Link* add_duplex_link(sg4::NetZone* zone, const std::string& name, double bytes_per_second, double latency) {
#if CAPMIX_SIMGRID_4
  return zone->add_split_duplex_link(name, bytes_per_second)->set_latency(latency);
#else
  return zone->create_split_duplex_link(name, bytes_per_second)->set_latency(latency);
#endif
}

// The route from any host of a star zone to the outside, both ways.
inline void add_star_route(sg4::NetZone* zone, sg4::Host* host, const sg4::Link* link) {
#if CAPMIX_SIMGRID_4
  zone->add_route(host, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
#else
  zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
#endif
}

// The zone's way out; before the zone is sealed.
inline simgrid::kernel::routing::NetPoint* add_router(sg4::NetZone* zone, const std::string& name) {
#if CAPMIX_SIMGRID_4
  auto* router = zone->add_router(name);
  zone->set_gateway(router);
  return router;
#else
  return zone->create_router(name);
#endif
}

// The route from a child zone of a star zone, leaving through its router, to the outside, both ways.
inline void add_zone_route(sg4::NetZone* star, sg4::NetZone* child, simgrid::kernel::routing::NetPoint* gateway,
                           const sg4::Link* link) {
#if CAPMIX_SIMGRID_4
  (void)gateway;
  star->add_route(child, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
#else
  star->add_route(child->get_netpoint(), nullptr, gateway, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
#endif
}

inline void add_actor(const std::string& name, sg4::Host* host, const std::function<void()>& code) {
#if CAPMIX_SIMGRID_4
  sg4::Engine::get_instance()->add_actor(name, host, code);
#else
  sg4::Actor::create(name, host, code);
#endif
}

inline void timer(double date, const std::function<void()>& callback) {
  simgrid::kernel::timer::Timer::set(date, callback);
}

}  // namespace capmix::engine::compat
