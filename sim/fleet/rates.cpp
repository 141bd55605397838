#include "fleet/rates.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "fleet/gang_goodput.hpp"
#include "fleet/mean_failures.hpp"

namespace capmix::fleet {
namespace {

// Every choice of one of lists[i] for each i, in lexicographic order.
std::vector<std::vector<int>> product(const std::vector<std::vector<int>>& lists) {
  std::vector<std::vector<int>> out{{}};
  for (const auto& list : lists) {
    std::vector<std::vector<int>> longer;
    for (const auto& head : out)
      for (const int x : list) {
        longer.push_back(head);
        longer.back().push_back(x);
      }
    out = std::move(longer);
  }
  return out;
}

// The profile's groups are in the order of the parts. A profile without groups has one share per chip.
std::vector<Group> groups_of(const Campaign& campaign, const std::vector<int>& kinds, const StepProfile& profile) {
  std::vector<Group> groups;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const int chips = campaign.parts[i].chips;
    const double by_chips = static_cast<double>(chips) / campaign.chips();
    const bool known = profile.groups.size() == kinds.size();
    groups.push_back({kinds[i], chips, known ? profile.groups[i].batch_share : by_chips});
  }
  return groups;
}

}  // namespace

Rates::Rates(const Scenario& scenario, const Plan& plan, const RateTable& table, const Pool& pool, const Draw& draw,
             const FailureModel& failures, bool means)
    : scenario_(scenario), plan_(plan), pool_(pool), failures_(failures), means_(means), ways_(scenario.campaigns.size()),
      stages_(scenario.stages()), cells_(stages_.size()) {
  for (const auto& chip : scenario.chips) interruption_.push_back(chip.interruption.at(draw));
  for (size_t c = 0; c < ways_.size(); ++c) find_ways(c, table);
  for (size_t c = 0; scenario.study.failure_events && c < ways_.size(); ++c)
    for (auto& way : ways_[c]) care_for(way, draw);
  for (size_t s = 0; s < cells_.size(); ++s) find_cells(s, table);
  set_day(scenario.study.timeline.start());
}

bool Rates::eligible(const CampaignPart& part, int kind) const {
  const Id<Chip> chip = pool_.kind(kind).chip;
  if (part.any_of.empty()) return scenario_.chips[chip].trains;
  return std::find(part.any_of.begin(), part.any_of.end(), chip) != part.any_of.end();
}

// The parts of a job are of different nodes: two parts of one would be one part.
bool Rates::distinct(const std::vector<int>& kinds) const {
  std::set<Id<Node>> nodes;
  return std::all_of(kinds.begin(), kinds.end(), [&](int k) { return nodes.insert(pool_.kind(k).node).second; });
}

std::vector<std::vector<int>> Rates::choices(const Campaign& campaign) const {
  std::vector<std::vector<int>> lists(campaign.parts.size());
  for (size_t i = 0; i < lists.size(); ++i)
    for (size_t k = 0; k < pool_.kinds().size(); ++k)
      if (eligible(campaign.parts[i], static_cast<int>(k))) lists[i].push_back(static_cast<int>(k));
  std::vector<std::vector<int>> all, near;
  bool enough = false;  // some site gets the chips of all parts
  for (const auto& kinds : product(lists)) {
    if (!distinct(kinds)) continue;
    all.push_back(kinds);
    const auto site = pool_.kind(kinds.front()).site;
    if (std::any_of(kinds.begin(), kinds.end(), [&](int k) { return pool_.kind(k).site != site; })) continue;
    near.push_back(kinds);
    bool all_parts = true;
    for (size_t i = 0; i < kinds.size(); ++i)
      all_parts = all_parts && pool_.kind(kinds[i]).chips >= campaign.parts[i].chips;
    enough = enough || all_parts;
  }
  return enough || campaign.parts.size() == 1 ? near : all;
}

const StepProfile* Rates::find(const RateTable& table, const RateKey& key, const std::string& chips) {
  if (const StepProfile* profile = table.find(key)) return profile;
  const auto known = std::find_if(missing_.begin(), missing_.end(),
                                  [&](const auto& m) { return m.workload == key.workload && m.chip == chips; });
  if (known != missing_.end()) return nullptr;
  const auto entry = table.rates.find(key);
  const std::string reason = entry != table.rates.end() ? entry->second.reason : "not in the rate table";
  std::string nodes;
  for (const auto& n : key.nodes) nodes += (nodes.empty() ? "" : " + ") + n;
  missing_.push_back({key.workload, chips, nodes + " in " + key.fabric + ": " + reason});
  return nullptr;
}

void Rates::find_ways(size_t c, const RateTable& table) {
  const Campaign& campaign = scenario_.campaigns[scenario_.campaigns.id_at(c)];
  if (campaign.chips() <= 0) return;
  for (const auto& kinds : choices(campaign)) {
    RateKey key{campaign.id, {}, scenario_.fabrics[scenario_.sites[pool_.kind(kinds.front()).site].fabric].id};
    std::string chips;
    for (const int k : kinds) {
      key.nodes.push_back(scenario_.nodes[pool_.kind(k).node].id);
      chips += (chips.empty() ? "" : "+") + scenario_.chips[pool_.kind(k).chip].id;
    }
    const StepProfile* profile = find(table, key, chips);
    if (profile == nullptr) continue;
    Way way{profile, groups_of(campaign, kinds, *profile)};
    way.goodput = way.expected = goodput_of(way);
    ways_[c].push_back(std::move(way));
  }
}

void Rates::find_cells(size_t s, const RateTable& table) {
  const ServiceStage& stage = scenario_.stage(stages_[s]);
  const std::string pool = scenario_.service(stages_[s].service).pool(stages_[s].stage);
  for (const auto& kind : pool_.kinds()) {
    const std::string& fabric = scenario_.fabrics[scenario_.sites[kind.site].fabric].id;
    if (!scenario_.may(stage, kind.chip)) {
      cells_[s].push_back({nullptr, 1});
      continue;
    }
    const RateKey key{pool, {scenario_.nodes[kind.node].id}, fabric};
    const StepProfile* profile = find(table, key, scenario_.chips[kind.chip].id);
    // An instance of a language model takes what its search found; other cells what the stage says.
    const bool found = stage.speaks() && profile != nullptr && !profile->groups.empty();
    cells_[s].push_back({profile, std::max(1, found ? profile->groups[0].chips : stage.cell_chips)});
  }
}

// A gang of unequal chips fails at the sum of its chips' rates.
double Rates::goodput_of(const Way& way) const {
  PerSecond failures(0);
  for (const auto& g : way.groups) {
    const Id<Chip> chip = pool_.kind(g.kind).chip;
    const Seconds mean = interruption_[chip.index];
    if (mean.value() > 0) failures += g.chips / mean;
  }
  if (failures.value() <= 0) return 1;
  return goodput(way.profile->checkpoint, 1 / failures, failures_.restart);
}

constexpr double kPlenty = 1000;  // spares: that other nodes may run out is for the events to show

// Over all pods of the kind, by chips and time.
double Rates::mean_factor(int kind, const FailureCause& cause, const Draw& draw) const {
  const Months months(scenario_.study.timeline);
  const double f = cause.infant.at(draw);
  double sum = 0, time = 0;
  for (const int p : pool_.kind(kind).pods) {
    const Pod& pod = pool_.pod(p);
    const double chip_seconds = static_cast<double>(pod.end - pod.online) * pod.chips;
    sum += chip_seconds * mean_age_factor(cause, f, ages_of(pod, plan_, months)), time += chip_seconds;
  }
  return time > 0 ? sum / time : 1;
}

// Each group fails as its own nodes do; a strike on one stops all. How pods hang together matters to no interval: a blast that
// takes a pod is rare.
void Rates::care_for(Way& way, const Draw& draw) const {
  const CheckpointTimes& checkpoint = way.profile->checkpoint;
  GangFailures all;
  all.stall = checkpoint.stall, all.flush = checkpoint.flush, all.reload = checkpoint.reload;
  double unhindered = 1;   // by slow nodes
  std::vector<double> older;  // factors on the strikes
  for (const auto& g : way.groups) {
    const Kind& kind = pool_.kind(g.kind);
    const Id<Failures> model = scenario_.nodes[kind.node].failures;
    if (!model.valid()) continue;
    const GangSetup setup{static_cast<double>(g.chips), Layout{kind.node_chips, 0, 0, 0}, checkpoint, Seconds(0), Seconds(1), 0};
    const GangFailures of_group = gang_failures(scenario_.failures[model], setup, draw);
    unhindered *= 1 - of_group.slowdown * of_group.slow_share();
    all.warm_up = std::max(all.warm_up, of_group.warm_up);
    all.strikes.insert(all.strikes.end(), of_group.strikes.begin(), of_group.strikes.end());
    for (const auto& cause : scenario_.failures[model].causes) older.push_back(means_ ? mean_factor(g.kind, cause, draw) : 1);
  }
  // A gang whose own nodes never fail writes one a day, as gang_failures has it: its site may.
  const bool fails = all.rate().value() > 0;
  all.interval = fails ? std::max({young_daly(all.stall, 1 / all.rate()), all.flush, Seconds(1)}) : kDay;
  const double cycle = (all.interval + all.stall).value();
  way.care = {cycle, all.flush.value(), (all.reload + all.warm_up).value()};
  way.goodput = unhindered * all.interval.value() / cycle;
  all.spares = kPlenty;
  for (size_t i = 0; i < all.strikes.size(); ++i) all.strikes[i].rate = all.strikes[i].rate * older[i];
  const GangShares shares = expected_shares(all);
  way.expected = fails ? unhindered * shares.goodput() : way.goodput;
  if (!means_ || !fails) return;
  way.goodput = way.expected;
  way.undone = shares[GangTime::lost];
  for (const auto phase : {GangTime::detect, GangTime::resume, GangTime::reload, GangTime::warm_up}) way.recovery += shares[phase];
}

void Rates::set_day(Date day) {
  const auto row = [&](const std::string& family) {
    std::vector<double> out;
    for (const auto& kind : pool_.kinds()) out.push_back(plan_.port_efficiency(scenario_.chips[kind.chip].stack, family, day));
    return out;
  };
  training_.clear(), serving_.clear();
  for (const auto& c : scenario_.campaigns) training_.push_back(row(c.family));
  for (const auto& at : stages_) serving_.push_back(row(scenario_.stage(at).family));
}

double Rates::capacity(size_t service, int kind, int chips) const {
  const Cell& its = cell(service, kind);
  return its.profile == nullptr ? 0 : chips / its.chips * its.profile->rate() * serving_efficiency(service, kind);
}

double Rates::efficiency(size_t campaign, const Way& way) const {
  double mean = 0;
  for (const auto& g : way.groups) {
    const double e = training_efficiency(campaign, g.kind);
    if (e <= 0) return 0;
    mean += g.share * e;
  }
  return mean;
}

double Rates::speed(size_t campaign, const Way& way) const {
  return way.profile->rate() * efficiency(campaign, way) * way.goodput;
}

double Rates::expected_speed(size_t campaign, const Way& way) const {
  return way.profile->rate() * efficiency(campaign, way) * way.expected;
}

bool Rates::unported(int kind) const {
  bool wanted = false;
  for (size_t c = 0; c < ways_.size(); ++c)
    for (const auto& way : ways_[c])
      for (const auto& g : way.groups) {
        if (g.kind != kind) continue;
        wanted = true;
        if (training_efficiency(c, kind) > 0) return false;
      }
  for (size_t s = 0; s < cells_.size(); ++s) {
    if (cell(s, kind).profile == nullptr) continue;
    wanted = true;
    if (serving_efficiency(s, kind) > 0) return false;
  }
  return wanted;
}

double Rates::training_value(int kind) const {
  double best = 0;
  for (size_t c = 0; c < ways_.size(); ++c)
    for (const auto& way : ways_[c]) {
      if (scenario_.campaigns[scenario_.campaigns.id_at(c)].borrows) continue;  // it gets no pods of its own
      const double flop_rate = expected_speed(c, way) * way.profile->flop_per_unit().value();
      for (const auto& g : way.groups)
        if (g.kind == kind) best = std::max(best, flop_rate * g.share / g.chips);
    }
  return best;
}

}  // namespace capmix::fleet
