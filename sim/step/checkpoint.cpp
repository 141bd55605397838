#include "step/checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "step/flows.hpp"

namespace capmix::step {
namespace {

struct Sender {
  int pod = 0;
  double nodes = 1;
};

void check(const CheckpointShape& s) {
  if (s.nodes < 1 || s.chips_per_node < 1) throw std::invalid_argument("a checkpoint is written by at least one node of at least one chip");
  if (s.nic.value() <= 0 || s.host_copy.value() <= 0) throw std::invalid_argument("a checkpoint needs NICs and a way into its hosts' memory");
  if (s.to == CheckpointTo::storage && (s.storage_write.value() <= 0 || s.storage_read.value() <= 0)) throw std::invalid_argument("the rate of the storage system is not said");
  if (s.to == CheckpointTo::peers && s.nodes < 2) throw std::invalid_argument("a gang of one node has no peer to hold its state");
}

int pod_nodes(const CheckpointShape& s) { return s.pod_nodes > 0 ? s.pod_nodes : s.nodes; }
Bytes per_node(const CheckpointShape& s) { return s.bytes / s.nodes; }
ByteRate node_nic(const CheckpointShape& s) { return s.nic * s.chips_per_node; }

std::vector<Sender> senders_of(const CheckpointShape& s, int unfolded) {
  std::vector<Sender> out;
  const int per_pod = pod_nodes(s);
  if (s.nodes <= unfolded) {
    for (int n = 0; n < s.nodes; ++n) out.push_back({n / per_pod, 1});
    return out;
  }
  for (int n = 0; n < s.nodes; n += per_pod) out.push_back({n / per_pod, static_cast<double>(std::min(per_pod, s.nodes - n))});
  return out;
}

// The storage system is a pod of one host, whose uplink is the front end: it is `oversubscription` below the host's own NIC.
Seconds play_storage(const CheckpointShape& s, ByteRate front, bool writes, int unfolded) {
  std::vector<engine::RailHost> hosts;
  std::vector<Flow> flows;
  const auto senders = senders_of(s, unfolded);
  for (const auto& from : senders) hosts.push_back({from.pod, node_nic(s) * from.nodes});
  const size_t store = hosts.size();
  hosts.push_back({senders.back().pod + 1, front * s.oversubscription});
  for (size_t i = 0; i < senders.size(); ++i) {
    const double bytes = per_node(s).value() * senders[i].nodes;
    flows.push_back(writes ? Flow{i, store, bytes} : Flow{store, i, bytes});
  }
  return play_flows(hosts, s.oversubscription, flows);
}

// Each node into the memory of the next one, the last into the first one's: only the last of a pod leaves it.
Seconds play_peers(const CheckpointShape& s, int unfolded) {
  const int per_pod = pod_nodes(s), count = std::min(s.nodes, std::max(2, unfolded));
  std::vector<engine::RailHost> hosts;
  std::vector<Flow> flows;
  for (int n = 0; n < count; ++n) {
    hosts.push_back({n / per_pod, node_nic(s)});
    flows.push_back({static_cast<size_t>(n), static_cast<size_t>((n + 1) % count), per_node(s).value()});
  }
  return play_flows(hosts, s.oversubscription, flows);
}

CheckpointTimes times_of(const CheckpointShape& s, Seconds written, Seconds read) {
  const Seconds copied = per_node(s) / (s.host_copy * s.chips_per_node);
  if (!s.asynchronous) return {s.to == CheckpointTo::storage ? written : copied + written, Seconds(0), read};
  return {copied, written, read};
}

}  // namespace

CheckpointTimes checkpoint_times(const CheckpointShape& s, int unfolded) {
  check(s);
  if (s.bytes.value() <= 0) return {};
  if (s.to == CheckpointTo::peers) {
    const Seconds sent = play_peers(s, unfolded);
    return times_of(s, sent, sent);
  }
  return times_of(s, play_storage(s, s.storage_write, true, unfolded), play_storage(s, s.storage_read, false, unfolded));
}

CheckpointShape checkpoint_shape(const std::vector<Group>& groups, const Fabric& fabric, Bytes bytes, CheckpointTo to, bool asynchronous) {
  CheckpointShape s;
  ByteRate nics(0), copies(0);
  s.bytes = bytes, s.nodes = 0, s.chips_per_node = 1;
  for (const auto& g : groups) {
    s.nodes += (g.chips + g.node.chips - 1) / g.node.chips;
    nics += g.chip.nic * g.chips, copies += CheckpointShape{}.host_copy * g.chips;
  }
  if (s.nodes < 1 || nics.value() <= 0) return {};
  s.nic = nics / s.nodes, s.host_copy = copies / s.nodes;
  s.to = s.nodes > 1 ? to : CheckpointTo::storage, s.asynchronous = asynchronous;
  if (fabric.placement.hosts.empty()) s.pod_nodes = fabric.pod_nodes, s.oversubscription = fabric.oversubscription;
  s.storage_write = s.storage_read = nics;
  if (fabric.storage) {
    const double shares = fabric.storage->by_pod ? std::ceil(static_cast<double>(s.nodes) / pod_nodes(s)) : s.nodes;
    s.storage_write = fabric.storage->write * shares, s.storage_read = fabric.storage->read * shares;
  }
  return s;
}

void fill_checkpoint(const CheckpointShape& s, const Fabric& fabric, StepProfile& out) {
  if (s.bytes.value() <= 0) return;
  out.checkpoint = checkpoint_times(s);
  if (s.to == CheckpointTo::storage && !fabric.storage) out.assumed.push_back("storage that takes a checkpoint as fast as the network cards send it");
}

CheckpointTimes checkpoint_closed_form(const CheckpointShape& s) {
  check(s);
  const Seconds own = per_node(s) / node_nic(s);
  if (s.to == CheckpointTo::peers) return times_of(s, own, own);
  const Seconds uplink = own * s.oversubscription;
  return times_of(s, std::max(uplink, s.bytes / s.storage_write), std::max(uplink, s.bytes / s.storage_read));
}

}  // namespace capmix::step
