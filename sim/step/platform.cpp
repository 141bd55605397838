#include "step/platform.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/diagnostic.hpp"
#include "base/unit.hpp"
#include "step/network.hpp"

namespace capmix::step {
namespace {

// SimGrid names the file as it was given it, and the line.
std::string refused(const std::string& path, std::string reason) {
  reason = reason.substr(0, reason.find('\n'));
  if (const auto more = reason.find(" Existing netpoints"); more != std::string::npos) reason.resize(more);
  const std::string mark = "/proc/self/fd/";
  std::string line;
  if (const auto at = reason.find(mark); at != std::string::npos) {
    const auto number = reason.find(':', at) + 1, end = reason.find_first_not_of("0123456789", number);
    line = ":" + reason.substr(number, end - number);
    reason = reason.substr(std::min(reason.size(), end + 2));
  }
  return path + line + ": error: SimGrid does not load it: " + reason;
}

// "2", or "2 to 6, median 4".
template <class Text>
std::string spread(std::vector<double> values, Text text) {
  std::sort(values.begin(), values.end());
  if (values.front() == values.back()) return text(values.front());
  return text(values.front()) + " to " + text(values.back()) + ", median " + text(values[values.size() / 2]);
}

// What a step needs of a survey.
void place(const engine::Survey& s, Fabric& fabric) {
  double slowest = INFINITY, latency = 0;
  for (const auto& r : s.ring) slowest = std::min(slowest, r.bandwidth), latency += r.latency;
  fabric.placement.hosts = s.taken, fabric.placement.slowest = ByteRate(slowest);
  fabric.nic_latency = Seconds(latency / static_cast<double>(s.ring.size()));
}

std::string count(size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

}  // namespace

size_t hosts_needed(const std::vector<Group>& groups) {
  size_t out = 0;
  for (const auto& g : groups) out += static_cast<size_t>((g.chips + chips_per_host(g.chip, g.node) - 1) / chips_per_host(g.chip, g.node));
  return out;
}

OnPlatform on_platform(const Fabric& fabric, const std::string& path, size_t hosts) {
  OnPlatform out{import::read_simgrid(path), {}, fabric};
  out.survey = engine::survey({out.file.folder, out.file.text}, std::max<size_t>(2, hosts));
  const auto& s = out.survey;
  if (s.crashed) throw InputError(refused(path, s.reason));
  if (s.taken.empty()) throw InputError(path + ": error: " + s.reason);
  if (s.taken.size() < hosts)
    throw InputError(path + ": error: has " + count(s.taken.size(), "host") + " with routes to each other, of " + std::to_string(s.hosts) + " (the gang needs " + std::to_string(hosts) + ")");
  out.fabric.placement.folder = out.file.folder, out.fabric.placement.text = out.file.text;
  place(s, out.fabric);
  return out;
}

Fabric settled(const Fabric& fabric, size_t hosts, std::string& why) {
  Fabric out = fabric;
  why.clear();
  if (fabric.placement.text.empty()) return out;
  const auto s = engine::survey({fabric.placement.folder, fabric.placement.text}, std::max<size_t>(2, hosts));
  if (!s.reason.empty()) why = (s.crashed ? refused("fabric " + fabric.id, s.reason) : "fabric " + fabric.id + ": " + s.reason);
  else if (s.taken.size() < hosts) why = "fabric " + fabric.id + " has " + count(s.taken.size(), "host") + " with routes to each other (the gang needs " + std::to_string(hosts) + ")";
  else place(s, out);
  return out;
}

std::vector<std::string> OnPlatform::told() const {
  std::vector<double> hops, bandwidth, latency;
  for (const auto& r : survey.ring) hops.push_back(r.hops), bandwidth.push_back(r.bandwidth), latency.push_back(r.latency);
  std::vector<std::string> out{
      file.path + ": " + std::to_string(survey.taken.size()) + " of " + count(survey.hosts, "host") + ", " + count(survey.links, "link") + "; from each host to the next " +
      spread(hops, [](double h) { return std::to_string(static_cast<int>(h)); }) + " hops, " + spread(bandwidth, [](double b) { return si(b, "B/s"); }) + ", " +
      spread(latency, [](double l) { return si(l, "s"); })};
  std::string not_used = "not taken from it: speeds and cores of hosts";
  if (file.profiles > 0) not_used += ", " + count(static_cast<size_t>(file.profiles), "profile");
  if (!file.config.empty()) {
    const std::set<std::string> keys(file.config.begin(), file.config.end());
    not_used += ", <config>";
    for (const auto& k : keys) not_used += (&k == &*keys.begin() ? " (" : ", ") + k;
    not_used += ")";
  }
  if (file.energy > 0) not_used += ", " + count(static_cast<size_t>(file.energy), "property") + " of energy";
  out.push_back(not_used);
  return out;
}

}  // namespace capmix::step
