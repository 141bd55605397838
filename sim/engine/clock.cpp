#include "engine/clock.hpp"

#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/compat.hpp"
#include "engine/network.hpp"

namespace capmix::engine {

using compat::sg4::Engine;
using compat::sg4::Host;
using compat::sg4::NetZone;

// SimGrid's heap does not promise the order of equal dates, so equal dates share one timer and a list.
struct Clock::Inside {
  NetZone* zone = nullptr;
  std::vector<Host*> pods;
  std::map<double, std::vector<std::function<void()>>> due;
  bool sealed = false;

  void fire(double date) {
    auto& list = due[date];
    for (size_t i = 0; i < list.size(); ++i) {  // by index: a callback may add to this very date
      const auto callback = std::move(list[i]);
      callback();
    }
    due.erase(date);
  }
};

Clock::Clock() : inside_(std::make_unique<Inside>()) {
  auto& engine = simgrid_engine();
  inside_->zone = compat::star_zone(compat::root_zone(engine, "capmix"), "fleet");
}

Clock::~Clock() = default;

int Clock::add_pod(const std::string& name, double flops) {
  if (inside_->sealed) throw std::logic_error("pods are added before the first run");
  Host* host = compat::add_host(inside_->zone, name, flops);
  inside_->pods.push_back(host);
  return static_cast<int>(inside_->pods.size()) - 1;
}

void Clock::switch_pod(int pod, bool on) {
  Host* host = inside_->pods.at(static_cast<size_t>(pod));
  if (on) host->turn_on();
  else host->turn_off();
}

bool Clock::pod_is_on(int pod) const { return inside_->pods.at(static_cast<size_t>(pod))->is_on(); }

void Clock::at(Seconds date, std::function<void()> callback) {
  auto& list = inside_->due[date.value()];
  list.push_back(std::move(callback));
  if (list.size() == 1) compat::timer(date.value(), [inside = inside_.get(), d = date.value()] { inside->fire(d); });
}

Seconds Clock::now() const { return Seconds(Engine::get_clock()); }

void Clock::run(Seconds until) {
  if (!inside_->sealed) {
    // Sealing creates the hosts' models; they start off, as a pod that is not online yet.
    inside_->zone->seal();
    inside_->sealed = true;
    for (Host* pod : inside_->pods) pod->turn_off();
  }
  simgrid_engine().run_until(until.value());
}

}  // namespace capmix::engine
