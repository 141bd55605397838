#include "audit/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/unit.hpp"

namespace capmix::audit {
namespace {

constexpr double kGrave = 2, kClear = 1.25;

Finding::Severity severity(double size, double tolerance) {
  if (!(size > tolerance)) return Finding::Severity::consistent;
  return size >= kGrave ? Finding::Severity::grave : size >= kClear ? Finding::Severity::clear : Finding::Severity::slight;
}

std::string amount(double value, const std::string& currency) {
  std::string text = money(Usd(value));
  if (currency == "CNY") text.replace(0, 3, currency);
  return text;
}

std::string plain(const Claim& c, double value) {
  switch (quantity(c).measured) {
    case Measured::money: return amount(value, c.currency);
    case Measured::units: return thousands(value) + " units";
    case Measured::rate: return si(value, "FLOP/s");
    case Measured::bytes: return si(value, "B");
    case Measured::bandwidth: return si(value, "B/s");
    case Measured::duration: return fmt::format("{:.3g} months", value);
    case Measured::number: break;
  }
  return c.quantity == "share" ? fmt::format("{:.3g} %", 100 * value) : fmt::format("{:.3g}", value);
}

}  // namespace

double apart(const Span& a, const Span& b) {
  if (a.low <= b.high && b.low <= a.high) return 1;
  const double above = std::max(a.low, b.low), below = std::min(a.high, b.high);
  return below > 0 ? above / below : std::numeric_limits<double>::infinity();
}

const Claim* Statements::find(const std::string& id) const {
  for (const auto& c : all())
    if (c.id == id && !id.empty()) return &c;
  return nullptr;
}

std::optional<Span> Statements::stated(const Claim& c) const {
  const double rate = c.currency == "CNY" ? scenario.study.cny_per_usd : 1;
  if (rate <= 0) return std::nullopt;
  return Span{c.low / rate, c.high / rate};
}

std::optional<Span> Statements::span(const Claim& c) const {
  auto out = stated(c);
  if (out && c.kind == ClaimKind::at_most) out->low = 0;
  if (out && c.kind == ClaimKind::at_least) out->high = std::numeric_limits<double>::infinity();
  return out;
}

std::vector<Statements::Price> Statements::prices(const std::string& product) const {
  std::vector<Price> out;
  if (product.empty()) return out;
  for (const auto& c : all())
    if (const auto s = stated(c); s && c.quantity == "price" && starts_with(c.product, product)) out.push_back({label(c), c.source, *s});
  for (const auto& o : scenario.offers) {
    const Chip& chip = scenario.chips[scenario.nodes[o.node].chip];
    if (starts_with(chip.id, product))
      out.push_back({"offer " + o.id + " of the study", "the study's platform", {o.price.low.value(), o.price.high.value()}});
  }
  return out;
}

bool starts_with(const std::string& text, const std::string& beginning) { return text.compare(0, beginning.size(), beginning) == 0; }

const ClaimQuantity& quantity(const Claim& c) {
  for (const auto& q : kQuantities)
    if (c.quantity == q.name) return q;
  return kQuantities[0];
}

std::string label(const Claim& c) { return fmt::format("{} ({}:{})", c.id, c.place.file, c.place.line); }

std::string words(const Claim& c) {
  const std::string range = c.low == c.high ? plain(c, c.low) : plain(c, c.low) + " to " + plain(c, c.high);
  return (c.kind == ClaimKind::at_most ? "at most " : c.kind == ClaimKind::at_least ? "at least " : "") + range;
}

std::string usd(double amount) { return money(Usd(amount)); }
std::string usd(const Span& span) { return span.low == span.high ? usd(span.low) : usd(span.low) + " to " + usd(span.high); }

std::string percent(const Span& share) {
  const auto low = fmt::format("{:.3g}", 100 * share.low), high = fmt::format("{:.3g}", 100 * share.high);
  return low == high ? low + " %" : low + " to " + high + " %";
}

std::string thousands(double n) {
  std::string digits = fmt::format("{:.0f}", n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

Finding finding(const std::string& rule, const std::vector<const Claim*>& claims, std::string text, double size, double tolerance) {
  Finding f;
  f.rule = rule;
  f.text = std::move(text);
  f.size = size;
  f.severity = severity(size, tolerance);
  for (const auto* c : claims) {
    f.statements.push_back(label(*c));
    if (std::count(f.sources.begin(), f.sources.end(), c->source) == 0) f.sources.push_back(c->source);
  }
  return f;
}

Finding finding(const std::string& rule, const Scenario& s, std::string text, double size) {
  Finding f = finding(rule, std::vector<const Claim*>{}, std::move(text), size);
  f.statements.push_back("study " + s.study.id);
  return f;
}

}  // namespace capmix::audit
