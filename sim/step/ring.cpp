#include "step/ring.hpp"

#include <string>

#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"

namespace capmix::step {
namespace {

using engine::compat::sg4::Engine;
using engine::compat::sg4::Mailbox;

Seconds simulated(const std::function<void()>& build) {
  return Seconds(engine::in_child([&] {
                   build();
                   engine::simgrid_engine().run();
                   return std::vector<double>{Engine::get_clock()};
                 }).front());
}

std::string box(const char* what, size_t host, int rail = 0) {
  return std::string(what) + std::to_string(rail) + "-" + std::to_string(host);
}

}  // namespace

void exchange(const std::string& mine, const std::string& next, double bytes) {
  static int payload = 0;
  int* received = nullptr;
  auto in = Mailbox::by_name(mine)->get_async<int>(&received);
  auto out = Mailbox::by_name(next)->put_async(&payload, static_cast<uint64_t>(bytes + 0.5));
  out->wait();
  in->wait();
}

Seconds folded_ring(const std::vector<engine::RailHost>& hosts, Bytes hop, double oversubscription) {
  if (hosts.size() < 2) return Seconds(0);
  return simulated([&] {
    const auto rail = engine::build_rail(hosts, oversubscription);
    for (size_t i = 0; i < rail.size(); ++i) {
      engine::compat::add_actor(box("r", i), rail[i], [i, n = rail.size(), hop] {
        exchange(box("r", i), box("r", (i + 1) % n), hop.value());
      });
    }
  });
}

Seconds stepwise_ring(const std::vector<engine::RailHost>& hosts, Bytes size, int rails, double oversubscription) {
  const size_t n = hosts.size();
  return simulated([&] {
    std::vector<engine::RailHost> all;
    for (int r = 0; r < rails; ++r) all.insert(all.end(), hosts.begin(), hosts.end());
    const auto host = engine::build_rail(all, oversubscription);
    for (int r = 0; r < rails; ++r) {
      for (size_t i = 0; i < n; ++i) {
        engine::compat::add_actor(box("s", i, r), host[static_cast<size_t>(r) * n + i], [i, r, n, size] {
          for (size_t step = 0; step < 2 * (n - 1); ++step)
            exchange(box("s", i, r), box("s", (i + 1) % n, r), size.value() / static_cast<double>(n));
        });
      }
    }
  });
}

}  // namespace capmix::step
