// Ring collectives on the fabric as flows on SimGrid. Each call runs in a process of its own, at t = 0. What an
// iteration does with them: simulate.hpp.
//
// A ring over n ranks moves S bytes in 2(n-1) dependent steps (reduce-scatter, then all-gather) of S/n per hop.
// Every hop carries the same bytes at the same time, so the steps are folded into one flow per hop with
// 2(n-1)/n S bytes; the latency of the steps is added as 2(n-1) alpha. tests/analytic/step/ring_test.cpp holds
// the folded ring against a stepwise and an unfolded one before anything rests on it.
#pragma once

#include <string>
#include <vector>

#include "engine/fabric.hpp"

namespace capmix::step {

// Bytes that a hop carries for an all-reduce of `size`.
inline Bytes hop_bytes(Bytes size, double ranks) { return ranks > 1 ? size * (2 * (ranks - 1) / ranks) : Bytes(0); }

// For an actor: sends `bytes` to the mailbox `next` and receives from `mine`, at the same time; back when both are
// through.
void exchange(const std::string& mine, const std::string& next, double bytes);

// Time of one folded ring over the hosts in their order, `hop` bytes on every hop; no latency.
Seconds folded_ring(const std::vector<engine::RailHost>& hosts, Bytes hop, double oversubscription);
// The same all-reduce of `size` bytes in 2(n-1) dependent steps, on each of `rails` rails of the same hosts: what
// the folded ring is checked against. The rails share the uplinks as one rail has them, `rails` times as wide.
Seconds stepwise_ring(const std::vector<engine::RailHost>& hosts, Bytes size, int rails, double oversubscription);

}  // namespace capmix::step
