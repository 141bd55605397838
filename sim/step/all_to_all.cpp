#include "step/all_to_all.hpp"

#include <map>

#include "step/flows.hpp"

namespace capmix::step {
namespace {

std::vector<Flow> every_pair(const std::vector<Sender>& d) {
  std::vector<Flow> out;
  for (size_t i = 0; i < d.size(); ++i)
    for (size_t j = 0; j < d.size(); ++j)
      if (i != j) out.push_back({i, j, d[i].leaves.value() / static_cast<double>(d.size() - 1)});
  return out;
}

std::vector<Flow> folded(const std::vector<Sender>& d) {
  std::map<int, std::vector<size_t>> by_pod;
  for (size_t i = 0; i < d.size(); ++i) by_pod[d[i].at.pod].push_back(i);
  std::vector<const std::vector<size_t>*> pods;
  for (const auto& [pod, members] : by_pod) pods.push_back(&members);
  std::vector<Flow> out;
  for (size_t p = 0; p < pods.size(); ++p) {
    const auto& here = *pods[p];
    const auto& next = *pods[(p + 1) % pods.size()];
    const double others = static_cast<double>(d.size() - 1), near = static_cast<double>(here.size() - 1) / others;
    for (size_t k = 0; k < here.size(); ++k) {
      const double bytes = d[here[k]].leaves.value();
      if (here.size() > 1) out.push_back({here[k], here[(k + 1) % here.size()], bytes * near});
      if (pods.size() > 1) out.push_back({here[k], next[k % next.size()], bytes * (1 - near)});
    }
  }
  return out;
}

}  // namespace

Seconds play_all_to_all(const std::vector<Sender>& domains, double oversubscription, size_t unfolded) {
  if (domains.size() < 2) return Seconds(0);
  const auto flows = domains.size() <= unfolded ? every_pair(domains) : folded(domains);
  std::vector<engine::RailHost> hosts;
  for (const auto& d : domains) hosts.push_back(d.at);
  return play_flows(hosts, oversubscription, flows);
}

}  // namespace capmix::step
