// Models, training campaigns and recommendation services.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "model/failures.hpp"
#include "model/jobs.hpp"
#include "model/porting.hpp"
#include "model/recommender.hpp"

namespace capmix {

// A decoder-only transformer, dense or with experts.
struct LlmModel {
  std::string id, name;
  std::vector<std::string> aliases;  // beginnings of its name in published tables
  int layers = 0, hidden = 0, heads = 0, kv_heads = 0, ffn = 0, vocab = 0;
  bool gated = true;             // gated FFN: three matrices instead of two
  bool tied = false;             // embedding and output share their table
  bool parallel_block = false;   // attention and FFN read the same normed input and add once
  int experts = 0, top_k = 0, expert_ffn = 0, shared_experts = 0;
  int shared_ffn = 0;            // width of the shared expert; 0: shared_experts x expert_ffn
  int dense_layers = 0;          // leading layers of an expert model with a dense FFN of width `ffn`
  bool eager_activation = false; // an activation without a fused kernel, but where 8-bit products quantise its result
  double capacity = 0;           // tokens that an expert takes, relative to an even share; 0: dropless
  int head_dim = 0;              // 0: hidden / heads
  int q_rank = 0, kv_rank = 0, rope_dim = 0, nope_dim = 0, v_dim = 0;  // latent attention when kv_rank > 0
  int window = 0, window_every = 1;  // sliding window of tokens; one layer in `window_every` attends to all
  bool moe() const { return experts > 0; }
  bool latent() const { return kv_rank > 0; }
  int expert_layers() const { return moe() ? layers - dense_layers : 0; }
  int query_dim() const { return latent() ? rope_dim + nope_dim : head_dim > 0 ? head_dim : hidden / std::max(1, heads); }
  int value_dim() const { return latent() ? v_dim : query_dim(); }
  int shared_width() const { return shared_ffn > 0 ? shared_ffn : shared_experts * expert_ffn; }
  double attention_parameters() const;             // of one layer
  double ffn_parameters(double width) const;       // of one block of that width
  double vocabulary_parameters() const;
  double parameters() const;        // all
  double expert_parameters() const; // of routed experts, all of them
  double active_parameters() const; // used per token
  // Keys that a query attends to on average under a causal mask, over the layers.
  double mean_span(int seq) const;
  // Model FLOP of training one token: 6 per active non-embedding parameter plus the output layer, and
  // causal attention 6 x heads x (query + value) x keys attended to, summed over layers (Chowdhery et al. 2022, with
  // the masked half left out). No recompute.
  Flop training_flop_per_token(int seq) const;
};

enum class Recompute { none, selective, full };  // selective: attention's scores again, where they are stored at all (unfused attention)
inline constexpr const char* kRecomputeNames[] = {"none", "selective", "full"};
enum class Span { data, pipeline };               // what a job on two suppliers' chips divides

// How a campaign's model is spread over chips. dp follows from the gang: chips / (tp x cp x pp). Ranks are numbered
// tensor, context, data, pipeline, from the inside of a node out; experts are spread inside context x data (x tensor
// where expert_tp is less than tp).
struct ParallelPlan {
  int tp = 1;
  int zero = 1;                  // 0 none, 1 optimizer states, 2 + gradients, 3 + parameters sharded over dp
  int micro_batch = 1;           // sequences
  Recompute recompute = Recompute::full;
  int pp = 1, vpp = 1;           // pipeline stages, and chunks of layers per stage (interleaved when > 1)
  int cp = 1, ep = 1, expert_tp = 1;
  int shard = 0;                 // ranks over which zero shards; 0: all of dp (less: hybrid sharding)
  bool sequence_parallel = true; // with tp > 1
  bool fused_attention = true;   // the scores never reach memory
  Span span = Span::data;
  bool searched = false;         // tp, pp, ... are to be found: plan = "auto"
  int ranks() const { return tp * cp * pp; }
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
  bool block_scaled = false;            // 8-bit operands with a scale per block (MX) instead of per tensor
  int lora_rank = 0;                    // > 0: low-rank fine-tuning of a frozen base
  std::string software;                 // training software, where it runs on the chip; empty: what is standard on its stack
  Precision precision = Precision::bf16;
  std::vector<CampaignPart> parts;      // one part: one kind of chip per run; two: a job that spans suppliers
  std::vector<ParallelPlan> plans;      // candidates; the fastest that fits each chip is used
  int priority = 0;                     // higher first
  bool borrows = false;                 // runs on what serving lends off-peak, in whole gangs, and on nothing else
  Date earliest;
  Bytes checkpoint;                     // per parameter
  CheckpointTo checkpoint_to = CheckpointTo::storage;
  bool checkpoint_asynchronous = false; // the gang stands for the copy into its hosts' memory alone
  int chips() const {
    int n = 0;
    for (const auto& p : parts) n += p.chips;
    return n;
  }
};

// The hours of a recorded series, in place of hour and weekday.
struct RecordedShape {
  int64_t first = 0;                    // hours since 1970-01-01 00:00 of the series' clock
  std::vector<double> hours{};          // relative; mean 1 after reading, whole weeks at least; empty: none
  bool local = false;                   // its clock is that of each region; otherwise UTC, for all regions alike
  bool stays = false;                   // before and behind it, its first and its last hour hold; otherwise it comes again
};

struct Region {
  std::string id;
  double share = 1;                     // of the users
  double utc_offset = 0;                // hours
  RecordedShape recorded{};             // of its own, in place of that of all
};

// For some hours a region, or all of them, wants a multiple of what it would.
struct FlashCrowd {
  std::string id, region;               // region "": all
  bool once = true;                     // on a day `from`, at `hour` UTC; otherwise `per_year` times, at any hour
  Uncertain<Date> from;
  int hour = 0;
  Uncertain<double> per_year;           // at modes: none, as of every event that is drawn
  Uncertain<Seconds> lasts;
  Uncertain<double> times;
  bool expected = false;                // pools are sized for it
};

// Requests per hour: users x requests per day x multiplier x growth x hour-of-day x day-of-week x month, or a recorded
// series in place of hour and day, times what flash crowds add.
struct Demand {
  Uncertain<double> users, requests_per_user_day, multiplier, annual_growth;
  std::array<double, 24> hour{};        // relative, local time; mean 1 after reading
  std::array<double, 7> weekday{};      // relative, Monday first; mean 1 after reading
  std::vector<Region> regions;          // shares sum to 1
  std::vector<double> month{};          // relative, January first; mean 1 after reading; empty: all alike
  RecordedShape recorded{};
  std::vector<FlashCrowd> flashes{};    // by id
};

// What a pool of a service does to every request:
//   rank      a recommender scores candidates (retrieval, pre-ranking, ranking)
//   learn     a recommender learns from samples as they come in; what it cannot take waits and makes the model staler
//   generate  a language model reads a prompt and writes an answer on the same chips
//   prefill, decode   the same on pools apart
//   hold      nothing: its chips stand in for accelerators that an inventory of instances says are held
enum class StageKind { rank, learn, generate, prefill, decode, hold };
inline constexpr const char* kStageKinds[] = {"rank", "learn", "generate", "prefill", "decode", "hold"};

// The longest prompt and the longest answer that are simulated: beyond what any model is offered with (contexts of a million, answers
// of some 100,000 tokens).
inline constexpr int kMostPrompt = 1 << 20, kMostOutput = 1 << 17;

// The most candidates that one request has scored: all that a platform holds, for a request that leaves out nothing.
inline constexpr double kMostCandidates = 1e9;

// Tokens of a prompt or an answer: log-normal with that mean and coefficient of variation, cut at `most`; or a recorded list,
// drawn from with replacement.
struct Tokens {
  double mean = 1, variation = 0;
  int most = kMostPrompt;
  std::vector<int> recorded{};          // one per request; prompts and answers of one index belong together
};

// What is asked of a language model, and how long its reader waits.
struct TextTraffic {
  Tokens prompt, output;
  double cached = 0;                    // share of a prompt whose keys and values are found in a cache
  Seconds ttft{}, tpot{};               // to the first token, and per further token; zero: no objective
  double percentile = 0.99;             // of requests that meet each of them
  bool offline() const { return ttft.value() <= 0 && tpot.value() <= 0; }
};

// How a model that learns online reaches those that serve it: rows that were touched every `every`, the dense tower every
// `dense_every`, a copy to each other site that serves.
struct Sync {
  Seconds every{60}, dense_every{86400};
  double distinct = 1;                  // rows moved, relative to rows looked up since the last time
};

// One pool of a service. Every request passes through all of them, but for learning, which follows behind.
struct ServiceStage {
  std::string id;                       // "retrieval", "ranking"; "" for the only one
  StageKind kind = StageKind::rank;
  std::string family = "rec-serving";   // workload family, for porting
  Id<RecModel> recommender;             // rank, learn
  Id<LlmModel> llm;                     // generate, prefill, decode
  TextTraffic text;                     // the same
  Uncertain<double> candidates;         // per request, mean: scored, or samples learned
  Uncertain<double> spread{1.0};        // of one request's candidates, relative to the mean; drawn for each request
  Seconds objective;                    // latency of this stage
  double percentile = 0.99;             // that meets it, or `text`'s
  Precision precision = Precision::bf16;  // of weights and products
  Precision cache = Precision::fp8;     // of cached keys and values: generate, prefill, decode
  int cell_chips = 8;                   // chips that serve one batch, or learn, together; of a language model at most, 0: searched
  std::optional<Bytes> parameter_servers;  // memory for rows that a cell does not hold; unset: as much as it takes
  std::vector<Id<Chip>> any_of;         // eligible chips; empty: every chip with a rate
  int batch = 65536;                    // samples of a step, learn
  Sync sync;                            // learn
  std::vector<double> stands_for{};     // hold: accelerators of the inventory for one chip, as any_of
  bool speaks() const { return kind == StageKind::generate || kind == StageKind::prefill || kind == StageKind::decode; }
};

// A fleet of instances that somebody recorded: its demand is accelerators, and a request of it one accelerator for a second.
struct HeldFleet {
  std::vector<std::string> apps{};      // of the inventory; in its order
  double hosts = 0;                     // instances on CPU nodes for one accelerator, mean over the inventory's time
};

// A service: demand by the hour, and the pools that every request passes through.
struct Service {
  std::string id, name;
  std::vector<ServiceStage> stages;     // at least one
  bool answers() const { return std::any_of(stages.begin(), stages.end(), [](const ServiceStage& s) { return s.kind != StageKind::learn; }); }
  int priority = 0;                     // of its pools for chips, higher first; equal ones are covered evenly
  double headroom = 0.1;                // a pool is sized for (1 + headroom) x the coming month's peak hour
  Seconds take_back;                    // spare chips may be lent to campaigns that borrow, and are back so soon; 0: none are
  Demand demand;
  std::optional<HeldFleet> held{};      // its only stage is of kind hold
  // The name of a stage's pool in rate tables, ledgers and facts: "feed/ranking", or the service's own for its only stage.
  std::string pool(size_t stage) const { return stages[stage].id.empty() ? id : id + "/" + stages[stage].id; }
};

// Percentiles of an objective: beyond these no run is long enough to tell. A language model's has 2,000 requests.
inline constexpr double kMostPercentile = 0.9999, kMostPercentileOfText = 0.995;

// A log of jobs that somebody recorded, run on pods of its own under a policy.
struct JobLogWork {
  std::string id, name;
  std::vector<JobSpec> jobs;            // by submit, s from the start of the timeline
  std::string policy;
  Id<Chip> chip;                        // of its pods
  int chips = 0;                        // at most, in whole pods
  double spine = 1;                     // rate of a gang that spans pods, of that inside one
  TenantTerms tenants{};                // under fair share
  Seconds restart;                      // work that a job does again when it is preempted or struck
  Id<Failures> failures;                // what fails on its pods; invalid: nothing
  Seconds checkpoint;                   // between two of a job: a strike loses up to that much besides
  // What its jobs train, as far as it is known: JobSpec::work counts into it. Of a campaign only model, batch, lengths, precision, software and
  // plans count. The spine's rate is then that of the work, and `spine` is for jobs without one.
  std::vector<Campaign> works{};
  double guess = 1;                     // what users ask for over the run time, where that comes from steps
  // Of a work, in rate tables: "philly/dense-7b".
  std::string work_name(size_t work) const { return id + "/" + works[work].id; }
};

}  // namespace capmix
