#include "base/draw.hpp"

#include <cmath>

#include "base/hash.hpp"
#include "base/pert.hpp"

namespace capmix {

Draw::Draw(uint64_t seed, int index, const Columns* columns)
    : key_(avalanche(avalanche(seed + 0x9e3779b97f4a7c15ULL) + static_cast<uint64_t>(index))), index_(index), modes_(false), columns_(columns) {}

double Draw::uniform(uint64_t stream) const {
  if (modes_) return 0.5;
  if (columns_ != nullptr)
    if (const auto u = columns_->at(stream, index_)) return *u;
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
