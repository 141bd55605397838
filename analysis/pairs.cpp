#include "analysis/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "analysis/metrics.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

std::string supplier_of(const results::StudyInfo& info, const std::string& offer) {
  for (const auto& o : info.offers)
    if (o.id == offer)
      for (const auto& c : info.chips)
        if (c.id == o.chip) return c.supplier;
  return "";
}

std::map<std::string, double> planned(const results::StudyInfo& info, const std::string& mix) {
  std::map<std::string, double> out;
  for (const auto& s : info.spend)
    if (s.mix == mix) out[s.offer] += s.usd;
  return out;
}

// Half the sum of differences of the shares of the money that does not go to a supplier.
double distance(const results::StudyInfo& info, const std::string& a, const std::string& b, const std::string& supplier) {
  const auto shares = [&](const std::string& mix) {
    auto out = planned(info, mix);
    double sum = 0;
    for (auto& [offer, usd] : out) sum += usd = supplier_of(info, offer) == supplier ? 0 : usd;
    for (auto& [offer, usd] : out) usd = sum > 0 ? usd / sum : 0;
    return out;
  };
  auto x = shares(a), y = shares(b);
  double out = 0;
  for (const auto& offer : info.offers) out += std::fabs(x[offer.id] - y[offer.id]) / 2;
  return out;
}

std::set<std::string> terms_of(const results::MixInfo& m) {
  std::set<std::string> out;
  std::istringstream in(m.terms);
  for (std::string term; std::getline(in >> std::ws, term, ',');) out.insert(term);
  return out;
}

bool orders(const results::StudyInfo& info, const std::string& mix, const std::string& supplier) {
  const auto money = planned(info, mix);
  return std::any_of(money.begin(), money.end(), [&](const auto& m) { return m.second > 0 && supplier_of(info, m.first) == supplier; });
}

// How the money is bound; what is never taken aside, which says which pair it is.
std::set<std::string> bound(const results::MixInfo& m) {
  auto out = terms_of(m);
  out.erase("offers never taken");
  return out;
}

bool same_money(const results::StudyInfo& info, const std::string& a, const std::string& b) {
  auto x = planned(info, a), y = planned(info, b);
  return std::all_of(info.offers.begin(), info.offers.end(), [&](const auto& o) { return std::fabs(x[o.id] - y[o.id]) <= 1; });
}

}  // namespace

SupplierPairs supplier_pairs(const results::StudyInfo& info, const Received& received) {
  const auto chips = [&](const std::string& mix, const std::string& supplier) {
    const auto found = received.find(mix);
    if (found == received.end()) return 0.0;
    const auto n = found->second.find(supplier);
    return n == found->second.end() ? 0.0 : n->second;
  };
  SupplierPairs out;
  for (const auto& supplier : suppliers(info)) {
    MixPair best;
    best.distance = std::numeric_limits<double>::infinity();
    bool anybody = false;
    for (const auto& with : info.mixes) {
      if (chips(with.id, supplier) <= 0) continue;
      anybody = true;
      for (const auto& without : info.mixes) {
        if (chips(without.id, supplier) > 0 || orders(info, without.id, supplier) || bound(with) != bound(without)) continue;
        const double d = distance(info, with.id, without.id, supplier);
        if (d < best.distance - 1e-9) best = {supplier, with.id, without.id, d};
      }
    }
    if (std::isfinite(best.distance)) out.pairs.push_back(std::move(best));
    else if (anybody) out.none.push_back(supplier);
  }
  return out;
}

std::vector<MixPair> bound_pairs(const results::StudyInfo& info) {
  std::vector<MixPair> out;
  for (const auto& a : info.mixes)
    for (const auto& b : info.mixes) {
      const auto own = terms_of(a), other = terms_of(b);
      if (own.size() <= other.size() || !std::includes(own.begin(), own.end(), other.begin(), other.end()) || !same_money(info, a.id, b.id)) continue;
      std::vector<std::string> more;
      std::set_difference(own.begin(), own.end(), other.begin(), other.end(), std::back_inserter(more));
      out.push_back({joined(more), a.id, b.id, 0});
    }
  return out;
}

}  // namespace capmix::analysis
