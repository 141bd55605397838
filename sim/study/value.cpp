#include "study/value.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <tuple>

#include "engine/workers.hpp"
#include "plan/plan.hpp"
#include "study/drawn_rates.hpp"

namespace capmix::study {
namespace {

constexpr double kPart = 0.1;        // of an amount, as a nudge
constexpr Days kMonth{30};           // whole days: dates are
constexpr double kThousand = 1e3, kMegawatt = 1e6, kBillion = 1e9;

// Chips of the largest gang: what it takes to see a difference.
double gang(const Scenario& s) {
  int most = 1;
  for (const auto& c : s.campaigns) most = std::max(most, c.chips());
  return most;
}

Watts site_power(const Site& site) {
  Watts sum;
  for (const auto& hall : site.halls) sum += hall.power;
  return sum;
}

// For the gang on the offered node that needs most.
Watts gang_power(const Scenario& s) {
  Watts most;
  for (const auto& o : s.offers) {
    const Node& node = s.nodes[o.node];
    most = std::max(most, node.power * (gang(s) / node.chips));
  }
  return most;
}

double gang_price(const Scenario& s) {
  double most = 0;
  for (const auto& o : s.offers) most = std::max(most, o.price.mode.value() * gang(s));
  return most;
}

// This buyer's part of everything that the producer plans.
double part_of(const Producer& p, const Draw& draw) { return p.realised.at(draw) * p.yield.at(draw) * p.share.at(draw); }

double greatest_year(const Producer& p) {
  double most = 0;
  for (const auto& y : p.years) most = std::max(most, y.units);
  return most;
}

template <class Q, class By>
void shift(Uncertain<Q>& u, By by) {
  u.low = u.low + by, u.mode = u.mode + by, u.high = u.high + by;
}

// The hall that is given more power: the first that is built, or the first of a site that builds none.
Hall& first_hall(Site& site) {
  return *std::min_element(site.halls.begin(), site.halls.end(), [](const Hall& a, const Hall& b) {
    return std::tie(a.existing, a.start, a.id) < std::tie(b.existing, b.start, b.id);
  });
}

// A recorded hall gets its part of it at each of its steps; a cap on the site lets it through.
void more_power(Site& site, Watts more) {
  Hall& hall = first_hall(site);
  for (auto& step : hall.recorded) step.second += more * (step.second / hall.recorded.back().second);
  hall.power += more;
  if (site.power_cap) *site.power_cap += more;
}

void build_earlier(Site& site, Days by) {
  for (auto& hall : site.halls)
    if (!hall.existing) {
      hall.start = hall.start + by * -1;
      for (auto& step : hall.recorded) step.first = step.first + by * -1;
    }
}

void decide_earlier(Approval& approval, Id<Approval> id, Outcome& outcome, Days by) {
  shift(approval.decided, by * -1);
  for (auto& forced : outcome.forced)
    if (forced.approval == id && forced.decided) forced.decided = *forced.decided + by * -1;
}

// The quota that holds: drawn, on record or forced.
double quota_of(const Approval& approval) {
  double most = approval.quota ? approval.quota->mode : 0;
  for (const auto& event : approval.history) most = std::max(most, event.quota.value_or(0));
  return most;
}

void allow_more(Approval& approval, Id<Approval> id, Outcome& outcome, double chips) {
  if (approval.quota) shift(*approval.quota, chips);
  for (auto& event : approval.history)
    if (event.quota) *event.quota += chips;
  for (auto& forced : outcome.forced)
    if (forced.approval == id && forced.quota) *forced.quota += chips;
}

void make_more(Producer& producer, double chips_a_year, const Draw& draw) {
  const double ours = part_of(producer, draw);
  for (auto& year : producer.years)
    if (ours > 0) year.units += chips_a_year / ours;
}

void port_earlier(Scenario& s, const Port& port, Days by) {
  for (auto& entry : s.port_log)
    if (entry.stack == port.stack && entry.family == port.family) entry.date = entry.date + by * -1;
  for (auto& p : s.ports)
    if (p.stack == port.stack && p.family == port.family) p.start = p.start + by * -1;
}

// Where chips are paid from profit the cash comes too, in equal parts over the horizon.
void spend_more(Study& study, Mix& mix, Usd more) {
  if (auto& f = study.finance; f && f->split[kChipsItem] > 0) {
    const double years = (study.timeline.end() - study.timeline.start()).n / 365.2425;
    shift(f->extra, more / (years * f->split[kChipsItem]));
  }
  const double factor = 1 + more / mix.money();
  for (auto& spend : mix.spend) spend = spend * factor;
  for (auto& tranche : mix.tranches) tranche.money = tranche.money * factor;
  study.chip_budget += more;
}

bool in_use(const Scenario& s, const Port& port) {
  return std::any_of(s.chips.begin(), s.chips.end(), [&](const Chip& c) { return c.stack == port.stack; });
}

double number(const std::string& bytes) {
  double x = 0;
  if (bytes.size() != sizeof x) throw std::runtime_error("a run did not say its result");
  std::memcpy(&x, bytes.data(), sizeof x);
  return x;
}

}  // namespace

std::vector<Nudge> nudges(const Scenario& s, const Mix& mix) {
  std::vector<Nudge> out;
  const double months = 1;
  const std::string thirty = "30 days";
  for (size_t i = 0; i < s.sites.size(); ++i) {
    const Site& site = s.sites[s.sites.id_at(i)];
    if (site.halls.empty()) continue;
    const Watts more = std::max(site_power(site) * kPart, gang_power(s));
    out.push_back({NudgeKind::power, i, more.value() / kMegawatt, "power " + site.id, "MW"});
    if (std::any_of(site.halls.begin(), site.halls.end(), [](const Hall& h) { return !h.existing; }))
      out.push_back({NudgeKind::building, i, months, "building " + site.id, thirty});
  }
  for (size_t i = 0; i < s.approvals.size(); ++i)
    out.push_back({NudgeKind::approval, i, months, "approval " + s.approvals[s.approvals.id_at(i)].id, thirty});
  for (size_t i = 0; i < s.approvals.size(); ++i) {
    const Approval& a = s.approvals[s.approvals.id_at(i)];
    const double quota = quota_of(a);
    if (quota > 0) out.push_back({NudgeKind::quota, i, std::max(quota * kPart, gang(s)) / kThousand, "quota " + a.id, a.yearly ? "k chips a year" : "k chips"});
  }
  for (size_t i = 0; i < s.producers.size(); ++i) {
    const Producer& p = s.producers[s.producers.id_at(i)];
    const double ours = part_of(p, Draw::at_modes());
    if (ours > 0 && !p.years.empty())
      out.push_back({NudgeKind::production, i, std::max(greatest_year(p) * ours * kPart, gang(s)) / kThousand, "production " + p.id, "k chips a year"});
  }
  for (size_t i = 0; i < s.offers.size(); ++i) {
    const Offer& o = s.offers[s.offers.id_at(i)];
    if (o.lead_time.low > Days{0}) out.push_back({NudgeKind::delivery, i, std::min(1.0, o.lead_time.low.n / kMonth.n), "delivery " + o.id, thirty});
  }
  for (size_t i = 0; i < s.ports.size(); ++i)
    if (in_use(s, s.ports[i])) out.push_back({NudgeKind::port, i, months, "port " + s.ports[i].stack + "/" + s.ports[i].family, thirty});
  if (const double all = mix.money().value(); all > 0)
    out.push_back({NudgeKind::money, 0, std::max(all * kPart, gang_price(s)) / kBillion, "money", "USD bn"});
  return out;
}

Scenario nudged(const Scenario& scenario, const Nudge& nudge, size_t mix, size_t outcome, const Draw& draw) {
  Scenario s = scenario;
  const auto at = [&](auto& table) -> auto& { return table[table.id_at(nudge.index)]; };
  switch (nudge.kind) {
    case NudgeKind::power: more_power(at(s.sites), Watts(nudge.amount * kMegawatt)); break;
    case NudgeKind::building: build_earlier(at(s.sites), kMonth * nudge.amount); break;
    case NudgeKind::approval: decide_earlier(at(s.approvals), s.approvals.id_at(nudge.index), s.study.outcomes[outcome], kMonth * nudge.amount); break;
    case NudgeKind::quota: allow_more(at(s.approvals), s.approvals.id_at(nudge.index), s.study.outcomes[outcome], nudge.amount * kThousand); break;
    case NudgeKind::production: make_more(at(s.producers), nudge.amount * kThousand, draw); break;
    case NudgeKind::delivery: shift(at(s.offers).lead_time, kMonth * -nudge.amount); break;
    case NudgeKind::port: port_earlier(s, scenario.ports[nudge.index], kMonth * nudge.amount); break;
    case NudgeKind::money: spend_more(s.study, s.study.mixes[mix], Usd(nudge.amount * kBillion)); break;
  }
  return s;
}

ValueReport value(const Worlds& worlds, const std::vector<RateTable>& rates, const ValueOptions& options) {
  const size_t m = mix_index(worlds, options.mix), o = outcome_index(worlds, options.outcome);
  const Scenario& base = *worlds.scenarios[o];
  const auto all = nudges(base, base.study.mixes[m]);
  // Runs: by nudge, the first row without one; in a row the run at modes, then the draws.
  const size_t row = 1 + static_cast<size_t>(options.draws), runs = (all.size() + 1) * row;
  engine::Workers workers(options.jobs, [&](int task) {
    const size_t i = static_cast<size_t>(task) / row;
    const int d = static_cast<int>(static_cast<size_t>(task) % row) - 1;
    const Draw draw = draw_of(base.study, d);
    const Scenario s = i == 0 ? base : nudged(base, all[i - 1], m, o, draw);
    const Plan plan = plan::make(s, s.study.mixes[m], s.study.outcomes[o], draw);
    const double x = options.objective({options.mix, options.outcome, d}, simulate_fleet(s, plan, rates[o], draw));
    return std::string(reinterpret_cast<const char*>(&x), sizeof x);
  });
  std::vector<double> results(runs);
  int done = 0;
  workers.run(runs, [&](engine::TaskResult r) {
    if (!r.ok) throw std::runtime_error("a run of the value of a unit failed: " + r.bytes);
    results[static_cast<size_t>(r.task)] = number(r.bytes);
    options.progress("runs", ++done, static_cast<int>(runs));
  });

  ValueReport out{options.mix, options.outcome, "", "", results[0], {results.begin() + 1, results.begin() + static_cast<long>(row)}, {}};
  for (size_t i = 0; i < all.size(); ++i) {
    UnitValue v{all[i].constraint, all[i].unit, all[i].amount, 0, {}};
    const auto per_unit = [&](size_t d) { return (results[(i + 1) * row + d] - results[d]) / all[i].amount; };
    v.modes = per_unit(0);
    for (size_t d = 1; d < row; ++d) v.draws.push_back(per_unit(d));
    out.values.push_back(std::move(v));
  }
  return out;
}

}  // namespace capmix::study
