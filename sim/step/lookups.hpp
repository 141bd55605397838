// Which rows of an embedding table a batch asks for. Rows are drawn by Zipf's law, the r-th most wanted in proportion
// to r^-skew; skew 0 is evenly. Sums over ranks are taken in buckets whose width grows with the rank (exact for skew 0,
// within about 1 % for usual skews). Not modelled: how the draws of one sample depend on each other, drift of what is hot.
#pragma once

#include "model/recommender.hpp"

namespace capmix::step {

// Rows that `draws` draws touch at least once, in expectation: what an optimizer updates.
double touched_rows(const EmbeddingTable& table, double draws);

// Share of all draws that fall on the `cached` most wanted rows.
double hot_share(const EmbeddingTable& table, double cached);

// Bytes that one sync from training to serving moves: the rows that were touched since the last one (`touched`, a share
// of all rows), each with a key of 8 bytes, and the whole dense tower in elements of `dense_bytes`. Optimizer states stay
// with training. `touched` outside 0 to 1 throws std::invalid_argument.
Bytes sync_bytes(const RecModel& model, double touched, double dense_bytes = 2);

}  // namespace capmix::step
