// The domains of a gang as hosts of one rail, and collectives over them: one flow per hop, all stages side by side, so
// that rings which leave their pods share its uplink. A part of simulate.cpp.
#pragma once

#include <vector>

#include "engine/fabric.hpp"
#include "step/iteration.hpp"

namespace capmix::step {

// The chips of one scale-up domain that belong to one stage, with the NICs of all of them.
struct Domain {
  size_t lane = 0, stage = 0;
  double chips = 0;
  engine::RailHost at;
  size_t host = 0;   // of the fabric's placement, if it has one
};
// Every domain of the gang: lane after lane, stage after stage, pods filled in turn, each kind of chips in pods of its
// own, from `pod` on; `pod` is then the first that is free.
std::vector<Domain> domains_of(const TrainingSetup& setup, const Iteration& iteration, int& pod);

// One stage's domains over all lanes, in ring order.
struct Ring {
  std::vector<size_t> members;  // of the list of domains
  size_t expert_hop = 1;        // domains between neighbours in a ring of the same experts
};
std::vector<Ring> rings_of(const Iteration& iteration, const std::vector<Domain>& domains);

// What a domain sends in one collective of its stage, and what the collective takes besides: the latency of its
// steps, or what the links inside the domain, if they are the slower ones, take longer.
struct Load {
  double dense = 0, experts = 0;  // bytes to the next domain of either ring
  Seconds besides, ideal;
  ByteRate nic;                   // to a domain on the same host, which no link of a placement leads to
};
// Of a collective that takes `ideal` on an idle fabric and moves `bytes` per parameter, in a ring of `members`.
Load load(const TrainingSetup& setup, const Iteration& iteration, const Domain& domain, size_t members, double bytes, Seconds ideal);

// A domain's turn: it sends from `opens` on.
struct Turn {
  Load load;
  Seconds opens;
};

// Plays one collective of every stage that has one and more than one domain, from now on; the ends by domain, 0 where
// it has none. `rail`: the domains' hosts; on a placement several domains may have one.
std::vector<Seconds> play_rings(const std::vector<simgrid::s4u::Host*>& rail, const std::vector<Ring>& rings, const std::vector<Turn>& turns);

}  // namespace capmix::step
