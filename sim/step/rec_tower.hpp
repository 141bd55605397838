// What the dense tower of a recommender takes on one chip, forward and backward: its products through gemm() with their
// own shapes, fused attention over a history, and passes over memory between them. A part of kinds/rec_training.
#pragma once

#include "model/recommender.hpp"
#include "step/operators.hpp"

namespace capmix::step {

struct TowerPass {
  Seconds gemm, attention, memory;
  Seconds total() const { return gemm + attention + memory; }
};
struct TowerTime {
  TowerPass forward, backward;
};

// `samples` candidates that come from `requests` requests, on one chip. `machine` as tower_machine() makes it. Inputs
// and outputs are padded to eight elements, as frameworks do. Activations of mlp blocks are fused with their products;
// cross, attention and mixing blocks stream their vectors between products as often as the constants in the .cpp say.
TowerTime tower(const RecModel& model, const Machine& machine, Precision precision, double samples, double requests);

// machine() with products at TF32's or FP32's rate where training is not mixed. Their operands are then taken as wide as
// a 16-bit one in a product that memory bounds (a simplification).
Machine tower_machine(const Chip& chip, const Efficiency& efficiency, const Software& software, Precision precision);

// Bytes of one sample that the backward pass needs, with `element` bytes a number: every product's input, and once more
// for what activations and norms keep.
Bytes tower_activations(const RecModel& model, double element, double samples, double requests);

// A model given as a summary, as tables and blocks: its FLOP and weights as equal square products, its tables as one.
RecModel shaped(const RecModel& model);

}  // namespace capmix::step
