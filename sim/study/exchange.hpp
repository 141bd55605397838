// "Volume makes up for it": how many of one chip replace one of another at equal work, and where no number does.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "study/rates.hpp"

namespace capmix::study {

// One side: chips in a kind of node, as an offer sells them or as the catalogue describes them.
struct ExchangeSide {
  std::string id, node, chip;   // id: of the offer or node that was named
  double watts = 0;             // of one chip with its share of the node
  double usd = 0;               // of one bare chip, at modes: the offer's price, or else the chip's
};

struct ExchangeQuery {
  std::string of, by;           // ids of offers or of nodes of the study
  LlmModel model;               // that is decoded; without an id: the reference campaign's
  Seconds tpot{0.05};           // objective of decode
  int context = 4096;
  Precision precision = Precision::bf16;
  std::string outcome;          // the world whose chips and ports are taken; empty: the study's first
};

inline constexpr const char* kNoPort = "no port";  // the one stage of a stack that the workload is not ported to

// One workload at one stage of the port of what replaces.
struct ExchangeRow {
  std::string stage;            // "mature" on a native stack
  Date from;                    // the stage holds from here on, at modes
  double efficiency = 1;        // relative to production
  double number = std::numeric_limits<double>::quiet_NaN();  // of B that do the work of one A; NaN: none does
  std::string reason;           // why none does
  // Ranking: the same with a cell that is planned anew for compute and memory as slow as the stage leaves them. A slower
  // cell may need more head-room under its objective, which fleet runs do not count. NaN: none, or no ranking.
  double replanned = std::numeric_limits<double>::quiet_NaN();
  // Training: one gang of B that keeps the step of A's gang at the same batch. 0: none does, or it was not asked.
  int gang = 0;
  std::string gang_reason;      // why none does
};

struct ExchangeWork {
  std::string id, kind;         // kind: "training", "ranking", "decode"
  std::string unit;             // of the rates: "tokens/s", "requests/s"
  double rate_of = 0, rate_by = 0;  // per chip, both at a mature stack; 0: it does not run
  std::string plan_of, plan_by;     // how each runs it
  int gang_of = 0;              // training: chips of A's gang
  double trust_low = 1, trust_high = 1;  // of the number: both rates at the ends of their trust ranges
  std::vector<ExchangeRow> rows;
};

struct Exchange {
  ExchangeSide of, by;
  std::vector<ExchangeWork> works;
  std::vector<std::string> notes;   // what was assumed
};

// Training (the reference campaign) and ranking (each service) from the step profiles, decode from its closed form.
// Throws InputError for an id that is neither an offer nor a node of the study, and for an unknown outcome.
Exchange exchange(const Worlds& worlds, const ExchangeQuery& query, const std::string& cache_dir, int jobs, const Progress& progress);

}  // namespace capmix::study
