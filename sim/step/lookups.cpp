#include "step/lookups.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace capmix::step {
namespace {

constexpr double kKey = 8;        // bytes of a row's key
constexpr double kSingle = 64;    // ranks that are buckets of their own
constexpr double kGrowth = 1.1;   // of the width from there on

// Calls visit(rows, weight of one of them) for every bucket up to rank `rows`, most wanted first.
template <class Visit>
void buckets(double rows, double skew, Visit visit) {
  for (double from = 0; from < rows;) {
    const double to = std::min(rows, from < kSingle ? from + 1 : std::max(from + 1, std::floor(from * kGrowth)));
    visit(to - from, std::pow((from + to + 1) / 2, -skew));
    from = to;
  }
}

double weight(double rows, double skew) {
  double sum = 0;
  buckets(rows, skew, [&](double n, double w) { sum += n * w; });
  return sum;
}

}  // namespace

double touched_rows(const EmbeddingTable& t, double draws) {
  if (t.rows <= 0 || draws <= 0) return 0;
  // A row of probability p is missed by n draws with (1 - p)^n.
  const auto missed = [&](double p) { return p >= 1 ? 0 : std::exp(draws * std::log1p(-p)); };
  if (t.skew <= 0) return t.rows * (1 - missed(1 / t.rows));
  const double all = weight(t.rows, t.skew);
  double sum = 0;
  buckets(t.rows, t.skew, [&](double n, double w) { sum += n * (1 - missed(w / all)); });
  return sum;
}

double hot_share(const EmbeddingTable& t, double cached) {
  if (t.rows <= 0 || cached >= t.rows) return 1;
  if (cached <= 0) return 0;
  if (t.skew <= 0) return cached / t.rows;
  return weight(cached, t.skew) / weight(t.rows, t.skew);
}

Bytes sync_bytes(const RecModel& model, double touched, double dense_bytes) {
  if (!(touched >= 0 && touched <= 1)) throw std::invalid_argument("the share of touched rows is " + std::to_string(touched) + " (expected 0 to 1)");
  double bytes = model.dense_parameters() * dense_bytes;
  if (model.tables.empty()) {
    const double row = model.summary.row.value();
    bytes += touched * (row > 0 ? model.summary.tables.value() / row * (row + kKey) : 0);
  }
  for (const auto& t : model.tables) bytes += touched * t.rows * (t.dim * bytes_of(model.element) + kKey);
  return Bytes(bytes);
}

}  // namespace capmix::step
