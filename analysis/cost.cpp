#include "analysis/cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace capmix::analysis {
namespace {

constexpr double kDaysPerYear = 365.25;
constexpr double kTera = 1e12;

class Accounts {
 public:
  Accounts(const results::StudyInfo& info, const CostOptions& options) : info_(info), options_(options), span_(info.timeline()) {}

  Cost of(const Facts& facts) {
    chips(facts);
    for (const auto& o : facts.of<OrderFact>())
      if (o.lost > 0) pay(out_.lost, o.lost, within(date_or_never(o.ordered)));
    for (const auto& e : facts.of<EnergyMonth>()) pay(out_.energy, e.usd, middle(e.month));
    for (const auto& p : facts.of<PortWorkFact>()) port(p);
    for (const auto& t : facts.of<TrainMonth>()) {
      const double tokens = t.model_flop / info_.reference_flop_per_token;
      out_.tokens += tokens * factor(middle(t.month));
      if (std::any_of(info_.offers.begin(), info_.offers.end(), [&](const auto& o) { return o.chip == t.chip; })) out_.bought_tokens += tokens;
    }
    return out_;
  }

 private:
  double years(Date d) const { return (d - span_.start()).n / kDaysPerYear; }
  double within(Date d) const { return years(std::clamp(d, span_.start(), span_.end())); }
  double middle(int64_t month) const {
    const int m = static_cast<int>(month);
    const Date from = span_.month_start(m), to = m + 1 < span_.months() ? span_.month_start(m + 1) : span_.end();
    return (years(from) + years(to)) / 2;
  }
  double factor(double t) const { return std::pow(1 + options_.discount, -t); }
  void pay(double& into, double usd, double t) {
    into += usd;
    out_.present += usd * factor(t);
  }

  // Of work that is not done by the horizon, the part that is. As if paid in the middle.
  void port(const PortWorkFact& p) {
    const Date from = date_or_never(p.start), to = date_or_never(p.end);
    if (p.usd <= 0 || from >= span_.end()) return;
    const Date begin = std::max(from, span_.start()), end = std::min(to, span_.end());
    if (to.is_never() || end < begin) return;
    const double part = to > from ? (end - begin).n / (to - from).n : 1;
    const double middle = (years(begin) + years(end)) / 2;
    pay(out_.porting, part * p.usd, middle), out_.porting_present += part * p.usd * factor(middle);
  }

  // New chips of a kind by month: what the count at the dock rises by. Those that stood there at the start are the first of them.
  std::vector<double> arrivals(const Facts& facts, const std::string& chip, double ordered) const {
    std::vector<double> at(static_cast<size_t>(span_.months()), 0.0), out;
    for (const auto& f : facts.of<FleetMonth>())
      if (f.chip == chip) at.at(static_cast<size_t>(f.month)) += static_cast<double>(f.delivered);
    double before = 0, all = 0;
    for (const double n : at) out.push_back(std::max(0.0, n - before)), before = n, all += out.back();
    double stood = std::max(0.0, all - ordered);
    for (double& n : out) {
      const double part = std::min(n, stood);
      n -= part, stood -= part;
    }
    return out;
  }

  void chips(const Facts& facts) {
    std::map<std::string, std::pair<double, double>> bought;  // by chip: money, chips
    for (const auto& o : facts.of<OrderFact>())
      for (const auto& offer : info_.offers)
        if (offer.id == o.offer) bought[offer.chip].first += o.converted, bought[offer.chip].second += static_cast<double>(o.delivered);
    const double end = years(span_.end());
    for (const auto& [chip, sum] : bought) {
      const auto by_month = arrivals(facts, chip, sum.second);
      double all = 0;
      for (const double n : by_month) all += n;
      for (size_t m = 0; m < by_month.size(); ++m) {
        // Nothing is seen to arrive: all of it at the end, where it is worth what it costs.
        const double usd = all > 0 ? sum.first * by_month[m] / all : m + 1 == by_month.size() ? sum.first : 0;
        const double t = all > 0 ? middle(static_cast<int64_t>(m)) : end, residual = usd * std::max(0.0, 1 - (end - t) / options_.life);
        pay(out_.chips, usd, t);
        out_.residual += residual, out_.present -= residual * factor(end);
      }
    }
  }

  const results::StudyInfo& info_;
  const CostOptions& options_;
  const Timeline span_;
  Cost out_;
};

}  // namespace

double Cost::per_ttoken() const { return tokens > 0 ? present / (tokens / kTera) : std::numeric_limits<double>::infinity(); }

double Cost::price_per_ttoken() const { return bought_tokens > 0 ? chips / (bought_tokens / kTera) : std::numeric_limits<double>::infinity(); }

Cost cost(const results::StudyInfo& info, const Facts& facts, const CostOptions& options) { return Accounts(info, options).of(facts); }

}  // namespace capmix::analysis
