// The finaliser that all hashes here end with.
#pragma once

#include <cstdint>

namespace capmix {

// MurmurHash3 / SplitMix64 (Stafford variant 13): every input bit reaches every output bit.
uint64_t avalanche(uint64_t x);

}  // namespace capmix
