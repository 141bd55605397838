#include "step/search.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "base/unit.hpp"
#include "step/memory.hpp"
#include "step/why.hpp"

namespace capmix::step {
namespace {

// A bound is trusted to this part: makespan() extrapolates long pipelines, and may lie that much below the truth.
constexpr double kSlack = 0.01;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Memory of the fullest chip, and what the plan needs of the chip that it overfills most (1: just fits).
struct Fill {
  Bytes most;
  double share = 0;
};

Fill fill(const TrainingSetup& s, const Iteration& it) {
  Fill out;
  for (const auto& lane : it.lanes)
    for (size_t at = 0; at < lane.stages.size(); ++at) {
      const Bytes need = total(memory(s.model, s.campaign, it.plan, lane, at, it.dp));
      out.most = std::max(out.most, need);
      out.share = std::max(out.share, need / (lane.stages[at].group->chip.memory * kUsable));
    }
  return out;
}

// No schedule of the pipeline ends sooner: a stage starts when a first micro-batch has come through the first chunks
// of those before it, works through all of its own, and its last backward pass goes back through them.
Seconds soonest(const Pipeline& p) {
  Seconds out, around;
  for (int s = 0; s < p.stages; ++s) {
    out = std::max(out, around + p.busy(s) * p.micro_batches);
    around += p.forward[static_cast<size_t>(s)] + p.backward[static_cast<size_t>(s)] + p.transfer * 2;
  }
  return out;
}

// The best so far, in order.
class Best {
 public:
  explicit Best(size_t limit) : limit_(limit) {}
  // Seconds beyond which a plan is of no interest.
  double beyond() const { return limit_ == 0 || sorted_.size() < limit_ ? kInfinite : sorted_.back().step.value(); }
  void add(Priced x) {
    const auto less = [](const Priced& a, const Priced& b) { return a.step != b.step ? a.step < b.step : before(a.plan, b.plan); };
    const auto soon = [](const Priced& a, const Priced& b) { return a.step < b.step; };
    const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), x, soon);
    // One that only shards differently and is as fast: the simpler one stays.
    const auto twin = std::find_if(first, last, [&](const Priced& o) {
      ParallelPlan p = o.plan;
      p.zero = x.plan.zero;
      return !before(p, x.plan) && !before(x.plan, p);
    });
    if (twin != last && twin->plan.zero <= x.plan.zero) return;
    if (twin != last) sorted_.erase(twin);
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), x, less), std::move(x));
    if (sorted_.size() > limit_) sorted_.pop_back();
  }
  std::vector<Priced> take() { return std::move(sorted_); }

 private:
  size_t limit_;
  std::vector<Priced> sorted_;
};

class Search {
 public:
  Search(const Search&) = delete;  // probe_ refers to one_
  explicit Search(const TrainingSetup& s) : s_(s), one_(s.campaign), probe_{s.model, one_, s.groups, s.fabric, false, s.stragglers} {
    one_.plans.clear();
    for (const auto& g : s.groups) chips_ += g.chips;
    flop_ = s.model.training_flop_per_token(s.campaign.seq) * (static_cast<double>(s.campaign.seq) * s.campaign.global_batch);
  }

  // What the sieves know of a plan before it is laid out.
  struct Entry {
    const ParallelPlan* plan;
    double bound, guess;  // seconds: at least; about
  };

  // Share of a chip that the plan needs at least: the weights of an average stage, and activations of one micro-batch
  // in the stage with the fewest layers. The chips of unequal stages hold unequal parts: nothing is said of them.
  double least_memory(const ParallelPlan& p) const {
    if (p.span == Span::pipeline) return 0;
    const auto& smallest = *std::min_element(s_.groups.begin(), s_.groups.end(), [](const Group& a, const Group& b) { return a.chip.memory < b.chip.memory; });
    Lane lane;
    lane.micro_batches = 1;
    lane.stages.resize(p.pp > 1 ? 2 : 1);  // the first of two does not hold logits
    StagePlan& stage = lane.stages.front();
    const double experts = s_.model.expert_parameters();
    stage.group = &smallest;
    stage.parameters = (s_.model.parameters() - experts) / p.tp / p.pp;
    stage.experts = experts / p.ep / p.expert_tp / p.pp;
    stage.layers = fewest_layers(p);
    return total(memory(s_.model, s_.campaign, p, lane, 0, chips_ / p.ranks())) / (smallest.chip.memory * kUsable);
  }

  Entry entry(const ParallelPlan& p) {
    Entry e{&p, 0, 0};
    const double turn = static_cast<double>(chips_ / p.ranks()) * p.micro_batch;
    const double bubble = (p.pp - 1.0) / p.vpp / std::max(1.0, s_.campaign.global_batch / turn);
    double rate = 0;  // sequences per second with every chip busy
    for (const auto& g : s_.groups) {
      const double whole = whole_model(g, p);
      if (whole > 0) rate += static_cast<double>(g.chips) / p.tp / p.cp * p.micro_batch / whole;
    }
    const double busy = rate > 0 ? s_.campaign.global_batch / rate : 0;
    // Of unequal chips either may be the better at some layers, so the mean rate is no bound on stages of both.
    e.bound = p.span == Span::pipeline ? 0 : busy;
    e.guess = busy * (1 + bubble);
    return e;
  }

  // The plan with one micro-batch: its memory (exact for one lane, else at least) and a lower bound of its step.
  std::optional<Iteration> probe(const ParallelPlan& p, std::string& why) {
    int replicas = 0;
    for (const auto& g : s_.groups) replicas += p.span == Span::data ? g.chips / p.ranks() : 0;
    if (p.span == Span::pipeline) replicas = chips_ / p.ranks();
    one_.global_batch = replicas * p.micro_batch;
    auto it = lay_out(probe_, p, why);
    if (it && it->lanes.size() == 1) {
      Lane& lane = it->lanes.front();
      lane.micro_batches = lane.pipeline.micro_batches = s_.campaign.global_batch / one_.global_batch;
    }
    return it;
  }

  double bound(const Iteration& it) const {
    double pipeline = 0, rate = 0;
    for (const auto& lane : it.lanes) {
      Seconds slowest;
      for (int at = 0; at < it.plan.pp; ++at) slowest = std::max(slowest, lane.pipeline.busy(at));
      rate += lane.replicas * it.plan.micro_batch / slowest.value();
      pipeline = soonest(lane.pipeline).value();
    }
    if (it.lanes.size() > 1) pipeline = s_.campaign.global_batch / rate;  // split so that both end together
    return pipeline * (1 + it.straggle) + (it.exposed + it.optimizer + it.fixed).value();
  }

  std::optional<Priced> price(const ParallelPlan& p) const {
    std::string why;
    const auto it = lay_out(s_, p, why);
    if (!it) return std::nullopt;
    FlopRate peak;
    for (const auto& g : s_.groups) peak += g.chip.peak.at(s_.campaign.precision) * g.chips;
    return Priced{p, it->step, flop_ / it->step / peak, fill(s_, *it).most, ""};
  }

  std::string nearest_miss(const std::vector<ParallelPlan>& space) {
    if (space.empty())
      return "no plan multiplies out: " + std::to_string(chips_) + " chips, " + std::to_string(s_.model.heads) + " heads and a global batch of " +
             std::to_string(s_.campaign.global_batch) + " sequences have no split in common";
    const ParallelPlan* nearest = nullptr;
    double share = kInfinite;
    std::string why, refused;
    for (const auto& p : space) {
      if (least_memory(p) >= share) continue;
      const auto it = probe(p, why);
      if (!it && refused.empty()) refused = why;
      if (!it) continue;
      if (const double x = fill(s_, *it).share; x < share) share = x, nearest = &p;
    }
    if (nearest == nullptr) return refused;
    lay_out(s_, *nearest, why);
    return "no plan fits: the closest, " + words(*nearest) + ", " + why;
  }

 private:
  int fewest_layers(const ParallelPlan& p) const {
    const auto layers = split_layers(s_.model.layers, p.pp, p.vpp);
    std::vector<int> stages(static_cast<size_t>(p.pp), 0);
    for (size_t i = 0; i < layers.size(); ++i) stages[i % stages.size()] += layers[i];
    return *std::min_element(stages.begin(), stages.end());
  }

  // Seconds of a micro-batch on one tensor- and context-parallel group of such chips that holds the whole model; 0 when
  // it cannot be laid out. Most plans share it with many others.
  double whole_model(const Group& g, ParallelPlan p) {
    p.pp = p.vpp = 1, p.zero = 1, p.span = Span::data;
    const auto key = std::tuple(&g, p.tp, p.cp, p.ep, p.expert_tp, p.micro_batch, p.recompute);
    if (const auto known = whole_.find(key); known != whole_.end()) return known->second;
    one_.global_batch = g.chips / p.ranks() * p.micro_batch;
    std::string why;
    const auto it = lay_out({s_.model, one_, {g}, s_.fabric, false, false}, p, why);
    return whole_[key] = it ? it->lanes.front().pipeline.busy(0).value() : 0;
  }

  const TrainingSetup& s_;
  Campaign one_;          // with a global batch of one micro-batch per replica
  TrainingSetup probe_;
  Flop flop_;
  int chips_ = 0;
  std::map<std::tuple<const Group*, int, int, int, int, int, Recompute>, double> whole_;
};

}  // namespace

std::vector<Priced> search(const TrainingSetup& s, size_t best, std::string* reason, Effort* effort) {
  Search search(s);
  Effort did;
  const auto space = plan_space(s);
  std::vector<Search::Entry> entries;
  for (const auto& p : space)
    if (!s.check_memory || search.least_memory(p) <= 1) entries.push_back(search.entry(p));
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.guess < b.guess; });
  Best found(std::max<size_t>(1, best));
  std::string why;
  for (const auto& e : entries) {
    const double enough = found.beyond() / (1 - kSlack);
    if (e.bound > enough) continue;
    const auto it = search.probe(*e.plan, why);
    ++did.probed;
    if (!it || (s.check_memory && fill(s, *it).share > 1) || search.bound(*it) > enough) continue;
    ++did.priced;
    if (auto x = search.price(*e.plan)) found.add(std::move(*x));
  }
  did.plans = space.size();
  if (effort != nullptr) *effort = did;
  auto out = found.take();
  if (out.empty() && reason != nullptr) *reason = search.nearest_miss(space);
  explain(s, out);
  return out;
}

std::vector<Priced> exhaustive(const TrainingSetup& s) {
  const Search search(s);
  const auto space = plan_space(s);
  Best found(space.size() + 1);
  for (const auto& p : space)
    if (auto x = search.price(p)) found.add(std::move(*x));
  auto out = found.take();
  explain(s, out);
  return out;
}

}  // namespace capmix::step
