// Hashes of names and contents. Not cryptographic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capmix {

// MurmurHash3 / SplitMix64 (Stafford variant 13): every input bit reaches every output bit.
uint64_t avalanche(uint64_t x);

// FNV-1a with a final avalanche: names of streams, content keys of profiles, hashes of facts.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);
std::string hex64(uint64_t h);  // 16 digits

}  // namespace capmix
