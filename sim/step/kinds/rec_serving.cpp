// A recommendation serving cell: one stage of a request (retrieval or ranking) under its latency objective.
//
// What one batch takes is in rec_batch.hpp, by closed form. Which batch and load: a search by closed form finds the batch
// size, then the cell is simulated (cell.hpp) and the rate is the largest load whose percentile meets the objective. A free
// server takes what waits, up to the batch size, and waits for nobody. Fetching and scoring are pipelined.
//
// Not modelled: host pre-processing and result return; more than one model per cell; requests that are dropped.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/unit.hpp"
#include "step/cell.hpp"
#include "step/rec_batch.hpp"
#include "step/rec_serving.hpp"

namespace capmix::step {
namespace {

constexpr int kLargestBatch = 4096;    // requests
constexpr double kLightest = 0.05;     // utilisation below which a cell is not worth its chips
constexpr double kHeaviest = 0.99;
constexpr int64_t kRequests = 10000;   // of one simulated load

struct Choice {
  int batch = 0;                       // requests; 0: none meets the objective
  double rate = 0;                     // requests/s
};

// Latency at the percentile when the slower stage is busy a share u of the time: the rest of the batch before it, what has
// queued beyond one batch, and its own. Batches of b Poisson requests of constant work queue by M/D/1's heavy traffic
// (Kingman 1962) with a b-th of its variance: t = d / b x ln(u / (1 - p)) / (2 (1 - u)).
Seconds closed_latency(const RecBatch& b, int requests, double u, double percentile) {
  const double tail = u / (1 - percentile);
  const Seconds d = b.slowest();
  return b.sum() + (tail <= 1 ? Seconds(0) : d + d * (std::log(tail) / (2 * (1 - u) * requests)));
}

Choice closed_choice(const ServingSetup& s, const RecCell& cell) {
  Choice best;
  for (int batch = 1; batch <= kLargestBatch; batch *= 2) {
    const RecBatch b = cell.batch(batch, batch * s.stage.candidates.mode);
    const auto meets = [&](double u) { return closed_latency(b, batch, u, s.stage.percentile) <= s.stage.objective; };
    if (!meets(kLightest)) continue;
    double low = kLightest, high = kHeaviest;
    if (meets(high)) low = high;
    while (high - low > 1e-3) (meets((low + high) / 2) ? low : high) = (low + high) / 2;
    if (const double rate = low * batch / b.slowest().value(); rate > best.rate) best = {batch, rate};
  }
  return best;
}

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
  const Uncertain<double>& spread = s.stage.spread;
  const double mean = spread.fixed() ? spread.mode : (spread.low + 4 * spread.mode + spread.high) / 6, candidates = s.stage.candidates.mode;
  static const uint64_t stream = hash64("cell.candidates");
  out.work = [&spread, mean, candidates, seed = out.seed](int64_t request) { return candidates * spread.at(Draw(seed, static_cast<int>(request)), stream) / mean; };
  return out;
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

void fill_trust(StepProfile& out, const ServingSetup& s, const RowHomes& homes, const Choice& mode) {
  const auto rate = [&](Level level) { return closed_choice(s, RecCell(s, homes, level)).rate; };
  const Efficiency& e = s.cell.efficiency;
  out.calibrated = !e.serving_calibrated_on.empty();
  out.trust_low = mode.rate > 0 ? rate(Level::low) / mode.rate * std::exp(-e.trust_serving) : 0;
  out.trust_high = mode.rate > 0 ? rate(Level::high) / mode.rate * std::exp(e.trust_serving) : std::exp(e.trust_serving);
  std::string on;
  for (const auto& group : e.serving_calibrated_on) on += (on.empty() ? "" : ", ") + group;
  out.region = out.calibrated ? "serving shares of " + e.id + " fitted on " + on : "outside: serving shares of " + e.id + " were never measured";
}

// Towers from an eighth to 64 times as deep, by closed form.
std::vector<std::pair<double, double>> rates_by_scale(const ServingSetup& s, double rate) {
  std::vector<std::pair<double, double>> out;
  RecModel model = s.model;
  for (double scale = 0.125; rate > 0 && scale <= 64; scale *= 2) {
    model.scale = s.model.scale * scale;
    const ServingSetup scaled{model, s.stage, s.pool, s.cell, s.fabric};
    const RowHomes homes = place_rows(scaled);
    out.push_back({scale, homes.reason.empty() ? closed_choice(scaled, RecCell(scaled, homes, Level::mode)).rate / rate : 0});
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
  out.batch = std::max(1, closed_choice(s, *r.cell).batch);
  const ServingCell simulated_cell = simulated(s, *r.cell, out.batch);
  if (const Seconds floor = alone(simulated_cell, s.stage.candidates.mode); floor > s.stage.objective) {
    out.reason = "one request alone takes " + si(floor.value(), "s") + ", the objective is " + si(s.stage.objective.value(), "s");
    return out;
  }
  RunOptions options;
  options.requests = requests, options.percentiles = {0.5, 0.99};
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
  const Choice choice = closed_choice(s, cell);
  const int batch = std::max(1, choice.batch);
  RunOptions options;
  options.requests = kRequests;
  const Capacity found = capacity(simulated(s, cell, batch), s.stage.objective, s.stage.percentile, options);
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
  out.plan = "batches of up to " + std::to_string(batch) + " requests, planned utilisation " + std::to_string(static_cast<int>(std::lround(busiest * 100))) + " %";
  out.model_flop = (s.model.flop(Side::candidate) * s.stage.candidates.mode + s.model.flop(Side::request)) * out.units;
  out.mfu = out.model_flop / out.step / (s.cell.chip.peak.at(s.stage.precision) * chips);
  out.energy = s.cell.node.power * (static_cast<double>(chips) / s.cell.node.chips) * out.step;
  out.latency = found.latency;
  fill_trust(out, s, r.homes, choice);
  out.by_scale = rates_by_scale(s, choice.rate);
  return out;
}

}  // namespace capmix::step
