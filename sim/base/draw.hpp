// All randomness of capmix. A Draw answers for every uncertain input by its path: the value is a
// function of (root seed, draw index, path) alone, so a draw added in one place moves no number
// elsewhere, and two mixes that ask for the same path see the same world. A path may be hashed once
// and asked for in many draws. A sampling design takes the place of the hash for the streams that it has columns of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/calendar.hpp"
#include "base/hash.hpp"
#include "base/quantity.hpp"

namespace capmix {

enum class Shape { pert, triangular, uniform };

// The name of a stream with its hash.
class Stream {
 public:
  Stream() : Stream(std::string()) {}
  Stream(std::string path) : path_(std::move(path)), hash_(hash64(path_)) {}  // NOLINT: a path names its stream
  Stream(const char* path) : Stream(std::string(path)) {}                     // NOLINT
  const std::string& text() const { return path_; }
  uint64_t hash() const { return hash_; }
  bool operator==(std::string_view path) const { return path_ == path; }

 private:
  std::string path_;
  uint64_t hash_;
};

// What may answer before the hash of a stream does: columns of a sampling design.
class Columns {
 public:
  virtual ~Columns() = default;
  // Uniform in (0, 1), of that stream in that draw; nothing when it has none.
  virtual std::optional<double> at(uint64_t stream, int index) const = 0;
};

class Draw {
 public:
  // The world in which every uncertain input is at its mode, and every event that is less likely
  // than not does not happen.
  static Draw at_modes() { return Draw(); }
  // `columns` answer where they can; they must outlive the draw and its copies.
  Draw(uint64_t seed, int index, const Columns* columns = nullptr);

  bool modes() const { return modes_; }
  int index() const { return index_; }  // -1 at modes

  // Uniform in (0, 1), from the stream of that hash, or named `path`: hash64(path). At modes: 0.5.
  double uniform(uint64_t stream) const;
  double uniform(std::string_view path) const { return uniform(hash64(path)); }
  // True with probability p. At modes: p >= 0.5.
  bool chance(double p, uint64_t stream) const { return modes_ ? p >= 0.5 : uniform(stream) < p; }
  bool chance(double p, std::string_view path) const { return chance(p, hash64(path)); }
  // A value of the distribution on [low, high]. PERT is the beta distribution with
  // alpha = 1 + 4 (mode - low) / (high - low), beta = 1 + 4 (high - mode) / (high - low)
  // (Malcolm et al. 1959; mean (low + 4 mode + high) / 6), to 1e-9 of its width. Degenerate when low == high.
  double sample(double low, double mode, double high, Shape shape, uint64_t stream) const;
  double sample(double low, double mode, double high, Shape shape, std::string_view path) const {
    return sample(low, mode, high, shape, hash64(path));
  }

 private:
  Draw() = default;
  uint64_t key_ = 0;  // of seed and index
  int index_ = -1;
  bool modes_ = true;
  const Columns* columns_ = nullptr;
};

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
  Stream path;

  Uncertain() = default;
  Uncertain(Q fixed) : low(fixed), mode(fixed), high(fixed) {}  // NOLINT: a known value is a degenerate one
  Uncertain(Q l, Q m, Q h, Stream p = {}) : low(l), mode(m), high(h), path(std::move(p)) {}

  bool fixed() const { return detail::raw(low) == detail::raw(high); }
  Q at(const Draw& draw) const { return at(draw, path.hash()); }
  // The same distribution under another stream: one template used by several halls draws for each.
  Q at(const Draw& draw, std::string_view stream) const { return at(draw, hash64(stream)); }
  Q at(const Draw& draw, uint64_t stream) const {
    if (draw.modes() || fixed()) return mode;
    return detail::cooked<Q>(draw.sample(detail::raw(low), detail::raw(mode), detail::raw(high), shape, stream));
  }
};

}  // namespace capmix
