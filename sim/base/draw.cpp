#include "base/draw.hpp"

#include <cmath>
#include <cstdio>

#include "base/hash.hpp"
#include "base/pert.hpp"

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

Draw::Draw(uint64_t seed, int index)
    : key_(avalanche(avalanche(seed + 0x9e3779b97f4a7c15ULL) + static_cast<uint64_t>(index))), index_(index), modes_(false) {}

double Draw::uniform(uint64_t stream) const {
  if (modes_) return 0.5;
  const uint64_t h = avalanche(stream ^ key_);
  return (static_cast<double>(h >> 11) + 0.5) * 0x1p-53;  // 53 bits, never 0 or 1
}

double Draw::sample(double low, double mode, double high, Shape shape, uint64_t stream) const {
  if (modes_ || low == high) return mode;
  const double u = uniform(stream), width = high - low;
  switch (shape) {
    case Shape::uniform: return low + u * width;
    case Shape::triangular: {
      const double split = (mode - low) / width;
      return u < split ? low + width * std::sqrt(u * split) : high - width * std::sqrt((1 - u) * (1 - split));
    }
    case Shape::pert: break;
  }
  return low + width * pert_quantile((mode - low) / width, u);
}

}  // namespace capmix
