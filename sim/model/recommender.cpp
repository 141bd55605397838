#include "model/recommender.hpp"

#include <algorithm>

namespace capmix {

std::vector<Product> DenseBlock::products() const {
  std::vector<Product> out;
  const double t = tokens, w = width, asked = queries > 0 ? std::min(queries, tokens) : tokens;
  switch (kind) {
    case BlockKind::mlp:
      for (size_t i = 1; i < widths.size(); ++i) out.push_back({t, double(widths[i]), double(widths[i - 1])});
      break;
    case BlockKind::cross:
      for (int i = 0; i < layers; ++i) out.push_back({1, double(rank), w}), out.push_back({1, w, double(rank)});
      break;
    case BlockKind::dot:
      out.push_back({t, t, w, 1, false});
      break;
    case BlockKind::attention:
      for (int i = 0; i < layers; ++i) {
        // Keys and values of all tokens; queries, gate and output of those that ask.
        out.push_back({t, 2 * w, w});
        out.push_back({asked, (projections - 3) * w, w});
        out.push_back({asked, w, w});
        if (ffn > 0) out.push_back({asked, double(ffn), w}), out.push_back({asked, w, double(ffn)});
      }
      break;
    case BlockKind::mixing:
      for (int i = 0; i < layers; ++i) out.push_back({1, double(ffn), w, t}), out.push_back({1, w, double(ffn), t});
      break;
  }
  return out;
}

double DenseBlock::parameters() const {
  double sum = 0;
  for (const auto& p : products())
    if (p.weights) sum += p.n * p.k * p.groups;
  return sum;
}

double DenseBlock::span() const {
  const double asked = queries > 0 ? std::min(queries, tokens) : tokens;
  return kind == BlockKind::attention ? tokens - asked / 2 : 0;
}

Flop DenseBlock::attention_flop() const {
  const double asked = queries > 0 ? std::min(queries, tokens) : tokens;
  return Flop(kind == BlockKind::attention ? 4.0 * layers * asked * span() * width : 0);
}

Flop DenseBlock::flop() const {
  Flop sum = attention_flop();
  for (const auto& p : products()) sum += Flop(p.flop());
  return sum;
}

double RecModel::dense_parameters() const {
  if (!shaped()) return summary.parameters * scale;
  double sum = 0;
  for (const auto& b : blocks) sum += b.parameters();
  return sum * scale;
}

Flop RecModel::flop(Side side) const {
  if (!shaped()) return side == Side::candidate ? summary.flop_per_candidate.mode * scale : Flop(0);
  Flop sum(0);
  for (const auto& b : blocks)
    if (b.side == side) sum += b.flop();
  return sum * scale;
}

Bytes RecModel::table_bytes() const {
  if (tables.empty()) return summary.tables;
  double elements = 0;
  for (const auto& t : tables) elements += t.rows * t.dim;
  return Bytes(elements * bytes_of(element));
}

double RecModel::lookups(Side side) const {
  if (tables.empty()) return side == Side::candidate ? summary.lookups.mode : 0;
  double sum = 0;
  for (const auto& t : tables)
    if (t.side == side) sum += t.lookups;
  return sum;
}

Bytes RecModel::row_bytes(Side side) const {
  if (tables.empty()) return summary.row * lookups(side);
  double elements = 0;
  for (const auto& t : tables)
    if (t.side == side) elements += t.lookups * t.dim;
  return Bytes(elements * bytes_of(element));
}

double RecModel::outputs(Side side) const {
  if (tables.empty()) return summary.row.value() * lookups(side) / bytes_of(element);
  double sum = 0;
  for (const auto& t : tables)
    if (t.side == side) sum += t.dim * (t.pooled ? 1 : t.lookups);
  return sum;
}

}  // namespace capmix
