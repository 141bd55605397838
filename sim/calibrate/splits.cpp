#include "calibrate/splits.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/draw.hpp"
#include "base/hash.hpp"
#include "base/statistics.hpp"
#include "step/published.hpp"

namespace capmix::calibrate {
namespace {

Values values_of(const Scenario& s) { return {s.efficiencies, s.software}; }

std::map<std::string, std::set<std::string>> families_by_class(const Scenario& s, const Cases& cases) {
  std::map<std::string, std::set<std::string>> out;
  for (const auto* c : cases) out[step::work_class(*c, s)].insert(c->family());
  return out;
}

Held held_out(const step::Case& c, const Scenario& fitted) {
  return {&c, step::work_class(c, fitted), step::efficiency_of(c, fitted).id, error(c, fitted)};
}

HeldOut summary(const std::string& name, const std::vector<double>& sizes) {
  return {name, static_cast<int>(sizes.size()), quantile(sizes, 0.5), quantile(sizes, 0.9), {}, {}};
}

// One split: fits its families, and predicts the others.
std::vector<Held> split(const Scenario& start, const Cases& cases, const Options& o, int at, Values& refit) {
  const auto fitted = drawn_families(families_by_class(start, cases), o.share, o.seed, at);
  Cases in, out;
  for (const auto* c : cases) (fitted.count(c->family()) > 0 ? in : out).push_back(c);
  Scenario s = start;
  fit(s, in);
  refit = values_of(s);
  std::vector<Held> held;
  for (const auto* c : out) held.push_back(held_out(*c, s));
  return held;
}

void add_split(const std::vector<Held>& held, std::map<std::string, HeldOut>& classes) {
  std::map<std::string, std::vector<double>> sizes;
  for (const auto& h : held) sizes[h.work_class].push_back(std::fabs(h.error));
  for (const auto& [name, list] : sizes) {
    HeldOut& c = classes[name];
    c.name = name, c.n += static_cast<int>(list.size());
    c.medians.push_back(quantile(list, 0.5)), c.p90s.push_back(quantile(list, 0.9));
  }
}

// A whole group left out: its chips are fitted on the others. Its software classes are known from the full fit
// (`known`), or fitted on the others too.
std::vector<HeldOut> leave_groups_out(const Scenario& start, const Values& full, const Cases& cases, const Options& o, bool known) {
  std::set<std::string> groups;
  for (const auto* c : cases) groups.insert(c->group);
  std::map<std::string, std::vector<double>> pooled;
  std::vector<HeldOut> out;
  int done = 0;
  for (const auto& group : groups) {
    Scenario s = start;
    if (known) s.software = full.software;
    Cases others;
    for (const auto* c : cases)
      if (c->group != group) others.push_back(c);
    if (!others.empty()) fit(s, others, {!known});
    std::map<std::string, std::vector<double>> sizes;
    for (const auto* c : cases)
      if (c->group == group) {
        const Held h = held_out(*c, s);
        sizes[h.work_class].push_back(std::fabs(h.error)), pooled[h.work_class].push_back(std::fabs(h.error));
      }
    for (const auto& [name, list] : sizes) out.push_back(summary(group + ", " + name, list));
    o.progress(known ? "groups left out" : "groups and software left out", ++done, static_cast<int>(groups.size()));
  }
  for (const auto& [name, list] : pooled) out.push_back(summary("all groups, " + name, list));
  return out;
}

}  // namespace

std::set<std::string> drawn_families(const std::map<std::string, std::set<std::string>>& by_class, double share, uint64_t seed, int split) {
  // Hashes of their own, not a Draw: the fitted files rest on these lots, and a change of how worlds are drawn must not
  // draw other ones.
  const uint64_t key = avalanche(seed) + static_cast<uint64_t>(split);
  std::set<std::string> out;
  for (const auto& [name, families] : by_class) {
    std::vector<std::pair<uint64_t, std::string>> order;
    for (const auto& f : families) order.emplace_back(hash64("calibrate:" + name + ":" + f, key), f);
    std::sort(order.begin(), order.end());
    const auto n = std::max<size_t>(1, static_cast<size_t>(std::floor(share * static_cast<double>(order.size()) + 0.5)));
    for (size_t i = 0; i < std::min(n, order.size()); ++i) out.insert(order[i].second);
  }
  return out;
}

Cases fit_for(const std::vector<step::Case>& cases, const Scenario& start, const std::set<std::string>& never, std::map<std::string, std::string>& left_out) {
  Cases out;
  for (const auto& c : cases) {
    std::string why = c.reason;
    if (why.empty() && c.suspect) why = "marked as suspect in its table";
    if (why.empty() && never.count(c.group) > 0) why = "its group is held out";
    if (why.empty()) try {
        if (!std::isfinite(error(c, start))) why = "its error is not a number";
      } catch (const std::invalid_argument& e) {
        why = e.what();
      }
    if (why.empty()) out.push_back(&c);
    else left_out[c.id] = why;
  }
  return out;
}

Calibration calibrate(const Scenario& start, const Cases& cases, const Options& o) {
  Calibration out;
  out.cases = static_cast<int>(cases.size());
  std::set<std::string> families;
  for (const auto* c : cases) families.insert(c->family());
  out.families = static_cast<int>(families.size());
  std::map<std::string, HeldOut> classes;
  for (int i = 0; i < o.splits; ++i) {
    const auto held = split(start, cases, o, i, out.refits.emplace_back());
    add_split(held, classes);
    out.held.insert(out.held.end(), held.begin(), held.end());
    o.progress("splits", i + 1, o.splits);
  }
  for (auto& [name, c] : classes) {
    c.median = mean(c.medians), c.p90 = mean(c.p90s);
    out.classes.push_back(std::move(c));
  }
  std::map<std::string, std::vector<double>> sizes;
  for (const auto& h : out.held) sizes[h.work_class + " on " + h.chip_family].push_back(std::fabs(h.error));
  for (const auto& [name, list] : sizes) out.chips.push_back(summary(name, list));
  Scenario all = start;
  fit(all, cases);
  out.values = values_of(all);
  out.groups = leave_groups_out(start, out.values, cases, o, true);
  out.strangers = leave_groups_out(start, out.values, cases, o, false);
  return out;
}

}  // namespace capmix::calibrate
