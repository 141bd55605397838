#include "step/cell.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <stdexcept>

#include "base/unit.hpp"
#include "engine/compat.hpp"
#include "engine/fabric.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "engine/workers.hpp"
#include "step/cell_run.hpp"

namespace capmix::step {
namespace {

using engine::compat::sg4::Comm;
using engine::compat::sg4::Engine;
using engine::compat::sg4::Host;
namespace this_actor = engine::compat::sg4::this_actor;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kAtOnce = kNever;
constexpr double kSpeed = 1e9;         // FLOP and bytes in a unit of the clock: build_rail's hosts have this speed
constexpr double kNoNic = 1e-3;          // bytes a unit: a server that only computes adds nothing to its pod's uplink

struct Entry {
  int64_t request;
  double ready;   // when it joined the queue: for the first stage its arrival, in the future or not
};

// One stage while the simulation runs. Times are in units of the clock.
struct Queue {
  const CellStage* stage = nullptr;
  double max_delay = 0;
  std::deque<Entry> entries;
  int64_t expected = 0;              // requests that have not joined yet
  engine::compat::sg4::MutexPtr watch = engine::compat::sg4::Mutex::create();          // one free server at a time looks at the queue
  engine::compat::sg4::SemaphorePtr joined = engine::compat::sg4::Semaphore::create(0);  // wakes it
  bool watching = false;

  // When the next batch can start: `max_batch` are there, or nobody else comes, or the oldest has waited long enough.
  double ready() const {
    if (entries.empty()) return kNever;
    const auto most = static_cast<size_t>(stage->max_batch);
    double full = kNever;
    if (entries.size() >= most) full = entries[most - 1].ready;
    else if (expected == 0) full = entries.back().ready;
    return std::min(full, entries.front().ready + max_delay);
  }
};

class Run {
 public:
  Run(const ServingCell& cell, double load, const RunOptions& o) : cell_(cell), options_(o), requests_(cell), log_(cell, requests_, load, o) {}

  CellRun play() {
    engine::simgrid_engine();         // before the first mutex
    queues_ = std::vector<Queue>(cell_.stages.size());
    std::vector<engine::RailHost> hosts;
    for (const int pod : {0, 1})     // the cell, and the parameter servers that it fetches from
      for (const auto& s : cell_.stages)
        for (int i = 0; i < s.servers; ++i) hosts.push_back({pod, ByteRate(s.service ? kNoNic : kSpeed)});
    const auto built = engine::build_rail(hosts, cell_.oversubscription);
    size_t host = 0;
    for (size_t q = 0; q < queues_.size(); ++q) {
      queues_[q].stage = &cell_.stages[q];
      queues_[q].max_delay = cell_.stages[q].max_delay / log_.unit;
      queues_[q].expected = q == 0 ? 0 : options_.requests;
      for (int i = 0; i < cell_.stages[q].servers; ++i, ++host)
        engine::compat::add_actor(cell_.stages[q].name + std::to_string(i), built[host], [this, q, here = built[host], there = built[hosts.size() / 2 + host]] { serve(q, here, there); });
    }
    for (size_t i = 0; i < log_.arrivals.size(); ++i) queues_.front().entries.push_back({static_cast<int64_t>(i), log_.arrivals[i]});
    engine::simgrid_engine().run();
    return figures(log_, options_);
  }

 private:
  // One server: batch after batch until nobody is left.
  void serve(size_t q, Host* here, Host* there) {
    std::vector<Entry> batch;
    while (next(q, batch)) {
      Queue& queue = queues_[q];
      StageTally& tally = log_.stages[q];
      Batch b{tally.batches, static_cast<int>(batch.size()), 0};
      for (const auto& e : batch) b.work += requests_.work(e.request);
      tally.batches += 1, tally.requests += b.requests;
      const CellStage& s = *queue.stage;
      const double began = Engine::get_clock();
      if (s.service) this_actor::execute(s.service(b) / log_.unit * kSpeed);
      else Comm::sendto(there, here, static_cast<uint64_t>((s.fetched * b.work + s.fetched_request * b.requests) / cell_.nic / log_.unit * kSpeed + 0.5));
      const double now = Engine::get_clock();
      tally.busy += log_.counted(began, now);
      pass_on(q, batch, now);
    }
  }

  // Waits until a batch can start and takes it; false when none will.
  bool next(size_t q, std::vector<Entry>& batch) {
    Queue& queue = queues_[q];
    batch.clear();
    queue.watch->lock();
    while (!queue.entries.empty() || queue.expected > 0) {
      const double now = Engine::get_clock(), start = queue.ready();
      if (start <= now + kInstant) {
        const auto most = static_cast<size_t>(queue.stage->max_batch);
        while (batch.size() < most && !queue.entries.empty() && queue.entries.front().ready <= now + kInstant) batch.push_back(queue.entries.front()), queue.entries.pop_front();
        break;
      }
      if (queue.expected == 0) {   // nobody joins any more: the time is known
        this_actor::sleep_until(start);
        continue;
      }
      queue.watching = true;
      if (start == kNever) queue.joined->acquire();
      else queue.joined->acquire_timeout(start - now);
      queue.watching = false;
    }
    queue.watch->unlock();
    return !batch.empty();
  }

  void pass_on(size_t q, const std::vector<Entry>& batch, double now) {
    if (q + 1 == queues_.size()) {
      for (const auto& e : batch) log_.done[static_cast<size_t>(e.request)] = now;
      return;
    }
    Queue& next = queues_[q + 1];
    for (const auto& e : batch) next.entries.push_back({e.request, now});
    next.expected -= static_cast<int64_t>(batch.size());
    if (next.watching) next.watching = false, next.joined->release();
  }

  const ServingCell& cell_;
  const RunOptions& options_;
  CellRequests requests_;
  CellLog log_;
  std::vector<Queue> queues_;
};

std::vector<double> numbers(const CellRun& r) {
  std::vector<double> out{r.load, r.throughput, r.mean.value(), r.half_width.value(), static_cast<double>(r.quantiles.size())};
  for (const auto& q : r.quantiles) out.push_back(q.value());
  for (const auto& h : r.half_widths) out.push_back(h.value());
  for (const auto& s : r.stages) out.push_back(s.utilisation), out.push_back(s.mean_batch);
  return out;
}

CellRun from_numbers(const std::vector<double>& x) {
  CellRun r{x.at(0), x.at(1), Seconds(x.at(2)), Seconds(x.at(3)), {}, {}, {}};
  const auto n = static_cast<size_t>(x.at(4));
  for (size_t i = 5; i < 5 + n; ++i) r.quantiles.push_back(Seconds(x.at(i))), r.half_widths.push_back(Seconds(x.at(n + i)));
  for (size_t i = 5 + 2 * n; i + 1 < x.size(); i += 2) r.stages.push_back({x[i], x[i + 1]});
  return r;
}

}  // namespace

Seconds alone(const ServingCell& c, double work) {
  Seconds sum;
  for (const auto& s : c.stages) sum = sum + held(c, s, {0, 1, work});
  return sum;
}

CellRun simulate_cell(const ServingCell& cell, double load, const RunOptions& o) {
  check(cell, load, o);
  return from_numbers(engine::in_child([&] { return numbers(Run(cell, load, o).play()); }));
}

CellRun saturate(const ServingCell& cell, const RunOptions& o) { return simulate_cell(cell, kAtOnce, o); }

std::vector<CellRun> curve(const ServingCell& cell, const std::vector<double>& loads, const RunOptions& o, int jobs) {
  for (const double load : loads) check(cell, load, o);
  std::vector<CellRun> out(loads.size());
  engine::Workers workers(jobs, [&](int task) {
    const auto x = numbers(Run(cell, loads[static_cast<size_t>(task)], o).play());
    return std::string(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(double));
  });
  workers.run(loads.size(), [&](const engine::TaskResult& r) {
    if (!r.ok) throw std::runtime_error("serving cell at " + std::to_string(loads[static_cast<size_t>(r.task)]) + " requests/s: " + r.bytes);
    std::vector<double> x(r.bytes.size() / sizeof(double));
    std::memcpy(x.data(), r.bytes.data(), r.bytes.size());
    out[static_cast<size_t>(r.task)] = from_numbers(x);
  });
  return out;
}

}  // namespace capmix::step
