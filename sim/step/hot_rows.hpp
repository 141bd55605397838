// How much of what a model looks up is found in a memory that holds only its most wanted rows.
//
// Rows of a table are asked for by Zipf's law with its `skew`: the r-th most wanted one with a probability in proportion
// to r^-skew. The best contents of a memory of given size are then known, over all tables: every row whose requests per
// byte exceed one threshold. A cache that learns comes near to it; what it misses while it learns is not modelled.
#pragma once

#include "model/recommender.hpp"

namespace capmix::step {

struct HotRows {
  double candidate = 1, request = 1;  // share of the looked-up bytes that are found, by side
  Bytes held;
};
// `room` bytes for rows of all tables.
HotRows hot_rows(const RecModel& model, Bytes room);

// 1 + 2^-s + ... + n^-s, by Euler and Maclaurin beyond a hundred terms; n need not be whole there.
double zipf_sum(double n, double s);

}  // namespace capmix::step
