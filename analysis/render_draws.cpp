// What draws say beyond the objective's spread: headline metrics, how stable the order of mixes is, and who passes whom.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "analysis/notes.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

constexpr double kSeldom = 0.1;   // overtakings in fewer draws, and not at modes, are left to --json
constexpr size_t kMostRows = 5;          // of an outcome

struct Headline {
  std::string id, title;
  std::function<std::string(double)> cell;
};

// "2.1 3.4 5.0": P10, P50 and P90 as the row writes them.
std::string three(const Spread& s, const Headline& h) { return h.cell(s.p10) + " " + h.cell(s.p50) + " " + h.cell(s.p90); }

double greatest(const OutcomeResult& o, const std::string& id) {
  double most = 0;
  for (const auto& m : o.mixes)
    if (!m.spreads.empty() && std::isfinite(m[id].p90)) most = std::max(most, std::fabs(m[id].p90));
  return most;
}

std::vector<Headline> headline_metrics(const Comparison& c, const OutcomeResult& o) {
  const Timeline t = c.info.timeline();
  const auto day = [t](double days) { return std::isnan(days) ? std::string("-") : std::isinf(days) ? "never" : t.date(kDay * days).text().substr(2, 5); };
  const auto month = [t](double m) { return std::isnan(m) ? std::string("-") : std::isinf(m) ? "never" : t.month_name(static_cast<int>(m)).substr(2); };
  const auto places = [](int n) { return [n](double x) { return std::isinf(x) ? std::string("inf") : fixed(x, n); }; };
  const auto scaled = [](const Scale& s) { return [s](double x) { return number(x, s); }; };
  const std::string last = std::to_string(years(c.info).back());
  const Scale tokens = token_scale(greatest(o, kObjective)), chips = scale_for(greatest(o, "fleet.online." + last)), cost = money_scale(greatest(o, "cost.usd_per_ttoken")),
              rate = scale_for(greatest(o, "train.peak_flop_rate")), energy = money_scale(greatest(o, "energy.usd"));
  std::vector<Headline> out{{kObjective, "trained, " + scaled_unit(tokens, "ref. tokens"), scaled(tokens)},
                            {"train.peak_flop_rate", "best month, " + rate.prefix + "FLOP/s", scaled(rate)},
                            {"train.first_finish", "1st run done, yy-mm", day},
                            {"fleet.online." + last, "online " + last + ", " + scaled_unit(chips, "chips"), scaled(chips)},
                            {"rec.served", "rec. served, %", places(2)},
                            {"work.domestic_from", "half domestic, yy-mm", month},
                            {"money.converted_share", "money converted, %", places(0)},
                            {"cost.usd_per_ttoken", "chips' price, " + usd_unit(cost) + " per T tokens", scaled(cost)},
                            {"energy.usd", "energy, " + usd_unit(energy), scaled(energy)}};
  // What no mix has anything to say of: a study without services, without a home.
  out.erase(std::remove_if(out.begin(), out.end(), [&](const Headline& h) {
              return std::all_of(o.mixes.begin(), o.mixes.end(), [&](const MixResult& m) { return m.spreads.empty() || std::isnan(m[h.id].p50); });
            }), out.end());
  return out;
}

std::string headline_table(const Comparison& c, int width) {
  const auto& o = c.outcomes.front();
  TextTable table("P10 P50 P90");
  for (const auto& m : o.mixes) table.column(m.mix);
  for (const auto& h : headline_metrics(c, o)) {
    std::vector<std::string> cells{h.title};
    for (const auto& m : o.mixes) cells.push_back(m.spreads.empty() ? "-" : three(m[h.id], h));
    table.row(std::move(cells));
  }
  return heading("Headline metrics over draws", '=') +
         wrap("P10, P50 and P90 of each, of this outcome; of dates, the days by which it has happened in so many draws. Every other outcome and metric: --json, --csv.", width) + "\n" +
         outcome_line(o) + table.text(width);
}

std::string percent(double share) { return fixed(100 * share, 0); }

std::string order_table(const Comparison& c, int width) {
  std::string out = heading("How stable the order is", '=') +
                    wrap("Shares of the draws that all mixes have. First: no mix is better (several may be level). Pairing: the difference to the first mix varies so many times "
                         "less on common worlds than if both were drawn apart. Then, how often the mix is better than each other one.", width);
  for (const auto& o : c.outcomes) {
    if (o.draws < 2) continue;
    TextTable table("mix");
    for (const char* head : {"first\n%", "mean\nrank", "pairing\nx"}) table.column(head);
    for (const auto& m : o.mixes) table.column("beats, %\n" + m.mix);
    for (size_t i = 0; i < o.mixes.size(); ++i) {
      const double pairing = o.mixes[i].spreads.empty() ? NAN : o.mixes[i][kObjective].pairing;
      std::vector<std::string> cells{o.mixes[i].name, percent(o.order.first[i]), fixed(o.order.mean_rank[i], 2),
                                     i == 0 ? "" : std::isinf(pairing) ? "inf" : fixed(pairing, 1)};
      for (size_t j = 0; j < o.mixes.size(); ++j) cells.push_back(i == j ? "" : percent(o.order.beats[i][j]));
      table.row(std::move(cells));
    }
    out += "\n" + outcome_line(o) + table.text(width);
    if (!std::isnan(o.order.tau))
      out += wrap(fmt::format("Order of a draw against that at modes: Kendall's tau {} in the mean; draws among themselves: Kendall's W {} (1: all alike).", fixed(o.order.tau, 2), fixed(o.order.concordance, 2)), width);
  }
  return out;
}

std::string when(const Timeline& t, double months) {
  if (std::isnan(months)) return "-";
  const Date d = day_of_month(t, months);
  return d.is_never() ? "never" : d.text();
}

struct Passing {  // of one mix and another in an outcome
  const Overtaking *all = nullptr, *month = nullptr;
  const Overtaking& any() const { return all ? *all : *month; }
  double share() const { return std::max(all ? all->share : 0, month ? month->share : 0); }
  bool often() const { return (all && std::isfinite(all->modes)) || (month && std::isfinite(month->modes)) || share() >= kSeldom; }
};

std::vector<Passing> passings(const OutcomeResult& o) {
  std::vector<Passing> out;
  for (const auto& x : o.overtakings) {
    auto it = std::find_if(out.begin(), out.end(), [&](const Passing& p) { return p.any().passed == x.passed && p.any().passing == x.passing; });
    if (it == out.end()) it = out.insert(out.end(), Passing());
    (x.work == Work::cumulative ? it->all : it->month) = &x;
  }
  std::stable_sort(out.begin(), out.end(), [](const Passing& a, const Passing& b) { return a.share() > b.share(); });
  return out;
}

std::string overtakings(const Comparison& c, int width) {
  const Timeline t = c.info.timeline();
  const auto name = [&](const std::string& id) { return name_of(c.info.mixes, id); };
  std::string tables;
  size_t left = 0;
  for (const auto& o : c.outcomes) {
    TextTable table("mix");
    table.column("passes", true);
    for (const char* head : {"at\nmodes", "in % of\ndraws", "P10", "P50", "P90", "by month\nin %"}) table.column(head);
    size_t rows = 0;
    for (const auto& p : passings(o)) {
      if (!p.often() || rows == kMostRows) {
        ++left;
        continue;
      }
      ++rows;
      std::vector<std::string> cells{name(p.any().passing), p.any().passed};
      if (p.all) cells.insert(cells.end(), {when(t, p.all->modes), percent(p.all->share), when(t, p.all->p10), when(t, p.all->p50), when(t, p.all->p90)});
      else cells.insert(cells.end(), {"never", o.draws > 0 ? "0" : "-", "never", "never", "never"});
      cells.push_back(p.month ? percent(p.month->share) : "0");
      table.row(std::move(cells));
    }
    if (rows > 0) tables += "\n" + outcome_line(o) + table.text(width);
  }
  if (tables.empty()) return "";
  return heading("Who passes whom in training, and when", '=') +
         wrap("By all work since the start: from that day on the mix is ahead of the other one, after it was behind, and stays ahead to the end. By month: the same of each month's work (dates: --json). "
              "P10: the day by which it has happened in a tenth of the draws; never: not in so many." + (left > 0 ? fmt::format(" {} more pairs, in fewer draws: --json.", left) : ""), width) + tables;
}

}  // namespace

std::string draws_tables(const Comparison& c, int width) {
  const bool drawn = std::any_of(c.outcomes.begin(), c.outcomes.end(), [](const auto& o) { return o.draws > 1; });
  std::string out;
  if (drawn && c.outcomes.front().draws > 1) out += headline_table(c, width);
  if (drawn && c.info.mixes.size() > 1) out += order_table(c, width);
  return out + overtakings(c, width);
}

}  // namespace capmix::analysis
