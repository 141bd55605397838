// Requests by priority, then first come first served, and of those that came together the widest first: a name decides between equals
// alone. Each on the option with the highest rate whose chips are free. A request that cannot start yet reserves the kinds of the option
// that will be ready first; a later request may use them only if it ends by then (EASY backfill, Lifka 1995, per kind and on expected
// rates; that the reserving job might leave some of the chips over is not used). Otherwise small jobs would take every pod as it comes,
// and a large gang would never start.
#include <algorithm>
#include <map>

#include "fleet/policy.hpp"
#include "fleet/turn.hpp"

namespace capmix::fleet {
namespace {

using Reservations = std::map<int, int64_t>;  // kind: from when on

bool fits(const View& view, const Request& request, const Option& option, const Reservations& reserved) {
  for (const auto& need : option.needs) {
    if (view.free[static_cast<size_t>(need.kind)] < need.chips) return false;
    const auto r = reserved.find(need.kind);
    const double end = static_cast<double>(view.now) + request.tokens / option.rate;
    if (r != reserved.end() && end > static_cast<double>(r->second)) return false;
  }
  return true;
}

void reserve(const View& view, const Request& request, Reservations& reserved) {
  const Option* best = nullptr;
  int64_t soonest = kNever;
  for (const auto& option : request.options) {
    const int64_t ready = view.ready(option);
    if (ready == kNever || ready > soonest) continue;
    if (best != nullptr && ready == soonest && option.rate <= best->rate) continue;
    best = &option, soonest = ready;
  }
  if (best == nullptr) return;
  for (const auto& need : best->needs) {
    const auto [it, fresh] = reserved.emplace(need.kind, soonest);
    if (!fresh) it->second = std::min(it->second, soonest);
  }
}

Turn turn(const Request& r) { return turn_of(r.priority, r.submitted, r.chips); }

class PriorityFifo : public Policy {
 public:
  std::optional<Start> next(const View& view) const override {
    std::vector<size_t> order(view.requests.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return turn(view.requests[a]) < turn(view.requests[b]); });
    Reservations reserved;
    for (const size_t r : order) {
      const Request& request = view.requests[r];
      std::optional<Start> best;
      for (size_t o = 0; o < request.options.size(); ++o)
        if (fits(view, request, request.options[o], reserved) &&
            (!best || request.options[o].rate > request.options[best->option].rate))
          best = Start{r, o};
      if (best) return best;
      if (r != order.back()) reserve(view, request, reserved);
    }
    return std::nullopt;
  }
};

const PriorityFifo policy;
[[maybe_unused]] const bool added = add_policy("priority-fifo", policy);

}  // namespace
}  // namespace capmix::fleet
