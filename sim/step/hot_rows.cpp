#include "step/hot_rows.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::step {
namespace {

// Lookups of a table's rows per candidate; of the user's side, each serves as many candidates as a request has, which
// is not known here: a lookup is a lookup.
double row_bytes(const RecModel& m, const EmbeddingTable& t) { return t.dim * bytes_of(m.element); }

// Rows of a table that are asked for at least `threshold` times per byte: r with lookups r^-s / H / bytes >= threshold.
double rows_above(const RecModel& m, const EmbeddingTable& t, double threshold) {
  const double top = t.lookups / zipf_sum(t.rows, t.skew) / row_bytes(m, t);
  if (top < threshold) return 0;
  if (t.skew <= 0) return t.rows;
  return std::min(t.rows, std::pow(top / threshold, 1 / t.skew));
}

}  // namespace

double zipf_sum(double n, double s) {
  constexpr int kFirst = 100;
  double sum = 0;
  for (int i = 1; i <= kFirst && i <= n; ++i) sum += std::pow(i, -s);
  if (n <= kFirst) return sum;
  const double a = kFirst, integral = std::fabs(s - 1) < 1e-12 ? std::log(n / a) : (std::pow(n, 1 - s) - std::pow(a, 1 - s)) / (1 - s);
  return sum + integral + (std::pow(n, -s) - std::pow(a, -s)) / 2 - s * (std::pow(n, -s - 1) - std::pow(a, -s - 1)) / 12;
}

HotRows hot_rows(const RecModel& m, Bytes room) {
  HotRows out;
  if (m.tables.empty() || m.table_bytes() <= room) return {1, 1, m.table_bytes()};
  const auto held = [&](double threshold) {
    double bytes = 0;
    for (const auto& t : m.tables) bytes += rows_above(m, t, threshold) * row_bytes(m, t);
    return bytes;
  };
  double low = -80, high = 20;  // ln of the threshold: all rows, none
  for (int i = 0; i < 100; ++i) (held(std::exp((low + high) / 2)) > room.value() ? low : high) = (low + high) / 2;
  // What is left after the rows above the threshold goes to those just below it: a table without skew is all alike.
  double bytes = held(std::exp(high)), next = held(std::exp(low)) - bytes;
  const double part = next > 0 ? std::clamp((room.value() - bytes) / next, 0.0, 1.0) : 0;
  double asked[2] = {0, 0}, found[2] = {0, 0};
  for (const auto& t : m.tables) {
    const double above = rows_above(m, t, std::exp(high)), more = above + part * (rows_above(m, t, std::exp(low)) - above);
    const double weight = t.lookups * t.dim, share = more <= 0 ? 0 : std::min(1.0, t.skew <= 0 ? more / t.rows : zipf_sum(more, t.skew) / zipf_sum(t.rows, t.skew));
    const auto side = static_cast<size_t>(t.side == Side::request);
    asked[side] += weight, found[side] += weight * share;
    out.held += Bytes(more * row_bytes(m, t));
  }
  out.candidate = asked[0] > 0 ? found[0] / asked[0] : 1;
  out.request = asked[1] > 0 ? found[1] / asked[1] : 1;
  return out;
}

}  // namespace capmix::step
