#include "analysis/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kSecondsPerHour = 3600, kSecondsPerDay = 86400;
constexpr double kJoulesPerMwh = 3.6e9;
constexpr double kTera = 1e12;  // cost is quoted per 10^12 tokens

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : kNone; }

class Reducer {
 public:
  Reducer(const results::StudyInfo& info, const RunKey& key, const Facts& facts)
      : info_(info), key_(key), facts_(facts), timeline_(info.timeline()), years_(years(info)) {
    for (const auto& chip : info.chips) chips_[chip.id] = &chip;
  }

  Metrics reduce() {
    fleet();
    training();
    jobs();
    services();
    recommendation_months();
    instances();
    logs();
    failures();
    money();
    money_by_offer();
    energy();
    ledger();
    work();
    out_.online = facts_.of<OnlineChange>();
    std::sort(out_.online.begin(), out_.online.end(), [](const auto& a, const auto& b) {
      return std::tie(a.date, a.chip, a.site) < std::tie(b.date, b.chip, b.site);
    });
    out_.missing = facts_.of<MissingRate>();
    put("missing_rates", "rates", static_cast<double>(out_.missing.size()));
    binding();
    return std::move(out_);
  }

 private:
  std::vector<double> months() const { return std::vector<double>(static_cast<size_t>(timeline_.months())); }
  void put(std::string id, const char* unit, double value) { out_.values.push_back({std::move(id), unit, value}); }

  // Place of a month's year in years_. Throws for a month outside the horizon.
  size_t year_of(int64_t month) const {
    if (month < 0 || month >= timeline_.months())
      throw std::runtime_error("run " + key_.text() + ": month " + std::to_string(month) + " is outside the horizon");
    return static_cast<size_t>(timeline_.month_start(static_cast<int>(month)).year() - years_.front());
  }
  double year_seconds(size_t year) const {
    const Date from = std::max(timeline_.start(), Date::of(years_[year], 1, 1));
    const Date to = std::min(timeline_.end(), Date::of(years_[year] + 1, 1, 1));
    return (to - from).n * kSecondsPerDay;
  }
  double month_seconds(int64_t month) const {
    const int m = static_cast<int>(month);
    return (std::min(timeline_.end(), timeline_.month_start(m + 1)) - timeline_.month_start(m)).n * kSecondsPerDay;
  }
  const results::ChipInfo& chip(const std::string& id) const {
    const auto it = chips_.find(id);
    if (it == chips_.end()) throw std::runtime_error("run " + key_.text() + ": chip \"" + id + "\" is not in the study");
    return *it->second;
  }

  void fleet() {
    std::vector<int64_t> delivered(years_.size()), powered(years_.size()), online(years_.size());
    for (const auto& f : facts_.of<FleetMonth>()) {
      const size_t y = year_of(f.month);
      const bool last = f.month + 1 == timeline_.months() || year_of(f.month + 1) != y;
      if (!last) continue;
      delivered[y] += f.delivered, powered[y] += f.powered, online[y] += f.online;
    }
    for (size_t y = 0; y < years_.size(); ++y) put("fleet.online." + std::to_string(years_[y]), "chips", static_cast<double>(online[y]));
    for (size_t y = 0; y < years_.size(); ++y) put("fleet.powered." + std::to_string(years_[y]), "chips", static_cast<double>(powered[y]));
    for (size_t y = 0; y < years_.size(); ++y) put("fleet.delivered." + std::to_string(years_[y]), "chips", static_cast<double>(delivered[y]));
  }

  void training() {
    double tokens = 0;
    std::vector<double> by_year(years_.size());
    out_.trained = months();
    auto& by_month = out_.trained;
    for (const auto& t : facts_.of<TrainMonth>()) {
      by_year[year_of(t.month)] += t.model_flop;
      by_month[static_cast<size_t>(t.month)] += t.model_flop;
      tokens += t.tokens;
      if (std::any_of(info_.offers.begin(), info_.offers.end(), [&](const auto& o) { return o.chip == t.chip; }))
        bought_tokens_ += t.model_flop / info_.reference_flop_per_token;
    }
    double flop = 0, peak = 0, peak_month = kNone;
    for (size_t m = 0; m < by_month.size(); ++m) {
      flop += by_month[m];
      const double rate = by_month[m] / month_seconds(static_cast<int64_t>(m));
      if (rate > peak) peak = rate, peak_month = static_cast<double>(m);
    }
    reference_tokens_ = flop / info_.reference_flop_per_token;
    put(kObjective, "tokens", reference_tokens_);
    put("train.tokens", "tokens", tokens);
    put("train.flop_rate", "FLOP/s", flop / timeline_.length().value());
    for (size_t y = 0; y < years_.size(); ++y)
      put("train.flop_rate." + std::to_string(years_[y]), "FLOP/s", by_year[y] / year_seconds(y));
    put("train.peak_flop_rate", "FLOP/s", peak);
    put("train.peak_month", "month", peak_month);
  }

  void jobs() {
    double first = kNever, finished = 0;
    for (const auto& j : facts_.of<JobFact>()) {
      if (j.campaign != info_.reference || j.finished < 0) continue;
      first = std::min(first, j.finished / kSecondsPerDay);
      finished += 1;
    }
    put("train.first_finish", "days", first);
    put("train.runs_finished", "runs", finished);
  }

  // Of one service, or of several.
  struct Served {
    std::vector<double> demanded, served, month_demanded, month_served;
    double all_demanded = 0, all_served = 0;
    int64_t hours_short = 0;
    explicit Served(size_t years = 0, size_t months = 0) : demanded(years), served(years), month_demanded(months), month_served(months) {}
    void add(const ServeMonth& s, size_t year) {
      const auto m = static_cast<size_t>(s.month);
      demanded[year] += s.demanded, served[year] += s.served, month_demanded[m] += s.demanded, month_served[m] += s.served;
      all_demanded += s.demanded, all_served += s.served, hours_short += s.hours_short;
    }
    bool met(double share) const { return all_served >= share * all_demanded; }
    // First month from which every month to the end meets the share.
    size_t met_from(double share) const {
      size_t from = month_served.size();
      while (from > 0 && month_served[from - 1] >= share * month_demanded[from - 1]) --from;
      return from;
    }
  };

  void put_served(const std::string& id, const Served& s) {
    for (size_t y = 0; y < years_.size(); ++y) put(id + ".rate." + std::to_string(years_[y]), "requests/s", s.served[y] / year_seconds(y));
    for (size_t y = 0; y < years_.size(); ++y) put(id + ".served." + std::to_string(years_[y]), "%", percent(s.served[y], s.demanded[y]));
    put(id + ".served", "%", percent(s.all_served, s.all_demanded));
    put(id + ".hours_short", "region-hours", static_cast<double>(s.hours_short));
    const size_t from = s.met_from(info_.served_share);
    put(id + ".met_from", "month", from == s.month_served.size() ? kNever : static_cast<double>(from));
  }

  // A service that ranks has a model that could be larger: afford_month. The condition holds for every service by itself, so that
  // none is given up behind another's requests.
  void services() {
    const size_t n = months().size();
    std::set<std::string> ranks;
    for (const auto& f : facts_.of<AffordMonth>()) ranks.insert(f.service);
    std::map<std::string, Served> by_service;
    Served ranking(years_.size(), n);
    out_.served.assign(n, 0), ranked_.assign(n, 0);
    for (const auto& s : facts_.of<ServeMonth>()) {
      const size_t y = year_of(s.month);
      by_service.try_emplace(s.service, years_.size(), n).first->second.add(s, y);
      if (ranks.count(s.service) > 0) ranking.add(s, y);
      out_.served[static_cast<size_t>(s.month)] += s.served;
    }
    ranked_ = ranking.month_served;
    put_served("rec", ranking);
    bool met = true;
    for (const auto& [service, sum] : by_service) {
      met = met && sum.met(info_.served_share);
      put_served("serve." + service, sum);
    }
    put(kCondition, kFlag, met ? 1 : 0);
  }

  // Of several pools that rank, the one that affords least; of several that learn, the stalest.
  void recommendation_months() {
    const size_t n = static_cast<size_t>(timeline_.months());
    std::vector<double> stale(years_.size(), kNone), scale(years_.size(), kNone);
    if (!facts_.of<ServeMonth>().empty()) out_.recommended.assign(n, {0, kNone, kNone, kNone});
    for (size_t m = 0; m < out_.recommended.size(); ++m) out_.recommended[m].served = ranked_[m] / month_seconds(static_cast<int64_t>(m));
    for (const auto& f : facts_.of<LearnMonth>()) {
      const size_t y = year_of(f.month);
      RecMonth& into = out_.recommended.at(static_cast<size_t>(f.month));
      into.staleness = std::fmax(into.staleness, f.staleness_mean);
      stale[y] = std::fmax(stale[y], f.staleness_max);
    }
    for (const auto& f : facts_.of<AffordMonth>()) {
      const size_t y = year_of(f.month);
      RecMonth& into = out_.recommended.at(static_cast<size_t>(f.month));
      if (std::isnan(into.scale) || f.scale < into.scale) into.scale = f.scale, into.flop = f.flop_per_candidate;
      scale[y] = std::fmin(scale[y], f.scale);
    }
    for (size_t y = 0; y < years_.size(); ++y) put("rec.staleness_max." + std::to_string(years_[y]), "seconds", stale[y]);
    for (size_t y = 0; y < years_.size(); ++y) put("rec.model_scale." + std::to_string(years_[y]), "x", scale[y]);
  }

  // Fleets of instances that a study names, each by its service.
  void instances() {
    std::map<std::string, HeldMonth> sums;
    std::map<std::string, double> hosts;  // host-hours
    for (const auto& f : facts_.of<HeldMonth>()) {
      year_of(f.month);  // inside the horizon
      HeldMonth& sum = sums[f.service];
      sum.wanted += f.wanted, sum.held += f.held, sum.hours += f.hours, sum.hours_short += f.hours_short;
      hosts[f.service] += f.hosts * static_cast<double>(f.hours);
    }
    for (const auto& [service, sum] : sums) {
      const std::string id = "held." + service;
      put(id + ".wanted", "accelerators", sum.wanted / static_cast<double>(sum.hours));
      put(id + ".share", "%", percent(sum.held, sum.wanted));
      put(id + ".hours_short", "hours", static_cast<double>(sum.hours_short));
      put(id + ".hosts", "hosts", hosts[service] / static_cast<double>(sum.hours));
      put(id + ".hosts_each", "hosts per accelerator", sum.held > 0 ? hosts[service] / sum.held : kNone);
    }
  }

  // Logs of jobs, each by its own.
  void logs() {
    std::map<std::string, LogMonth> sums;   // chips and held: chip-seconds; wait: s of all that started
    for (const auto& f : facts_.of<LogMonth>()) {
      year_of(f.month);  // inside the horizon
      LogMonth& sum = sums[f.log];
      const double seconds = month_seconds(f.month);
      sum.submitted += f.submitted, sum.started += f.started, sum.finished += f.finished;
      sum.wait += f.wait * static_cast<double>(f.started), sum.chips += f.chips * seconds, sum.held += f.held * seconds;
      sum.strikes += f.strikes, sum.down += f.down * seconds, sum.again += f.again;
      if (f.month >= sum.month) sum.month = f.month, sum.waiting = f.waiting, sum.running = f.running;
    }
    for (const auto& [log, sum] : sums) {
      const std::string id = "log." + log;
      put(id + ".submitted", "jobs", static_cast<double>(sum.submitted));
      put(id + ".finished", "jobs", static_cast<double>(sum.finished));
      put(id + ".waiting", "jobs", static_cast<double>(sum.waiting));
      put(id + ".wait", "seconds", sum.started > 0 ? sum.wait / static_cast<double>(sum.started) : kNone);
      put(id + ".chips", "chips", sum.chips / timeline_.length().value());
      put(id + ".use", "%", percent(sum.held, sum.chips));
      put(id + ".strikes", "nodes", static_cast<double>(sum.strikes));
      put(id + ".lost", "%", percent(sum.down + sum.again, sum.chips));
    }
  }

  bool is_own(const results::SpendInfo& s) const { return s.mix == key_.mix && (s.outcome.empty() || s.outcome == key_.outcome); }

  // Where a study plays failures as events.
  void failures() {
    const auto& outages = facts_.of<OutageMonth>();
    if (outages.empty()) return;
    double strikes = 0, nodes = 0, held = 0, undone = 0, recovery = 0, waiting = 0;
    for (const auto& f : outages) strikes += static_cast<double>(f.strikes), nodes += static_cast<double>(f.nodes);
    for (const auto& f : facts_.of<TrainMonth>()) {
      held += static_cast<double>(f.chip_seconds), undone += static_cast<double>(f.undone);
      recovery += static_cast<double>(f.recovery), waiting += static_cast<double>(f.waiting);
    }
    put("failures.strikes", "strikes", strikes);
    put("failures.nodes", "nodes", nodes);
    put("failures.undone", "%", percent(undone, held));
    put("failures.recovery", "%", percent(recovery, held));
    put("failures.waiting", "%", percent(waiting, held));
  }

  void money() {
    double planned = 0, converted = 0, redirected = 0, stranded = 0, lost = 0, outstanding = 0;
    for (const auto& s : info_.spend)
      if (is_own(s)) planned += s.usd;
    for (const auto& o : facts_.of<OrderFact>()) {
      converted += o.converted, redirected += o.redirected, stranded += o.stranded;
      lost += o.lost, outstanding += o.outstanding;
      if (o.origin == "loop") planned += o.spend;  // earned on the way
    }
    put("money.planned", "USD", planned);
    put("money.converted", "USD", converted);
    put("money.redirected", "USD", redirected);
    put("money.stranded", "USD", stranded);
    put("money.lost", "USD", lost);
    put("money.outstanding", "USD", outstanding);
    put("money.converted_share", "%", percent(converted, planned));
    // Money per work on the kinds of chips that it buys: chips that stood there before cost nothing here.
    put("cost.usd_per_ttoken", "USD per 1e12 tokens", converted / (bought_tokens_ / kTera));
  }

  void money_by_offer() {
    for (const auto& offer : info_.offers) {
      double planned = 0, own = 0;  // own: converted of what the mix itself planned
      OrderFact sum;
      double received = 0;
      for (const auto& s : info_.spend)
        if (is_own(s) && s.offer == offer.id) planned += s.usd;
      for (const auto& o : facts_.of<OrderFact>()) {
        if (o.offer != offer.id) continue;
        (o.origin == "mix" ? own : received) += o.origin == "mix" ? o.converted : o.spend;
        sum.converted += o.converted, sum.redirected += o.redirected, sum.stranded += o.stranded;
        sum.lost += o.lost, sum.outstanding += o.outstanding, sum.delivered += o.delivered;
      }
      const std::string id = "money.offer." + offer.id;
      put(id + ".planned", "USD", planned);
      put(id + ".received", "USD", received);
      put(id + ".converted", "USD", sum.converted);
      put(id + ".redirected", "USD", sum.redirected);
      put(id + ".stranded", "USD", sum.stranded);
      put(id + ".lost", "USD", sum.lost);
      put(id + ".outstanding", "USD", sum.outstanding);
      put(id + ".converted_share", "%", percent(own, planned));
      put(id + ".delivered", "chips", static_cast<double>(sum.delivered));
    }
  }

  void energy() {
    double joules = 0, usd = 0;
    for (const auto& e : facts_.of<EnergyMonth>()) joules += e.joules, usd += e.usd;
    put("energy.mwh", "MWh", joules / kJoulesPerMwh);
    put("energy.usd", "USD", usd);
  }

  void ledger() {
    const auto& rows = facts_.of<LedgerFact>();
    out_.ledger = by_owner(rows);
    std::map<std::string, double> flop;
    double all_flop = 0;
    for (const auto& l : rows) {
      const double peak = chip(l.chip).bf16_peak * static_cast<double>(l.chip_seconds);
      flop[l.owner] += peak, all_flop += peak;
    }
    const auto all = static_cast<double>(total(out_.ledger));
    put("ledger.chip_hours", "chip-hours", all / kSecondsPerHour);
    put("ledger.peak_flop", "FLOP", all_flop);
    const auto seconds = [&](size_t owner) { return static_cast<double>(out_.ledger[owner]); };
    for (size_t i = 0; i < std::size(kOwners); ++i) put(std::string("ledger.") + kOwners[i], "%", percent(seconds(i), all));
    for (const char* owner : kOwners) put(std::string("ledger_flop.") + owner, "%", percent(flop[owner], all_flop));
    for (size_t i = 0; i < std::size(kOwners); ++i)
      put(std::string("ledger_hours.") + kOwners[i], "chip-hours", seconds(i) / kSecondsPerHour);
  }

  void work() {
    std::map<std::string, double> by_supplier;
    double all = 0;
    auto by_month = months(), domestic = months();
    const auto add = [&](int64_t month, const std::string& id, double flop) {
      year_of(month);  // inside the horizon
      by_supplier[chip(id).supplier] += flop, all += flop;
      by_month[static_cast<size_t>(month)] += flop;
      if (chip(id).country == info_.home) domestic[static_cast<size_t>(month)] += flop;
    };
    for (const auto& t : facts_.of<TrainMonth>()) add(t.month, t.chip, t.model_flop);
    for (const auto& s : facts_.of<ServeChipMonth>()) add(s.month, s.chip, s.model_flop);
    for (const auto& supplier : suppliers(info_)) put("work." + supplier, "%", percent(by_supplier[supplier], all));
    domestic_shares(domestic, by_month);
  }

  // Work on chips of the buyer's own country: in all, by year, quarter and month, and from when on it is the most.
  void domestic_shares(const std::vector<double>& domestic, const std::vector<double>& all) {
    std::map<std::string, std::pair<double, double>> sums;  // by suffix: "", ".2026", ".2026-Q1", ".2026-01"
    for (int m = 0; m < timeline_.months(); ++m) {
      const std::string name = timeline_.month_name(m);
      for (const auto& suffix : {std::string(), "." + name.substr(0, 4), "." + quarter_of(name), "." + name}) {
        auto& [part, whole] = sums[suffix];
        part += domestic[static_cast<size_t>(m)], whole += all[static_cast<size_t>(m)];
      }
    }
    const bool known = !info_.home.empty();
    for (const auto& [suffix, sum] : sums) put("work.domestic" + suffix, "%", known ? percent(sum.first, sum.second) : kNone);
    size_t from = all.size();
    while (from > 0 && all[from - 1] > 0 && domestic[from - 1] >= 0.5 * all[from - 1]) --from;
    put("work.domestic_from", "month", !known ? kNone : from == all.size() ? kNever : static_cast<double>(from));
  }

  void binding() {
    std::map<std::string, Binding> first;
    for (const auto& b : facts_.of<BottleneckFact>()) {
      Binding& best = first[b.month];
      // Equal shares: the name that sorts first, so that the order of rows does not matter.
      if (best.name.empty() || b.share > best.share || (b.share == best.share && b.binding < best.name))
        best = {b.month, b.binding, b.share};
    }
    for (auto& [month, b] : first) out_.binding.push_back(std::move(b));
  }

  const results::StudyInfo& info_;
  const RunKey& key_;
  const Facts& facts_;
  const Timeline timeline_;
  const std::vector<int> years_;
  std::map<std::string, const results::ChipInfo*> chips_;
  double reference_tokens_ = 0;
  std::vector<double> ranked_;   // by month, requests of services that rank
  double bought_tokens_ = 0;     // of them, on kinds of chips that are on offer
  Metrics out_;
};

}  // namespace

double Metrics::operator[](const std::string& id) const {
  for (const auto& m : values)
    if (m.id == id) return m.value;
  return kNone;
}

Metrics reduce(const results::StudyInfo& info, const RunKey& key, const Facts& facts) {
  return Reducer(info, key, facts).reduce();
}

std::string quarter_of(const std::string& month) { return quarter_name(date_or_never(month + "-01")); }

std::vector<int> years(const results::StudyInfo& info) {
  const Timeline t = info.timeline();
  std::vector<int> out;
  for (int y = t.start().year(); y <= (t.end() + Days{-1}).year(); ++y) out.push_back(y);
  return out;
}

std::vector<std::string> suppliers(const results::StudyInfo& info) {
  std::vector<std::string> out;
  for (const auto& chip : info.chips)
    if (std::find(out.begin(), out.end(), chip.supplier) == out.end()) out.push_back(chip.supplier);
  return out;
}

}  // namespace capmix::analysis
