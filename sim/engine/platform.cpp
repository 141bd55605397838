#include "engine/platform.hpp"

#include <simgrid/kernel/routing/NetPoint.hpp>
#include <sys/mman.h>
#include <unistd.h>
#include <xbt/log.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "engine/compat.hpp"
#include "engine/guard.hpp"
#include "engine/network.hpp"

namespace capmix::engine {
namespace {

using compat::sg4::Host;
using compat::sg4::Link;
using simgrid::kernel::routing::NetPoint;

constexpr unsigned kSeconds = 60;   // for a platform to load, or for its routes
constexpr size_t kChecked = 64;     // hosts that a further one must be connected with
constexpr size_t kLost = 200;       // processes that pairs without a route may cost

// The file of this process; its hosts in the file's order. SimGrid reads files only, and the first it looks for others in
// is the folder that it runs in.
std::vector<std::string> load(const PlatformText& file) {
  auto& engine = simgrid_engine();
  xbt_log_control_set("root.thresh:error");
  if (::chdir(file.folder.c_str()) != 0) throw std::runtime_error(file.folder + " cannot be entered");
  const int fd = ::memfd_create("platform", 0);
  if (fd < 0 || ::write(fd, file.text.data(), file.text.size()) != static_cast<ssize_t>(file.text.size()))
    throw std::runtime_error("no memory for the platform file");
  std::vector<std::string> hosts;
  NetPoint::on_creation.connect([&](const NetPoint& p) {
    if (p.is_host()) hosts.push_back(p.get_cname());
  });
  engine.load_platform("/proc/self/fd/" + std::to_string(fd));
  engine.seal_platform();
  ::close(fd);
  return hosts;
}

Route route(const Host* from, const Host* to) {
  std::vector<Link*> links;
  Route out;
  try {
    from->route_to(to, links, &out.latency);
  } catch (const std::exception&) {
    return {};
  }
  out.hops = static_cast<int>(links.size());
  for (const auto* l : links) out.bandwidth = out.bandwidth > 0 ? std::min(out.bandwidth, l->get_bandwidth()) : l->get_bandwidth();
  return out;
}

// What a search for hosts has come to, in memory that outlives the process that searches.
struct Progress {
  size_t first = 0;      // where this search began
  size_t next = 0;       // host to try
  size_t count = 0;      // taken
  size_t lost = 0;       // processes
  uint32_t taken[1];     // as many as are wanted
};

class Shared {
 public:
  explicit Shared(size_t bytes) : bytes_(bytes), at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (at_ == MAP_FAILED) throw std::runtime_error("no memory for a survey");
  }
  ~Shared() { ::munmap(at_, bytes_); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  void* get() const { return at_; }

 private:
  size_t bytes_;
  void* at_;
};

class Search {
 public:
  Search(std::vector<Host*> hosts, size_t wanted)
      : hosts_(std::move(hosts)), wanted_(wanted), memory_(sizeof(Progress) + wanted * sizeof(uint32_t)), p_(static_cast<Progress*>(memory_.get())) {}

  // In the order of the file; empty: no two hosts are connected.
  std::vector<uint32_t> run() {
    std::vector<uint32_t> best;
    std::vector<bool> tried(hosts_.size());
    for (size_t first = 0; first + best.size() < hosts_.size() && p_->lost < kLost; ++first) {
      if (tried[first]) continue;
      from(first);
      for (size_t i = 0; i < p_->count; ++i) tried[p_->taken[i]] = true;
      if (p_->count > best.size()) best.assign(p_->taken, p_->taken + p_->count);
      if (best.size() >= wanted_) break;
    }
    if (best.size() < 2) best.clear();
    return best;
  }

 private:
  void from(size_t first) {
    p_->first = first, p_->next = first + 1, p_->count = 1, p_->taken[0] = static_cast<uint32_t>(first);
    while (!over()) {
      const auto outcome = guarded([&] { return go_on(), std::string(); }, kSeconds);
      if (!outcome.ok) ++p_->next, ++p_->lost;  // on this pair
      if (p_->lost >= kLost) return;
    }
  }
  bool over() const { return p_->count >= wanted_ || p_->next >= hosts_.size(); }
  void go_on() {
    for (; !over(); ++p_->next)
      if (fits(p_->next)) p_->taken[p_->count++] = static_cast<uint32_t>(p_->next);
  }
  bool fits(size_t host) const {
    for (size_t i = 0; i < p_->count; ++i) {
      if (i >= kChecked / 2 && i + kChecked / 2 < p_->count) continue;
      const Host* other = hosts_[p_->taken[i]];
      if (route(hosts_[host], other).hops == 0 || route(other, hosts_[host]).hops == 0) return false;
    }
    return true;
  }

  std::vector<Host*> hosts_;
  size_t wanted_;
  Shared memory_;
  Progress* p_;
};

// Plain values to bytes and back, within one program.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string text) : text_(std::move(text)) {}
  template <class T>
  void put(const T& value) { text_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void put(const std::string& value) { put(value.size()), text_ += value; }
  template <class T>
  T get() {
    T value;
    std::memcpy(&value, text_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string get_text() {
    const auto n = get<size_t>();
    return text_.substr((at_ += n) - n, n);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t at_ = 0;
};

std::string surveyed(const PlatformText& file, size_t wanted) {
  const auto names = load(file);
  std::vector<Host*> hosts;
  for (const auto& n : names) hosts.push_back(Host::by_name(n));
  Bytes out;
  out.put(hosts.size()), out.put(static_cast<size_t>(compat::sg4::Engine::get_instance()->get_link_count()));
  const auto taken = Search(hosts, std::min(wanted, hosts.size())).run();
  out.put(taken.size());
  for (size_t i = 0; i < taken.size(); ++i) out.put(names[taken[i]]), out.put(route(hosts[taken[i]], hosts[taken[(i + 1) % taken.size()]]));
  return out.text();
}

}  // namespace

Survey survey(const PlatformText& file, size_t wanted) {
  const auto outcome = guarded([&] { return surveyed(file, wanted); }, 5 * kSeconds);
  Survey out;
  if (!outcome.ok) {
    out.reason = outcome.reason, out.crashed = true;
    return out;
  }
  Bytes in(outcome.bytes);
  out.hosts = in.get<size_t>(), out.links = in.get<size_t>();
  const auto taken = in.get<size_t>();
  for (size_t i = 0; i < taken; ++i) out.taken.push_back(in.get_text()), out.ring.push_back(in.get<Route>());
  if (out.hosts < 2) out.reason = "it has " + std::to_string(out.hosts) + (out.hosts == 1 ? " host" : " hosts") + " (expected two that are connected)";
  else if (taken == 0) out.reason = "no two of its " + std::to_string(out.hosts) + " hosts have routes with links to each other";
  return out;
}

std::vector<Route> routes(const PlatformText& file, const std::vector<std::pair<std::string, std::string>>& pairs) {
  const auto outcome = guarded(
      [&] {
        load(file);
        Bytes out;
        for (const auto& [from, to] : pairs) out.put(route(Host::by_name(from), Host::by_name(to)));
        return out.text();
      },
      kSeconds);
  if (!outcome.ok) throw std::runtime_error(outcome.reason);
  Bytes in(outcome.bytes);
  std::vector<Route> out(pairs.size());
  for (auto& r : out) r = in.get<Route>();
  return out;
}

std::vector<Host*> load_hosts(const PlatformText& file, const std::vector<std::string>& names) {
  load(file);
  for (auto* link : compat::sg4::Engine::get_instance()->get_all_links()) link->set_latency(0);
  std::vector<Host*> out;
  for (const auto& n : names) out.push_back(Host::by_name(n));
  return out;
}

}  // namespace capmix::engine
