// A recommendation serving cell: one stage of a request (retrieval or ranking) under its latency objective.
//
// What one batch takes is in rec_batch.hpp, by closed form. A free server takes what waits, up to a limit, and waits for
// nobody; fetching and scoring are pipelined. The rate is the largest load whose percentile meets the objective (cell.hpp),
// under the limit of batches that gives most.
//
// Not modelled: host pre-processing and result return; more than one model per cell; requests that are dropped.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/unit.hpp"
#include "step/cell_run.hpp"
#include "step/rec_batch.hpp"
#include "step/rec_serving.hpp"

namespace capmix::step {
namespace {

constexpr int kLargestBatch = 4096;    // requests
constexpr int64_t kRequests = 20000;   // of the first runs

ServingCell simulated(const ServingSetup& s, const RecCell& cell, int batch) {
  ServingCell out;
  out.nic = cell.nic();
  out.oversubscription = std::max(1.0, s.fabric.oversubscription);
  CellStage fetch;
  fetch.name = "fetch", fetch.max_batch = batch;
  fetch.fetched = cell.fetched(Side::candidate), fetch.fetched_request = cell.fetched(Side::request);
  if ((fetch.fetched + fetch.fetched_request).value() > 0) out.stages.push_back(fetch);
  CellStage score;
  score.name = "score", score.max_batch = batch;
  score.service = [&cell](const Batch& b) { return cell.batch(b.requests, b.work).score(); };
  out.stages.push_back(score);
  out.seed = s.seed;
  const Uncertain<double>& spread = s.stage.spread;
  const double mean = spread.fixed() ? spread.mode : (spread.low + 4 * spread.mode + spread.high) / 6, candidates = s.stage.candidates.mode;
  static const uint64_t stream = hash64("cell.candidates");
  out.work = [&spread, mean, candidates, seed = out.seed](int64_t request) { return candidates * spread.at(Draw(seed, static_cast<int>(request)), stream) / mean; };
  return out;
}

struct Choice {
  int batch = 1;                       // requests
  Capacity capacity;
};

// The limit of batches under which most requests meet the objective: from `start` on, upwards as long as it gains, or else
// downwards, and half a step to either side of the best. A limit that is too low pays a batch's fixed costs too often, one that is too high
// makes all of a long batch late; in between it is flat, but for the smallest.
Choice best_limit(const ServingSetup& s, const RecCell& cell, CellRequests& requests, int start, bool settle) {
  const auto under = [&](int batch) { return Choice{batch, capacity(simulated(s, cell, batch), requests, s.stage.objective, s.stage.percentile, {kRequests}, false)}; };
  Choice best = under(start);
  for (const bool up : {true, false}) {
    const int from = best.batch;
    for (int batch = up ? from * 2 : from / 2; batch >= 1 && batch <= kLargestBatch; batch = up ? batch * 2 : batch / 2) {
      Choice next = under(batch);
      if (next.capacity.load <= best.capacity.load) break;
      best = std::move(next);
    }
    if (best.batch != from) break;
  }
  for (const int batch : {best.batch + best.batch / 2, best.batch - best.batch / 4})
    if (batch != best.batch && batch <= kLargestBatch)
      if (Choice next = under(batch); next.capacity.load > best.capacity.load) best = std::move(next);
  if (settle && best.capacity.feasible) best.capacity = capacity(simulated(s, cell, best.batch), requests, s.stage.objective, s.stage.percentile, {kRequests});
  return best;
}

// Who comes while a batch is served waits for it, and is served in the next: two of this limit take as long as the objective.
int first_limit(const ServingSetup& s, const RecCell& cell) {
  int batch = 1;
  while (batch < kLargestBatch && cell.batch(2 * batch, 2 * batch * s.stage.candidates.mode).sum() * 2 <= s.stage.objective) batch *= 2;
  return batch;
}

// A cell that is ready to serve, before any load: where its rows are; or why there is none.
struct Ready {
  std::string reason;
  RowHomes homes;
  std::optional<RecCell> cell;         // without a reason
};

Ready ready(const ServingSetup& s) {
  Ready out;
  if (s.cell.chip.peak.count(s.stage.precision) == 0) {
    out.reason = s.cell.chip.id + " has no " + text(s.stage.precision) + " rate";
    return out;
  }
  out.homes = place_rows(s), out.reason = out.homes.reason;
  if (out.reason.empty()) out.cell.emplace(s, out.homes, Level::mode);
  return out;
}

Choice best_limit(const ServingSetup& s, const RecCell& cell) {
  CellRequests requests(simulated(s, cell, 1));
  return best_limit(s, cell, requests, first_limit(s, cell), true);
}

// Parts of one period: a batch of the mean size at the simulated load. Of the scoring stage's busy time each part takes the
// share that it has in such a batch.
void fill_time(StepProfile& out, const CellRun& run, const RecBatch& mean) {
  const bool fetches = run.stages.size() > 1;
  const double scoring = run.stages.back().utilisation, fetching = fetches ? run.stages.front().utilisation : 0;
  out.units = run.stages.back().mean_batch;
  out.step = Seconds(out.units / run.load);
  const Seconds busy = out.step * scoring;
  const auto share = [&](Seconds part) { return busy * (part / mean.score()); };
  out.parts = {{"dense tower", share(mean.dense), true}, {"embedding gather", share(mean.gather), true}};
  if (mean.peers.value() > 0) out.parts.push_back({"rows of other chips", share(mean.peers), false});
  out.parts.push_back({"embedding fetch (exposed)", out.step * std::max(0.0, fetching - scoring), false});
  out.parts.push_back({"head-room for the tail", out.step * (1 - std::max(scoring, fetching)), false});
  out.limit = fetching > scoring ? "fabric" : mean.peers > mean.dense + mean.gather ? "scale-up" : mean.gather > mean.dense ? "memory bandwidth" : "compute";
}

// What, besides the objective, held the rate, and how well its percentile is known.
void fill_limits(StepProfile& out, const ServingSetup& s, const Choice& choice) {
  constexpr double kNearly = 0.984, kKnown = 0.02;
  const Capacity& found = choice.capacity;
  if (found.load > kNearly * found.saturated) out.assumed.push_back("no more than 99 % of the saturated rate, whatever the objective allows");
  if (choice.batch >= kLargestBatch) out.assumed.push_back("batches of no more than " + std::to_string(kLargestBatch) + " requests");
  const double known = found.run.half_widths.front() / found.latency;
  char text[96];
  std::snprintf(text, sizeof text, "its p%g is known to %.0f %%, the load to half a percent", 100 * s.stage.percentile, 100 * known);
  if (known > kKnown) out.assumed.push_back(text);
}

// Other efficiencies, other towers: what they do to the rate is told by first runs, against the first runs of the cell itself.
class Variants {
 public:
  Variants(const ServingSetup& s, const RowHomes& homes, const RecCell& cell, int batch)
      : s_(s), homes_(homes), batch_(batch), requests_(simulated(s, cell, batch)), mode_(best_limit(s, cell, requests_, batch, false).capacity.load) {}

  double at(Level level) { return share(s_, RecCell(s_, homes_, level)); }

  // The tower `scale` times as deep; 0 where its rows find no room or none meets the objective.
  double at(double scale) {
    RecModel model = s_.model;
    model.scale *= scale;
    const ServingSetup scaled{model, s_.stage, s_.pool, s_.cell, s_.fabric, s_.seed};
    const RowHomes homes = place_rows(scaled);
    return homes.reason.empty() ? share(scaled, RecCell(scaled, homes, Level::mode)) : 0;
  }

 private:
  double share(const ServingSetup& s, const RecCell& cell) {
    return mode_ > 0 ? best_limit(s, cell, requests_, std::min(batch_, first_limit(s, cell)), false).capacity.load / mode_ : 0;
  }
  const ServingSetup& s_;
  const RowHomes& homes_;
  int batch_;
  CellRequests requests_;
  double mode_;
};

void fill_trust(StepProfile& out, const ServingSetup& s, Variants& variants) {
  const Efficiency& e = s.cell.efficiency;
  out.calibrated = !e.serving_calibrated_on.empty();
  out.trust_low = variants.at(Level::low) * std::exp(-e.trust_serving);
  out.trust_high = variants.at(Level::high) * std::exp(e.trust_serving);
  std::string on;
  for (const auto& group : e.serving_calibrated_on) on += (on.empty() ? "" : ", ") + group;
  out.region = out.calibrated ? "serving shares of " + e.id + " fitted on " + on : "outside: serving shares of " + e.id + " were never measured";
}

// Towers from an eighth to 64 times as deep, as far as they serve, and the edge from where on they do not.
std::vector<std::pair<double, double>> rates_by_scale(Variants& variants) {
  constexpr double kShallowest = 0.125, kDeepest = 64, kEdge = 0.01;
  std::vector<std::pair<double, double>> out;
  for (double scale = kShallowest; scale <= kDeepest; scale *= 2) {
    const double rate = variants.at(scale);
    if (rate <= 0 && !out.empty() && out.back().second > 0) {
      double low = out.back().first, high = scale;
      while (high / low > 1 + kEdge) {
        const double middle = std::sqrt(low * high);
        if (const double r = variants.at(middle); r > 0) low = middle, out.push_back({low, r});
        else high = middle;
      }
    }
    out.push_back({scale, rate});
  }
  return out;
}

}  // namespace

double offline_rate(const ServingSetup& s) {
  const Ready r = ready(s);
  if (!r.cell) return 0;
  const int batch = 1024;
  RunOptions options;
  options.requests = 40 * batch;
  return saturate(simulated(s, *r.cell, batch), options).throughput;
}

RecCurve load_curve(const ServingSetup& s, int loads, int64_t requests, int jobs) {
  RecCurve out;
  const Ready r = ready(s);
  out.reason = r.reason;
  if (!r.cell) return out;
  const Choice choice = best_limit(s, *r.cell);
  out.batch = choice.batch, out.percentile = s.stage.percentile, out.reason = choice.capacity.reason;
  if (!choice.capacity.feasible) return out;
  const ServingCell simulated_cell = simulated(s, *r.cell, out.batch);
  RunOptions options;
  options.requests = requests, options.percentiles = {0.5, s.stage.percentile};
  out.saturated = saturate(simulated_cell, options).throughput;
  std::vector<double> at;
  for (int i = 1; i <= loads; ++i) at.push_back(out.saturated * i / loads);
  out.runs = curve(simulated_cell, at, options, jobs);
  return out;
}

StepProfile serve(const ServingSetup& s) {
  StepProfile out;
  const int chips = cell_chips(s);
  out.subject = s.pool + " on " + s.cell.chip.id + " x " + std::to_string(chips);
  const Ready r = ready(s);
  out.reason = r.reason;
  if (!r.cell) return out;
  const RecCell& cell = *r.cell;
  const Choice choice = best_limit(s, cell);
  const Capacity& found = choice.capacity;
  out.reason = found.reason;
  if (!found.feasible) return out;
  out.feasible = true;
  const double mean_batch = found.run.stages.back().mean_batch;
  fill_time(out, found.run, cell.batch(mean_batch, mean_batch * s.stage.candidates.mode));
  const Bytes tower(s.model.dense_parameters() * bytes_of(s.stage.precision));
  out.memory = {{"dense tower", tower}, {r.homes.own[0] < 1 ? "hot rows" : "embedding tables", r.homes.held}};
  out.capacity = s.cell.chip.memory;
  out.groups = {{s.cell.chip.id, chips, 1}};
  const double busiest = std::max(found.run.stages.front().utilisation, found.run.stages.back().utilisation);
  out.plan = (choice.batch == 1 ? "one request at a time" : "batches of up to " + std::to_string(choice.batch) + " requests") + ", planned utilisation " + std::to_string(static_cast<int>(std::floor(busiest * 100))) + " %";
  fill_limits(out, s, choice);
  out.model_flop = (s.model.flop(Side::candidate) * s.stage.candidates.mode + s.model.flop(Side::request)) * out.units;
  out.mfu = out.model_flop / out.step / (s.cell.chip.peak.at(s.stage.precision) * chips);
  out.energy = s.cell.node.power * (static_cast<double>(chips) / s.cell.node.chips) * out.step;
  out.latency = found.latency;
  Variants variants(s, r.homes, cell, choice.batch);
  fill_trust(out, s, variants);
  out.by_scale = rates_by_scale(variants);
  return out;
}

}  // namespace capmix::step
