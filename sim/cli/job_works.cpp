#include "cli/job_works.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "study/rates.hpp"

namespace capmix::cli {
namespace {

constexpr const char* kLog = "log";  // its id in rate tables
constexpr int kShownPods[] = {2, 3, 4, 8, 16};

std::string model_of(const RateKey& key) { return key.workload.substr(std::string(kLog).size() + 1); }

void add_model(const JobWorks& works, const std::string& name, std::vector<Campaign>& into) {
  const auto id = works.scenario.llms.find(name);
  const bool known = std::any_of(into.begin(), into.end(), [&](const Campaign& c) { return c.id == name; });
  if (id.valid() && !known) into.push_back(scenario::plain_work(works.scenario.llms, id, works.batch, works.seq));
}

}  // namespace

JobWorks read_works(const JobsOptions& o, Typed& typed, scenario::JobMap& map) {
  JobWorks out;
  if (o.model.empty() && map.by != scenario::JobMapping::steps) {
    for (const auto& [said, option] : {std::pair{!o.node.empty(), "--node"}, {!o.fabric.empty(), "--fabric"}, {!o.catalogue.empty(), "--catalogue"}, {o.batch.has_value(), "--batch"}, {o.seq.has_value(), "--seq"}})
      if (said) typed.complain(option, "is only for --model and --map steps, whose step times it decides");
    return out;
  }
  if (!o.model.empty() && o.spine) typed.complain("--spine", "and --model both say what a gang is left with over several pods (expected one of them)");
  out.scenario = load_catalogue(o.catalogue);
  out.batch = o.batch.value_or(out.batch), out.seq = o.seq.value_or(out.seq);
  out.node = typed.id(out.scenario.nodes, "--node", o.node, "node to play the steps on");
  if (o.fabric.empty()) {
    Fabric fabric;
    fabric.id = "non-blocking";
    out.fabric = out.scenario.fabrics.add(fabric);
  } else {
    out.fabric = typed.id(out.scenario.fabrics, "--fabric", o.fabric, "fabric");
  }
  if (out.node.valid() && o.node_chips && *o.node_chips != out.scenario.nodes[out.node].chips)
    typed.complain("--node-chips", "is " + std::to_string(*o.node_chips) + ", and " + o.node + " has " + std::to_string(out.scenario.nodes[out.node].chips));
  if (o.model.empty()) return out;
  if (out.scenario.recommenders.find(o.model).valid()) typed.complain("--model", "\"" + o.model + "\" is a recommender (expected a language model)");
  else if (typed.id(out.scenario.llms, "--model", o.model, "language model").valid()) add_model(out, o.model, map.works), map.model = 0;
  return out;
}

void add_works(const JobWorks& works, const import::JobLog& log, scenario::JobMap& map) {
  if (map.by != scenario::JobMapping::steps || !works.wanted()) return;
  for (const auto& name : log.works) add_model(works, name, map.works);
}

PlayedWorks play_works(const Common& c, const JobWorks& works, const scenario::JobMap& map, const std::vector<JobSpec>& jobs, size_t parts) {
  const auto world = std::make_shared<Scenario>(works.scenario);
  const Id<Chip> chip = world->nodes[works.node].chip;
  Site site;
  site.id = "here", site.fabric = works.fabric;
  ExistingFleet fleet;
  fleet.id = "here", fleet.node = works.node, fleet.site = world->sites.add(site);
  world->existing.push_back(fleet);
  JobLogWork log;
  log.id = kLog, log.chip = chip, log.jobs = jobs, log.works = map.works, log.guess = map.guess;
  world->logs.add(log);
  PlayedWorks out;
  study::Worlds worlds;
  worlds.scenarios.push_back(world);
  out.table = study::collect_rates(worlds, cache_dir(c), capmix::cli::jobs(c), [](const std::string&, int, int) {}).front();
  const fleet::PartPlace place{world->chips[chip].id, world->nodes[works.node].id, world->fabrics[works.fabric].id};
  out.rates = fleet::log_rates(log, std::vector(parts, place), out.table);
  for (auto& m : out.rates.missing) m.workload.erase(0, std::string(kLog).size() + 1);
  return out;
}

std::string gangs_text(const JobWorks& works, const PlayedWorks& played, int width) {
  if (played.table.rates.empty()) return "";
  std::string out = analysis::heading("Steps of gangs on " + works.scenario.nodes[works.node].id + " in " + works.scenario.fabrics[works.fabric].id);
  analysis::TextTable table("");
  table.column("step (s)");
  for (const int pods : kShownPods) table.column(fmt::format("rate over\n{} pods", pods));
  for (const auto& [key, p] : played.table.rates) {
    if (!p.feasible) continue;
    std::vector<std::string> row{fmt::format("{} x {}", model_of(key), key.chips), fmt::format("{:.4g}", p.step.value())};
    for (const int pods : kShownPods) {
      const auto at = std::find_if(p.by_pods.begin(), p.by_pods.end(), [&](const auto& b) { return b.first == pods; });
      row.push_back(at == p.by_pods.end() ? "" : fmt::format("{:.4f}", at->second));
    }
    table.row(std::move(row));
  }
  out += table.text(width);
  for (const auto& m : played.rates.missing) out += analysis::wrap(fmt::format("- No rate of {}: {}.", m.workload, m.reason), width, 2);
  return out;
}

std::string gangs_json(const RateTable& table) {
  analysis::Json out = analysis::Json::array();
  for (const auto& [key, p] : table.rates) {
    analysis::Json one{{"model", model_of(key)}, {"chips", key.chips}, {"node", key.nodes.front()}, {"fabric", key.fabric}};
    if (p.feasible) one["step_seconds"] = p.step.value(), one["plan"] = p.plan, one["trust_low"] = p.trust_low, one["trust_high"] = p.trust_high;
    else one["reason"] = p.reason;
    analysis::Json& over = one["rate_over_pods"] = analysis::Json::object();
    for (const auto& [pods, rate] : p.by_pods) over[std::to_string(pods)] = rate;
    out.push_back(std::move(one));
  }
  return out.dump();
}

}  // namespace capmix::cli
