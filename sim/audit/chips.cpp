// Chips: orders against output, revenue and quotas; peaks and comparisons against the rates that are known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

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

// What claims and the study's catalogue know of chips whose id begins with `product`.
std::vector<Known> known(const Statements& s, const std::string& product) {
  std::vector<Known> out;
  for (const auto& c : s.all()) {
    if (!starts_with(c.product, product) || c.low != c.high) continue;
    if (c.quantity == "peak" && !c.precision.empty()) out.push_back({c.product, c.precision, c.low, &c});
    if (c.quantity == "memory" || c.quantity == "bandwidth") out.push_back({c.product, c.quantity, c.low, &c});
  }
  for (const auto& chip : s.scenario.chips) {
    if (!starts_with(chip.id, product)) continue;
    for (const auto& [precision, peak] : chip.peak) out.push_back({chip.id, text(precision), peak.value(), nullptr});
    out.push_back({chip.id, "memory", chip.memory.value(), nullptr});
    out.push_back({chip.id, "bandwidth", chip.memory_bandwidth.value(), nullptr});
  }
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
    std::vector<const Claim*> claims{&claim};
    std::vector<std::string> matched, others;
    double wide = 0;           // the greatest 16-bit rate
    bool at_16_bit = false;
    for (const auto& k : known(s, claim.product)) {
      if (!is_peak(k)) continue;
      const double vector = vector_rate(s, k.chip), ratio = claim.high / k.value;
      const bool alone = std::fabs(ratio - 1) < kSame, with = vector > 0 && std::fabs(claim.high / (k.value + vector) - 1) < kSame;
      const std::string name = fmt::format("{} {} of {}", k.what, si(k.value, "FLOP/s"), k.chip);
      if (alone || with) matched.push_back(name + (alone ? "" : fmt::format(" with its vector units ({} + {} = {})", si(k.value, ""), si(vector, ""), si(k.value + vector, "FLOP/s"))));
      else others.push_back(fmt::format("{:.2f} times {}", ratio, name));
      if (is_16_bit(k)) wide = std::max(wide, k.value), at_16_bit = at_16_bit || alone;
      if (k.claim != nullptr) claims.push_back(k.claim);
    }
    if (wide == 0) continue;
    const std::string text = fmt::format("{} of {} without a precision is {}; it is {}", words(claim), claim.product,
                                         matched.empty() ? "no rate that is known" : "the " + joined(matched, " or the "), joined(others));
    out.push_back(finding("peak without precision", claims, text, at_16_bit ? 1 : std::max(1.0, claim.high / wide)));
  }
}

void performance(const Statements& s, Findings& out) {
  for (const auto& claim : s.all()) {
    if (claim.quantity != "performance") continue;
    std::vector<const Claim*> claims{&claim};
    std::vector<std::string> met, like;
    double size = std::numeric_limits<double>::infinity();
    const auto ours = known(s, claim.product), theirs = known(s, claim.against);
    for (const auto& a : ours) {
      if (a.claim != nullptr) claims.push_back(a.claim);
      for (const auto& b : theirs) {
        if (is_peak(a) != is_peak(b) || (!is_peak(a) && a.what != b.what) || a.what == "fp16" || b.what == "fp16") continue;
        const double ratio = a.value / b.value, with = (a.value + (is_peak(a) ? vector_rate(s, a.chip) : 0)) / b.value;
        const bool inside = ratio >= claim.low && ratio <= claim.high, equal = a.what == b.what;
        if (inside || (with >= claim.low && with <= claim.high))
          met.push_back(fmt::format("{} of {} against {}{} = {:.2f}{}", a.what, a.chip, equal ? "it" : b.what, equal ? "s own" : "", ratio,
                                    with > ratio ? fmt::format(" ({:.2f} with vector units)", with) : ""));
        if (!equal) continue;
        like.push_back(fmt::format("{} of {} {:.2f}", a.what, a.chip, ratio));
        // The work that chips are bought for runs at a matrix rate or at the bandwidth; memory size does no work.
        if (a.what != "memory") size = std::min(size, apart({ratio, ratio}, {claim.low, claim.high}));
      }
    }
    if (like.empty()) continue;
    out.push_back(finding("comparison of chips", claims, fmt::format("{} is {} of {}: met by {}; like for like {}", claim.product, words(claim), claim.against,
                          met.empty() ? "no pair of rates" : joined(met), joined(like)), size));
  }
}

}  // namespace capmix::audit
