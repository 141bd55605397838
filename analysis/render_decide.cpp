// A decision as text and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/decide.hpp"
#include "analysis/json.hpp"
#include "analysis/notes.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

std::string percent(double share, int decimals = 0) { return fixed(100 * share, decimals); }

struct Writer {
  const Decision& d;
  const int width;
  Scale tokens, usd, each;
  std::string unit;
  std::vector<size_t> shown;  // places of the mixes that tables have
  const size_t porting = static_cast<size_t>(std::find_if(std::begin(kOwners), std::end(kOwners), [](const char* o) { return std::string(o) == "porting"; }) - std::begin(kOwners));

  Writer(const Decision& decision, int columns) : d(decision), width(columns) {
    double most = 0, money = 0, per = 0;
    for (const auto& m : d.mixes) {
      for (const double g : m.gain) most = std::max(most, g);
      money = std::max(money, m.cost.paid());
      for (const double x : {m.cost.per_ttoken(), m.cost.price_per_ttoken()})
        if (std::isfinite(x)) per = std::max(per, x);
    }
    tokens = token_scale(most), usd = money_scale(money), each = money_scale(per);
    unit = scaled_unit(tokens, "reference tokens");
    shown = leading_mixes(d);
  }

  std::string name(size_t i) const { return d.mixes[i].name + (d.mixes[i].allowed ? "" : "*"); }
  std::string quoted(const std::string& mix) const { return "`" + name_of(d.info.mixes, mix) + "`"; }
  std::string gain(double x) const { return number(x, tokens); }
  std::string change(double x) const { return with_sign(x, tokens); }

  // Not every mix may be chosen, and somebody must say why.
  bool starred() const { return std::any_of(d.mixes.begin(), d.mixes.end(), [](const auto& m) { return !m.allowed; }); }

  // Worlds in the tail of the CVaR.
  size_t tail() const { return static_cast<size_t>(std::ceil((1 - d.options.level) * static_cast<double>(d.worlds) - 1e-9)); }

  std::string opening() const {
    std::string out = wrap(d.info.name + ": " + d.info.question, width);
    std::string weights;
    for (size_t o = 0; o < d.weights.size(); ++o) weights += (o > 0 ? ", " : "") + d.info.outcomes[o].id + " " + percent(d.weights[o], 1) + " %";
    out += wrap("Weights of the outcomes: " + weights + " (" + d.basis + ").", width);
    if (d.info.draws > 0) out += wrap(rates_note(d.info), width);
    out += "\n";
    for (const auto& line : d.headline) out += wrap("- " + line, width, 2);
    if (shown.size() < d.mixes.size()) out += wrap(fmt::format("- Tables have {} of {} mixes: the choices, and those with most expected work (--json has all).", shown.size(), d.mixes.size()), width, 2);
    for (const auto& id : d.left_out) out += wrap("- outcome " + id + " is left out: no run that every mix has", width, 2);
    return out;
  }

  std::string regrets() const {
    TextTable table("mix");
    for (const auto& o : d.info.outcomes) table.column(o.id + "\nwork");
    for (const auto& o : d.info.outcomes) table.column(o.id + "\nregret");
    for (const size_t i : shown) {
      std::vector<std::string> cells{name(i)};
      for (const double g : d.mixes[i].gain) cells.push_back(gain(g));
      for (const double r : d.mixes[i].regret) cells.push_back(gain(r));
      table.row(std::move(cells));
    }
    return heading("Regret by outcome, " + unit, '=') +
           wrap("Work: mean over the draws of the outcome. Regret: the best mix's of that outcome, less its own.", width) + "\n" + table.text(width);
  }

  std::string choices() const {
    const Timeline t = d.info.timeline();
    const auto month = [&](double m) { return std::isnan(m) ? std::string("-") : std::isinf(m) ? "never" : t.month_name(static_cast<int>(m)); };
    TextTable table("mix");
    for (const std::string& head : {std::string("expected"), "worst\n" + percent(1 - d.options.level) + " %", std::string("regret,\nexpected"), std::string("regret,\ngreatest"),
                                    std::string("leads\n%"), std::string("serves\n%"), std::string("half\ndomestic\nP10"), std::string("\nP50"), std::string("\nP90")})
      table.column(head);
    for (const size_t i : shown) {
      const auto& m = d.mixes[i];
      table.row({name(i), gain(m.expected) + (i == d.by_expected ? "<" : " "), gain(m.cvar) + (i == d.by_cvar ? "<" : " "), gain(m.expected_regret) + " ", gain(m.worst_regret) + (i == d.by_regret ? "<" : " "),
                 percent(m.leads), percent(m.meets), month(m.domestic_p10), month(m.domestic_p50), month(m.domestic_p90)});
    }
    return heading("Choices, " + unit, '=') +
           wrap(fmt::format("\"<\": the choice by that rule. Worst {} %: conditional value at risk{}. Leads: no mix that may be chosen does more; ties count for each. Serves: {:.4g} % of every service's demand is served. Both in % of the worlds' weight. Half domestic: month from which half of "
                            "the useful work and more is on domestic chips, to the end; by then in 10, 50 and 90 % of the worlds' weight.", percent(1 - d.options.level), tail() == 1 ? ", here the worst world" : "", 100 * d.info.served_share), width) +
           (starred() ? wrap(fmt::format("* May not be chosen: serves the demand less often than the mix that most often does, by more than {} points.", percent(d.options.slack)), width) : "") + "\n" + table.text(width);
  }

  std::string costs() const {
    TextTable table("mix");
    for (const std::string& head : {std::string("chips"), std::string("lost"), std::string("energy"), std::string("porting"), std::string("chips'\nresidual"), std::string("present\nvalue"),
                                    "levelised\n" + usd_unit(each) + "\nper T", "chips'\nprice,\n" + usd_unit(each) + "\nper T", std::string("on\nfrontier")})
      table.column(head);
    const auto on = [](const std::vector<size_t>& frontier, size_t i, const char* name) { return std::string(std::count(frontier.begin(), frontier.end(), i) > 0 ? name : "-"); };
    for (const size_t i : shown) {
      const Cost& c = d.mixes[i].cost;
      table.row({name(i), number(c.chips, usd), number(c.lost, usd), number(c.energy, usd), number(c.porting, usd), number(c.residual, usd), number(c.present, usd), number(c.per_ttoken(), each, "inf"), number(c.price_per_ttoken(), each, "inf"),
                 on(d.cost_gain, i, "E") + on(d.cost_cvar, i, "W") + on(d.gain_cvar, i, "R")});
    }
    return heading("Cost and efficient frontiers, " + usd_unit(usd), '=') +
           wrap(fmt::format("Means over worlds. Present value: of all that is paid, discounted by {:.3g} % a year, less that of the chips' straight-line residual (life {:.3g} years) at the horizon. Levelised: per T tokens "
                            "discounted alike. Chips' price: what the chips cost, gross, per T tokens trained on their kinds, as compare shows it. Without hosts, network, halls and staff. Frontiers: no mix does more expected work (E), or more in the worst {} % of worlds (W), at no more cost; or more in the "
                            "worst worlds at no less expected work (R).", 100 * d.options.cost.discount, d.options.cost.life, percent(1 - d.options.level)), width) + "\n" + table.text(width);
  }

  std::string knowledge() const {
    if (d.knowing.empty() && d.signals.empty()) return "";
    const bool grouped = std::any_of(d.knowing.begin(), d.knowing.end(), [](const auto& k) { return std::isnan(k.signal_90); });
    TextTable table("what is known");
    for (const char* head : {"for\nsure", "right in\n90 %", "right in\n80 %"}) table.column(head);
    for (const auto& k : d.knowing) table.row({k.what, gain(k.perfect), gain(k.signal_90), gain(k.signal_80)});
    std::string out = heading("Value of knowing more, " + unit, '=') +
                      wrap(std::string("More expected work by a choice that may depend on it: for sure, or by a signal that says yes or no and is right so often either way (Bayes).") +
                               (grouped ? " \"Decision of ... in ...\": draws of that outcome in groups; from few draws it is too high, since each group's best is chosen in hindsight." : ""), width) +
                      (d.knowing.empty() ? "" : "\n" + table.text(width));
    for (const auto& [s, value] : d.signals)
      out += wrap(fmt::format("- a signal of {} with sensitivity {:.3g} and specificity {:.3g}: {}", s.outcome, s.sensitivity, s.specificity, gain(value)), width, 2);
    return out;
  }

  // `scale`: of all differences that stand together.
  std::string ledger(const MixDifference& x, const Scale& scale) const {
    double most = 0;
    for (const double h : x.ledger_hours) most = std::max(most, std::fabs(h));
    std::string out;
    for (size_t k = 0; k < x.ledger_hours.size(); ++k)
      if (most > 0 && (std::fabs(x.ledger_hours[k]) >= 0.02 * most || k == porting)) out += (out.empty() ? "" : ", ") + std::string(kOwners[k]) + " " + with_sign(x.ledger_hours[k], scale);
    return out.empty() ? "the same" : out + " " + scaled_unit(scale, "chip-hours");
  }

  // Suppliers of which nothing here says what they add.
  std::string unpaired() const {
    if (d.no_pair.empty()) return "";
    const bool one = d.no_pair.size() == 1;
    return (d.suppliers.empty() ? heading("What a supplier adds", '=') : "") +
           wrap(fmt::format("{}{}: {}, since each mix gets {} chips in some world, ordered or by redirected money. A mix says so that never takes them (never = [\"OFFER\"]); --without MIX makes one of each supplier.",
                            d.suppliers.empty() ? "" : "- ", joined(d.no_pair), "nothing here tells", one ? "its" : "their"), width, d.suppliers.empty() ? 0 : 2);
  }

  std::string differences(const std::vector<MixDifference>& list, const std::string& title, const std::string& about) const {
    if (list.empty()) return "";
    std::string out = heading(title, '=') + wrap(about, width);
    TextTable table("added");
    table.column("mix with", true), table.column("less", true);
    for (const std::string& head : {std::string("expected"), std::string("90 %\ninterval"), std::string("worst\n") + percent(1 - d.options.level) + " %", std::string("regret,\nexpected"), std::string("regret,\ngreatest"), "cost,\n" + usd_unit(usd)})
      table.column(head);
    for (const auto& x : list) {
      table.row({x.pair.title, x.pair.with, x.pair.without, change(x.gain.mean), std::isfinite(x.gain.low) ? change(x.gain.low) + " to " + change(x.gain.high) : "-", change(x.cvar), change(x.expected_regret), change(x.worst_regret),
                 with_sign(x.present, usd)});
    }
    out += "\n" + table.text(width);
    double hours = 0;
    for (const auto& x : list)
      for (const double h : x.ledger_hours) hours = std::max(hours, std::fabs(h));
    for (const auto& x : list) {
      const std::string alike = !(x.pair.distance >= 0.005) ? "" : fmt::format(" (the other money differs by {} %)", percent(x.pair.distance));
      out += wrap("- " + x.pair.title + ": " + quoted(x.pair.with) + " less " + quoted(x.pair.without) + alike + ": " + verdict(d, x) + "; ledger: " + ledger(x, scale_for(hours)), width, 2);
    }
    return out;
  }
};

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double x : values) out.push_back(finite_or_null(x));
  return out;
}

Json hours_json(const std::vector<double>& hours) {
  Json out = Json::object();
  for (size_t k = 0; k < hours.size(); ++k) out[kOwners[k]] = hours[k];
  return out;
}

Json mix_json(const Timeline& t, const DecidedMix& m) {
  const auto month = [&](double x) { return std::isfinite(x) ? Json(t.month_name(static_cast<int>(x))) : Json(); };
  const Cost& c = m.cost;
  return {{"mix", m.id}, {"name", m.name}, {"may_be_chosen", m.allowed}, {"serves", m.meets}, {"leads", m.leads}, {"gain", numbers(m.gain)}, {"regret", numbers(m.regret)}, {"expected", m.expected}, {"cvar", m.cvar},
          {"expected_regret", m.expected_regret}, {"worst_regret", m.worst_regret}, {"half_domestic", {{"p10", month(m.domestic_p10)}, {"p50", month(m.domestic_p50)}, {"p90", month(m.domestic_p90)}}},
          {"cost", {{"chips", c.chips}, {"lost", c.lost}, {"energy", c.energy}, {"porting", c.porting}, {"residual", c.residual}, {"present", c.present}, {"usd_per_ttoken", finite_or_null(c.per_ttoken())}, {"chips_usd_per_ttoken", finite_or_null(c.price_per_ttoken())}}},
          {"ledger_chip_hours", hours_json(m.ledger_hours)}, {"received_chips", m.received}};
}

Json differences_json(const Decision& d, const std::vector<MixDifference>& list) {
  Json out = Json::array();
  for (const auto& x : list)
    out.push_back({{"added", x.pair.title}, {"with", x.pair.with}, {"without", x.pair.without}, {"distance", finite_or_null(x.pair.distance)}, {"expected", x.gain.mean}, {"low", finite_or_null(x.gain.low)},
                   {"high", finite_or_null(x.gain.high)}, {"cvar", x.cvar}, {"expected_regret", x.expected_regret}, {"worst_regret", x.worst_regret}, {"present_cost", x.present}, {"verdict", verdict(d, x)}, {"ledger_chip_hours", hours_json(x.ledger_hours)}});
  return out;
}

}  // namespace

std::string render_decision(const Decision& d, int width) {
  const Writer w(d, width);
  return w.opening() + w.regrets() + w.choices() + w.costs() + w.knowledge() +
         w.differences(d.suppliers, "What a supplier adds, " + w.unit, "Of each supplier, a mix that gets its chips less one that, in no world, gets any - not by redirected money either: of all such pairs the two that are most alike but for it, on the same worlds. Regret: less is better.") +
         w.unpaired() +
         w.differences(d.pairs, "Options, windows, parts, stop-losses, " + w.unit, "Mixes that spend the same on each offer and differ by that: one less the other, on the same worlds.");
}

std::string decision_to_json(const Decision& d) { return json_text(decision_json(d)); }

Json decision_json(const Decision& d) {
  Json out{{"study", d.info.id}, {"objective", kObjective}, {"level", d.options.level}, {"slack", d.options.slack}, {"basis", d.basis}, {"worlds", d.worlds},
           {"discount", d.options.cost.discount}, {"life_years", d.options.cost.life}};
  Json& outcomes = out["outcomes"] = Json::array();
  for (size_t o = 0; o < d.weights.size(); ++o) outcomes.push_back({{"outcome", d.info.outcomes[o].id}, {"weight", d.weights[o]}, {"draws", d.draws[o]}});
  out["left_out"] = d.left_out;
  Json& mixes = out["mixes"] = Json::array();
  for (const auto& m : d.mixes) mixes.push_back(mix_json(d.info.timeline(), m));
  out["choices"] = {{"expected", d.mixes[d.by_expected].id}, {"cvar", d.mixes[d.by_cvar].id}, {"minimax_regret", d.mixes[d.by_regret].id}};
  const auto ids = [&](const std::vector<size_t>& places) {
    Json list = Json::array();
    for (const size_t i : places) list.push_back(d.mixes[i].id);
    return list;
  };
  out["frontiers"] = {{"cost_expected", ids(d.cost_gain)}, {"cost_cvar", ids(d.cost_cvar)}, {"expected_cvar", ids(d.gain_cvar)}};
  out["value_of_knowing"] = {{"outcome", d.outcome_known}, {"world", d.world_known}};
  Json& knowing = out["value_of_knowing"]["parts"] = Json::array();
  for (const auto& k : d.knowing) knowing.push_back({{"what", k.what}, {"perfect", k.perfect}, {"signal_90", finite_or_null(k.signal_90)}, {"signal_80", finite_or_null(k.signal_80)}});
  Json& signals = out["value_of_knowing"]["signals"] = Json::array();
  for (const auto& [s, value] : d.signals) signals.push_back({{"outcome", s.outcome}, {"sensitivity", s.sensitivity}, {"specificity", s.specificity}, {"value", value}});
  out["suppliers"] = differences_json(d, d.suppliers), out["pairs"] = differences_json(d, d.pairs);
  out["no_pair"] = d.no_pair, out["headline"] = d.headline;
  Json& behind = out["behind"] = Json::array();
  for (const auto& [i, x] : d.behind) behind.push_back({{"mix", d.mixes[i].id}, {"mean", x.mean}, {"low", finite_or_null(x.low)}, {"high", finite_or_null(x.high)}, {"level", is_level(x, d.mixes[d.by_expected].expected)}});
  return out;
}

}  // namespace capmix::analysis
