// All randomness of capmix. A Draw answers for every uncertain input by its path: the value is a
// function of (root seed, draw index, path) alone, so a draw added in one place moves no number
// elsewhere, and two mixes that ask for the same path see the same world.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/calendar.hpp"
#include "base/quantity.hpp"

namespace capmix {

enum class Shape { pert, triangular, uniform };

class Draw {
 public:
  // The world in which every uncertain input is at its mode, and every event that is less likely
  // than not does not happen.
  static Draw at_modes() { return Draw(); }
  Draw(uint64_t seed, int index) : seed_(seed), index_(index), modes_(false) {}

  bool modes() const { return modes_; }
  int index() const { return index_; }  // -1 at modes

  // Uniform in (0, 1), from the stream named `path`. At modes: 0.5.
  double uniform(std::string_view path) const;
  // True with probability p. At modes: p >= 0.5.
  bool chance(double p, std::string_view path) const;
  // A value of the distribution on [low, high]. PERT is the beta distribution with
  // alpha = 1 + 4 (mode - low) / (high - low), beta = 1 + 4 (high - mode) / (high - low)
  // (Malcolm et al. 1959; mean (low + 4 mode + high) / 6). Degenerate when low == high.
  double sample(double low, double mode, double high, Shape shape, std::string_view path) const;

 private:
  Draw() = default;
  uint64_t seed_ = 0;
  int index_ = -1;
  bool modes_ = true;
};

// FNV-1a with a final avalanche: names of streams, content keys of profiles, hashes of facts.
// Not cryptographic.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);
std::string hex64(uint64_t h);

namespace detail {
constexpr double raw(double x) { return x; }
constexpr double raw(Days x) { return x.n; }
constexpr double raw(Date x) { return x.day(); }
template <int T, int F, int B, int J, int M>
constexpr double raw(Quantity<T, F, B, J, M> q) { return q.value(); }
template <class Q>
Q cooked(double x) {
  if constexpr (std::is_same_v<Q, Days>) return Days{x};
  else if constexpr (std::is_same_v<Q, Date>) return Date(0) + Days{x};
  else return Q(x);
}
}  // namespace detail

// An input with low, mode and high. `path` names its stream ("platforms/x.toml:offer.h200.price").
template <class Q>
struct Uncertain {
  Q low{}, mode{}, high{};
  Shape shape = Shape::pert;
  std::string path;

  Uncertain() = default;
  Uncertain(Q fixed) : low(fixed), mode(fixed), high(fixed) {}  // NOLINT: a known value is a degenerate one
  Uncertain(Q l, Q m, Q h, std::string p = {}) : low(l), mode(m), high(h), path(std::move(p)) {}

  bool fixed() const { return detail::raw(low) == detail::raw(high); }
  Q at(const Draw& draw) const { return at(draw, path); }
  // The same distribution under another stream: one template used by several halls draws for each.
  Q at(const Draw& draw, std::string_view stream) const {
    if (draw.modes() || fixed()) return mode;
    return detail::cooked<Q>(draw.sample(detail::raw(low), detail::raw(mode), detail::raw(high), shape, stream));
  }
};

}  // namespace capmix
