// Many numbers of one stream: the n-th is a function of the draw, the stream and n alone.
#pragma once

#include <cstdint>

#include "base/draw.hpp"
#include "base/hash.hpp"

namespace capmix {

// Uniform in (0, 1); n counts from 1. Streams of SplitMix64: n steps of its golden increment behind the stream's hash (Steele et al. 2014).
inline double nth(const Draw& draw, uint64_t stream, uint64_t n) { return draw.uniform(avalanche(stream + 0x9e3779b97f4a7c15ULL * n)); }

}  // namespace capmix
