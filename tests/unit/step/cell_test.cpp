#include "step/cell.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "step/cell_run.hpp"
#include "step/queueing.hpp"

using namespace capmix;
using namespace capmix::step;
using test::Approx;

namespace {

CellStage constant(const std::string& name, double seconds, int most = 1, double delay = 0) {
  CellStage s;
  s.name = name, s.max_batch = most, s.max_delay = Seconds(delay);
  s.service = [seconds](const Batch&) { return Seconds(seconds); };
  return s;
}

ServingCell steady(std::vector<CellStage> stages) {
  ServingCell c;
  c.stages = std::move(stages);
  c.arriving = Arriving::constant;
  return c;
}

// A batch takes 1 ms and 0.1 ms a request: at most 1 / (0.1 + 1/32) = 7,619 requests/s in batches of 32.
ServingCell batching() {
  ServingCell c;
  CellStage s = constant("rank", 0, 32, 0.001);
  s.service = [](const Batch& b) { return Seconds(1e-3 + 1e-4 * b.work); };
  c.stages = {s};
  return c;
}

}  // namespace

TEST_CASE("a batch starts when it is full, or when its oldest has waited enough") {
  // One request a second, batches of four: they wait 3, 2, 1 and 0 s, and are served for 0.1.
  const auto full = simulate_cell(steady({constant("a", 0.1, 4, 10)}), 1, {4000});
  CHECK(full.mean.value() == Approx(1.6));
  CHECK(full.stages[0].mean_batch == Approx(4));
  CHECK(full.quantiles[0].value() == Approx(1.6));
  // The oldest waits 1.5 s: one more has come a second after it and waits half a second.
  const auto late = simulate_cell(steady({constant("a", 0.1, 4, 1.5)}), 1, {4000});
  CHECK(late.mean.value() == Approx(1.1).epsilon(1e-3));  // the very last have nobody to wait for
  CHECK(late.stages[0].mean_batch == Approx(2));
  CHECK(late.stages[0].utilisation == Approx(0.05).epsilon(0.01));
}

TEST_CASE("stages are a pipeline: latencies add, the slowest sets the rate") {
  const auto cell = steady({constant("fetch", 1), constant("score", 2)});
  const auto run = simulate_cell(cell, 0.25, {1000});
  CHECK(run.mean.value() == Approx(3));
  CHECK(run.half_width.value() == Approx(0).margin(1e-9));
  CHECK(run.stages[0].utilisation == Approx(0.25).epsilon(0.01));
  CHECK(run.stages[1].utilisation == Approx(0.5).epsilon(0.01));
  CHECK(saturate(cell, {1000}).throughput == Approx(0.5).epsilon(0.01));
  CHECK(alone(cell).value() == Approx(3));
}

TEST_CASE("a stage that batches behind one that does not waits for company, and for no more than its delay") {
  // One request every 1 s leaves the first stage; the second takes pairs, the first of which waits 1 s.
  const auto pairs = simulate_cell(steady({constant("a", 0.5), constant("b", 0.25, 2, 5)}), 1, {1001});
  CHECK(pairs.mean.value() == Approx(0.75 + 0.5).epsilon(0.01));
  const auto alone = simulate_cell(steady({constant("a", 0.5), constant("b", 0.25, 2, 0.1)}), 1, {1000});
  CHECK(alone.mean.value() == Approx(0.85).epsilon(1e-3));
}

TEST_CASE("fetches of the cell's servers share the uplink of their pod") {
  ServingCell c = steady({});
  CellStage s;
  s.name = "fetch", s.servers = 2, s.fetched = Bytes(1e9);
  c.stages = {s};
  c.nic = ByteRate(50e9);
  // Two flows of 1 GB at 50 GB/s each: 100/s. Behind an uplink of half their NICs: 50/s.
  CHECK(saturate(c, {1000}).throughput == Approx(100).epsilon(0.01));
  c.oversubscription = 2;
  CHECK(saturate(c, {1000}).throughput == Approx(50).epsilon(0.01));
  CHECK(simulate_cell(c, 10, {1000}).mean.value() == Approx(0.02).epsilon(1e-6));  // alone on it: at the NIC's rate
  c.stages.push_back(constant("score", 0.001));  // a server without a NIC in use widens no uplink
  CHECK(saturate(c, {1000}).throughput == Approx(50).epsilon(0.01));
}

TEST_CASE("work of requests adds up to the work of their batch, the same at every load") {
  ServingCell c = batching();
  c.work = [](int64_t i) { return i % 2 == 0 ? 0.5 : 1.5; };
  // Alone, with work 1: 1.1 ms.
  CHECK(alone(c).value() == Approx(1.1e-3));
  double before = 0;
  for (const auto& run : curve(c, {500, 2000, 4000, 6000, 7000}, {20000})) {
    CHECK(run.throughput == Approx(run.load).epsilon(0.02));
    CHECK(run.stages[0].mean_batch >= before);
    before = run.stages[0].mean_batch;
  }
}

TEST_CASE("a curve is the same on one process and on two, and as its points alone") {
  const auto cell = batching();
  const std::vector<double> loads{1000, 5000, 3000};
  const auto one = curve(cell, loads, {5000}, 1);
  CHECK(one == curve(cell, loads, {5000}, 2));
  CHECK(one[2] == simulate_cell(cell, 3000, {5000}));
  ServingCell other = cell;
  other.seed = 2;
  CHECK_FALSE(one[2] == simulate_cell(other, 3000, {5000}));
}

TEST_CASE("latencies rise with the load on the same arrivals, once batches do not wait to fill") {
  ServingCell c = batching();
  c.stages[0].max_delay = Seconds(0);
  double before = 0;
  for (const auto& run : curve(c, {1000, 2000, 3000, 4000, 5000, 6000, 7000}, {20000})) {
    CHECK(run.mean.value() > before);
    before = run.mean.value();
  }
}

TEST_CASE("recorded arrivals keep their rhythm at any load") {
  // Pairs at once, then nothing for two gaps: of each pair the second waits for the first.
  ServingCell c = steady({constant("a", 0.1)});
  c.arriving = Arriving::recorded;
  for (int i = 0; i < 50; ++i) c.recorded.push_back(2 * i), c.recorded.push_back(2 * i);
  CHECK(simulate_cell(c, 1, {1000}).mean.value() == Approx(0.15).epsilon(0.01));
  CHECK(simulate_cell(c, 2, {1000}).mean.value() == Approx(0.15).epsilon(0.01));
}

TEST_CASE("capacity is the largest load that meets the objective") {
  const auto cell = batching();
  const auto found = capacity(cell, Seconds(0.012), 0.99, {20000});
  REQUIRE(found.feasible);
  CHECK(found.latency.value() <= 0.012);
  CHECK(found.saturated == Approx(32 / 4.2e-3).epsilon(0.01));
  CHECK(found.load > 0.5 * found.saturated);
  RunOptions as{20000};
  as.percentiles = {0.99};
  CHECK(simulate_cell(cell, found.load * 1.02, as).quantiles[0].value() > 0.012);
  // A looser objective never gives less.
  CHECK(capacity(cell, Seconds(0.05), 0.99, {20000}).load >= found.load);
}

TEST_CASE("an objective below one request, or below the lightest queue, is refused with the floor") {
  auto cell = batching();
  const auto below = capacity(cell, Seconds(0.001), 0.99, {20000});
  CHECK_FALSE(below.feasible);
  CHECK(below.reason == "one request alone takes 1.10 ms, the objective is 1.00 ms");
  cell.stages[0].max_delay = Seconds(0.1);
  const auto queued = capacity(cell, Seconds(0.0012), 0.99, {20000});
  CHECK_FALSE(queued.feasible);
  CHECK(queued.reason.find("behind the lightest queue") != std::string::npos);
}

TEST_CASE("a cell that cannot run says what it lacks") {
  const auto why = [](const ServingCell& c, double load) -> std::string {
    try {
      simulate_cell(c, load);
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  CHECK(why({}, 1) == "serving cell: no stage");
  CHECK(why(steady({constant("a", 0)}), 1) == "serving cell: no stage takes time");
  CHECK(why(steady({constant("a", 1)}), 0).find("expected more than 0") != std::string::npos);
  CHECK(why(steady({constant("a", 1, 0)}), 1).find("batches of 0") != std::string::npos);
  CHECK(why(steady({CellStage{}}), 1).find("neither computes nor fetches") != std::string::npos);
}

TEST_CASE("a cell in single file is the same in plain arithmetic and on SimGrid") {
  // Batches behind a fetch over a shared uplink; unequal requests; waiting for company; all at once; recorded arrivals.
  ServingCell c = batching();
  CellStage fetch;
  fetch.name = "fetch", fetch.max_batch = 32, fetch.fetched = Bytes(2e6), fetch.fetched_request = Bytes(1e6);
  c.stages.insert(c.stages.begin(), fetch);
  c.oversubscription = 2;
  c.work = [](int64_t i) { return 0.5 + static_cast<double>(i * 7 % 11) / 10; };
  ServingCell at_once = c, recorded = c, eager = c;
  eager.stages[1].max_delay = Seconds(0);
  recorded.arriving = Arriving::recorded;
  for (int i = 0; i < 100; ++i) recorded.recorded.push_back(i * i);
  for (const auto& [cell, load] : std::vector<std::pair<ServingCell, double>>{{c, 500}, {c, 5000}, {c, 7500}, {eager, 3000}, {eager, 7500}, {recorded, 4000}, {at_once, HUGE_VAL}}) {
    REQUIRE(in_single_file(cell));
    RunOptions o{20000};
    CellRequests requests(cell);
    const CellRun played = simulate_cell(cell, load, o), told = figures(play_in_single_file(cell, requests, load, o), o);
    CAPTURE(load);
    CHECK(told.throughput == Approx(played.throughput).epsilon(1e-6));
    CHECK(told.mean.value() == Approx(played.mean.value()).epsilon(1e-5));
    for (size_t i = 0; i < told.quantiles.size(); ++i) CHECK(told.quantiles[i].value() == Approx(played.quantiles[i].value()).epsilon(1e-5));
    for (size_t i = 0; i < 2; ++i) {
      CHECK(told.stages[i].utilisation == Approx(played.stages[i].utilisation).epsilon(1e-6));
      CHECK(told.stages[i].mean_batch == Approx(played.stages[i].mean_batch).epsilon(1e-4));
    }
  }
}

TEST_CASE("what shares a NIC or a queue is not in single file") {
  ServingCell c = batching();
  CHECK(in_single_file(c));
  c.stages[0].servers = 2;
  CHECK_FALSE(in_single_file(c));
  CellStage fetch;
  fetch.name = "fetch", fetch.fetched = Bytes(1);
  c.stages = {fetch, fetch};
  CHECK_FALSE(in_single_file(c));
}

TEST_CASE("capacity does not depend on how many requests it starts with, nor on the seed") {
  // One server, 1 ms a request, M/D/1: the 99th percentile of the sojourn is 20 ms at a load that the closed form tells.
  ServingCell c;
  c.stages = {constant("serve", 1e-3)};
  double low = 500, high = 999;
  while (high - low > 0.01) {
    const double middle = (low + high) / 2;
    (MD1{middle, Seconds(1e-3)}.sojourn(0.99) <= Seconds(0.02) ? low : high) = middle;
  }
  for (const uint64_t seed : {1, 2, 3})
    for (const int64_t requests : {1000, 50000}) {
      c.seed = seed;
      const auto found = capacity(c, Seconds(0.02), 0.99, {requests});
      CAPTURE(seed, requests, low);
      CHECK(found.load == Approx(low).epsilon(0.015));
      CHECK(found.run.half_widths.front() < found.latency * 0.2);
    }
}
