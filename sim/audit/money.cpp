// Amounts against amounts.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "audit/rules.hpp"

namespace capmix::audit {
namespace {

// "capex of bytedance in 2026"
std::string topic(const Claim& c) {
  std::string out = c.quantity + (c.product.empty() ? "" : " of " + c.product) + (c.about.empty() ? "" : " (" + c.about + ")");
  if (!c.precision.empty()) out += " at " + c.precision;
  return out + (c.period > 0 ? " in " + std::to_string(c.period) : "");
}

// Claims that another statement sets in relation are not two values of one thing.
bool linked(const Statements& s, const Claim& a, const Claim& b) {
  for (const auto& [x, y] : {std::pair{&a, &b}, {&b, &a}})
    if (x->same_as == y->id || x->part_of == y->id) return true;
  return std::any_of(s.all().begin(), s.all().end(), [&](const Claim& c) {
    return (c.part == a.id && c.whole == b.id) || (c.part == b.id && c.whole == a.id);
  });
}

bool compares(const Claim& c) {
  return c.quantity != "share" && c.quantity != "exchange" && c.quantity != "growth" && c.quantity != "performance" && (c.quantity != "peak" || !c.precision.empty());
}

}  // namespace

void same_quantity(const Statements& s, Findings& out) {
  std::map<std::tuple<std::string, std::string, std::string, int, std::string, std::string>, std::vector<const Claim*>> groups;
  for (const auto& c : s.all())
    if (compares(c)) groups[{c.about, c.product, c.quantity, c.period, c.precision, c.edition}].push_back(&c);
  for (const auto& [key, claims] : groups) {
    const Claim *a = nullptr, *b = nullptr;
    double most = 0;
    for (size_t i = 0; i < claims.size(); ++i)
      for (size_t j = i + 1; j < claims.size(); ++j) {
        const auto x = s.span(*claims[i]), y = s.span(*claims[j]);
        if (!x || !y || linked(s, *claims[i], *claims[j]) || apart(*x, *y) <= most) continue;
        most = apart(*x, *y), a = claims[i], b = claims[j];
      }
    if (a == nullptr) continue;
    const bool conflict = most > kRound;
    out.push_back(finding("same quantity", {a, b}, fmt::format("{}: {} and {}, {}", topic(*a), words(*a), words(*b),
                          conflict ? fmt::format("{:.2f} times apart", most) : "which agree"), most, kRound));
  }
}

void parts_of_whole(const Statements& s, Findings& out) {
  for (const auto& whole : s.all()) {
    std::vector<const Claim*> claims{&whole};
    Span sum;
    std::string text;
    for (const auto& c : s.all()) {
      const auto part = s.stated(c);
      if (c.part_of != whole.id || !c.same_as.empty() || c.period != whole.period || !part) continue;
      claims.push_back(&c);
      sum = {sum.low + part->low, sum.high + part->high};
      text += (text.empty() ? "" : " + ") + words(c);
    }
    const auto all = s.span(whole);
    if (claims.size() < 2 || !all || quantity(whole).measured != Measured::money) continue;
    if (claims.size() > 2) text += " = " + usd(sum);
    // A lower bound that one part alone reaches says nothing of the others.
    if (whole.kind == ClaimKind::at_least) {
      const double size = sum.high / all->low;
      out.push_back(finding("parts of a whole", claims, fmt::format("{} of {}: {:.0f} % of the least that the whole may be{}", text, words(whole), 100 * size,
                            size >= 1 ? ", which leaves the others nothing there" : ""), std::max(1.0, size)));
      if (size >= 1) out.back().severity = Finding::Severity::slight;  // the whole may still be larger
      continue;
    }
    const double size = sum.low / all->high;
    out.push_back(finding("parts of a whole", claims, fmt::format("{} of {}: {:.0f} %{}", text, words(whole), 100 * size, size > 1 ? ", more than the whole" : ""),
                          std::max(1.0, size)));
  }
}

void means(const Statements& s, Findings& out) {
  for (const auto& profit : s.all()) {
    const auto has = s.span(profit);
    if (profit.quantity != "profit" || !has) continue;
    const Claim* most = nullptr;
    double spent = 0;
    for (const auto& c : s.all()) {
      const auto wants = s.stated(c);
      const bool next = c.period == profit.period + 1 || c.period == profit.period;
      if (c.quantity != "capex" || c.about != profit.about || !next || !wants || wants->high <= spent) continue;
      most = &c, spent = wants->high;
    }
    if (most == nullptr) continue;
    const double size = spent / has->high;
    std::string text = fmt::format("capex of {}, {} ({}), against a profit of {} ({}): {:.2f} times", most->about, usd(spent), most->period, words(profit), profit.period, size);
    if (size > 1) text += fmt::format(", so {} must come from elsewhere", usd(spent - has->high));
    out.push_back(finding("spending and means", {most, &profit}, text, std::max(1.0, size)));
  }
}

void exchange(const Statements& s, Findings& out) {
  constexpr double kTolerance = 1.05;  // a rate moves by some per cent in a year, and two digits by as much
  struct Rate {
    const Claim *cny, *usd;  // one claim twice: it states the rate
    double low, high;
  };
  std::vector<Rate> rates;
  for (const auto& c : s.all()) {
    if (c.quantity == "exchange") rates.push_back({&c, &c, c.low, c.high});
    const Claim* other = s.find(c.same_as);
    if (other == nullptr || other->currency == c.currency) continue;
    const Claim *cny = c.currency == "CNY" ? &c : other, *dollar = c.currency == "CNY" ? other : &c;
    if (cny->currency != "CNY" || dollar->low <= 0) continue;
    rates.push_back({cny, dollar, cny->low / dollar->high, cny->high / dollar->low});
  }
  std::sort(rates.begin(), rates.end(), [](const Rate& a, const Rate& b) { return a.low < b.low; });
  if (rates.size() < 2) return;
  std::string text = "CNY per USD: ";
  std::vector<const Claim*> claims;
  for (const auto& r : rates) {
    text += &r == &rates.front() ? "" : "; ";
    text += r.cny == r.usd ? words(*r.cny) + " by " + r.cny->id : fmt::format("{} / {} = {:.2f}", words(*r.cny), words(*r.usd), r.low);
    for (const auto* c : {r.cny, r.usd})
      if (std::count(claims.begin(), claims.end(), c) == 0) claims.push_back(c);
  }
  const double size = apart({rates.front().low, rates.front().high}, {rates.back().low, rates.back().high});
  text += size > kTolerance ? fmt::format(" - the least and the greatest are {:.2f} times apart", size) : " - one rate";
  if (s.scenario.study.cny_per_usd > 0) text += fmt::format("; the study takes {:.2f}", s.scenario.study.cny_per_usd);
  out.push_back(finding("exchange rate", claims, text, size, kTolerance));
}

void one_number(const Statements& s, Findings& out) {
  const auto money = [](const Claim& c) { return quantity(c).measured == Measured::money && c.low == c.high; };
  for (size_t i = 0; i < s.all().size(); ++i)
    for (size_t j = i + 1; j < s.all().size(); ++j) {
      const Claim &a = s.all()[i], &b = s.all()[j];
      if (!money(a) || !money(b) || a.about != b.about || a.currency != b.currency || a.low != b.low || linked(s, a, b)) continue;
      if (a.quantity == b.quantity && a.period == b.period) continue;
      out.push_back(finding("one number, two meanings", {&a, &b}, fmt::format("{} is the {} by {}, and the {} by {}", words(a), topic(a), a.id, topic(b), b.id), 1));
      out.back().severity = Finding::Severity::clear;  // nothing to divide: they are equal
    }
}

}  // namespace capmix::audit
