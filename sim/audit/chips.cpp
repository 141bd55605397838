// Chips: orders against output, revenue and quotas; peaks and comparisons against the rates that are known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "audit/rules.hpp"
#include "base/unit.hpp"

namespace capmix::audit {
namespace {

// A rate, a size or a bandwidth of one chip.
struct Known {
  std::string chip, what;  // "ascend-950pr-atlas350", "fp4"
  double value = 0;
  const Claim* claim = nullptr;
};

// What the study's catalogue and claims know of chips whose id begins with `product`. Of several values for one thing the
// catalogue's counts, then the most trusted claim, then the first.
std::vector<Known> known(const Statements& s, const std::string& product) {
  std::map<std::pair<std::string, std::string>, Known> best;
  for (const auto& chip : s.scenario.chips) {
    if (!starts_with(chip.id, product)) continue;
    const auto add = [&](const std::string& what, double value) { best[{chip.id, what}] = {chip.id, what, value, nullptr}; };
    for (const auto& [precision, peak] : chip.peak) add(text(precision), peak.value());
    add("memory", chip.memory.value());
    add("bandwidth", chip.memory_bandwidth.value());
  }
  for (const auto& c : s.all()) {
    const bool peak = c.quantity == "peak" && !c.precision.empty();
    if (!starts_with(c.product, product) || c.low != c.high || (!peak && c.quantity != "memory" && c.quantity != "bandwidth")) continue;
    const Known k{c.product, peak ? c.precision : c.quantity, c.low, &c};
    const auto [at, fresh] = best.emplace(std::pair{k.chip, k.what}, k);
    if (!fresh && at->second.claim != nullptr && c.confidence < at->second.claim->confidence) at->second = k;
  }
  std::vector<Known> out;
  for (const auto& [key, k] : best) out.push_back(k);
  return out;
}

bool is_peak(const Known& k) { return k.what != "memory" && k.what != "bandwidth"; }
bool is_16_bit(const Known& k) { return k.what == "bf16" || k.what == "fp16"; }

// Vector units of the chip, 0 when nothing says.
double vector_rate(const Statements& s, const std::string& chip) {
  for (const auto& c : s.all())
    if (c.quantity == "vector" && c.product == chip) return c.low;
  return 0;
}

template <class List>
std::string joined(const List& parts, const char* between = ", ") {
  std::string out;
  for (const auto& p : parts) out += (out.empty() ? "" : between) + p;
  return out;
}

// The first claim of a quantity about a product (in a year).
const Claim* first(const Statements& s, const char* quantity, const std::string& product, int period) {
  for (const auto& c : s.all())
    if (c.quantity == quantity && c.product == product && (period == 0 || c.period == period)) return &c;
  return nullptr;
}

}  // namespace

void order_and_output(const Statements& s, Findings& out) {
  for (const auto& order : s.all()) {
    const auto money = s.stated(order);
    if (order.quantity != "order" || order.product.empty() || !money) continue;
    const Claim* made = first(s, "production", order.product, order.period);
    if (made == nullptr) continue;
    const double units = made->high;
    std::string text = fmt::format("{} for {}, of which {} are made in {}: below {} a chip the order is more than all of them", words(order), order.product,
                                   words(*made), made->period, usd(money->low / units));
    double worst = 1;
    for (const auto& p : s.prices(order.product)) {
      const Span chips = *money / p.usd;
      text += fmt::format("; at {} ({}) it is {} to {} chips, {} of the year", usd(p.usd), p.name, thousands(chips.low), thousands(chips.high), percent(chips * (1 / units)));
      worst = std::max(worst, chips.high / units);
    }
    out.push_back(finding("order and production", {&order, made}, text, worst));
  }
}

void price_ceiling(const Statements& s, Findings& out) {
  for (const auto& revenue : s.all()) {
    const auto money = s.span(revenue);
    if (revenue.quantity != "revenue" || revenue.product.empty() || !money) continue;
    const Claim* made = first(s, "production", revenue.product, revenue.period);
    if (made == nullptr) continue;
    const double ceiling = money->high / made->low;
    std::string text = fmt::format("{} of revenue / {} = at most {} a chip", words(revenue), words(*made), usd(ceiling));
    double worst = 1;
    for (const auto& p : s.prices(revenue.product)) {
      text += fmt::format("; {} ({})", usd(p.usd), p.name);
      worst = std::max(worst, p.usd.high / ceiling);
    }
    out.push_back(finding("price ceiling", {&revenue, made}, text, worst));
  }
}

void order_and_quota(const Statements& s, Findings& out) {
  for (const auto& quota : s.all()) {
    if (quota.quantity != "quota") continue;
    for (const auto& order : s.all()) {
      const auto money = s.stated(order);
      if (order.quantity != "order" || order.product != quota.product || order.about != quota.about || !money) continue;
      std::string text = fmt::format("{} for {} under a quota of {}", words(order), order.product, words(quota));
      double worst = 0;
      for (const auto& p : s.prices(order.product)) {
        const Span worth = p.usd * quota.high;
        text += fmt::format("; at {} ({}) the quota is worth {}, {} of the order", usd(p.usd), p.name, usd(worth), percent(worth / *money));
        const double least = money->low / worth.high;
        worst = worst == 0 ? least : std::min(worst, least);
      }
      if (worst > 0) out.push_back(finding("order and quota", {&order, &quota}, text, std::max(1.0, worst)));
    }
  }
}

void peak_precision(const Statements& s, Findings& out) {
  constexpr double kSame = 0.01;  // marketing rounds
  for (const auto& claim : s.all()) {
    if (claim.quantity != "peak" || !claim.precision.empty()) continue;
    const auto rates = known(s, claim.product);
    const auto vector = [&](const Known& k) { return vector_rate(s, k.chip); };
    const auto is = [&](double rate) { return std::fabs(claim.high / rate - 1) < kSame; };
    std::set<std::string> chips;  // of which it is a rate; of all when it is none
    for (const auto& k : rates)
      if (is_peak(k) && (is(k.value) || is(k.value + vector(k)))) chips.insert(k.chip);
    std::vector<const Claim*> claims{&claim};
    std::vector<std::string> matched, others;
    double wide = 0;              // the greatest 16-bit rate
    bool at_16_bit = false;
    for (const auto& k : rates) {
      if (!is_peak(k) || (!chips.empty() && chips.count(k.chip) == 0)) continue;
      const std::string name = fmt::format("{} of {} at {:.5g} TFLOP/s", k.what, k.chip, k.value / 1e12);
      if (is(k.value)) matched.push_back(name);
      else if (is(k.value + vector(k))) matched.push_back(name + fmt::format(" + {:.4g} by vector units = {:.5g}", vector(k) / 1e12, (k.value + vector(k)) / 1e12));
      else others.push_back(fmt::format("{:.2f} times its {} ({:.5g})", claim.high / k.value, k.what, k.value / 1e12));
      if (is_16_bit(k)) wide = std::max(wide, k.value), at_16_bit = at_16_bit || is(k.value);
      if (k.claim != nullptr) claims.push_back(k.claim);
    }
    if (wide == 0) continue;
    const std::string text = fmt::format("{} of {} without a precision is {}; it is {}", words(claim), claim.product,
                                         matched.empty() ? "no rate that is known" : joined(matched, " or "), joined(others));
    out.push_back(finding("peak without precision", claims, text, at_16_bit ? 1 : std::max(1.0, claim.high / wide)));
  }
}

void performance(const Statements& s, Findings& out) {
  for (const auto& claim : s.all()) {
    if (claim.quantity != "performance") continue;
    std::vector<const Claim*> claims{&claim};
    std::vector<std::string> met, like;
    std::map<std::string, Span> alike;  // ratios of one rate on both, over the chips
    double size = std::numeric_limits<double>::infinity();
    const auto ours = known(s, claim.product), theirs = known(s, claim.against);
    for (const auto& a : ours) {
      if (a.claim != nullptr) claims.push_back(a.claim);
      for (const auto& b : theirs) {
        if (is_peak(a) != is_peak(b) || (!is_peak(a) && a.what != b.what) || a.what == "fp16" || b.what == "fp16") continue;
        const double ratio = a.value / b.value, vector = is_peak(a) ? vector_rate(s, a.chip) / b.value : 0;
        const bool equal = a.what == b.what;
        if (apart({ratio, ratio + vector}, {claim.low, claim.high}) == 1)
          met.push_back(fmt::format("{} of {} against {} of {} ({:.2f}{})", a.what, a.chip, b.what, b.chip, ratio,
                                    vector > 0 ? fmt::format(", {:.2f} with vector units", ratio + vector) : ""));
        if (!equal) continue;
        const auto [at, fresh] = alike.emplace(a.what, Span{ratio, ratio});
        if (!fresh) at->second = {std::min(at->second.low, ratio), std::max(at->second.high, ratio)};
        // The work that chips are bought for runs at a matrix rate or at the bandwidth; memory size does no work.
        if (a.what != "memory") size = std::min(size, apart({ratio, ratio}, {claim.low, claim.high}));
      }
    }
    if (alike.empty()) continue;
    for (const auto& [what, r] : alike) like.push_back(r.low == r.high ? fmt::format("{} {:.2f}", what, r.low) : fmt::format("{} {:.2f} to {:.2f}", what, r.low, r.high));
    out.push_back(finding("comparison of chips", claims, fmt::format("{} is {} of {}: met by {}; like for like {}", claim.product, words(claim), claim.against,
                          met.empty() ? "no pair of rates" : joined(met), joined(like)), size));
  }
}

}  // namespace capmix::audit
