// A service that is an inventory of instances: `[service.instances]`. What its apps held becomes the accelerators that are
// wanted by the hour; chips of this fleet stand in for them. There is no demand in an inventory, so nothing is said of requests.
#include "import/instances.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

std::string figure(const char* format, double x) {
  char out[32];
  std::snprintf(out, sizeof out, format, x);
  return out;
}

// The tables in the folder of `path`, where `file` is sought, as it could name them.
std::vector<std::string> tables_beside(const std::string& path, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path(), ignored))
    if (const std::string name = entry.path().filename().string(); name.find(".csv") != std::string::npos) out.push_back((folder / name).string());
  std::sort(out.begin(), out.end());
  return out;
}

Uncertain<double> times(Uncertain<double> u, double by) {
  u.low *= by, u.mode *= by, u.high *= by;
  return u;
}

// Of some apps: accelerators by the hour, and hosts for one of them.
struct Holding {
  std::vector<std::string> apps{};
  std::vector<double> hours{};
  double hosts = 0;
  double mean() const { return std::accumulate(hours.begin(), hours.end(), 0.0) / static_cast<double>(hours.size()); }
};

Holding holding_of(const import::Inventory& inventory, const std::vector<import::AppPool>& pools, const std::vector<std::string>& apps) {
  Holding out;
  double accelerators = 0;
  for (const auto& pool : pools) {
    if (!apps.empty() && std::count(apps.begin(), apps.end(), pool.app) == 0) continue;
    out.apps.push_back(pool.app);
    const auto hours = pool.chips.hourly();
    out.hours.resize(hours.size());
    for (size_t h = 0; h < hours.size(); ++h) out.hours[h] += hours[h];
    out.hosts += import::held(inventory, import::Side::host, import::Held::instances, pool.app).mean();
    accelerators += pool.chips.mean();
  }
  out.hosts = accelerators > 0 ? out.hosts / accelerators : 0;
  return out;
}

// What `check` says of it. `end`: s, of the inventory.
std::string told_of(const Holding& held, size_t apps, double end) {
  const auto [least, most] = std::minmax_element(held.hours.begin(), held.hours.end());
  return std::to_string(held.apps.size()) + " of " + std::to_string(apps) + " apps hold " + figure("%.1f", held.mean()) + " accelerators on average over " + figure("%.1f", end / 86400) +
         " days, " + figure("%.1f", *least) + " to " + figure("%.1f", *most) + " by the hour and " + figure("%.1f", held.hours.back()) + " in the last one, which stay; " +
         figure("%.2f", held.hosts) + " hosts for one accelerator";
}

}  // namespace

void Loader::read_instances(Reader r, Service& service) {
  ServiceStage& stage = service.stages.emplace_back();
  stage.kind = StageKind::hold, stage.cell_chips = 1;
  stage.family = r.text("family", "rec-serving");
  const Ref file = r.ref("file");
  const auto apps = r.list("apps");
  const Date begins = r.date("begins", s_.study.timeline.start());
  const auto scale = r.uncertain<double>("scale", kPositive, Uncertain<double>(1.0));
  service.demand.annual_growth = r.uncertain<double>("annual_growth", {-1, 100, "between -1 and 100"}, Uncertain<double>(0.0));
  Reader chips = r.table("chips");
  const auto names = chips.ids();
  if (names.empty() && r.has("chips"))
    r.error("chips", "\"chips\" is empty (expected at least one chip of the platform, with the accelerators of the inventory that one stands in for)");
  for (const auto& id : names) {
    const double each = chips.number(id, kPositive);
    if (s_.chips.empty()) continue;  // a workload file on its own
    if (const auto chip = resolve(s_.chips, {id, chips.place(id)}, "chip of this platform"); chip.valid())
      stage.any_of.push_back(chip), stage.stands_for.push_back(each);
  }
  r.factual();
  r.done();

  service.held.emplace();
  Demand& d = service.demand;
  d.users = times(scale, 0), d.requests_per_user_day = kDay.value(), d.multiplier = 1.0;  // a request: one accelerator, one second
  d.hour.fill(1), d.weekday.fill(1), d.regions = {{"", 1, 0}};
  if (file.text.empty()) return;
  const std::string path = r.resolved(file);
  if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path + did_you_mean(file.text, tables_beside(path, file.text)));
  const auto inventory = import::read_instances(path, context.problems);
  if (!inventory) return;
  const auto known = inventory->apps();
  const auto pools = import::pools_of(*inventory);
  std::vector<std::string> wanted;
  for (const auto& app : apps) {
    const bool there = std::count(known.begin(), known.end(), app.text) > 0;
    if (!there)
      context.problems.add(app.place, path + " has no app \"" + app.text + "\"" + did_you_mean(app.text, known));
    else if (std::none_of(pools.begin(), pools.end(), [&](const auto& p) { return p.app == app.text; }))
      context.problems.add(app.place, "app \"" + app.text + "\" of " + path + " holds no accelerator");
    else
      wanted.push_back(app.text);
  }
  if (wanted.size() < apps.size()) return;
  const Holding held = holding_of(*inventory, pools, wanted);
  const double mean = held.hours.empty() ? 0 : held.mean();
  if (mean <= 0) return context.problems.add(file.place, path + " holds no accelerator at any time");
  service.held->apps = held.apps, service.held->hosts = held.hosts;
  d.users = times(scale, mean);
  d.recorded.first = int64_t{begins.day()} * 24, d.recorded.stays = true;
  for (const double x : held.hours) d.recorded.hours.push_back(x / mean);
  const std::string told = r.subject() + ": " + path + ": ";
  context.notes.push_back(told + told_of(held, known.size(), inventory->end) + (scale.mode == 1 && scale.fixed() ? "" : "; times " + figure("%g", scale.mode)));
  if (const auto& refused = inventory->refused; !refused.empty())
    context.notes.push_back(told + std::to_string(refused.size()) + " of " + std::to_string(inventory->rows) + " rows left out, the first in line " + std::to_string(refused.front().line) +
                            ": " + refused.front().why);
}

}  // namespace capmix::scenario
