// Equal work is equal rates. One A at its mature stack gives a rate r(A); one B at a stage of its port gives
// stage efficiency x r(B), as fleet runs count it; so r(A) / (efficiency x r(B)) of B replace one A in a fleet that is
// cut into many gangs and cells. One *job* is another matter: a batch has only so many sequences, so a gang cannot be
// widened at will. Its step is priced by closed form at growing widths, by the campaign's plans and by any other.
//
// Taken from modes: prices, ports of the first mix in the asked outcome. Not counted: what a different number of chips does to
// failures, halls and networks.
#include "study/exchange.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "base/unit.hpp"
#include "engine/workers.hpp"
#include "step/cache.hpp"
#include "step/iteration.hpp"
#include "step/kinds/decode.hpp"
#include "step/search.hpp"
#include "step/step.hpp"
#include "study/runner.hpp"

namespace capmix::study {
namespace {

constexpr int kWidest = 16;  // times the campaign's gang: where a search for plans ends

ExchangeSide side_of(const Scenario& s, const std::string& id, const char* option) {
  const auto offer = s.offers.find(id);
  const auto node = offer.valid() ? s.offers[offer].node : s.nodes.find(id);
  if (!node.valid()) {
    std::vector<std::string> ids;
    for (const auto& o : s.offers) ids.push_back(o.id);
    for (const auto& n : s.nodes) ids.push_back(n.id);
    throw InputError(std::string(option) + ": there is no offer or node \"" + id + "\" in the study" + did_you_mean(id, ids));
  }
  const Node& n = s.nodes[node];
  const Chip& chip = s.chips[n.chip];
  return {id, n.id, chip.id, n.power.value() / n.chips, (offer.valid() ? s.offers[offer].price : chip.price).mode.value()};
}

struct Stage {
  std::string name;
  Date from;
  double efficiency = 1;
  bool functional = true;
};

class Lab {
 public:
  Lab(const Worlds& worlds, size_t world, const ExchangeQuery& q, Exchange& out)
      : s_(*worlds.scenarios[world]), q_(q), out_(out), plan_(make_plan(worlds, run_key(worlds, "", worlds.outcome(world).id))),
        fabric_(s_.fabrics[s_.sites[s_.sites.id_at(0)].fabric]) {}

  void training(const RateTable& rates);
  void ranking(const RateTable& rates, const std::string& pool, const ServiceStage& stage);
  void decode();
  const Fabric& fabric() const { return fabric_; }

 private:
  const Node& node(const ExchangeSide& side) const { return s_.nodes[s_.nodes.find(side.node)]; }
  const Chip& chip(const ExchangeSide& side) const { return s_.chips[s_.chips.find(side.chip)]; }
  const Efficiency& efficiency(const ExchangeSide& side) const { return s_.efficiencies[chip(side).efficiency]; }
  std::vector<Stage> stages(const std::vector<std::string>& families);
  StepProfile profile(const RateTable& rates, const std::string& work, const ExchangeSide& side) const;
  ExchangeWork begin(const std::string& id, const char* kind, const char* unit, const StepProfile& a, const StepProfile& b) const;
  StepProfile slowed_cell(const std::string& pool, const ServiceStage& work, double stage) const;

  const Scenario& s_;
  const ExchangeQuery& q_;
  Exchange& out_;
  Plan plan_;
  const Fabric& fabric_;
};

// Of the first of `families` that is ported to B's stack.
std::vector<Stage> Lab::stages(const std::vector<std::string>& families) {
  const std::string& stack = chip(out_.by).stack;
  const auto& native = s_.native_stacks;
  if (std::count(native.begin(), native.end(), stack) > 0) return {{"mature", s_.study.timeline.start(), 1, true}};
  for (const auto& family : families)
    for (const auto& port : plan_.ports) {
      if (port.stack != stack || port.family != family || port.steps.empty()) continue;
      if (family != families.front()) out_.notes.push_back("the study has no work of the family " + families.front() + ", so no port of it to " + stack + " is scheduled: the stages of " + family + " stand in for it");
      std::vector<Stage> out;
      for (const auto& step : port.steps) out.push_back({step.stage, step.date, step.efficiency, step.functional});
      return out;
    }
  return {};
}

StepProfile Lab::profile(const RateTable& rates, const std::string& work, const ExchangeSide& side) const {
  const auto at = rates.rates.find({work, {side.node}, fabric_.id});
  if (at != rates.rates.end()) return at->second;
  StepProfile none;
  none.reason = work + " does not take " + side.chip;
  return none;
}

int chips_of(const StepProfile& p) { return p.groups.empty() ? 0 : p.groups.front().chips; }

ExchangeWork Lab::begin(const std::string& id, const char* kind, const char* unit, const StepProfile& a, const StepProfile& b) const {
  ExchangeWork out;
  out.id = id, out.kind = kind, out.unit = unit;
  if (a.feasible) out.rate_of = a.rate() / chips_of(a), out.plan_of = a.plan;
  if (b.feasible) out.rate_by = b.rate() / chips_of(b), out.plan_by = b.plan;
  if (a.feasible && b.feasible) {
    out.trust_low = a.trust_low / b.trust_high;
    out.trust_high = b.trust_low > 0 ? a.trust_high / b.trust_low : std::numeric_limits<double>::infinity();
  }
  return out;
}

// One row per stage; `settle` says the number or the reason of a stage at which work may run.
template <class Settle>
void fill(ExchangeWork& work, const std::vector<Stage>& stages, const std::string& stack, const std::string& obstacle, const Settle& settle) {
  const auto functional = std::find_if(stages.begin(), stages.end(), [](const Stage& s) { return s.functional; });
  const std::string begins = functional == stages.end() ? "at no stage" : "from " + functional->name + " on (" + functional->from.text() + ")";
  for (const auto& stage : stages) {
    ExchangeRow row;
    row.stage = stage.name, row.from = stage.from, row.efficiency = stage.efficiency;
    if (!obstacle.empty()) row.reason = obstacle;
    else if (!stage.functional) row.reason = "before functional: real work runs " + begins;
    else settle(stage, row);
    work.rows.push_back(std::move(row));
  }
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (stages.empty()) work.rows.push_back({kNoPort, Date::never(), 0, none, "it is not ported to " + stack, none, 0, ""});
}

std::string obstacle_of(const ExchangeSide& of, const StepProfile& a, const ExchangeSide& by, const StepProfile& b) {
  if (!a.feasible) return "not even on " + of.chip + ": " + a.reason;
  return b.feasible ? "" : "on " + by.chip + ": " + b.reason;
}

// Rates of one gang by its width, at a mature stack: the fastest of the campaign's plans at every width at which its
// batch divides, scaled to what was played at the campaign's own width; and the fastest plan of a search at that width
// times powers of two, until one is fast enough.
std::map<int, double> gangs_of(const step::TrainingSetup& home, double played, double enough) {
  const Campaign& c = home.campaign;
  const double tokens = static_cast<double>(c.global_batch) * c.seq;
  std::map<int, double> out;
  const auto at = [&](int chips) {
    step::TrainingSetup s = home;
    s.groups.front().chips = chips;
    return s;
  };
  for (const auto& plan : c.plans)
    for (int dp = 1; !plan.searched && dp * plan.micro_batch <= c.global_batch; ++dp) {
      const int chips = dp * plan.ranks();
      std::string why;
      if (c.global_batch % (dp * plan.micro_batch) != 0) continue;
      if (const auto it = step::lay_out(at(chips), plan, why)) out[chips] = std::max(out[chips], tokens / it->step.value());
    }
  if (const auto own = out.find(c.chips()); own != out.end())
    for (const double scale = played / own->second; auto& [chips, rate] : out) rate *= scale;
  for (int wide = 1; wide <= kWidest; wide *= 2) {
    const int chips = c.chips() * wide;
    if (const auto found = step::search(at(chips), 1); !found.empty()) out[chips] = std::max(out[chips], tokens / found.front().step.value());
    if (out[chips] >= enough) break;
  }
  return out;
}

// None of the campaign's plans fits B's chips: the fastest of a search, by closed form; or why no plan at all does.
void try_any_plan(const step::TrainingSetup& home, StepProfile& b) {
  std::string why;
  const auto found = step::search(home, 1, &why);
  if (found.empty()) return void(b.reason = why);
  b.feasible = true;
  b.plan = step::words(found.front().plan) + "; a plan of the search, by closed form, for none of the campaign's fits";
  b.step = found.front().step;
  b.units = static_cast<double>(home.campaign.global_batch) * home.campaign.seq;
  b.groups = {{home.groups.front().chip.id, home.campaign.chips(), 1}};
  const Efficiency& e = home.groups.front().efficiency;
  const double trust = home.campaign.lora_rank > 0 ? e.trust_lora : home.model.moe() ? e.trust_moe : e.trust_dense;
  b.trust_low = std::exp(-trust), b.trust_high = std::exp(trust);
}

void Lab::training(const RateTable& rates) {
  const Campaign& c = s_.campaigns[s_.study.reference];
  if (c.parts.size() != 1) return out_.notes.push_back("the reference campaign " + c.id + " spans two kinds of chips: it is not exchanged");
  const step::TrainingSetup home{s_.llms[c.model], c, {step::group_on(s_, s_.nodes.find(out_.by.node), c.chips(), c.software)}, fabric_};
  const auto a = profile(rates, c.id, out_.of);
  auto b = profile(rates, c.id, out_.by);
  if (!b.feasible && !b.key.empty()) try_any_plan(home, b);
  auto work = begin(c.id, "training", "tokens/s", a, b);
  work.gang_of = c.chips();
  const auto steps = stages({c.family});
  const std::string obstacle = obstacle_of(out_.of, a, out_.by, b);
  std::map<int, double> gangs;
  if (obstacle.empty()) {
    double least = 1;  // efficiency of a stage at which work runs
    for (const auto& stage : steps)
      if (stage.functional) least = std::min(least, stage.efficiency);
    gangs = gangs_of(home, b.rate(), a.rate() / least);
  }
  const auto best = std::max_element(gangs.begin(), gangs.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
  fill(work, steps, chip(out_.by).stack, obstacle, [&](const Stage& stage, ExchangeRow& row) {
    row.number = work.rate_of / (work.rate_by * stage.efficiency);
    const auto enough = std::find_if(gangs.begin(), gangs.end(), [&](const auto& g) { return g.second * stage.efficiency >= a.rate(); });
    if (enough != gangs.end()) row.gang = enough->first;
    else row.gang_reason = "the fastest gang, " + std::to_string(best->first) + " chips, gives " + si(best->second * stage.efficiency, "tokens/s") + " of the " + si(a.rate(), "tokens/s") +
                           ": a batch of " + std::to_string(c.global_batch) + " sequences spreads over no more chips with profit";
  });
  out_.works.push_back(std::move(work));
}

// The cell of B planned for chips as slow as the port's stage leaves them: compute and memory, not the network.
StepProfile Lab::slowed_cell(const std::string& pool, const ServiceStage& work, double stage) const {
  Efficiency slowed = efficiency(out_.by);
  for (auto* e : {&slowed.serving_gemm, &slowed.serving_memory, &slowed.gather}) *e = Uncertain<double>(e->low * stage, e->mode * stage, e->high * stage);
  const Chip& c = chip(out_.by);
  std::string bytes;
  const step::ServingSetup setup{s_.recommenders[work.recommender], work, pool, {c, node(out_.by), slowed, step::software_on(s_, c.stack), work.cell_chips}, fabric_};
  if (!engine::attempt([&] { return step::to_json(step::serve(setup)); }, bytes)) throw std::runtime_error(bytes);
  return step::from_json(bytes);
}

void Lab::ranking(const RateTable& rates, const std::string& pool, const ServiceStage& of) {
  const auto a = profile(rates, pool, out_.of), b = profile(rates, pool, out_.by);
  auto work = begin(pool, "ranking", "requests/s", a, b);
  fill(work, stages({of.family}), chip(out_.by).stack, obstacle_of(out_.of, a, out_.by, b), [&](const Stage& stage, ExchangeRow& row) {
    const auto slowed = slowed_cell(pool, of, stage.efficiency);
    row.reason = slowed.feasible ? "" : slowed.reason;
    if (!slowed.feasible) return;
    row.number = work.rate_of / (work.rate_by * stage.efficiency);
    row.replanned = work.rate_of / (slowed.rate() / chips_of(slowed));
  });
  out_.works.push_back(std::move(work));
}

void Lab::decode() {
  const LlmModel& model = q_.model.id.empty() ? s_.llms[s_.campaigns[s_.study.reference].model] : q_.model;
  const auto at = [&](const ExchangeSide& side, double stage) {
    return step::decode({model, chip(side), efficiency(side), fabric_.scale_up_latency, q_.context, q_.precision, q_.tpot, stage});
  };
  const auto words = [](const step::Decode& d) {
    return "replicas of " + std::to_string(d.chips) + ", " + std::to_string(d.batch) + " sequences, " + si(d.token.value(), "s") + " per token, bound by " + d.limit;
  };
  const auto a = at(out_.of, 1), b = at(out_.by, 1);
  ExchangeWork work;
  work.id = model.id, work.kind = "decode", work.unit = "tokens/s";
  work.rate_of = a.rate_per_chip(), work.rate_by = b.rate_per_chip();
  if (a.feasible) work.plan_of = words(a);
  if (b.feasible) work.plan_by = words(b);
  const double trust = efficiency(out_.of).trust_llm + efficiency(out_.by).trust_llm;
  work.trust_low = std::exp(-trust), work.trust_high = std::exp(trust);
  const std::string obstacle = a.feasible ? "" : "not even on " + out_.of.chip + ": " + a.reason;
  fill(work, stages({"llm-serving", "rec-serving", "llm-training"}), chip(out_.by).stack, obstacle, [&](const Stage& stage, ExchangeRow& row) {
    const auto slowed = at(out_.by, stage.efficiency);
    if (slowed.feasible) row.number = work.rate_of / slowed.rate_per_chip();
    else row.reason = slowed.reason;
  });
  out_.works.push_back(std::move(work));
}

}  // namespace

Exchange exchange(const Worlds& worlds, const ExchangeQuery& query, const std::string& cache_dir, int jobs, const Progress& progress) {
  const size_t world = outcome_index(worlds, query.outcome);
  const Scenario& s = *worlds.scenarios[world];
  Exchange out;
  out.of = side_of(s, query.of, "--of"), out.by = side_of(s, query.by, "--by");
  Lab lab(worlds, world, query, out);
  std::set<std::string> fabrics;
  for (const auto& site : s.sites) fabrics.insert(s.fabrics[site.fabric].id);
  if (fabrics.size() > 1) out.notes.push_back("of the study's fabrics, " + lab.fabric().id + " is taken");
  const auto rates = collect_rates(worlds, cache_dir, jobs, progress, [&](const RateKey& key) {
    const bool mine = key.nodes == std::vector{out.of.node} || key.nodes == std::vector{out.by.node};
    return mine && key.fabric == lab.fabric().id && (s.find_pool(key.workload) || s.campaigns.find(key.workload) == s.study.reference);
  });
  lab.training(rates[world]);
  for (const auto& at : s.stages())
    if (s.stage(at).kind == StageKind::rank) lab.ranking(rates[world], s.service(at.service).pool(at.stage), s.stage(at));
  lab.decode();
  return out;
}

}  // namespace capmix::study
