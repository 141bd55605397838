// Models, training campaigns and recommendation services.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/porting.hpp"

namespace capmix {

// A decoder-only transformer. Mixture-of-experts models are described here and refused by the step
// simulation of this version, which trains dense models only.
struct LlmModel {
  std::string id, name;
  int layers = 0, hidden = 0, heads = 0, kv_heads = 0, ffn = 0, vocab = 0;
  bool gated = true;             // gated FFN: three matrices instead of two
  bool tied = false;             // embedding and output share their table
  int experts = 0, top_k = 0, expert_ffn = 0, shared_experts = 0;
  bool moe() const { return experts > 0; }
  double parameters() const;        // all
  double active_parameters() const; // used per token
  // Model FLOP of training one token: 6 per active non-embedding parameter plus the output layer, and
  // causal attention 6 · layers · seq · hidden (Chowdhery et al. 2022, with half of the scores masked).
  // No recompute.
  Flop training_flop_per_token(int seq) const;
};

// A ranking model: dense tower per candidate and embedding rows fetched from sharded tables.
struct RankingModel {
  std::string id, name;
  Uncertain<Flop> flop_per_candidate;
  double dense_parameters = 0;
  Bytes tables;                  // embedding tables in all
  Uncertain<double> lookups;     // rows per candidate
  Bytes row;                     // bytes of one row
  double cached = 0;             // share of lookups answered from the chip's own memory (hot rows)
};

// How a campaign's model is spread over chips. dp follows from the gang: chips / tp.
struct ParallelPlan {
  int tp = 1;
  int zero = 1;                  // 0 none, 1 optimizer states, 2 + gradients, 3 + parameters sharded over dp
  int micro_batch = 1;           // sequences
  bool recompute = true;         // full activation recompute
};

struct CampaignPart {            // chips of one kind in a gang
  std::vector<Id<Chip>> any_of;  // eligible chips; empty: every chip that can train it
  int chips = 0;
};

// A training campaign: `runs` trainings of one model, one after the other or side by side. A gang
// starts when all its chips are free, and keeps them to its end.
struct Campaign {
  std::string id, name;
  Id<LlmModel> model;
  std::string family = "llm-training";  // workload family, for porting
  double tokens = 0;                    // per run
  int runs = 1;                         // 0: as many as the chips allow until the horizon
  int seq = 4096, global_batch = 4096;  // tokens per sequence, sequences per step
  Precision precision = Precision::bf16;
  std::vector<CampaignPart> parts;      // one part: one kind of chip per run; two: a job that spans suppliers
  std::vector<ParallelPlan> plans;      // candidates; the fastest that fits each chip is used
  int priority = 0;                     // higher first
  Date earliest;
  Bytes checkpoint;                     // per parameter
  int chips() const {
    int n = 0;
    for (const auto& p : parts) n += p.chips;
    return n;
  }
};

struct Region {
  std::string id;
  double share = 1;                     // of the users
  double utc_offset = 0;                // hours
};

// Requests per hour: users x requests per day x multiplier x growth x hour-of-day x day-of-week.
struct Demand {
  Uncertain<double> users, requests_per_user_day, multiplier, annual_growth;
  std::array<double, 24> hour{};        // relative, local time; mean 1 after reading
  std::array<double, 7> weekday{};      // relative, Monday first; mean 1 after reading
  std::vector<Region> regions;          // shares sum to 1
};

// Recommendation serving: every request ranks `candidates` inside the latency objective.
struct Service {
  std::string id, name;
  Id<RankingModel> model;
  std::string family = "rec-serving";
  Uncertain<double> candidates;         // per request
  Seconds objective;                    // p99 of the ranking stage
  Precision precision = Precision::bf16;
  int cell_chips = 8;                   // chips that serve one batch together
  double headroom = 0.1;                // a pool is sized for (1 + headroom) x the coming month's peak hour
  Demand demand;
};

}  // namespace capmix
