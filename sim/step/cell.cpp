#include "step/cell.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <stdexcept>

#include <boost/math/distributions/students_t.hpp>

#include "base/draw.hpp"
#include "base/statistics.hpp"
#include "base/unit.hpp"
#include "engine/compat.hpp"
#include "engine/fabric.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "engine/workers.hpp"

namespace capmix::step {
namespace {

using engine::compat::sg4::Comm;
using engine::compat::sg4::Engine;
using engine::compat::sg4::Host;
namespace this_actor = engine::compat::sg4::this_actor;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kAtOnce = kNever;
constexpr int kGroups = 30;            // batch means of the interval
constexpr double kSpeed = 1e9;         // FLOP and bytes in a unit of the clock: build_rail's hosts have this speed
constexpr double kNoNic = 1e-3;          // bytes a unit: a server that only computes adds nothing to its pod's uplink
constexpr double kInstant = 1e-9;      // of the clock: SimGrid ends two events together when they are nearer

double work_of(const ServingCell& c, int64_t request) { return c.work ? c.work(request) : 1; }

Seconds held(const ServingCell& c, const CellStage& s, const Batch& b) { return s.service ? s.service(b) : (s.fetched * b.work + s.fetched_request * b.requests) / c.nic; }

// When requests come at rate 1, from 0 on.
std::vector<double> unit_arrivals(const ServingCell& c, int64_t n) {
  std::vector<double> out(static_cast<size_t>(n));
  static const uint64_t stream = hash64("cell.arrival");
  double t = 0;
  const size_t given = c.recorded.size();
  const double span = given > 1 ? c.recorded.back() - c.recorded.front() : 0, gap = given > 1 ? span / static_cast<double>(given - 1) : 0;
  for (size_t i = 0; i < out.size(); ++i) {
    switch (c.arriving) {
      case Arriving::poisson: t -= std::log(Draw(c.seed, static_cast<int>(i)).uniform(stream)); break;
      case Arriving::constant: t += 1; break;
      case Arriving::recorded: t = (c.recorded[i % given] - c.recorded.front()) / gap + static_cast<double>(given * (i / given)); break;
    }
    out[i] = t;
  }
  return out;
}

// The clock's unit in seconds: the shortest service of a request alone, but no less than a millionth of the longest.
double clock_unit(const ServingCell& c) {
  double least = kNever, most = 0;
  for (const auto& s : c.stages) {
    const double t = held(c, s, {0, 1, work_of(c, 0)}).value();
    if (t > 0) least = std::min(least, t);
    most = std::max({most, t, held(c, s, {0, s.max_batch, work_of(c, 0) * s.max_batch}).value()});
  }
  if (!(most > 0) || !std::isfinite(most)) throw std::invalid_argument("serving cell: no stage takes time");
  return std::max(least, most * 1e-6);
}

void check(const ServingCell& c, double load, const RunOptions& o) {
  const auto want = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("serving cell: " + what);
  };
  want(!c.stages.empty(), "no stage");
  for (const auto& s : c.stages) {
    want(s.servers >= 1, "stage " + s.name + " has " + std::to_string(s.servers) + " servers (expected at least 1)");
    want(s.max_batch >= 1, "stage " + s.name + " takes batches of " + std::to_string(s.max_batch) + " (expected at least 1)");
    want(s.max_delay.value() >= 0, "stage " + s.name + " waits " + si(s.max_delay.value(), "s") + " (expected 0 or more)");
    want(s.service || (s.fetched + s.fetched_request).value() > 0, "stage " + s.name + " neither computes nor fetches");
  }
  want(load > 0, "a load of " + std::to_string(load) + " requests/s (expected more than 0)");
  want(o.requests >= 100 && o.requests <= 100'000'000, std::to_string(o.requests) + " requests (expected 100 to 1e8)");
  want(o.warm_up >= 0 && o.warm_up < 0.9, "a warm-up of " + std::to_string(o.warm_up) + " (expected 0 to 0.9)");
  if (c.arriving == Arriving::recorded)
    want(c.recorded.size() > 1 && c.recorded.back() > c.recorded.front() && std::is_sorted(c.recorded.begin(), c.recorded.end()), "recorded arrivals are not two or more rising times");
  clock_unit(c);
}

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
  int64_t batches = 0, batched = 0;  // that count
  double busy = 0;

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
  Run(const ServingCell& cell, double load, const RunOptions& o)
      : cell_(cell), options_(o), load_(load), unit_(clock_unit(cell)), arrivals_(unit_arrivals(cell, o.requests)), done_(arrivals_.size()),
        first_(static_cast<int64_t>(o.warm_up * static_cast<double>(o.requests))) {
    for (auto& t : arrivals_) t = load == kAtOnce ? 0 : t / load / unit_;
    if (cell.work)
      for (int64_t i = 0; i < o.requests; ++i) work_.push_back(cell.work(i));
  }

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
      queues_[q].max_delay = cell_.stages[q].max_delay.value() / unit_;
      queues_[q].expected = q == 0 ? 0 : options_.requests;
      for (int i = 0; i < cell_.stages[q].servers; ++i, ++host)
        engine::compat::add_actor(cell_.stages[q].name + std::to_string(i), built[host], [this, q, here = built[host], there = built[hosts.size() / 2 + host]] { serve(q, here, there); });
    }
    for (size_t i = 0; i < arrivals_.size(); ++i) queues_.front().entries.push_back({static_cast<int64_t>(i), arrivals_[i]});
    engine::simgrid_engine().run();
    return result();
  }

 private:
  // One server: batch after batch until nobody is left.
  void serve(size_t q, Host* here, Host* there) {
    std::vector<Entry> batch;
    while (next(q, batch)) {
      Queue& queue = queues_[q];
      Batch b{queue.batches, static_cast<int>(batch.size()), 0};
      for (const auto& e : batch) b.work += work_.empty() ? 1 : work_[static_cast<size_t>(e.request)];
      queue.batches += 1, queue.batched += b.requests;
      const double began = Engine::get_clock();
      const double units = held(cell_, *queue.stage, b).value() / unit_;
      if (queue.stage->service) this_actor::execute(units * kSpeed);
      else Comm::sendto(there, here, static_cast<uint64_t>(units * kSpeed + 0.5));
      const double now = Engine::get_clock();
      queue.busy += counted(began, now);
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
      for (const auto& e : batch) done_[static_cast<size_t>(e.request)] = now;
      return;
    }
    Queue& next = queues_[q + 1];
    for (const auto& e : batch) next.entries.push_back({e.request, now});
    next.expected -= static_cast<int64_t>(batch.size());
    if (next.watching) next.watching = false, next.joined->release();
  }

  // What figures count: from the first request after the warm-up to the last arrival; of requests that are all there at
  // once, from the end of the warm-up's on.
  double begin() const { return load_ == kAtOnce ? 0 : arrivals_[static_cast<size_t>(first_)]; }
  double counted(double from, double to) const { return load_ == kAtOnce ? to - from : std::max(0.0, std::min(to, arrivals_.back()) - std::max(from, begin())); }

  CellRun result() const {
    CellRun out;
    out.load = load_;
    std::vector<double> latency;
    for (size_t i = static_cast<size_t>(first_); i < done_.size(); ++i) latency.push_back((done_[i] - arrivals_[i]) * unit_);
    std::vector<double> ends = done_;
    std::sort(ends.begin(), ends.end());
    const double from = load_ == kAtOnce ? ends[static_cast<size_t>(first_)] : begin(), to = load_ == kAtOnce ? ends.back() : arrivals_.back();
    const auto count = std::upper_bound(ends.begin(), ends.end(), to) - std::upper_bound(ends.begin(), ends.end(), from);
    out.throughput = to > from ? static_cast<double>(count) / ((to - from) * unit_) : static_cast<double>(ends.size()) / (ends.back() * unit_);
    out.mean = Seconds(mean(latency));
    out.half_width = Seconds(half_width(latency, out.mean.value()));
    std::sort(latency.begin(), latency.end());
    for (const double p : options_.percentiles) out.quantiles.push_back(Seconds(sorted_quantile(latency, p)));
    const double window = load_ == kAtOnce ? ends.back() : arrivals_.back() - begin();
    for (const auto& q : queues_)
      out.stages.push_back({q.busy / (window * q.stage->servers), static_cast<double>(q.batched) / static_cast<double>(q.batches)});
    return out;
  }

  static double sorted_quantile(const std::vector<double>& x, double p) {
    const double at = p * static_cast<double>(x.size() - 1);
    const auto i = std::min(static_cast<size_t>(at), x.size() - 2);
    return x[i] + (x[i + 1] - x[i]) * (at - static_cast<double>(i));
  }

  static double half_width(const std::vector<double>& latency, double all) {
    const size_t each = latency.size() / kGroups;
    double square = 0;
    for (int g = 0; g < kGroups; ++g) {
      double sum = 0;
      for (size_t i = 0; i < each; ++i) sum += latency[static_cast<size_t>(g) * each + i];
      square += (sum / static_cast<double>(each) - all) * (sum / static_cast<double>(each) - all);
    }
    const double t = quantile(boost::math::students_t(kGroups - 1), 0.995);
    return t * std::sqrt(square / (kGroups - 1) / kGroups);
  }

  const ServingCell& cell_;
  const RunOptions& options_;
  double load_, unit_;
  std::vector<double> arrivals_, done_, work_;
  int64_t first_;
  std::vector<Queue> queues_;
};

std::vector<double> numbers(const CellRun& r) {
  std::vector<double> out{r.load, r.throughput, r.mean.value(), r.half_width.value(), static_cast<double>(r.quantiles.size())};
  for (const auto& q : r.quantiles) out.push_back(q.value());
  for (const auto& s : r.stages) out.push_back(s.utilisation), out.push_back(s.mean_batch);
  return out;
}

CellRun from_numbers(const std::vector<double>& x) {
  CellRun r{x.at(0), x.at(1), Seconds(x.at(2)), Seconds(x.at(3)), {}, {}};
  size_t i = 5;
  for (const auto end = i + static_cast<size_t>(x.at(4)); i < end; ++i) r.quantiles.push_back(Seconds(x.at(i)));
  for (; i + 1 < x.size(); i += 2) r.stages.push_back({x[i], x[i + 1]});
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

Capacity capacity(const ServingCell& cell, Seconds objective, double percentile, RunOptions o) {
  // A backlog takes about 1 / (1 - u)^2 services to settle: beyond 0.99 no run that is affordable would show its tail.
  constexpr double kLightest = 0.05, kHeaviest = 0.99, kWithin = 0.005;
  constexpr double kObjectives = 20, kMostRequests = 2e6;
  Capacity out;
  o.percentiles = {percentile};
  double work = 0;
  for (int64_t i = 0; i < 1000; ++i) work += work_of(cell, i) / 1000;
  const Seconds floor = alone(cell, work);
  const std::string asked = ", the objective is " + si(objective.value(), "s");
  if (floor > objective) {
    out.reason = "one request alone takes " + si(floor.value(), "s") + asked;
    return out;
  }
  out.saturated = saturate(cell, o).throughput;
  const double lasting = kObjectives * objective.value() * out.saturated;
  if (lasting > static_cast<double>(o.requests)) {
    o.requests = static_cast<int64_t>(std::min(lasting, kMostRequests));
    out.saturated = saturate(cell, o).throughput;  // of the same requests
  }
  const auto meets = [&](double share) {
    const CellRun run = simulate_cell(cell, share * out.saturated, o);
    if (run.quantiles.front() > objective) return false;
    if (run.load > out.load) out.load = run.load, out.latency = run.quantiles.front(), out.run = run;
    return true;
  };
  double low = kLightest, high = kHeaviest;
  if (!meets(high)) {
    // Near saturation is where most answers are; what a delay does at light loads need not be monotone.
    for (const double share : {0.9, 0.7, 0.5, 0.3, 0.15, kLightest}) {
      if (meets(share)) { low = share; break; }
      high = share;
    }
    while (out.load > 0 && high - low > kWithin * low) {
      const double middle = (low + high) / 2;
      (meets(middle) ? low : high) = middle;
    }
  }
  out.feasible = out.load > 0;
  if (!out.feasible) {
    const CellRun lightest = simulate_cell(cell, kLightest * out.saturated, o);
    out.reason = "one request alone takes " + si(floor.value(), "s") + ", behind the lightest queue " + si(lightest.quantiles.front().value(), "s") + asked;
  }
  return out;
}

}  // namespace capmix::step
