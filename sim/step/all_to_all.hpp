// An all-to-all between the scale-up domains of a gang as flows on SimGrid. Each call runs in a process of its own, at
// t = 0. Its closed form on an idle fabric is all_to_all() of network.hpp.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/fabric.hpp"

namespace capmix::step {

// What one domain sends to the others, evenly, through all its NICs: `leaves` bytes.
struct Sender {
  engine::RailHost at;
  Bytes leaves;
};

// Up to this many domains every pair has its flow. More are folded: each domain has one flow to its neighbour in the
// pod with what stays in the pod, and one to its counterpart in the next pod with what leaves it, which loads every NIC
// and uplink alike. tests/analytic/step/all_to_all_test.cpp holds one against the other.
inline constexpr size_t kUnfolded = 24;

// Until the last byte has arrived; no latency. `unfolded`: how many domains at most have a flow for every pair.
Seconds play_all_to_all(const std::vector<Sender>& domains, double oversubscription, size_t unfolded = kUnfolded);

}  // namespace capmix::step
