// How long collectives take on an idle fabric: closed forms of what ring.hpp and simulate.hpp run on SimGrid, for
// plan search and calibration, where thousands of steps are priced. tests/analytic/step holds the two together.
//
// Ranks of a group lie `stride` apart; those inside one scale-up domain talk over its links, the others through the
// NICs, one per chip, or, inside one node, through its host. The algorithm is the faster of a ring and a tree, as libraries choose by size.
#pragma once

#include "model/hardware.hpp"

namespace capmix::step {

struct Network {
  ByteRate up, out;              // per chip and direction, attained
  Seconds up_latency, out_latency;
  int domain = 8;                // chips of one scale-up domain
  int pod = 1 << 30;             // chips of one pod
  double oversubscription = 1;   // of a pod's uplink, which an all-to-all fills from every chip at once
};
// Of a gang of so many chips.
Network network(const Chip& chip, const Node& node, const Efficiency& efficiency, const Fabric& fabric, int gang);

// A gang inside one node whose host's path is known crosses its domains by that, as libraries use no NIC inside a server.
// One of several nodes is taken to meet over NICs everywhere, also between the domains of a node.
bool over_host(const Chip& chip, const Node& node, int gang);
// "scale-up", "host path" or "fabric": the slowest that the gang's chips meet over.
const char* meets_over(const Chip& chip, const Node& node, int gang);
// Chips that one host of a platform of others stands for: a node's, or a scale-up domain's where that is wider.
int chips_per_host(const Chip& chip, const Node& node);
// What a chip attains towards other domains: its part of the host's path, or `collective` of its NIC's line rate.
ByteRate outward(const Chip& chip, const Node& node, double collective, int gang);

struct Ranks {
  int count = 1, stride = 1;
  // Ranks of the group inside one domain.
  int local(const Network& n) const;
};

// Every rank ends with `whole` bytes of which it had a share (or, for a reduce-scatter, starts with them).
Seconds all_gather(const Network& network, Ranks ranks, Bytes whole);
inline Seconds reduce_scatter(const Network& n, Ranks r, Bytes whole) { return all_gather(n, r, whole); }
Seconds all_reduce(const Network& network, Ranks ranks, Bytes whole);
// Every rank sends `each` bytes in all, `copies` copies of its data to ranks drawn evenly. A domain that takes several
// copies gets one over the network and hands it on (DeepSeek-AI 2025, DeepEP), so that of c copies into d domains
// d (1 - (1 - 1/d)^c) travel.
Seconds all_to_all(const Network& network, Ranks ranks, Bytes each, double copies = 1);
// To the rank `stride` away.
Seconds send(const Network& network, int stride, Bytes bytes);

}  // namespace capmix::step
