// The comparison as tables. Every table says its units in its header; numbers of one column share a scale over
// all outcomes.
#include "analysis/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "analysis/notes.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

double value(const MixResult& m, const std::string& id) { return m.at_modes ? m[id].modes : NAN; }

// Greatest magnitude over all mixes and outcomes, of what `pick` takes from a mix.
double greatest(const Comparison& c, const std::function<double(const MixResult&)>& pick) {
  double most = 0;
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes) {
      const double x = m.spreads.empty() ? NAN : std::fabs(pick(m));
      if (std::isfinite(x)) most = std::max(most, x);
    }
  return most;
}

double greatest(const Comparison& c, const std::vector<std::string>& ids) {
  double most = 0;
  for (const auto& id : ids) most = std::max(most, greatest(c, [&](const MixResult& m) { return value(m, id); }));
  return most;
}

std::vector<std::string> by_year(const Comparison& c, const std::string& prefix) {
  std::vector<std::string> ids;
  for (const int y : years(c.info)) ids.push_back(prefix + std::to_string(y));
  return ids;
}

std::string percent(double x) { return fixed(x, 1); }

std::string served(double x) { return fixed(x, 2); }

std::string finish(const results::StudyInfo& info, double days) {
  if (std::isnan(days)) return "-";
  if (std::isinf(days)) return "not by end";
  return info.timeline().date(kDay * days).text();
}

std::string rank(const MixResult& m) {
  if (m.rank == 0) return "- ";
  return std::to_string(m.rank) + (m.meets ? " " : "*");
}

// One table per outcome under one heading; `fill` adds the columns and rows of an outcome.
struct Section {
  const Comparison& c;
  int width;
  std::string text;

  void add(const std::string& title, const std::string& about, const std::function<void(TextTable&)>& head,
           const std::function<std::vector<std::string>(const MixResult&)>& row) {
    text += heading(title, '=');
    if (!about.empty()) text += wrap(about, width);
    for (const auto& o : c.outcomes) {
      TextTable table("mix");
      head(table);
      for (const auto& m : o.mixes) {
        auto cells = m.spreads.empty() ? std::vector<std::string>() : row(m);
        cells.insert(cells.begin(), m.name);
        if (!m.spreads.empty()) table.row(std::move(cells));
      }
      text += "\n" + outcome_line(o) + table.text(width);
    }
  }
};

void main_table(Section& s) {
  const auto& c = s.c;
  const auto online = by_year(c, "fleet.online.");
  const Scale chips = scale_for(greatest(c, online)), tokens = token_scale(greatest(c, {kObjective})),
              rate = scale_for(greatest(c, {"train.flop_rate"})), cost = money_scale(greatest(c, {"cost.usd_per_ttoken"}));
  const auto head = [&](TextTable& t) {
    t.column("rank");
    for (const int y : years(c.info)) t.column(fmt::format("chips\n{}\n{}", y, chips.prefix));
    t.column("trained\ntokens\n" + tokens.prefix);
    t.column("trained\nmean\n" + rate.prefix + "FLOP/s");
    t.column("1st run\nfinished\non");
    t.column("rec.\nserved\n%");
    t.column("money\nconv.\n%");
    t.column("chips'\nprice,\n" + usd_unit(cost) + "\nper T");
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells{rank(m)};
    for (const auto& id : online) cells.push_back(number(value(m, id), chips));
    cells.push_back(number(value(m, kObjective), tokens));
    cells.push_back(number(value(m, "train.flop_rate"), rate));
    cells.push_back(finish(c.info, value(m, "train.first_finish")));
    cells.push_back(served(value(m, "rec.served")));
    cells.push_back(percent(value(m, "money.converted_share")));
    cells.push_back(number(value(m, "cost.usd_per_ttoken"), cost));
    return cells;
  };
  s.add("Mixes at modes",
        "Chips online at each year's end. Training in tokens of the reference model (campaign " + c.info.reference +
            ") by the horizon. Money: converted to delivered chips, % of the plan; the chips' price, gross, per T (1e12) tokens trained on their kinds.", head, row);
}

void chips_table(Section& s) {
  const auto& c = s.c;
  std::vector<std::string> ids;
  for (const char* stage : {"delivered", "powered", "online"})
    for (const auto& id : by_year(c, std::string("fleet.") + stage + ".")) ids.push_back(id);
  const Scale chips = scale_for(greatest(c, ids));
  const auto head = [&](TextTable& t) {
    for (const char* stage : {"deliv.", "powered", "online"})
      for (const int y : years(c.info)) t.column(fmt::format("{}\n{}", stage, y));
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells;
    for (const auto& id : ids) cells.push_back(number(value(m, id), chips));
    return cells;
  };
  s.add("Chips at each year's end, " + scaled_unit(chips, "chips"),
        "Delivered; placed where power is ready; online after network, installation and burn-in. At modes.", head, row);
}

void recommendation_table(Section& s) {
  const auto& c = s.c;
  const auto rates = by_year(c, "rec.rate."), shares = by_year(c, "rec.served.");
  if (greatest(c, rates) == 0) return;  // a study without services
  const Scale scale = scale_for(greatest(c, rates));
  const auto head = [&](TextTable& t) {
    for (const int y : years(c.info)) t.column(fmt::format("served\n{}\n{}/s", y, scale.prefix.empty() ? "req." : scale.prefix));
    for (const int y : years(c.info)) t.column(fmt::format("served\n{}\n%", y));
    t.column("hours\nshort");
    t.column("holds\nfrom");
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells;
    for (const auto& id : rates) cells.push_back(number(value(m, id), scale));
    for (const auto& id : shares) cells.push_back(served(value(m, id)));
    cells.push_back(fixed(value(m, "rec.hours_short"), 0));
    const double from = value(m, "rec.met_from");
    cells.push_back(std::isfinite(from) ? c.info.timeline().month_name(static_cast<int>(from)) : "never");
    return cells;
  };
  s.add("Recommendation at modes",
        fmt::format("Requests per second inside the latency objective, mean of the year, and share of the demand; region-hours "
                    "that shed load; first month from which {:.4g} % of every month's demand is served to the end.",
                    100 * c.info.served_share), head, row);
}

// Years' ends, or with `months` every month: a row a month, a column a mix.
void recommendation_months(Section& s, bool all) {
  const auto& c = s.c;
  const Timeline timeline = c.info.timeline();
  bool learns = false, ranks = false;
  double most = 0;
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes)
      for (const auto& x : m.recommended) learns = learns || !std::isnan(x.staleness), ranks = ranks || !std::isnan(x.scale), most = std::max(most, x.served);
  if (!ranks) return;
  const Scale scale = scale_for(most);
  s.text += heading("Recommendation by month, at modes", '=') +
            wrap("Served: requests per second inside the objective, mean of the month. Stale: mean age of the newest sample that a serving copy has learned. Model: depth, relative "
                 "to the study's, of the largest ranking model that all chips could serve to the whole demand if they did nothing else (with head-room over "
                 "the month's peak)." + std::string(all ? "" : " Last month of each year; --months shows all."), s.width);
  struct Column { std::string title; std::function<std::string(const RecMonth&)> cell; };
  std::vector<Column> columns{{"served, " + scaled_unit(scale, "requests/s"), [&](const RecMonth& x) { return number(x.served, scale); }}};
  if (learns) columns.push_back({"stale, seconds", [](const RecMonth& x) { return fixed(x.staleness, 0); }});
  columns.push_back({"model, x the study's", [](const RecMonth& x) { return fixed(x.scale, 2); }});
  for (const auto& o : c.outcomes)
    for (const auto& column : columns) {
      TextTable table(column.title);
      for (const auto& m : o.mixes) table.column(m.mix);
      for (int i = 0; i < timeline.months(); ++i) {
        const bool last = i + 1 == timeline.months() || timeline.month_start(i + 1).year() != timeline.month_start(i).year();
        if (!all && !last) continue;
        std::vector<std::string> cells{timeline.month_name(i)};
        for (const auto& m : o.mixes) cells.push_back(static_cast<size_t>(i) < m.recommended.size() ? column.cell(m.recommended[static_cast<size_t>(i)]) : "-");
        table.row(std::move(cells));
      }
      s.text += "\n" + outcome_line(o) + table.text(s.width);
    }
}

// Of a study with other services than one that ranks: how each of them fares. Metrics "serve.SERVICE.served" and so on.
void services_table(Section& s) {
  std::vector<std::string> ids;
  for (const auto& x : s.c.outcomes.front().mixes.front().spreads)
    if (const std::string end = ".hours_short"; x.id.rfind("serve.", 0) == 0 && x.id.size() > end.size() && x.id.substr(x.id.size() - end.size()) == end) ids.push_back(x.id.substr(0, x.id.size() - end.size()));
  if (ids.size() < 2 && greatest(s.c, by_year(s.c, "rec.rate.")) > 0) return;
  const auto head = [&](TextTable& t) {
    for (const auto& id : ids)
      for (const char* title : {"served\n%", "hours\nshort", "holds\nfrom"}) t.column(id.substr(6) + "\n" + title);
  };
  s.add("Services at modes",
        fmt::format("Of each service: share of the demand that was served, region-hours that shed load, first month from which {:.4g} % of every month's demand is served to the end.", 100 * s.c.info.served_share),
        head, [&](const MixResult& m) {
          std::vector<std::string> cells;
          for (const auto& id : ids) {
            const double from = value(m, id + ".met_from");
            cells.insert(cells.end(), {served(value(m, id + ".served")), fixed(value(m, id + ".hours_short"), 0), std::isfinite(from) ? s.c.info.timeline().month_name(static_cast<int>(from)) : "never"});
          }
          return cells;
        });
}

// A table for each fleet of instances that the study names: metrics "held.SERVICE.wanted" and so on.
void instances_tables(Section& s) {
  const auto& first = s.c.outcomes.front().mixes.front();
  for (const auto& x : first.spreads) {
    const size_t dot = x.id.rfind('.');
    if (x.id.rfind("held.", 0) != 0 || x.id.substr(dot) != ".wanted") continue;
    const std::string id = x.id.substr(0, dot);
    const auto head = [](TextTable& t) {
      for (const char* title : {"wanted", "held\n%", "hours\nshort", "hosts\nfor one", "hosts"}) t.column(title);
    };
    s.add("Instances of " + id.substr(5) + " at modes",
          "Accelerators that the apps of the inventory hold, mean over the horizon, and the share for which chips of this fleet stood in; hours in which some were "
          "missing; instances on CPU nodes for one accelerator, and beside those that were held.",
          head, [&](const MixResult& m) {
            return std::vector<std::string>{fixed(value(m, id + ".wanted"), 1), served(value(m, id + ".share")), fixed(value(m, id + ".hours_short"), 0), fixed(value(m, id + ".hosts_each"), 2), fixed(value(m, id + ".hosts"), 1)};
          });
  }
}

// A table for each log of jobs: metrics "log.ID.finished" and so on.
void logs_tables(Section& s) {
  const auto& first = s.c.outcomes.front().mixes.front();
  for (const auto& x : first.spreads) {
    const size_t dot = x.id.rfind('.');
    if (x.id.rfind("log.", 0) != 0 || x.id.substr(dot) != ".finished") continue;
    const std::string id = x.id.substr(0, dot);
    const auto head = [](TextTable& t) {
      for (const char* title : {"jobs\nsubmitted", "finished", "waiting\nat the end", "wait\nhours", "chips", "in use\n%", "lost to\nfailures\n%"}) t.column(title);
    };
    s.add("Jobs of " + id.substr(4) + " at modes",
          "Jobs of the log that came, were through and waited at the end of the horizon; hours from submit to start, mean of those that started; chips that the log had, mean "
          "over the horizon, the share of them in jobs, and what was under repair or done again after a failure.",
          head, [&](const MixResult& m) {
            return std::vector<std::string>{fixed(value(m, id + ".submitted"), 0), fixed(value(m, id + ".finished"), 0), fixed(value(m, id + ".waiting"), 0), fixed(value(m, id + ".wait") / 3600, 2), fixed(value(m, id + ".chips"), 0),
                                            fixed(value(m, id + ".use"), 1), fixed(value(m, id + ".lost"), 2)};
          });
  }
}

// Where a study plays failures as events.
void failures_table(Section& s) {
  const auto& spreads = s.c.outcomes.front().mixes.front().spreads;
  if (std::none_of(spreads.begin(), spreads.end(), [](const auto& x) { return x.id == "failures.strikes"; })) return;
  const auto head = [](TextTable& t) {
    for (const char* title : {"strikes\nk", "nodes\ndown, k", "undone\n%", "recovery\n%", "waiting\n%"}) t.column(title);
  };
  s.add("Failures at modes",
        "Strikes of all causes and the nodes that went down with them, in thousands. Of the chip-time that campaigns held: work since the last checkpoint that was undone; from "
        "a failure to the first step again; waiting for a node. Causes by month: table outage_month of the results file.",
        head, [&](const MixResult& m) {
          return std::vector<std::string>{fixed(value(m, "failures.strikes") / 1000, 1), fixed(value(m, "failures.nodes") / 1000, 1), fixed(value(m, "failures.undone"), 2), fixed(value(m, "failures.recovery"), 2),
                                          fixed(value(m, "failures.waiting"), 2)};
        });
}

void interval_table(Section& s) {
  const auto& c = s.c;
  int draws = 0;
  for (const auto& o : c.outcomes) draws = std::max(draws, o.draws);
  if (draws == 0) return;
  const Scale tokens = token_scale(greatest(c, [](const MixResult& m) { return m[kObjective].p90; }));
  const auto head = [&](TextTable& t) {
    t.column("at\nmodes");
    for (const char* p : {"P10", "P50", "P90"}) t.column(p);
    t.column("diff.\nto 1st");
    t.column("90 %\ninterval");
    t.column("served\n% P10");
    t.column("served\n% P90");
    t.column("leads\nin");
  };
  const auto row = [&](const MixResult& m) {
    const auto& x = m[kObjective];
    const bool first = m.mix == c.info.mixes.front().id;
    const std::string interval = with_sign(x.diff_low, tokens) + " to " + with_sign(x.diff_high, tokens);
    return std::vector<std::string>{number(x.modes, tokens), number(x.p10, tokens), number(x.p50, tokens), number(x.p90, tokens),
                                    first ? "" : with_sign(x.diff, tokens), first ? "" : std::isfinite(x.diff_low) ? interval : "-",
                                    served(m["rec.served"].p10), served(m["rec.served"].p90), std::to_string(m.leads)};
  };
  s.add(fmt::format("Over {}: {}", count(draws, "draw"), scaled_unit(tokens, "reference tokens")),
        "Quantiles by linear interpolation (type 7). Difference to the first mix: mean over the same worlds, with its 90 % interval "
        "(paired t). Leads: draws in which no mix is better.",
        head, row);
}

// Owners that hold less than what is shown anywhere have no column; the sum has them.
void ledger_table(Section& s, const std::string& prefix, const std::string& title, const std::string& about) {
  const auto& c = s.c;
  std::vector<std::string> owners;
  for (const char* owner : kOwners)
    if (greatest(c, {prefix + owner}) >= 0.05) owners.push_back(owner);
  const auto head = [&](TextTable& t) {
    for (const auto& owner : owners) t.column(short_owner(owner));
    t.column("sum");
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells;
    for (const auto& owner : owners) cells.push_back(percent(value(m, prefix + owner)));
    double sum = 0;
    for (const char* owner : kOwners) sum += value(m, prefix + owner);
    cells.push_back(percent(sum));
    return cells;
  };
  s.add(title, about, head, row);
}

// Signed chip-hours of each owner against the first mix: what one mix loses in one place it finds in another.
void ledger_less_table(Section& s) {
  const auto& c = s.c;
  if (c.info.mixes.size() < 2) return;
  std::vector<OwnerSeconds> ledgers;
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes)
      if (!m.spreads.empty()) ledgers.push_back(m.less_first);
  const LedgerColumns columns(ledgers);
  if (columns.empty()) return;
  s.add("Ledger less that of the first mix, " + columns.unit(),
        "Against `" + c.info.mixes.front().name + "`, by owner, at modes. Each row sums to the difference in what the two mixes' chips accrued, "
        "from order to horizon.",
        [&](TextTable& t) { columns.add(t); }, [&](const MixResult& m) { return columns.cells(m.less_first); });
}

void domestic_table(Section& s) {
  const auto& c = s.c;
  if (c.info.home.empty() || greatest(c, {"work.domestic"}) == 0) return;
  std::vector<std::string> quarters;
  const Timeline timeline = c.info.timeline();
  for (int m = 0; m < timeline.months(); ++m)
    if (const auto q = quarter_of(timeline.month_name(m)); quarters.empty() || quarters.back() != q) quarters.push_back(q);
  const auto head = [&](TextTable& t) {
    t.column("half\nfrom");
    t.column("all");
    for (const auto& q : quarters) t.column(q.substr(2, 2) + "\n" + q.substr(5));
  };
  const auto row = [&](const MixResult& m) {
    const double from = value(m, "work.domestic_from");
    std::vector<std::string> cells{std::isfinite(from) ? timeline.month_name(static_cast<int>(from)) : "never", fixed(value(m, "work.domestic"), 0)};
    for (const auto& q : quarters) cells.push_back(fixed(value(m, "work.domestic." + q), 0));
    return cells;
  };
  s.add("Useful work on domestic chips (" + c.info.home + "), % of model FLOP",
        "Training and recommendation, with the fleet that exists at the start; by quarter. Half from: first month from which every month to the end "
        "has at least 50 %. At modes.", head, row);
}

void supplier_table(Section& s) {
  const auto& c = s.c;
  const auto names = suppliers(c.info);
  const auto head = [&](TextTable& t) {
    for (const auto& name : names) t.column(name);
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells;
    for (const auto& name : names) cells.push_back(percent(value(m, "work." + name)));
    return cells;
  };
  s.add("Useful work by supplier, % of model FLOP",
        "Training and recommendation, with the fleet that exists at the start. At modes.", head, row);
}

void money_table(Section& s) {
  const auto& c = s.c;
  static const char* const fates[] = {"planned", "converted", "redirected", "stranded", "lost", "outstanding"};
  std::vector<std::string> ids;
  for (const char* fate : fates) ids.push_back(std::string("money.") + fate);
  const Scale usd = money_scale(greatest(c, ids));
  const auto head = [&](TextTable& t) {
    for (const char* head : {"plan", "conv.", "redir.", "strand.", "lost", "outst."}) t.column(head);
    for (const auto& offer : c.info.offers) t.column("conv. %\n" + offer.id);
  };
  const auto row = [&](const MixResult& m) {
    std::vector<std::string> cells;
    for (const auto& id : ids) cells.push_back(number(value(m, id), usd));
    for (const auto& offer : c.info.offers) cells.push_back(percent(value(m, "money.offer." + offer.id + ".converted_share")));
    return cells;
  };
  s.add("Money for chips, " + usd_unit(usd),
        "Planned = converted + stranded + lost + outstanding; redirected money took another offer and counts there. "
        "Converted: of chips delivered by the horizon, also % of what the mix planned for each offer. At modes.", head, row);
}

std::string opening(const Comparison& c, int width) {
  const Date last = c.info.timeline().end() + Days{-1};
  std::string out = wrap(c.info.name + ": " + c.info.question, width);
  out += wrap(fmt::format("{} to {}; chip budget {}; mixes: {}, outcomes: {}; one run at modes and {} of each.", c.info.start,
                          last.text(), money(Usd(c.info.chip_budget)), c.info.mixes.size(), c.info.outcomes.size(),
                          count(c.info.draws, "draw")), width) + "\n";
  for (const auto& line : headlines(c)) out += wrap("- " + line, width, 2);
  return out;
}

std::string closing(const Comparison& c, int width) {
  return heading("What to know about these numbers", '=') + notes(c, width);
}

}  // namespace

std::string render_summary(const Comparison& c, int width) {
  Section s{c, width, opening(c, width)};
  main_table(s);
  return s.text + condition_note(c, width) + closing(c, width);
}

std::string render(const Comparison& c, int width, bool months) {
  Section s{c, width, opening(c, width)};
  main_table(s);
  s.text += condition_note(c, width);
  chips_table(s);
  recommendation_table(s);
  services_table(s);
  recommendation_months(s, months);
  instances_tables(s);
  logs_tables(s);
  failures_table(s);
  interval_table(s);
  s.text += draws_tables(c, width);
  ledger_table(s, "ledger.", "Ledger at modes, % of chip-hours",
               "Where every chip-hour from order to horizon went: waiting for approval, production, power, network, installation, "
               "porting; "
               "in the queue; lost to failure; stalled inside a step; idle by lack of demand; useful. Each row sums to 100.");
  ledger_table(s, "ledger_flop.", "Ledger at modes, % of BF16-peak FLOP-hours",
               "The same hours, each weighted with its chip's dense BF16 peak.");
  ledger_less_table(s);
  supplier_table(s);
  domestic_table(s);
  s.text += outcome_table(c, width);
  s.text += binding_table(c, width);
  money_table(s);
  s.text += closing(c, width);
  return s.text;
}

}  // namespace capmix::analysis
