#include "step/schedule.hpp"

#include <algorithm>
#include <stdexcept>

namespace capmix::step {
namespace {

// Micro-batches in the last group: what is left over after whole groups of as many as there are stages joins it, since a
// smaller group would leave stages waiting for each other.
int last_group(const Pipeline& p) { return p.micro_batches < 2 * p.stages ? p.micro_batches : p.stages + p.micro_batches % p.stages; }

// The forward passes of a stage in order: micro-batches in groups of as many as there are stages, every chunk for a
// group before the next group. Backward passes go through the same with the chunks from last to first.
std::vector<PipelineTask> passes(const Pipeline& p, bool forward) {
  std::vector<PipelineTask> out;
  out.reserve(static_cast<size_t>(p.micro_batches) * p.chunks);
  const int last = p.chunks > 1 ? p.micro_batches - last_group(p) : 0;
  for (int first = 0; first < p.micro_batches;) {
    const int end = first < last ? first + p.stages : p.micro_batches;
    for (int c = 0; c < p.chunks; ++c)
      for (int m = first; m < end; ++m) out.push_back({forward, m, forward ? c : p.chunks - 1 - c});
    first = end;
  }
  return out;
}

}  // namespace

Seconds Pipeline::busy(int stage) const {
  Seconds sum;
  for (int c = 0; c < chunks; ++c) sum += forward[static_cast<size_t>(c * stages + stage)] + backward[static_cast<size_t>(c * stages + stage)];
  return sum;
}

std::vector<PipelineTask> order(const Pipeline& p, int stage) {
  const auto forward = passes(p, true), backward = passes(p, false);
  const size_t all = forward.size();
  // Forward passes before the first backward one.
  const int lead = p.chunks > 1 ? (p.stages - stage - 1) * 2 + (p.chunks - 1) * std::max(p.stages, last_group(p)) : p.stages - stage - 1;
  const size_t warm = std::min(all, static_cast<size_t>(lead));
  std::vector<PipelineTask> out(forward.begin(), forward.begin() + static_cast<std::ptrdiff_t>(warm));
  out.reserve(2 * all);
  for (size_t f = warm, b = 0; b < all; ++b) {
    if (f < all) out.push_back(forward[f++]);
    out.push_back(backward[b]);
  }
  return out;
}

Timeline timeline(const Pipeline& p) {
  const int last = p.stages * p.chunks - 1;
  const size_t micro = static_cast<size_t>(p.micro_batches);
  constexpr double kNever = -1;
  std::vector<double> forward(micro * (last + 1), kNever), backward(micro * (last + 1), kNever);  // ends
  std::vector<std::vector<PipelineTask>> orders;
  Timeline t;
  t.stages.resize(static_cast<size_t>(p.stages));
  for (int s = 0; s < p.stages; ++s) orders.push_back(order(p, s)), t.stages[static_cast<size_t>(s)].reserve(orders.back().size());
  std::vector<size_t> next(static_cast<size_t>(p.stages), 0);
  std::vector<double> free(static_cast<size_t>(p.stages), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t s = 0; s < orders.size(); ++s) {
      for (; next[s] < orders[s].size(); ++next[s]) {
        const auto& task = orders[s][next[s]];
        const int at = task.chunk * p.stages + static_cast<int>(s);
        const size_t row = static_cast<size_t>(task.micro_batch) * (last + 1);
        double ready = 0;
        if (task.forward && at > 0) ready = forward[row + at - 1];
        if (!task.forward) ready = at == last ? forward[row + at] : backward[row + at + 1];
        if (ready == kNever) break;
        const bool moves = task.forward ? at > 0 : at < last;
        const double start = std::max(free[s], ready + (moves && p.stages > 1 ? p.transfer.value() : 0));
        const double end = start + (task.forward ? p.forward : p.backward)[static_cast<size_t>(at)].value();
        (task.forward ? forward : backward)[row + at] = end;
        free[s] = end;
        t.stages[s].push_back({task, Seconds(start), Seconds(end)});
        t.end = std::max(t.end, Seconds(end));
        moved = true;
      }
    }
  }
  for (size_t s = 0; s < orders.size(); ++s)
    if (next[s] < orders[s].size()) throw std::logic_error("a pipeline schedule waits for itself");
  return t;
}

int folded_micro_batches(const Pipeline& p, int rounds) {
  const int rest = p.micro_batches % p.stages;
  return std::min(p.micro_batches, rounds * p.stages + rest);
}

Seconds makespan(const Pipeline& p) {
  if (p.stages == 1 && p.chunks == 1) return p.busy(0) * p.micro_batches;
  Pipeline few = p, more = p;
  few.micro_batches = folded_micro_batches(p, 4);
  more.micro_batches = folded_micro_batches(p, 5);
  const Seconds end = timeline(more).end;
  if (more.micro_batches == p.micro_batches) return end;
  const Seconds round = end - timeline(few).end;
  return end + round * ((p.micro_batches - more.micro_batches) / p.stages);
}

}  // namespace capmix::step
