// Physical and monetary quantities as types. A Quantity carries the exponents of five base
// dimensions (second, flop, byte, joule, US dollar) and a value in those base units, so that
// `Flop / FlopRate` is `Seconds` and adding `Bytes` to `Watts` does not compile.
// Raw doubles appear only at the SimGrid, SQLite and formatting edges, through value().
#pragma once

#include <compare>
#include <type_traits>

namespace capmix {

template <int T, int F, int B, int J, int M>
class Quantity;

namespace detail {
// A quantity without dimension is a plain double.
template <int T, int F, int B, int J, int M>
using Product = std::conditional_t<T == 0 && F == 0 && B == 0 && J == 0 && M == 0, double,
                                   Quantity<T, F, B, J, M>>;
}  // namespace detail

template <int T, int F, int B, int J, int M>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity o) const { return Quantity(value_ + o.value_); }
  constexpr Quantity operator-(Quantity o) const { return Quantity(value_ - o.value_); }
  constexpr Quantity operator*(double k) const { return Quantity(value_ * k); }
  constexpr Quantity operator/(double k) const { return Quantity(value_ / k); }
  constexpr Quantity& operator+=(Quantity o) { value_ += o.value_; return *this; }
  constexpr Quantity& operator-=(Quantity o) { value_ -= o.value_; return *this; }
  friend constexpr Quantity operator*(double k, Quantity q) { return q * k; }
  friend constexpr auto operator/(double k, Quantity q) { return Quantity<-T, -F, -B, -J, -M>(k / q.value()); }

  template <int T2, int F2, int B2, int J2, int M2>
  constexpr auto operator*(Quantity<T2, F2, B2, J2, M2> o) const {
    return detail::Product<T + T2, F + F2, B + B2, J + J2, M + M2>(value_ * o.value());
  }
  template <int T2, int F2, int B2, int J2, int M2>
  constexpr auto operator/(Quantity<T2, F2, B2, J2, M2> o) const {
    return detail::Product<T - T2, F - F2, B - B2, J - J2, M - M2>(value_ / o.value());
  }

 private:
  double value_ = 0;
};

using Seconds = Quantity<1, 0, 0, 0, 0>;      // simulated or physical time, never calendar time
using PerSecond = Quantity<-1, 0, 0, 0, 0>;   // events, requests or tokens per second
using Flop = Quantity<0, 1, 0, 0, 0>;
using FlopRate = Quantity<-1, 1, 0, 0, 0>;    // a peak is stored under the precision it belongs to
using Bytes = Quantity<0, 0, 1, 0, 0>;
using ByteRate = Quantity<-1, 0, 1, 0, 0>;
using Joules = Quantity<0, 0, 0, 1, 0>;
using Watts = Quantity<-1, 0, 0, 1, 0>;
using Usd = Quantity<0, 0, 0, 0, 1>;
using UsdPerWatt = Quantity<1, 0, 0, -1, 1>;
using UsdPerJoule = Quantity<0, 0, 0, -1, 1>;

inline constexpr Seconds kHour{3600.0};
inline constexpr Seconds kDay{86400.0};

}  // namespace capmix
