// The study against itself, at modes: money, power, output and quotas of what its mixes order. One finding a rule: the
// farthest of the study's first mix, and the farthest of all.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audit/rules.hpp"
#include "base/unit.hpp"

namespace capmix::audit {
namespace {

double chips_of(const Scenario& s, const Mix& mix, size_t offer) { return mix.spend[offer] / s.offers[s.offers.id_at(offer)].price.mode; }

const Node& node_of(const Scenario& s, size_t offer) { return s.nodes[s.offers[s.offers.id_at(offer)].node]; }

// IT power of halls that are still to be built.
Watts new_power(const Scenario& s) {
  Watts sum;
  for (const auto& site : s.sites)
    for (const auto& hall : site.halls)
      if (!hall.existing) sum += hall.power;
  return sum;
}

// What this buyer gets of a producer that leaves it from a day to another, at modes: made, and from distributors' stock.
double output(const Producer& p, Date from, Date end) {
  double sum = 0;
  for (Date day = from; day < end;) {
    const Date first = month_of(day), next = month_after(day);
    const Date last(std::min(next, end).day() - 1);
    sum += planned_units(p, day.year(), day.month()) * ((last - day).n + 1) / (next - first).n * ramped(p.from.mode, p.ramp.mode, day, last);
    day = std::min(next, end);
  }
  sum *= p.realised.mode * p.yield.mode;
  if (p.stock && p.stock->from < end) {
    const double months = (end - std::max(from, p.stock->from)).n / kDaysPerMonth;
    sum += p.stock->per_month ? std::min(p.stock->units.mode, *p.stock->per_month * months) : p.stock->units.mode;
  }
  return sum * p.share.mode;
}

// The farthest of several, and how many are beyond.
struct Worst {
  double size = 0, first_size = 0;
  std::string text, first_text;  // first: of the study's first mix
  int beyond = 0, all = 0;
  void add(bool first, double ratio, const std::string& what) {
    ++all;
    beyond += ratio > 1;
    if (ratio > size) size = ratio, text = what;
    if (first && ratio > first_size) first_size = ratio, first_text = what;
  }
  void report(const char* rule, const Statements& s, Findings& out) const {
    if (all == 0) return;
    const std::string before = first_text.empty() || first_text == text ? "" : fmt::format("{} ({:.2f} times). Farthest: ", first_text, first_size);
    out.push_back(finding(rule, s.scenario, fmt::format("{}{}; {} of {} are beyond", before, text, beyond, all), std::max(1.0, size)));
  }
};

bool is_first(const Scenario& s, const Mix& mix) { return &mix == &s.study.mixes.front(); }

}  // namespace

void study_power(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  const Watts room = new_power(c);
  Worst worst;
  for (const auto& mix : c.study.mixes) {
    Watts power;
    std::string text;
    for (size_t i = 0; i < mix.spend.size(); ++i) {
      if (mix.spend[i].value() <= 0) continue;
      const Watts watts = node_of(c, i).power * (chips_of(c, mix, i) / node_of(c, i).chips);
      power += watts;
      text += fmt::format("{}{} {}", text.empty() ? "" : " + ", si(watts.value(), "W"), c.offers[c.offers.id_at(i)].id);
    }
    if (power.value() > 0 && room.value() > 0)
      worst.add(is_first(c, mix), power / room, fmt::format("mix {} buys chips of {} = {}, the new halls have {}", mix.id, text, si(power.value(), "W"), si(room.value(), "W")));
  }
  worst.report("study: power", s, out);
}

void study_capex(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  Usd halls;
  for (const auto& site : c.sites)
    for (const auto& hall : site.halls)
      if (!hall.existing) halls += site.build_cost.mode * hall.power;
  Worst worst;
  for (const auto& mix : c.study.mixes) {
    Usd chips, hosts;
    for (size_t i = 0; i < mix.spend.size(); ++i) {
      chips += mix.spend[i];
      hosts += node_of(c, i).host_price.mode * (chips_of(c, mix, i) / node_of(c, i).chips);
    }
    const Usd sum = halls + hosts + chips;
    if (c.study.capex.value() > 0)
      worst.add(is_first(c, mix), sum / c.study.capex, fmt::format("mix {}: halls {} + hosts {} + chips {} = {} of a capex of {}", mix.id, money(halls), money(hosts),
                                                 money(chips), money(sum), money(c.study.capex)));
  }
  worst.report("study: capex", s, out);
}

void study_cash(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  if (!c.study.finance) return;
  const Finance& f = *c.study.finance;
  const Date start = c.study.timeline.start(), end = c.study.timeline.end();
  Usd cash;
  for (int year = start.year(); Date::of(year, 1, 1) < end; ++year) {
    const Date first = Date::of(year, 1, 1), next = Date::of(year + 1, 1, 1);
    const double part = (std::min(end, next) - std::max(start, first)).n / (next - first).n;
    const Usd profit = f.profit.mode * std::pow(1 + f.growth.mode, year - f.base_year);
    cash += (profit * f.payout.mode + f.extra.mode) * (f.split[kChipsItem] * part);
  }
  Worst worst;
  for (const auto& mix : c.study.mixes) {
    const Usd sum = mix.money();
    if (cash.value() > 0) worst.add(is_first(c, mix), sum / cash, fmt::format("mix {} spends {}, profit and debt give {} for chips by the horizon, shocks apart", mix.id, money(sum), money(cash)));
  }
  worst.report("study: cash", s, out);
}

void study_output(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  Worst worst;
  for (const auto& mix : c.study.mixes)
    for (size_t i = 0; i < mix.spend.size(); ++i) {
      if (mix.spend[i].value() <= 0) continue;
      const Offer& offer = c.offers[c.offers.id_at(i)];
      const Date from = std::max(c.study.order_date, offer.opens), end = c.study.timeline.end() + offer.lead_time.mode * -1;
      std::string years;
      double made = 0;
      for (int year = from.year(); Date::of(year, 1, 1) < end; ++year) {
        const Date until = std::min(end, Date::of(year + 1, 1, 1));
        made = output(c.producers[offer.producer], from, until);
        years += fmt::format("{}{} by {}", years.empty() ? "" : ", ", thousands(made), Date(until.day() - 1).text());
      }
      const double chips = chips_of(c, mix, i);
      if (made > 0) worst.add(is_first(c, mix), chips / made, fmt::format("mix {} orders {} {}, of what docks by the horizon this buyer's output is {}", mix.id, thousands(chips), offer.id, years));
    }
  worst.report("study: output", s, out);
}

void study_quota(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  Worst worst;
  for (const auto& mix : c.study.mixes)
    for (size_t i = 0; i < mix.spend.size(); ++i) {
      const Offer& offer = c.offers[c.offers.id_at(i)];
      for (const auto key : offer.approvals) {
        const Approval& a = c.approvals[key];
        if (!a.quota || mix.spend[i].value() <= 0 || a.quota->mode <= 0) continue;
        const double chips = chips_of(c, mix, i);
        worst.add(is_first(c, mix), chips / a.quota->mode, fmt::format("mix {} orders {} {}, {} allows {}: {} of {}", mix.id, thousands(chips), offer.id, a.id,
                                                     thousands(a.quota->mode), money(offer.price.mode * std::min(chips, a.quota->mode)), money(mix.spend[i])));
      }
    }
  worst.report("study: quota", s, out);
}

void study_idle(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  // A stack that is neither native nor ported for the family never does its work.
  const auto may = [&](const Chip& chip, const std::string& family, Precision precision) {
    const bool native = std::count(c.native_stacks.begin(), c.native_stacks.end(), chip.stack) > 0;
    const bool ported = find_port(c.ports, chip.stack, family) != nullptr;
    return (native || ported) && chip.peak.count(precision) > 0;
  };
  for (const auto& campaign : c.campaigns)
    for (const auto& part : campaign.parts) {
      bool any = false;
      for (size_t i = 0; i < c.chips.size(); ++i) {
        const auto id = c.chips.id_at(i);
        const bool named = part.any_of.empty() ? c.chips[id].trains : std::count(part.any_of.begin(), part.any_of.end(), id) > 0;
        any = any || (named && may(c.chips[id], campaign.family, campaign.precision));
      }
      if (any) continue;
      out.push_back(finding("study: idle work", c, fmt::format("campaign {} at {} has no chip that may run it", campaign.id, text(campaign.precision)), 1));
      out.back().severity = Finding::Severity::grave;
    }
  for (const auto& at : c.stages()) {
    const ServiceStage& stage = c.stage(at);
    bool any = false;
    for (size_t i = 0; i < c.chips.size(); ++i) {
      const auto id = c.chips.id_at(i);
      const Chip& chip = c.chips[id];
      const bool any_precision = stage.kind == StageKind::hold && !chip.peak.empty();  // nothing is computed there
      any = any || (c.may(stage, id) && may(chip, stage.family, any_precision ? chip.peak.begin()->first : stage.precision));
    }
    if (any) continue;
    out.push_back(finding("study: idle work", c, fmt::format("service {} at {} has no chip that may run it", c.service(at.service).pool(at.stage), text(stage.precision)), 1));
    out.back().severity = Finding::Severity::grave;
  }
}

void study_chip_share(const Statements& s, Findings& out) {
  const Scenario& c = s.scenario;
  Span usual{1, 0};
  std::vector<const Claim*> claims;
  for (const auto& claim : s.all()) {
    if (claim.quantity != "chip-spend" || claim.period < c.study.timeline.start().year() || claim.period >= c.study.timeline.end().year()) continue;
    for (const auto& i : implied_shares(s, claim.about, claim.period)) {
      if (i.chips != &claim) continue;
      usual = {std::min(usual.low, i.share.low), std::max(usual.high, i.share.high)};
      claims.push_back(i.chips), claims.push_back(i.capex);
    }
  }
  if (claims.empty() || c.study.capex.value() <= 0) return;
  const double share = c.study.chip_budget / c.study.capex;
  Finding f = finding("study: chips' share", claims, fmt::format("chip budget {} / capex {} = {:.1f} %; by amounts of their own, sources say {}",
                      money(c.study.chip_budget), money(c.study.capex), 100 * share, percent(usual)), apart({share, share}, usual));
  f.statements.insert(f.statements.begin(), "study " + c.study.id);
  out.push_back(std::move(f));
}

}  // namespace capmix::audit
