#include "base/hash.hpp"

#include <cstdio>

namespace capmix {

uint64_t avalanche(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  uint64_t h = 0xcbf29ce484222325ULL ^ avalanche(seed);
  for (const unsigned char c : bytes) h = (h ^ c) * 0x100000001b3ULL;
  return avalanche(h);
}

std::string hex64(uint64_t h) {
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(h));
  return buffer;
}

}  // namespace capmix
