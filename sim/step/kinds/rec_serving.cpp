// A recommendation serving cell: the ranking stage of a request under its latency objective.
//
// A cell's chips score one batch together: every request's candidates are spread over them. Rows of hot features
// are gathered from the chip's own memory, the others are fetched from sharded parameter servers in another pod,
// over the NICs (one SimGrid flow per chip). Fetching and scoring are pipelined: the rate is a batch per longest
// stage, the latency is the wait for the batch to fill, the queue, and both stages.
//
// Not modelled yet: retrieval, host pre-processing, result return; a discrete-event simulation of the queue (the
// tail below is an approximation); more than one model per cell.
#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/ring.hpp"
#include "step/roofline.hpp"
#include "step/step.hpp"

namespace capmix::step {
namespace {

// Matrix products that a dense tower is run as, for the launch cost and for how well a product fills a chip. Towers
// of the RankMixer and OneTrans class have 2 to 4 blocks of several products each.
constexpr int kTowerProducts = 16;
constexpr double kQuantile = 0.99;
constexpr double kLightest = 0.05;  // utilisation below which a cell is not worth its chips

struct Cell {
  Seconds fetch, gather, dense;
  Seconds slowest() const { return std::max(fetch, gather + dense); }
  Seconds sum() const { return fetch + gather + dense; }
};

struct Choice {
  int batch = 0;               // requests
  double utilisation = 0;
  Cell cell;
  Seconds latency;
  double rate() const { return utilisation * batch / cell.slowest().value(); }
};

int chips_of(const ServingSetup& s) { return std::min({s.cell.chips, s.cell.node.chips, s.service.cell_chips}); }

// `fetch_one`: the simulated time to fetch the rows of one candidate per chip; flows are fluid, so it scales.
Cell cell_time(const ServingSetup& s, double candidates_per_chip, Seconds fetch_one, Level level) {
  const Roof r = roof(s.cell.chip, s.cell.efficiency, s.service.precision, level);
  const double rows = candidates_per_chip * s.model.lookups(Side::candidate);
  Cell c;
  c.fetch = fetch_one * candidates_per_chip;
  c.gather = s.model.summary.row * (rows * s.model.summary.cached) / r.gather;
  const Flop work = s.model.flop(Side::candidate) * (candidates_per_chip / kTowerProducts);
  const Bytes weights(s.model.dense_parameters() * bytes_of(s.service.precision) / kTowerProducts);
  const Bytes rows_of_product = s.model.summary.row * (rows / kTowerProducts);
  c.dense = operator_time(r, work, weights + rows_of_product).time * kTowerProducts;
  return c;
}

// p99 of the wait in an M/D/1 queue of batches with utilisation u and service time d: mean wait W = u d / (2 (1-u)),
// P(wait > t) ~ u exp(-u t / W) (Kingman 1962, heavy traffic), so t = W / u ln(u / 0.01).
Seconds queue_tail(double u, Seconds d) {
  const double tail = u / (1 - kQuantile);
  return tail <= 1 ? Seconds(0) : d * (std::log(tail) / (2 * (1 - u)));
}

Choice best_choice(const ServingSetup& s, Seconds fetch_one, Level level) {
  Choice best;
  const double candidates = s.service.candidates.mode, chips = chips_of(s);
  for (int batch = 1; batch <= 1024; batch *= 2) {
    const Cell c = cell_time(s, batch * candidates / chips, fetch_one, level);
    for (double u = 0.95; u > kLightest - 0.01; u -= 0.05) {
      // The first request of a batch waits for the others: (batch - 1) arrivals at the planned rate.
      const Seconds fill = c.slowest() * ((batch - 1.0) / batch / u);
      const Choice choice{batch, u, c, fill + queue_tail(u, c.slowest()) + c.sum()};
      if (choice.latency <= s.service.objective && (best.batch == 0 || choice.rate() > best.rate())) best = choice;
    }
  }
  return best;
}

std::string obstacle(const ServingSetup& s) {
  if (s.cell.chip.peak.count(s.service.precision) == 0) return s.cell.chip.id + " has no " + text(s.service.precision) + " rate";
  const Bytes weights(s.model.dense_parameters() * bytes_of(s.service.precision));
  if (weights > s.cell.chip.memory)
    return "the dense tower needs " + si(weights.value(), "B") + " per chip, " + s.cell.chip.id + " has " + si(s.cell.chip.memory.value(), "B");
  return "";
}

Seconds fetch_one_candidate(const ServingSetup& s, Level level) {
  const Bytes rows = s.model.summary.row * (s.model.lookups(Side::candidate) * (1 - s.model.summary.cached));
  const ByteRate nic = s.cell.chip.nic * at(s.cell.efficiency.collective, level);
  // Simulated for a million candidates, so that a flow is long against the resolution of the clock.
  constexpr double kMany = 1e6;
  const std::vector<engine::RailHost> chips(static_cast<size_t>(chips_of(s)), {0, nic});
  return fetch(chips, rows * kMany, s.fabric.oversubscription) / kMany;
}

}  // namespace

StepProfile serve(const ServingSetup& s) {
  StepProfile out;
  const int chips = chips_of(s);
  out.subject = s.service.id + " on " + s.cell.chip.id + " x " + std::to_string(chips);
  out.reason = obstacle(s);
  if (!out.reason.empty()) return out;
  const Seconds fetched = fetch_one_candidate(s, Level::mode);
  const Choice best = best_choice(s, fetched, Level::mode);
  if (best.batch == 0) {
    const Cell one = cell_time(s, s.service.candidates.mode / chips, fetched, Level::mode);
    const Seconds queued = one.sum() + queue_tail(kLightest, one.slowest());
    out.reason = "one request alone takes " + si(one.sum().value(), "s") +
                 (one.sum() > s.service.objective ? "" : ", behind the lightest queue " + si(queued.value(), "s")) + ", the objective is " + si(s.service.objective.value(), "s");
    return out;
  }
  out.feasible = true;
  const Cell& c = best.cell;
  const double planned = 1 / best.utilisation;  // of the slowest stage: a batch arrives this often
  out.step = c.slowest() * planned;
  const bool fetch_bound = c.fetch > c.gather + c.dense;
  // What the compute units do in one period: score, gather, wait for rows, or wait for load that the tail forbids.
  out.parts = {{"dense tower", c.dense, true},
               {"embedding gather", c.gather, true},
               {"embedding fetch (exposed)", c.slowest() - c.gather - c.dense, false},
               {"head-room for the tail", out.step - c.slowest(), false}};
  out.memory = {{"dense tower", Bytes(s.model.dense_parameters() * bytes_of(s.service.precision))},
                {"hot rows (the rest of the memory)", s.cell.chip.memory - Bytes(s.model.dense_parameters() * bytes_of(s.service.precision))}};
  out.capacity = s.cell.chip.memory;
  out.groups = {{s.cell.chip.id, chips, 1}};
  out.plan = "batch " + std::to_string(best.batch) + " requests, planned utilisation " + std::to_string(static_cast<int>(std::lround(best.utilisation * 100))) + " %";
  out.units = best.batch;
  out.model_flop = s.model.flop(Side::candidate) * (s.service.candidates.mode * best.batch);
  out.mfu = out.model_flop / out.step / (s.cell.chip.peak.at(s.service.precision) * chips);
  out.energy = s.cell.node.power * (static_cast<double>(chips) / s.cell.node.chips) * out.step;
  out.latency = best.latency;
  out.limit = fetch_bound ? "fabric" : c.gather > c.dense ? "memory bandwidth" : "compute";
  out.calibrated = false;  // no serving measurement was ever scored
  const Choice low = best_choice(s, fetch_one_candidate(s, Level::low), Level::low);
  const Choice high = best_choice(s, fetch_one_candidate(s, Level::high), Level::high);
  out.trust_low = low.batch > 0 ? low.rate() / best.rate() : 0;
  out.trust_high = high.rate() / best.rate();
  return out;
}

}  // namespace capmix::step
