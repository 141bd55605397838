// What one batch of a recommendation stage takes on a serving cell, by closed form. The chips of a cell share a batch:
// its candidates are spread over them, its requests' user side too (once per request, whatever the candidates).
//
//   gather   rows that the chip itself holds, at a share of its memory bandwidth
//   peers    rows that other chips of the cell hold, over the scale-up network and, from other domains, as network.hpp
//            outward() says; beside fetched rows on the same NIC, whose meeting is not modelled
//   dense    the blocks' products through operators.hpp gemm(), m = candidates (or requests) of the chip; a model without
//            shapes by roofline.hpp
//   fetch    rows that no chip holds, from parameter servers over the NICs; a stage of its own, beside the others
//
// Activations are taken to be fused with the products, as inference engines do. Not modelled: the host's part (parsing,
// copies to the chip, sorting of the answer), pooling before rows travel, losses of a launch-bound batch to jitter.
#pragma once

#include <string>

#include "step/operators.hpp"
#include "step/roofline.hpp"
#include "step/step.hpp"

namespace capmix::step {

// Where a model's rows are: shares of the looked-up bytes, by side (Side's order).
struct RowHomes {
  double own[2] = {1, 1}, peers[2] = {0, 0}, remote[2] = {0, 0};
  Bytes held;                 // per chip
  std::string reason;         // why the rows or the tower have no room, with figures
};
// All rows on every chip if they fit beside the tower, or else spread over the chips of the cell, each once, or else the
// most wanted ones so and the others on parameter servers (hot_rows.hpp; a summary states its share).
RowHomes place_rows(const ServingSetup& setup);

int cell_chips(const ServingSetup& setup);

struct RecBatch {
  Seconds gather, peers, dense, fetch;
  Seconds score() const { return gather + peers + dense; }
  Seconds slowest() const { return std::max(fetch, score()); }
  Seconds sum() const { return fetch + score(); }
};

class RecCell {
 public:
  // References of `setup` must outlive it. `homes` without a reason.
  RecCell(const ServingSetup& setup, const RowHomes& homes, Level level);
  // `requests` with `candidates` in all; neither need be whole.
  RecBatch batch(double requests, double candidates) const;
  // Per chip over its NIC, of one candidate or one request.
  Bytes fetched(Side side) const;
  ByteRate nic() const { return nic_; }

 private:
  Seconds dense(double requests, double candidates) const;
  const ServingSetup& s_;
  RowHomes homes_;
  double chips_;
  Machine machine_;
  Roof roof_;
  Precision precision_;       // under which gemm() finds the rate
  ByteRate nic_, scale_up_, outward_;
};

}  // namespace capmix::step
