// Which chip of a gang holds which part of which embedding table, so that the slowest chip has as little to do as can be:
// rows that it looks up and updates, and pooled rows that it sends (as the planners of TorchRec and HugeCTR do).
//
//   data-parallel  every chip has the whole table and looks up its own samples; its gradients are summed as the tower's
//   table-wise     one chip has it
//   column-wise    some chips have some columns of every row
//   row-wise       neighbours have some rows each, of all or of some columns. Inside a scale-up domain they first add up
//                  what they have of a sample's rows (twice across: then out over the network), so that a chip sends what
//                  its own samples need. Over several domains, each domain sends its sum.
//
// Greedy, longest first, at several widths of a part, then moves and swaps off the slowest chip; the best width wins.
// Deterministic. The result is near the mean (the lower bound) but not proven best.
#pragma once

#include <string>
#include <vector>

#include "model/recommender.hpp"

namespace capmix::step {

enum class RecOptimizer { sgd, adagrad_rowwise, adagrad };  // no state; one number a row; one an element
inline constexpr const char* kRecOptimizers[] = {"sgd", "row-wise adagrad", "adagrad"};

struct ShardingSetup {
  const RecModel& model;
  int chips = 1;
  int domain = 8;              // chips of one scale-up domain
  double samples = 0;          // of one iteration, all chips
  double requests = 0;         // that they come from: work of the request's side is done once for each
  RecOptimizer optimizer = RecOptimizer::adagrad;
  double wire = 2;             // bytes of an element between chips
  Bytes room{0};               // of one chip, for tables and their states
  // Attained by one chip: random rows read, random rows written, and between chips inside a domain and over all.
  ByteRate gather{1}, update{1}, up{1}, out{1};
};

struct Shard {
  size_t table = 0;
  bool replicated = false;     // data-parallel: on every chip, then the rest is the whole table
  double rows = 0;             // all of the table; divided evenly over `chips`
  int first_column = 0, columns = 0;
  int first_chip = 0, chips = 1;
};

// Of one chip in one iteration.
struct ChipLoad {
  Bytes weights;               // with the optimizer's states
  Bytes read, written;         // looked up; and gradients read, rows and states read and written
  Bytes sent;                  // pooled rows to others, one way
  Bytes partial;               // to neighbours of a row-wise part, to be added up, one way
};

enum class Placed { data_parallel, table_wise, column_wise, row_wise };

struct Sharding {
  bool fits = false;
  std::string why;             // it does not: what is short, and by how much
  Bytes needed;                // of all chips together: tables and states
  std::vector<Placed> how;     // by table
  std::vector<Shard> shards;   // by table, then column
  std::vector<ChipLoad> loads; // by chip
  ChipLoad most;               // the greatest of each over the chips
  Bytes replicated;            // weights of data-parallel tables: their gradients are summed over all chips
  double imbalance = 1;        // time of the slowest chip against the mean
  std::string words;           // "26 tables: 15 data-parallel, 6 table-wise, ..."
};

// Seconds that a chip spends on a load: reads, writes, and what it sends both ways.
Seconds time_of(const ShardingSetup& setup, const ChipLoad& load);

// Bytes of a table with its optimizer's states.
Bytes stored(const RecModel& model, const EmbeddingTable& table, RecOptimizer optimizer);

Sharding shard(const ShardingSetup& setup);

// Whether shard() would fit, without placing anything: by rows over all chips, every chip holds the mean.
bool holds(const ShardingSetup& setup);

}  // namespace capmix::step
