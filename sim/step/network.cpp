#include "step/network.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::step {
namespace {

constexpr double kTreeBandwidth = 0.5;  // of a tree's links that a ring of the same ranks would fill

}  // namespace

bool over_host(const Chip& chip, const Node& node, int gang) {
  return gang > chip.scale_up_domain && gang <= node.chips && node.host_path.value() > 0;
}

const char* meets_over(const Chip& chip, const Node& node, int gang) {
  return gang <= chip.scale_up_domain ? "scale-up" : over_host(chip, node, gang) ? "host path" : "fabric";
}

ByteRate outward(const Chip& chip, const Node& node, double collective, int gang) {
  return over_host(chip, node, gang) ? node.host_path * (1.0 / chip.scale_up_domain) : chip.nic * collective;
}

int chips_per_host(const Chip& chip, const Node& node) { return std::max(node.chips, chip.scale_up_domain); }

Network network(const Chip& chip, const Node& node, const Efficiency& e, const Fabric& fabric, int gang) {
  Network n{chip.scale_up * e.scale_up.mode, outward(chip, node, e.collective.mode, gang), fabric.scale_up_latency, fabric.nic_latency,
            chip.scale_up_domain, fabric.pod_nodes * node.chips, fabric.oversubscription};
  // The chips of a host share its way out.
  if (!fabric.placement.hosts.empty()) n.out = fabric.placement.slowest * (e.collective.mode / chips_per_host(chip, node)), n.pod = 1 << 30, n.oversubscription = 1;
  return n;
}

int Ranks::local(const Network& n) const { return std::clamp(n.domain / stride, 1, count); }

Seconds all_gather(const Network& n, Ranks r, Bytes whole) {
  if (r.count < 2 || whole.value() <= 0) return Seconds(0);
  const double count = r.count, local = r.local(n), domains = std::ceil(count / local);
  const Seconds inside = local > 1 ? whole * ((count - 1) / count) / n.up : Seconds(0);
  // The ranks of a domain share the ring's way out: each NIC carries its part.
  const Seconds outside = domains > 1 ? whole * ((domains - 1) / domains / local) / n.out : Seconds(0);
  const Seconds bandwidth = std::max(inside, outside);
  const Seconds ring = n.out_latency * (domains - 1) + n.up_latency * (count - domains);
  const Seconds tree = n.out_latency * std::log2(domains) + n.up_latency * std::log2(local);
  return std::min(bandwidth + ring, bandwidth / kTreeBandwidth + tree);
}

Seconds all_reduce(const Network& n, Ranks r, Bytes whole) { return all_gather(n, r, whole) * 2; }

Seconds all_to_all(const Network& n, Ranks r, Bytes each, double copies) {
  if (r.count < 2 || each.value() <= 0) return Seconds(0);
  const double count = r.count, local = r.local(n), domains = std::ceil(count / local);
  const double distinct = domains * (1 - std::pow(1 - 1 / domains, copies)) / copies;
  const Seconds inside = each * ((count - 1) / count) / n.up, outside = each * (distinct * (domains - 1) / domains) / n.out;
  // Ranks of other pods are met through the uplinks: each chip has its part of them.
  const double pods = std::max(1.0, count * r.stride / n.pod);
  const Seconds beyond = each * (distinct * (pods - 1) / pods * n.oversubscription) / n.out;
  return std::max({inside, outside, beyond}) + (count > local ? n.out_latency : n.up_latency) * std::log2(count);
}

Seconds send(const Network& n, int stride, Bytes bytes) {
  return stride < n.domain ? bytes / n.up + n.up_latency : bytes / n.out + n.out_latency;
}

}  // namespace capmix::step
