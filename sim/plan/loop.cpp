// The loop, off by default: compute earns, what it earns buys compute.
//
// A chip that is online counts with its dense BF16 peak times the efficiency of the best port that it has among the
// families of the study's work (none without a BF16 peak). Own services use what they want of the capacity, the rest is
// sold. Revenue counts beyond what the fleet of the first day earned: that stands in the profit already. A share of a
// quarter's revenue is ordered `delay` after its end, spread like the mix's own money. Loop gain of a quarter: money
// for chips that comes back in it per money of the bought chips that were online.
// Growth: dK/dt = gain x K(t - delay) has K = exp(lambda t) with lambda = gain exp(-lambda delay); the delay is the mean
// time from an order to its chips being online, plus `delay`, plus the half quarter for which revenue is collected.
// Not modelled: costs of running, tax, revenue that falls with the capacity on offer, limits of the market; requests that are
// served (revenue is of capacity); what is sold is not taken from the fleet, which trains and serves on it as well.
#include <algorithm>
#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "plan/passes.hpp"
#include "plan/plan.hpp"

namespace capmix::plan {
namespace {

constexpr double kQuarterDays = 3 * kDaysPerMonth;

// Capacity and capital by day of the horizon.
class Fleet {
 public:
  Fleet(const Scenario& s, const Plan& plan) : s_(s), plan_(plan), start_(s.study.timeline.start()) {
    const auto days = static_cast<size_t>((s.study.timeline.end() - start_).n);
    capacity.resize(days), capital.resize(days);
    for (const auto& c : s.campaigns) training_.insert(c.family);
    for (const auto& at : s.stages()) serving_.insert(s.stage(at).family);
    std::map<uint32_t, std::vector<double>> chips;  // that come (or go) on a day, by kind
    const auto paid = prices();
    for (const auto& pod : plan.pods) {
      auto& change = chips.try_emplace(pod.chip.index, days + 1, 0.0).first->second;
      add(change, pod, pod.chips);
      if (const auto price = paid.find(pod.offer); price != paid.end()) add(capital, pod, pod.chips * price->second);
    }
    for (auto& [chip, change] : chips) accumulate({chip}, change);
    for (size_t d = 1; d < days; ++d) capital[d] += capital[d - 1];
  }

  std::vector<double> capacity;  // FLOP/s
  std::vector<double> capital;   // USD of the bought chips that are online

  // From order to online, weighted by money; of the chips that are online by the horizon.
  Days wait() const {
    double sum = 0, money = 0;
    const auto paid = prices();
    for (const auto& pod : plan_.pods) {
      const auto price = paid.find(pod.offer);
      if (price == paid.end() || pod.online >= s_.study.timeline.end()) continue;
      sum += pod.chips * price->second * (pod.online - pod.ordered).n;
      money += pod.chips * price->second;
    }
    return {money > 0 ? sum / money : 0};
  }

 private:
  void add(std::vector<double>& change, const PodPlan& pod, double amount) const {
    const auto at = [&](Date d) { return static_cast<size_t>(std::max(0.0, (d - start_).n)); };
    if (pod.online >= pod.retires || pod.retires <= start_) return;
    if (at(pod.online) < change.size()) change[at(pod.online)] += amount;
    if (at(pod.retires) < change.size()) change[at(pod.retires)] -= amount;
  }

  // Mean price paid for a delivered chip, by offer.
  std::map<std::string, double> prices() const {
    std::map<std::string, std::pair<double, double>> sums;
    for (const auto& o : plan_.orders) {
      sums[o.offer].first += o.converted.value();
      sums[o.offer].second += static_cast<double>(o.delivered());
    }
    std::map<std::string, double> out;
    for (const auto& [offer, sum] : sums)
      if (sum.second > 0) out[offer] = sum.first / sum.second;
    return out;
  }

  double efficiency(const Chip& chip, Date day) const {
    double best = 0;
    for (const auto& family : serving_) best = std::max(best, plan_.port_efficiency(chip.stack, family, day));
    if (chip.trains)
      for (const auto& family : training_) best = std::max(best, plan_.port_efficiency(chip.stack, family, day));
    return best;
  }

  void accumulate(Id<Chip> id, const std::vector<double>& change) {
    const Chip& chip = s_.chips[id];
    const auto peak = chip.peak.find(Precision::bf16);
    if (peak == chip.peak.end()) return;
    double online = 0;
    for (size_t d = 0; d < capacity.size(); ++d) {
      online += change[d];
      if (online > 0) capacity[d] += online * peak->second.value() * efficiency(chip, start_ + Days{static_cast<double>(d)});
    }
  }

  const Scenario& s_;
  const Plan& plan_;
  Date start_;
  std::set<std::string> training_, serving_;  // families
};

// What own services want on a day, given the fleet.
struct Wanted {
  double start = std::numeric_limits<double>::infinity();  // FLOP/s
  double elasticity = 0;
  size_t delay = 0;  // days
  double on(size_t day, const std::vector<double>& capacity) const {
    if (day < delay || elasticity <= 0 || capacity.empty() || capacity[0] <= 0) return start;
    return start * std::pow(capacity[day - delay] / capacity[0], elasticity);
  }
};

}  // namespace

double loop_growth(double gain, double delay) {
  if (gain <= 0 || delay <= 0) return std::max(0.0, gain);
  return boost::math::lambert_w0(gain * delay) / delay;
}

void earn(const Scenario& scenario, const Draw& draw, Plan& plan) {
  const Loop& loop = *scenario.study.loop;
  const Fleet fleet(scenario, plan);
  const Days delay = loop.delay.at(draw);
  const double price = loop.revenue.at(draw).value(), rent = loop.rent.at(draw).value(), reinvest = loop.reinvest.at(draw);
  Wanted wanted;
  if (loop.demand) wanted.start = loop.demand->at(draw).value();
  wanted.elasticity = loop.elasticity.at(draw);
  wanted.delay = static_cast<size_t>(std::ceil(delay.n));
  plan.loop_delay = (fleet.wait().n + delay.n) / kQuarterDays + 0.5;
  const double first = fleet.capacity.empty() ? 0 : fleet.capacity[0];
  const double used_first = std::min(first, wanted.start);
  size_t day = 0;
  for (const auto& q : quarters(scenario.study.timeline)) {
    LoopQuarter out;
    out.quarter = q.first;
    double capacity = 0, sold = 0, capital = 0, used = 0, let = 0;
    const double days = (q.next - q.first).n;
    for (double n = 0; n < days; ++n, ++day) {
      const double now = fleet.capacity[day], own = std::min(now, wanted.on(day, fleet.capacity));
      capacity += now / days, sold += (now - own) / days, capital += fleet.capital[day] / days;
      used += std::max(0.0, own - used_first) * kDay.value();
      let += std::max(0.0, now - own - (first - used_first)) * kDay.value();
    }
    out.capacity = FlopRate(capacity);
    out.sold = FlopRate(sold);
    out.rent = Usd(let * rent);
    out.revenue = Usd(used * price) + out.rent;
    out.extra = out.revenue * reinvest;
    out.paid = q.next + delay;
    out.gain = capital > 0 ? out.extra.value() / capital / q.part : 0;
    out.damped = loop_growth(out.gain, plan.loop_delay);
    plan.loop.push_back(out);
  }
}

std::vector<Tranche> reinvested(const Scenario& scenario, const Mix& mix, const Plan& plan) {
  const Usd all = mix.money();
  std::vector<Tranche> out;
  for (const auto& q : plan.loop) {
    if (q.paid >= scenario.study.timeline.end() || q.extra.value() <= 0) continue;
    for (size_t i = 0; i < mix.spend.size(); ++i) {
      if (mix.spend[i].value() <= 0) continue;
      Tranche t{scenario.offers.id_at(i), q.extra * (mix.spend[i] / all), q.paid};
      t.loop = true;
      out.push_back(t);
    }
  }
  return out;
}

}  // namespace capmix::plan
