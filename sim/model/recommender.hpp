// Recommender models: embedding tables, and a dense tower as blocks of products. Facts of a model's shape only; how
// long they take is for sim/step. A "sample" is one candidate of one request: what ranking scores, what training learns.
#pragma once

#include <string>
#include <vector>

#include "base/draw.hpp"
#include "base/quantity.hpp"
#include "model/hardware.hpp"

namespace capmix {

// Work on a user's side is done once per request, whatever the number of candidates.
enum class Side { candidate, request };

struct EmbeddingTable {
  double rows = 0;
  int dim = 0;                 // elements of a row
  double lookups = 1;          // rows per candidate or request (mean; multi-hot features have several)
  Side side = Side::candidate;
  bool pooled = true;          // its rows are summed to one; false: a history, each row goes on by itself
  double skew = 0;             // exponent of Zipf's law by which rows are asked for; 0: evenly
};

// What one block of the tower multiplies, per candidate or request:
//   mlp        widths w0 -> w1 -> ... on each of `tokens`
//   cross      `layers` low-rank cross layers of DCN-V2 (Wang et al. 2021): width -> rank -> width
//   dot        dot products of all pairs of `tokens` vectors of `width` (DLRM, Naumov et al. 2019)
//   attention  `layers` over `tokens` of history: `projections` products width x width (4: a transformer; 5: HSTU, with its
//              gate, Zhai et al. 2024), causal attention of `queries` tokens (0: all; LONGER asks with few, Chai et al. 2025),
//              and a feed-forward block of `ffn` (0: none)
//   mixing     `layers` of RankMixer (Zhu et al. 2025): tokens trade places, which costs no product, then each token has a
//              feed-forward block of its own, width -> ffn -> width
enum class BlockKind { mlp, cross, dot, attention, mixing };
inline constexpr const char* kBlockKinds[] = {"mlp", "cross", "dot", "attention", "mixing"};

// `m` rows per sample through a k x n matrix, `groups` different matrices side by side. weights: false for products of
// activations with each other (dot).
struct Product {
  double m = 1, n = 0, k = 0, groups = 1;
  bool weights = true;
  double flop() const { return 2 * m * n * k * groups; }
};

struct DenseBlock {
  std::string id;
  BlockKind kind = BlockKind::mlp;
  Side side = Side::candidate;
  std::vector<int> widths;                 // mlp
  int layers = 1, width = 0, rank = 0, tokens = 1, heads = 1, queries = 0, ffn = 0, projections = 4;
  std::vector<Product> products() const;   // of one sample, in order; attention's scores are not among them
  double parameters() const;
  // Scores and weighted sums of causal attention, forward, of one sample; 0 for other kinds. Queries are the last tokens.
  Flop attention_flop() const;
  double span() const;                     // keys that a query sees, mean
  Flop flop() const;                       // forward, of one sample
};

// Shaped: tables and blocks are given. Summary: a FLOP count per candidate and totals, where a shape is not public.
struct RecModel {
  std::string id, name;
  std::vector<std::string> aliases;        // beginnings of its name in published tables
  std::vector<EmbeddingTable> tables;
  std::vector<DenseBlock> blocks;
  Precision element = Precision::fp32;     // of stored rows
  double scale = 1;                        // a tower so many times as deep: every product and weight that many times
  struct Summary {
    Uncertain<Flop> flop_per_candidate;    // forward
    double parameters = 0;                 // of the dense tower
    Bytes tables, row;
    Uncertain<double> lookups;             // rows per candidate
    double cached = 0;                     // share of lookups answered from the chip's own memory (hot rows)
  } summary;
  bool shaped() const { return !blocks.empty(); }

  double dense_parameters() const;
  Flop flop(Side side) const;              // forward, per candidate or per request; a summary has no request side
  Flop flop_per_candidate(double candidates) const { return flop(Side::candidate) + flop(Side::request) / candidates; }
  Bytes table_bytes() const;               // without optimizer state
  double lookups(Side side) const;         // rows, per candidate or per request
  Bytes row_bytes(Side side) const;        // of these rows, per candidate or per request
  double outputs(Side side) const;         // elements that the tables hand to the tower, per candidate or per request
};

}  // namespace capmix
