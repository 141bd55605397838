#include "study/shares.hpp"

#include <cmath>
#include <map>
#include <sstream>

#include "study/share_search.hpp"

namespace capmix::study {
namespace {

void fill(const std::vector<double>& limits, int steps, int left, std::vector<int>& taken, std::vector<std::vector<double>>& out) {
  const size_t i = taken.size();
  const int most = std::min(left, static_cast<int>(std::floor(limits[i] * steps + 1e-9)));
  if (i + 1 == limits.size()) {
    if (most < left) return;
    taken.push_back(left);
    std::vector<double> shares;
    for (const int t : taken) shares.push_back(static_cast<double>(t) / steps);
    out.push_back(std::move(shares));
    taken.pop_back();
    return;
  }
  for (int t = most; t >= 0; --t) {
    taken.push_back(t);
    fill(limits, steps, left - t, taken, out);
    taken.pop_back();
  }
}

// "h200/ascend-950pr/third": the order in which mixes are named.
std::string offers_of(const Scenario& s) {
  std::string out;
  for (const auto& o : s.offers) out += (out.empty() ? "" : "/") + o.id;
  return out;
}

Mix mix_of(const Scenario& s, const std::vector<double>& shares) {
  Mix m;
  m.id = share_id(shares);
  for (size_t i = 0; i < shares.size(); ++i) {
    m.spend.push_back(s.study.chip_budget * shares[i]);
    m.name += (i > 0 ? "/" : "") + percent_of(shares[i]);
  }
  return m;
}

}  // namespace

double supply_limit(const Scenario& s, Id<Offer> id) {
  const Draw modes = Draw::at_modes();
  const Offer& offer = s.offers[id];
  const Producer& p = s.producers[offer.producer];
  const Timeline& span = s.study.timeline;
  double units = 0;
  for (int m = 0; m < span.months(); ++m) {
    const Date from = span.month_start(m), to = m + 1 < span.months() ? span.month_start(m + 1) : span.end();
    units += planned_units(p, from.year(), from.month()) * ramped(p.from.at(modes), p.ramp.at(modes), from, to + Days{-1});
  }
  units *= p.realised.at(modes) * p.yield.at(modes);
  if (p.stock) units += p.stock->units.at(modes);
  return units * p.share.at(modes) * offer.price.at(modes).value();
}

std::vector<std::vector<double>> shares_within(const std::vector<double>& limits, int steps) {
  std::vector<std::vector<double>> out;
  std::vector<int> taken;
  if (!limits.empty() && steps > 0) fill(limits, steps, steps, taken, out);
  return out;
}

std::optional<std::vector<double>> shares_of(const std::string& id, const std::vector<double>& usd, double budget) {
  constexpr int kNear = 4;  // a product and a quotient round once each, so that a share is at most two steps of its last bit from the quotient
  std::vector<double> out;
  std::istringstream parts(id);
  std::string part;
  for (const double money : usd) {
    if (!std::getline(parts, part, '-')) return std::nullopt;
    double share = money / budget;
    for (int i = 0; i < kNear && share > 0; ++i) share = std::nextafter(share, 0);
    int tried = 0;
    while (tried <= 2 * kNear && !(budget * share == money && percent_of(share) == part)) share = std::nextafter(share, 2), ++tried;
    if (tried > 2 * kNear) return std::nullopt;
    out.push_back(share);
  }
  if (std::getline(parts, part, '-')) return std::nullopt;
  return out;
}

Worlds with_shares(const Worlds& worlds, const std::vector<std::vector<double>>& shares) {
  Worlds out = worlds;
  std::map<const Scenario*, std::shared_ptr<const Scenario>> changed;  // worlds of equal inputs stay one
  for (auto& world : out.scenarios) {
    auto& copy = changed[world.get()];
    if (!copy) {
      auto s = std::make_shared<Scenario>(*world);
      s->study.mixes.clear();
      for (const auto& x : shares) s->study.mixes.push_back(mix_of(*s, x));
      s->study.name += "; mixes in % of the budget for " + offers_of(*s);
      copy = std::move(s);
    }
    world = copy;
  }
  return out;
}

}  // namespace capmix::study
