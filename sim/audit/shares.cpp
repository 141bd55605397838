// Shares: stated, and those that follow from amounts.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "audit/rules.hpp"

namespace capmix::audit {
namespace {

// Of all pairs of about and year that have chips in a capex; about "" and year 0 stand for all.
double greatest(const std::vector<ImpliedShare>& shares) {
  double most = 0;
  for (const auto& i : shares) most = std::max(most, i.share.high);
  return most;
}

}  // namespace

std::vector<ImpliedShare> implied_shares(const Statements& s, const std::string& about, int period) {
  std::vector<ImpliedShare> out;
  for (const auto& c : s.all()) {
    const Claim* capex = s.find(c.part_of);
    if (capex == nullptr || c.quantity != "chip-spend" || !c.product.empty() || capex->quantity != "capex" || c.about != about) continue;
    if (period > 0 && (c.period != period || capex->period != period)) continue;
    const auto chips = s.stated(c), all = s.stated(*capex);
    if (chips && all && all->low > 0) out.push_back({&c, capex, *chips / *all});
  }
  return out;
}

void stated_ratio(const Statements& s, Findings& out) {
  constexpr double kRounding = 1.02;  // two digits
  for (const auto& c : s.all()) {
    const bool growth = c.quantity == "growth";
    if (c.quantity != "share" && !growth) continue;
    const Claim *above = s.find(growth ? c.whole : c.part), *below = s.find(growth ? c.part : c.whole);
    if (above == nullptr || below == nullptr) continue;
    const auto x = s.stated(*above), y = s.stated(*below);
    if (!x || !y || y->low <= 0) continue;
    const Span ratio = *x / *y;
    const double size = apart(ratio, {c.low, c.high});
    out.push_back(finding("stated ratio", {&c, above, below},
                          fmt::format("{}: {} / {} = {}, stated {}{}", c.says, words(*above), words(*below),
                                      growth ? fmt::format("{:.2f}", ratio.low) : percent(ratio), words(c),
                                      size > kRounding ? fmt::format(", {:.2f} times apart", size) : ", checks out"), size, kRounding));
  }
}

void chip_share(const Statements& s, Findings& out) {
  std::set<std::pair<std::string, int>> topics;
  for (const auto& c : s.all()) topics.insert({c.about, c.period});
  for (const auto& [about, period] : topics) {
    const auto shares = period > 0 ? implied_shares(s, about, period) : std::vector<ImpliedShare>{};
    double most = 0;
    const ImpliedShare *a = nullptr, *b = nullptr;
    for (const auto& x : shares)
      for (const auto& y : shares)
        if (&x < &y && apart(x.share, y.share) > most) most = apart(x.share, y.share), a = &x, b = &y;
    if (a == nullptr) continue;
    out.push_back(finding("chips' share of capex", {a->chips, a->capex, b->chips, b->capex},
                          fmt::format("{} in {}: {} of {} is {}; {} of {} is {}{}", about, period, words(*a->chips), words(*a->capex), percent(a->share),
                                      words(*b->chips), words(*b->capex), percent(b->share), most > kRound ? fmt::format(", {:.2f} times apart", most) : ""),
                          most, kRound));
  }
}

void orders_in_budget(const Statements& s, Findings& out) {
  std::map<std::tuple<std::string, int, std::string>, std::vector<const Claim*>> orders;  // of one file
  for (const auto& c : s.all()) {
    if (c.quantity != "order" || !c.same_as.empty() || !s.stated(c)) continue;
    auto& list = orders[{c.about, c.period, c.place.file}];
    // A second value for one product is another statement of the same order.
    if (std::none_of(list.begin(), list.end(), [&](const Claim* o) { return o->product == c.product; })) list.push_back(&c);
  }
  for (const auto& [key, list] : orders) {
    const auto& [about, period, file] = key;
    const double usual = greatest(implied_shares(s, about, period));
    if (usual <= 0 || list.size() < 2) continue;
    Span sum;
    std::string text;
    for (const auto* c : list) sum = {sum.low + s.stated(*c)->low, sum.high + s.stated(*c)->high}, text += (text.empty() ? "" : " + ") + words(*c);
    text += " = " + usd(sum) + " of orders in " + std::to_string(period);
    auto claims = list;
    double worst = 1;
    bool all_fit = true;
    for (const auto& budget : s.all()) {
      const auto money = s.stated(budget);
      if (budget.quantity != "capex" || budget.about != about || budget.period != period || budget.kind != ClaimKind::point || !budget.edition.empty()) continue;
      if (!money || budget.currency != "USD") continue;  // an amount in CNY is there in USD too, or another source's
      const Span share = sum / *money;
      claims.push_back(&budget);
      worst = std::max(worst, share.low / usual);
      all_fit = all_fit && share.low <= usual;
      text += fmt::format("; {} of {}", percent(share), words(budget));
    }
    if (claims.size() == list.size()) continue;
    text += fmt::format(". By amounts of their own, sources give chips at most {:.0f} % of a budget", 100 * usual);
    out.push_back(finding("orders in the budget", claims, text, all_fit ? 1 : worst));
  }
}

void chips_then_capex(const Statements& s, Findings& out) {
  for (const auto& chips : s.all()) {
    const auto x = s.stated(chips);
    const double usual = greatest(implied_shares(s, chips.about, 0));
    if (chips.quantity != "chip-spend" || !chips.product.empty() || !chips.part_of.empty() || !x || usual <= 0) continue;
    const Claim* capex = nullptr;  // what the same file says of the next year, or else the least that another does
    for (const auto& c : s.all()) {
      const auto y = s.stated(c);
      if (c.quantity != "capex" || c.about != chips.about || c.period != chips.period + 1 || !c.edition.empty() || !y) continue;
      const auto order = [&](const Claim& x) { return std::pair{x.place.file != chips.place.file, s.stated(x)->low}; };
      if (capex == nullptr || order(c) < order(*capex)) capex = &c;
    }
    if (capex == nullptr) continue;
    const Span share = *x / *s.stated(*capex);
    std::vector<const Claim*> claims{&chips, capex};
    std::string text = fmt::format("{} on chips in {} is {} of the next year's whole capex, {}; elsewhere chips have at most {:.0f} %", words(chips),
                                   chips.period, percent(share), words(*capex), 100 * usual);
    for (const auto& c : s.all())
      if (c.quantity == "chip-spend" && c.about == chips.about && c.period == chips.period + 1 && !c.part_of.empty() && s.stated(c))
        claims.push_back(&c), text += fmt::format(". Of the next year's, {} is said to go to chips: {:.2f} of the year before", words(c), s.stated(c)->high / x->low);
    out.push_back(finding("chips and next year's capex", claims, text, std::max(1.0, share.low / usual)));
  }
}

}  // namespace capmix::audit
