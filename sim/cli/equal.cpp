// capmix equal: the surface over two inputs on which two mixes, or two outcomes such as building speeds, do equally well.
#include "analysis/equal.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "analysis/metrics.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "engine/workers.hpp"
#include "study/runner.hpp"

namespace capmix::cli {
namespace {

// "subject:path=USD {}k" with a number in it.
std::string filled(const std::string& form, double number) {
  const size_t at = form.find("{}");
  return form.substr(0, at) + fmt::format("{:.12g}", number) + form.substr(at + 2);
}

void check(const EqualVerbOptions& o) {
  const std::pair<const char*, const std::string&> forms[] = {{"--x", o.x}, {"--y", o.y}};
  for (const auto& [option, form] : forms)
    if (form.find('=') == std::string::npos || form.find("{}") == std::string::npos)
      throw InputError(std::string(option) + " \"" + form + "\": expected subject:path=VALUE with {} for the number, such as 'platform:offer.h200.price=USD {}k'");
  if (!(o.low < o.high)) throw InputError("--low is not below --high");
  if (o.at.empty()) throw InputError("--at: expected numbers of --y");
}

struct Sides {  // of the difference: the first run less the second
  RunKey first, second;
};

Sides sides(const study::Worlds& worlds, const EqualVerbOptions& o) {
  const auto& study = worlds.study();
  const size_t m = study::mix_index(worlds, o.mix), p = study::outcome_index(worlds, o.outcome);
  const size_t q = o.against_outcome.empty() ? p : study::outcome_index(worlds, o.against_outcome);
  const size_t n = !o.against.empty() ? study::mix_index(worlds, o.against) : p != q ? m : (m + 1) % study.mixes.size();
  if (m == n && p == q) throw InputError("both sides are mix \"" + study.mixes[m].id + "\" in outcome \"" + study.outcomes[p].id + "\" (give --against or --against-outcome)");
  return {{study.mixes[m].id, study.outcomes[p].id, -1}, {study.mixes[n].id, study.outcomes[q].id, -1}};
}

// A study with both inputs set, ready to run.
struct Setting {
  study::Worlds worlds;
  std::vector<RateTable> rates;
  results::StudyInfo info;
};

class Asking {
 public:
  Asking(const Common& c, const EqualVerbOptions& o, Sides s, std::string metric) : c_(c), o_(o), sides_(std::move(s)), metric_(std::move(metric)) {}

  std::vector<double> operator()(const std::vector<analysis::AskedPoint>& points) {
    ProgressLine line(!c_.quiet);
    std::vector<Setting> settings;
    for (const auto& p : points) {
      settings.push_back(setting(p));
      line.show("settings", static_cast<int>(settings.size()), static_cast<int>(points.size()));
    }
    // Of a point, all runs of the first side, then those of the second: the same draws.
    const auto runs = static_cast<size_t>(std::max(1, o_.draws)), each = 2 * runs;
    engine::Workers workers(jobs(c_), [&](int task) {
      const auto t = static_cast<size_t>(task);
      const Setting& s = settings[t / each];
      RunKey key = t % each < runs ? sides_.first : sides_.second;
      key.draw = o_.draws > 0 ? static_cast<int>(t % runs) : -1;
      const double x = analysis::reduce(s.info, key, study::simulate(s.worlds, s.rates, key))[metric_];
      return std::string(reinterpret_cast<const char*>(&x), sizeof x);
    });
    std::vector<double> out(points.size());
    int done = 0;
    const size_t all = each * points.size();
    workers.run(all, [&](engine::TaskResult r) {
      if (!r.ok) throw std::runtime_error("a run failed: " + r.bytes);
      double x = 0;
      std::memcpy(&x, r.bytes.data(), sizeof x);
      const auto t = static_cast<size_t>(r.task);
      terms_.resize(all), terms_[t] = x;
      line.show("runs", ++done, static_cast<int>(all));
    });
    line.clear();
    for (size_t t = 0; t < all; ++t) out[t / each] += (t % each < runs ? 1 : -1) * terms_[t] / static_cast<double>(runs);  // in the order of the tasks
    asked += points.size();
    return out;
  }
  size_t asked = 0;

 private:
  Setting setting(const analysis::AskedPoint& p) const {
    auto set = overrides(c_);
    set.push_back(filled(o_.x, p.x)), set.push_back(filled(o_.y, p.y));
    Setting s{study::load(o_.study, set), {}, {}};
    s.info = study::describe(s.worlds, {});
    s.rates = study::collect_rates(s.worlds, cache_dir(c_), jobs(c_), [](const std::string&, int, int) {});
    return s;
  }

  const Common& c_;
  const EqualVerbOptions& o_;
  Sides sides_;
  std::string metric_;
  std::vector<double> terms_;
};

}  // namespace

int equal(const Common& c, const EqualVerbOptions& o) {
  check(o);
  const auto worlds = study::load(o.study, overrides(c));
  const auto info = study::describe(worlds, {});
  const Sides s = sides(worlds, o);
  const std::string metric = o.metric.empty() ? analysis::kObjective : o.metric;
  metric_unit(info, metric);
  const auto name = [&](const RunKey& key) { return worlds.study().mixes[study::mix_index(worlds, key.mix)].name + (s.first.outcome == s.second.outcome ? "" : ", " + key.outcome); };
  analysis::EqualSurface surface{s.first.outcome == s.second.outcome ? worlds.study().outcomes[study::outcome_index(worlds, s.first.outcome)].name : "two outcomes", name(s.first), name(s.second), o.x, o.y, metric,
                                 {o.low, o.high, static_cast<size_t>(o.places), o.tolerance}, {}, 0};
  Asking asking(c, o, s, metric);
  surface.rows = analysis::equal_surface([&](const auto& points) { return asking(points); }, o.at, surface.options);
  surface.asked = asking.asked, surface.draws = o.draws;
  print(c.json ? analysis::equal_to_json(info, surface) : analysis::render_equal(info, surface, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
