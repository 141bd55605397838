// How long one chip takes for the operators of a transformer: matrix products by tiles and waves, fused attention,
// and operators that stream memory. A roofline (Williams, Waterman and Patterson 2009) whose compute side knows the
// shape of a product. What differs between chips is data (peak, bandwidth, matrix units); what was fitted is in
// Efficiency.
#pragma once

#include "model/hardware.hpp"

namespace capmix::step {

// One chip under one class of software, with everything that its operators attain.
struct Machine {
  FlopRate gemm16, gemm8, gemm4;  // large products
  FlopRate attention;
  ByteRate memory;
  Seconds launch;
  double grouped = 1;             // products of experts relative to dense ones
  double depth_half = 0;
  double units = 1;               // tiles side by side
  bool fused = true;
};
// `precision` of a product that the chip has no rate for is that of the next wider one.
Machine machine(const Chip& chip, const Efficiency& efficiency, const Software& software);

// How products are stored and multiplied in training at a precision: 2, 1 or 0.5 bytes an operand.
double operand_bytes(Precision precision);

// `groups` products of m x k by k x n side by side. The grid of output tiles runs in waves over the matrix units, so
// a last wave that is not full wastes units (Nvidia, "Matrix Multiplication Background"); the best of the usual tile
// shapes is taken. A product of depth k attains k / (k + depth_half) of the rate. A row of k or n elements that is
// no multiple of 128 bytes costs kUnaligned, of 16 bytes kMisaligned. Not modelled: split-k, caches.
Seconds gemm(const Machine& machine, double m, double n, double k, Precision precision, double groups = 1);

// One pass over `flop` of fused attention with heads of `head_dim` and a mean of `span` keys per query.
Seconds fused_attention(const Machine& machine, Flop flop, double head_dim, double span);

// Streams `bytes` through memory in `kernels` launches.
Seconds stream(const Machine& machine, Bytes bytes, double kernels);

}  // namespace capmix::step
