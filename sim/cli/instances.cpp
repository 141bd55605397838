// capmix replay instances: a serving fleet as it was held, by role and app.
#include "import/instances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using import::Held;
using import::Inventory;
using import::Side;
using import::Steps;

constexpr size_t kShown = 10, kApps = 15;

// One role, or one role of one app.
struct Row {
  Side side;
  size_t instances = 0, throughout = 0, unscheduled = 0, zero = 0, start = 0, end = 0;  // zero: deleted when created
  double chips = 0, cpus = 0, memory = 0;  // asked for by all instances that ever were
  Steps running{}, accelerators{};
  std::vector<double> waits{};
};

Row row_of(const Inventory& all, Side side, const std::string& app) {
  Row out{side};
  for (const auto& i : all.instances) {
    if (i.side != side || (!app.empty() && i.app != app)) continue;
    ++out.instances;
    if (!i.created && !i.deleted) ++out.throughout;
    if (i.created && !i.scheduled) ++out.unscheduled;
    if (i.created && i.deleted == i.created) ++out.zero;
    if (!i.created) ++out.start;
    if (!i.deleted) ++out.end;
    out.chips += i.accelerators, out.cpus += i.cpus, out.memory += i.memory;
    if (const auto wait = i.wait()) out.waits.push_back(*wait);
  }
  out.running = import::held(all, side, Held::instances, app), out.accelerators = import::held(all, side, Held::accelerators, app);
  return out;
}

// At the hours from 0 on: what a reader who looks in once an hour sees.
std::pair<double, double> hourly(const Steps& s) {
  double low = s.first(), high = s.first();
  for (double t = 0; t <= s.end; t += 3600) low = std::min(low, s.at(t)), high = std::max(high, s.at(t));
  return {low, high};
}

std::string days(double seconds) { return fmt::format("{:.2f} d", seconds / 86400); }

std::string roles(const std::vector<Row>& rows, int width) {
  analysis::TextTable counts("role"), running("running"), waits("wait, s");
  for (const char* head : {"instances", "chips", "vCPU", "memory\nTiB", "throughout", "lived\n0 s", "never\nscheduled"}) counts.column(head);
  for (const char* head : {"at\nstart", "at\nend", "least", "mean", "most", "least\nby the hour", "most\nby the hour"}) running.column(head);
  for (const char* head : {"of", "P50", "P99", "most"}) waits.column(head);
  for (const auto& r : rows) {
    const std::string name = import::kSideNames[static_cast<int>(r.side)];
    counts.row({name, std::to_string(r.instances), fmt::format("{:.0f}", r.chips), fmt::format("{:.0f}", r.cpus), fmt::format("{:.1f}", r.memory / 0x1p40), std::to_string(r.throughout), std::to_string(r.zero), std::to_string(r.unscheduled)});
    const auto [low, high] = hourly(r.running);
    running.row({name, std::to_string(r.start), std::to_string(r.end), fmt::format("{:.0f}", r.running.least()), fmt::format("{:.1f}", r.running.mean()), fmt::format("{:.0f}", r.running.most()), fmt::format("{:.0f}", low), fmt::format("{:.0f}", high)});
    if (!r.waits.empty()) waits.row({name, std::to_string(r.waits.size()), fmt::format("{:.0f}", analysis::quantile(r.waits, 0.5)), fmt::format("{:.0f}", analysis::quantile(r.waits, 0.99)), fmt::format("{:.0f}", analysis::quantile(r.waits, 1))});
  }
  return counts.text(width) + "\n" + running.text(width) + "\n" + waits.text(width);
}

std::string apps(const Inventory& all, int width) {
  auto pools = import::pools_of(all);
  std::stable_sort(pools.begin(), pools.end(), [](const auto& a, const auto& b) { return a.chips.mean() > b.chips.mean(); });
  analysis::TextTable table("app");
  for (const char* head : {"chips\nmean", "at\nstart", "at\nend", "least", "most", "hosts per\ninstance"}) table.column(head);
  for (size_t i = 0; i < pools.size() && i < kApps; ++i) {
    const auto& p = pools[i];
    table.row({p.app, fmt::format("{:.1f}", p.chips.mean()), fmt::format("{:.0f}", p.chips.first()), fmt::format("{:.0f}", p.chips.last()), fmt::format("{:.0f}", p.chips.least()), fmt::format("{:.0f}", p.chips.most()), fmt::format("{:.2f}", p.hosts_each)});
  }
  std::string out = analysis::heading(fmt::format("Accelerators held by app ({} of {})", std::min(kApps, pools.size()), analysis::count(static_cast<int64_t>(pools.size()), "app"))) + table.text(width);
  if (pools.size() > kApps) out += "The others: --json, or --app NAME.\n";
  return out;
}

Json steps_json(const Steps& s) {
  Json out{{"at_start", s.first()}, {"at_end", s.last()}, {"least", s.least()}, {"mean", s.mean()}, {"most", s.most()}};
  Json& steps = out["steps"] = Json::array();
  for (const auto& [t, value] : s.from) steps.push_back({t, value});
  return out;
}

std::string to_json(const Inventory& all, const std::vector<Row>& rows, const std::string& app) {
  Json out{{"file", all.file}, {"rows", all.rows}, {"used", all.instances.size()}, {"end_seconds", all.end}};
  Json& refused = out["refused"] = Json::array();
  for (const auto& r : all.refused) refused.push_back({{"line", r.line}, {"why", r.why}});
  for (const auto& r : rows) {
    Json role{{"role", import::kSideNames[static_cast<int>(r.side)]}, {"instances", r.instances}, {"chips", r.chips}, {"vcpu", r.cpus}, {"memory_bytes", r.memory}, {"throughout", r.throughout},
              {"lived_zero", r.zero}, {"never_scheduled", r.unscheduled}, {"at_start", r.start}, {"at_end", r.end}, {"running", steps_json(r.running)}, {"accelerators", steps_json(r.accelerators)}};
    if (!r.waits.empty()) role["wait_seconds"] = {{"p50", analysis::quantile(r.waits, 0.5)}, {"p99", analysis::quantile(r.waits, 0.99)}, {"max", analysis::quantile(r.waits, 1)}};
    out["roles"].push_back(std::move(role));
  }
  Json& pools = out["pools"] = Json::array();
  for (const auto& p : import::pools_of(all))
    if (app.empty() || p.app == app) pools.push_back({{"app", p.app}, {"chips_each", p.chips_each}, {"hosts_each", p.hosts_each}, {"chips", steps_json(p.chips)}});
  return analysis::json_text(out);
}

}  // namespace

int replay_instances(const Common& c, const InstancesOptions& o) {
  Diagnostics problems;
  const auto all = import::read_instances(o.file, problems);
  if (all && !o.app.empty()) {
    const auto names = all->apps();
    if (std::count(names.begin(), names.end(), o.app) == 0) problems.add({o.file, 0, 0}, "has no app \"" + o.app + "\"" + did_you_mean(o.app, names));
  }
  if (!problems.ok()) throw InputError(problems);
  const std::vector<Row> rows{row_of(*all, Side::host, o.app), row_of(*all, Side::accelerator, o.app)};
  if (c.json) return print(to_json(*all, rows, o.app)), 0;
  const int width = terminal_width();
  std::string out = analysis::wrap(fmt::format("{}: {} rows over {}, {} used, {} refused; {} with CN (CPU nodes) and HN (nodes with accelerators). What is held, not what is asked of it: there is no demand in it.", all->file, all->rows, days(all->end),
                                               all->instances.size(), all->refused.size(), analysis::count(static_cast<int64_t>(all->apps().size()), "app")), width);
  for (size_t i = 0; i < all->refused.size() && i < kShown; ++i) out += analysis::wrap(fmt::format("- Line {} {}: refused.", all->refused[i].line, all->refused[i].why), width, 2);
  if (all->refused.size() > kShown) out += fmt::format("- Refused besides: {} (all: --json).\n", analysis::count(static_cast<int64_t>(all->refused.size() - kShown), "row"));
  out += analysis::heading(o.app.empty() ? "By role" : o.app) + roles(rows, width);
  print(out + (o.app.empty() ? apps(*all, width) : ""));
  return 0;
}

}  // namespace capmix::cli
