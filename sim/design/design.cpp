#include "design/design.hpp"

#include <algorithm>
#include <limits>
#include <openturns/LHSExperiment.hxx>
#include <openturns/RandomGenerator.hxx>
#include <openturns/SobolSequence.hxx>
#include <openturns/Uniform.hxx>
#include <stdexcept>
#include <string>

#include "base/hash.hpp"

namespace capmix::design {
namespace {

constexpr double kLeast = 0x1p-54, kMost = 1 - 0x1p-53;  // a quantile of 0 or 1 may be infinite

double inside(double u) { return std::clamp(u, kLeast, kMost); }

constexpr int kDigits = 53;  // binary, of a double in [0, 1)

uint64_t scrambled(uint64_t digits, uint64_t seed) {
  uint64_t out = digits;
  for (int b = kDigits - 1; b >= 0; --b) {
    const uint64_t before = (digits >> (b + 1)) | (uint64_t{1} << (kDigits - 1 - b));  // with a mark of how many there are
    out ^= (avalanche(seed ^ avalanche(before)) & 1) << b;
  }
  return out;
}

}  // namespace

Points latin_hypercube(size_t n, const std::vector<uint64_t>& seeds) {
  Points out{n, seeds.size(), std::vector<double>(n * seeds.size())};
  if (n == 0) return out;
  for (size_t c = 0; c < out.d; ++c) {
    OT::RandomGenerator::SetSeed(seeds[c] & std::numeric_limits<uint32_t>::max());  // it takes 32 bits
    const OT::Sample column = OT::LHSExperiment(OT::Uniform(0, 1), n).generate();
    for (size_t i = 0; i < n; ++i) out.values[i * out.d + c] = inside(column(i, 0));
  }
  return out;
}

Points sobol(size_t n, size_t d) {
  if (d > kSobolColumns)
    throw std::invalid_argument("a Sobol' sequence has at most " + std::to_string(kSobolColumns) + " columns, not " + std::to_string(d));
  Points out{n, d, std::vector<double>(n * d)};
  if (n < 2 || d == 0) return out;
  const OT::Sample rest = OT::SobolSequence(d).generate(n - 1);  // OpenTURNS does not begin with the origin
  for (size_t i = 1; i < n; ++i)
    for (size_t c = 0; c < d; ++c) out.values[i * d + c] = rest(i - 1, c);
  return out;
}

Points scrambled_sobol(size_t n, const std::vector<uint64_t>& seeds) {
  Points out = sobol(n, seeds.size());
  for (size_t i = 0; i < n; ++i)
    for (size_t c = 0; c < out.d; ++c) {
      double& u = out.values[i * out.d + c];
      u = inside((static_cast<double>(scrambled(static_cast<uint64_t>(u * 0x1p53), seeds[c])) + 0.5) * 0x1p-53);
    }
  return out;
}

}  // namespace capmix::design
