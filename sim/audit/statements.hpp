// What the rules share: values as ranges in one unit, their distance, words for them. Private to the room audit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/study.hpp"

namespace capmix::audit {

struct Span {
  double low = 0, high = 0;
  Span operator*(double k) const { return {low * k, high * k}; }
  // Least and greatest quotient.
  Span operator/(const Span& o) const { return {low / o.high, high / o.low}; }
};

// 1 where they overlap, else the ratio of their nearest ends.
double apart(const Span& a, const Span& b);
// The least distance that counts as a conflict of numbers that are stated in round figures.
inline constexpr double kRound = 1.1;

class Statements {
 public:
  explicit Statements(const Scenario& scenario) : scenario(scenario) {}
  const Scenario& scenario;
  const std::vector<Claim>& all() const { return scenario.claims; }
  const Claim* find(const std::string& id) const;
  // Base units, money in USD; "at most" reaches down to 0 and "at least" up to infinity. Nothing for an amount in
  // CNY without a rate.
  std::optional<Span> span(const Claim& c) const;
  // The same without the reach of "at most" and "at least".
  std::optional<Span> stated(const Claim& c) const;
  // What a price of `product` may be, by claims and by the study's offers.
  struct Price {
    std::string name, source;
    Span usd;
  };
  std::vector<Price> prices(const std::string& product) const;
};

bool starts_with(const std::string& text, const std::string& beginning);
const ClaimQuantity& quantity(const Claim& c);
// "capex-upper (claims.toml:12)"
std::string label(const Claim& c);
// "at most USD 70.00bn", "12 to 15 months", "1.56 PFLOP/s"
std::string words(const Claim& c);
std::string usd(double amount);            // "USD 19.60bn"
std::string usd(const Span& span);         // "USD 20.00bn to USD 25.00bn"
std::string percent(const Span& share);    // "29 to 36 %"
std::string thousands(double n);           // "750,000"

// A finding about claims; no conflict up to `tolerance`.
Finding finding(const std::string& rule, const std::vector<const Claim*>& claims, std::string text, double size, double tolerance = 1);
// A finding about the study.
Finding finding(const std::string& rule, const Scenario& s, std::string text, double size);

}  // namespace capmix::audit
