#include "step/sharding.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <queue>

#include "base/unit.hpp"
#include "step/lookups.hpp"

namespace capmix::step {
namespace {

constexpr int kNarrowest = 32;          // columns of a part: narrower rows waste what memory fetches at once
constexpr double kReplicated = 0.05;    // of a chip's room that data-parallel tables may take
constexpr double kWidths[] = {1, 0.5, 0.25, 0.125};  // of a part, relative to a chip's mean share
constexpr double kFullest = 2;           // weights of a chip, relative to the mean
constexpr double kWorth = 0.995;         // of the slowest chip's time: finer parts have costs of their own
constexpr int kRounds = 400;            // of moves off the slowest chip
constexpr size_t kAgainst = 8;          // chips that a swap is tried with
constexpr double kState = 4;            // bytes of a number of the optimizer

// What one iteration does with a table as a whole.
struct Work {
  double bytes = 0, read = 0, written = 0, sent = 0;
};

struct Piece {
  size_t table = 0;
  int first_column = 0, columns = 0, spread = 1;
  ChipLoad load;                        // of each chip that has a part of it
  double time = 0;
  int chip = -1;                        // the first
};

double state_bytes(RecOptimizer o, double dim) { return o == RecOptimizer::adagrad ? kState * dim : o == RecOptimizer::adagrad_rowwise ? kState : 0; }

Work work_of(const ShardingSetup& s, const EmbeddingTable& t, double share_of_batch = 1) {
  const double times = (t.side == Side::candidate ? s.samples : s.requests) * share_of_batch, draws = times * t.lookups;
  const double element = bytes_of(s.model.element), row = t.dim * element, state = state_bytes(s.optimizer, t.dim);
  Work w;
  w.bytes = t.rows * (row + state);
  w.read = draws * row;
  // Every draw's gradient is read to be summed; every touched row and its state is read and written.
  w.written = draws * t.dim * s.wire + touched_rows(t, draws) * 2 * (row + state);
  w.sent = times * t.dim * (t.pooled ? 1 : t.lookups) * s.wire;
  return w;
}

ChipLoad& operator+=(ChipLoad& a, const ChipLoad& b) {
  a.weights += b.weights, a.read += b.read, a.written += b.written, a.sent += b.sent, a.partial += b.partial;
  return a;
}

class Planner {
 public:
  explicit Planner(const ShardingSetup& s) : s_(s) {
    for (const auto& t : s.model.tables) works_.push_back(work_of(s, t));
    replicate();
  }

  bool mean_fits() const {
    double own = 0;
    for (size_t i = 0; i < works_.size(); ++i) own += copies_[i] ? 0 : works_[i].bytes / s_.chips;
    return base_.weights.value() + own <= s_.room.value();
  }

  Sharding plan() {
    Sharding best;
    double least = 0;
    bool found = false;
    const auto consider = [&](double width) {
      if (!place(width)) return;
      const double t = slowest();
      if (!found || t < least * kWorth) found = true, least = t, best = result();
    };
    for (const auto& t : s_.model.tables) best.needed += stored(s_.model, t, s_.optimizer);
    const Bytes needed = best.needed, mean = needed / s_.chips;
    // First with no chip fuller than kFullest times the mean, so that more chips never fill one of them more.
    for (const Bytes limit : {std::min(s_.room, base_.weights + mean * kFullest), s_.room}) {
      limit_ = limit;
      if (s_.chips == 1) consider(1e9);  // nothing to divide
      else for (const double w : kWidths) consider(w);
      if (found) break;
    }
    if (!found && s_.chips > 1) consider(0);  // everything by rows over everybody: the fullest chip is then the mean
    best.needed = needed;
    best.fits = found;
    if (!found) best.why = short_of(best.needed);
    return best;
  }

 private:
  double seconds(const ChipLoad& l) const { return time_of(s_, l).value(); }

  // Small tables go to everybody: where summing a table's gradients moves less than a chip would receive of its rows.
  void replicate() {
    copies_.assign(works_.size(), false);
    if (s_.chips == 1) return;
    std::vector<size_t> order(works_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return works_[a].bytes < works_[b].bytes; });
    for (const size_t i : order) {
      const auto& t = s_.model.tables[i];
      if (t.rows * t.dim * kState > works_[i].sent / s_.chips) continue;
      if (base_.weights.value() + works_[i].bytes > s_.room.value() * kReplicated) continue;
      const Work own = work_of(s_, t, 1.0 / s_.chips);
      copies_[i] = true;
      base_ += {Bytes(own.bytes), Bytes(own.read), Bytes(own.written), Bytes(0), Bytes(0)};
      replicated_ += Bytes(t.rows * t.dim * bytes_of(s_.model.element));
    }
  }

  ChipLoad load_of(size_t table, int columns, int spread) const {
    const Work& w = works_[table];
    const double part = static_cast<double>(columns) / s_.model.tables[table].dim, each = part / spread;
    const double local = std::min(spread, s_.domain);
    const bool pooled = s_.model.tables[table].pooled;
    ChipLoad l{Bytes(w.bytes * each), Bytes(w.read * each), Bytes(w.written * each), Bytes(w.sent * (pooled ? part / local : each)), Bytes(0)};
    if (pooled && spread > 1) l.partial = Bytes(w.sent * part * (local - 1) / local);
    return l;
  }

  // Neighbours that a part may be spread over: powers of two inside a domain, then twice as many domains, then all.
  int spread_for(double wanted) const {
    int k = 1;
    while (k < wanted && k < s_.chips) k = std::min(s_.chips, k < s_.domain ? std::min(2 * k, s_.domain) : 2 * k);
    return k;
  }

  // Cuts a table into parts of about `mean` seconds; 0: as fine as can be. A piece leaves room for others on its chip.
  void cut(size_t table, double mean, std::vector<Piece>& out) const {
    const auto& t = s_.model.tables[table];
    const double whole = seconds(load_of(table, t.dim, 1)), room = std::max(1.0, limit_.value() - base_.weights.value());
    int columns = t.dim, spread = mean > 0 ? 1 : s_.chips;
    if (mean > 0) {
      const double wanted = std::max(whole / mean, works_[table].bytes / (room * 0.5));
      const int most = std::max(1, t.dim / kNarrowest);
      for (int parts = 1; parts <= most; ++parts)
        if (t.dim % parts == 0 && t.dim / parts >= std::min(kNarrowest, t.dim)) {
          columns = t.dim / parts;
          if (parts >= wanted - 1e-9 || parts >= s_.chips) break;
        }
      const double rest = wanted * columns / t.dim;
      if (rest > 1 + 1e-9) spread = spread_for(rest);
    }
    for (int c = 0; c < t.dim; c += columns) {
      Piece p{table, c, std::min(columns, t.dim - c), spread, {}, 0, -1};
      p.load = load_of(table, p.columns, spread), p.time = seconds(p.load);
      out.push_back(p);
    }
  }

  bool roomy(int chip, const ChipLoad& more) const { return (loads_[static_cast<size_t>(chip)].weights + more.weights).value() <= limit_.value() * (1 + 1e-12); }
  void put(size_t i, int chip) {
    Piece& p = pieces_[i];
    p.chip = chip;
    if (p.spread == 1) on_[static_cast<size_t>(chip)].push_back(i);
    for (int c = chip; c < chip + p.spread; ++c) loads_[static_cast<size_t>(c)] += p.load, times_[static_cast<size_t>(c)] += p.time;
  }

  bool place(double width) {
    loads_.assign(static_cast<size_t>(s_.chips), base_);
    times_.assign(static_cast<size_t>(s_.chips), seconds(base_));
    on_.assign(static_cast<size_t>(s_.chips), {});
    pieces_.clear();
    double sum = 0;
    for (size_t i = 0; i < works_.size(); ++i)
      if (!copies_[i]) sum += seconds(load_of(i, s_.model.tables[i].dim, 1));
    for (size_t i = 0; i < works_.size(); ++i)
      if (!copies_[i]) cut(i, sum / s_.chips * width, pieces_);
    // Widest spread first, since it asks most of its place; then longest first.
    std::stable_sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) { return a.spread != b.spread ? a.spread > b.spread : a.time > b.time; });
    if (base_.weights > s_.room) return false;
    size_t i = 0;
    for (; i < pieces_.size() && pieces_[i].spread > 1; ++i)
      if (!place_spread(i)) return false;
    if (!place_singles(i)) return false;
    improve();
    return true;
  }

  // On the block of neighbours whose slowest is least loaded. Blocks inside a domain do not leave it.
  bool place_spread(size_t i) {
    const Piece& p = pieces_[i];
    int best = -1;
    double least = 0;
    const auto block = [&](int first) {
      double t = 0;
      for (int c = first; c < first + p.spread; ++c) {
        if (!roomy(c, p.load)) return;
        t = std::max(t, times_[static_cast<size_t>(c)]);
      }
      if (best < 0 || t < least) best = first, least = t;
    };
    const int domain = std::min(s_.domain, s_.chips);
    if (p.spread >= domain)
      for (int first = 0; first + p.spread <= s_.chips; first += p.spread) block(first);
    else
      for (int d = 0; d < s_.chips; d += domain)
        for (int first = d; first + p.spread <= std::min(d + domain, s_.chips); first += p.spread) block(first);
    if (best >= 0) put(i, best);
    return best >= 0;
  }

  bool place_singles(size_t from) {
    using Entry = std::pair<double, int>;  // least loaded first, then the first chip
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    for (int c = 0; c < s_.chips; ++c) queue.push({times_[static_cast<size_t>(c)], c});
    for (size_t i = from; i < pieces_.size(); ++i) {
      std::vector<Entry> full;
      while (!queue.empty() && !roomy(queue.top().second, pieces_[i].load)) full.push_back(queue.top()), queue.pop();
      if (queue.empty()) return false;
      const int chip = queue.top().second;
      queue.pop();
      put(i, chip);
      queue.push({times_[static_cast<size_t>(chip)], chip});
      for (const auto& e : full) queue.push(e);
    }
    return true;
  }

  void shift(size_t i, int to) {
    const Piece& p = pieces_[i];
    auto& here = on_[static_cast<size_t>(p.chip)];
    here.erase(std::find(here.begin(), here.end(), i));
    loads_[static_cast<size_t>(p.chip)] += {p.load.weights * -1, p.load.read * -1, p.load.written * -1, p.load.sent * -1, p.load.partial * -1};
    times_[static_cast<size_t>(p.chip)] -= p.time;
    put(i, to);
  }

  // Moves single pieces off the slowest chip, or swaps them, as long as that helps.
  void improve() {
    std::vector<int> others(static_cast<size_t>(s_.chips));
    for (int round = 0; round < kRounds; ++round) {
      const int worst = static_cast<int>(std::max_element(times_.begin(), times_.end()) - times_.begin());
      std::iota(others.begin(), others.end(), 0);
      const auto near = others.begin() + static_cast<std::ptrdiff_t>(std::min(kAgainst, others.size()));
      std::partial_sort(others.begin(), near, others.end(), [&](int a, int b) {
        const double x = times_[static_cast<size_t>(a)], y = times_[static_cast<size_t>(b)];
        return x != y ? x < y : a < b;
      });
      if (!step_off(worst, {others.begin(), near})) return;
    }
  }

  bool step_off(int worst, const std::vector<int>& others) {
    constexpr size_t kNone = static_cast<size_t>(-1);
    const double now = times_[static_cast<size_t>(worst)];
    double best = now * (1 - 1e-6);
    size_t mine = kNone, theirs = kNone;
    int to = -1;
    for (const size_t i : on_[static_cast<size_t>(worst)]) {
      for (const int o : others) {
        if (o == worst) continue;
        const double t = times_[static_cast<size_t>(o)], moved = std::max(now - pieces_[i].time, t + pieces_[i].time);
        if (moved < best && roomy(o, pieces_[i].load)) best = moved, mine = i, theirs = kNone, to = o;
        for (const size_t j : on_[static_cast<size_t>(o)]) {
          const double gain = pieces_[i].time - pieces_[j].time, swapped = std::max(now - gain, t + gain);
          if (swapped < best && fits_swapped(worst, o, pieces_[i], pieces_[j])) best = swapped, mine = i, theirs = j, to = o;
        }
      }
    }
    if (mine == kNone) return false;
    shift(mine, to);
    if (theirs != kNone) shift(theirs, worst);
    return true;
  }

  bool fits_swapped(int a, int b, const Piece& from_a, const Piece& from_b) const {
    const auto after = [&](int c, const Piece& gone, const Piece& come) { return loads_[static_cast<size_t>(c)].weights - gone.load.weights + come.load.weights <= limit_; };
    return after(a, from_a, from_b) && after(b, from_b, from_a);
  }

  double slowest() const { return *std::max_element(times_.begin(), times_.end()); }

  Sharding result() const {
    Sharding out;
    out.loads = loads_;
    out.replicated = replicated_;
    out.how.assign(works_.size(), Placed::data_parallel);
    for (const auto& p : pieces_) {
      const auto& t = s_.model.tables[p.table];
      out.shards.push_back({p.table, false, t.rows, p.first_column, p.columns, p.chip, p.spread});
      out.how[p.table] = p.spread > 1 ? Placed::row_wise : p.columns < t.dim ? Placed::column_wise : Placed::table_wise;
    }
    for (size_t i = 0; i < works_.size(); ++i)
      if (copies_[i]) out.shards.push_back({i, true, s_.model.tables[i].rows, 0, s_.model.tables[i].dim, 0, s_.chips});
    std::sort(out.shards.begin(), out.shards.end(), [](const Shard& a, const Shard& b) { return a.table != b.table ? a.table < b.table : a.first_column < b.first_column; });
    for (const auto& l : loads_) {
      const auto most = [](Bytes& a, Bytes b) { a = std::max(a, b); };
      most(out.most.weights, l.weights), most(out.most.read, l.read), most(out.most.written, l.written), most(out.most.sent, l.sent), most(out.most.partial, l.partial);
    }
    const double mean = std::accumulate(times_.begin(), times_.end(), 0.0) / s_.chips;
    out.imbalance = mean > 0 ? slowest() / mean : 1;
    out.words = words(out);
    return out;
  }

  std::string words(const Sharding& sharding) const {
    const auto plural = [](size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); };
    std::string out = plural(works_.size(), "table") + ":";
    constexpr const char* kNames[] = {"data-parallel", "table-wise", "column-wise", "row-wise"};
    const char* sep = " ";
    for (int h = 0; h < 4; ++h) {
      const auto n = std::count(sharding.how.begin(), sharding.how.end(), static_cast<Placed>(h));
      if (n > 0) out += sep + std::to_string(n) + " " + kNames[h], sep = ", ";
    }
    if (s_.chips == 1 || pieces_.empty()) return out;
    // The table that is asked for most, as an example of what that means.
    size_t busiest = pieces_.front().table;
    for (const auto& p : pieces_)
      if (works_[p.table].read > works_[busiest].read) busiest = p.table;
    size_t parts = 0;
    int spread = 1;
    for (const auto& p : pieces_)
      if (p.table == busiest) ++parts, spread = p.spread;
    out += "; the busiest (" + si(s_.model.tables[busiest].rows, " rows") + ") in " + plural(parts, "part") + " of columns" +
           (spread > 1 ? ", rows over " + std::to_string(spread) + " chips" : "");
    char text[64];
    std::snprintf(text, sizeof text, "; slowest chip %.2f x the mean", sharding.imbalance);
    return out + text;
  }

  std::string short_of(Bytes needed) const {
    const Bytes each = (needed - base_.weights) / s_.chips + base_.weights;
    return "the embedding tables with their states (" + std::string(kRecOptimizers[static_cast<int>(s_.optimizer)]) + ") need " + si(needed.value(), "B") + ", " +
           si(each.value(), "B") + " per chip on " + std::to_string(s_.chips) + " chips; the room for them is " + si(std::max(0.0, s_.room.value()), "B") + " per chip, " +
           si((each - s_.room).value(), "B") + " too little";
  }

  const ShardingSetup& s_;
  std::vector<Work> works_;
  std::vector<bool> copies_;
  ChipLoad base_;                       // of data-parallel tables, on every chip
  Bytes replicated_, limit_;            // the latter: what a chip may hold
  std::vector<Piece> pieces_;
  std::vector<ChipLoad> loads_;
  std::vector<double> times_;
  std::vector<std::vector<size_t>> on_; // single pieces, by chip
};

}  // namespace

Seconds time_of(const ShardingSetup& s, const ChipLoad& l) { return l.read / s.gather + l.written / s.update + l.sent * 2 / s.out + l.partial * 2 / s.up; }

Bytes stored(const RecModel& m, const EmbeddingTable& t, RecOptimizer o) { return Bytes(t.rows * (t.dim * bytes_of(m.element) + state_bytes(o, t.dim))); }

Sharding shard(const ShardingSetup& s) { return Planner(s).plan(); }

bool holds(const ShardingSetup& s) { return Planner(s).mean_fits(); }

}  // namespace capmix::step
