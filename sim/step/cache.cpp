#include "step/cache.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace capmix::step {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path file(const std::string& directory, const std::string& key) { return fs::path(directory) / (key + ".json"); }

}  // namespace

std::string to_json(const StepProfile& p) {
  json j{{"key", p.key}, {"subject", p.subject}, {"feasible", p.feasible}, {"reason", p.reason}, {"plan", p.plan},
         {"step_s", p.step.value()}, {"capacity_bytes", p.capacity.value()}, {"units", p.units},
         {"model_flop", p.model_flop.value()}, {"mfu", p.mfu}, {"energy_j", p.energy.value()},
         {"latency_s", p.latency.value()}, {"limit", p.limit}, {"trust_low", p.trust_low},
         {"trust_high", p.trust_high}, {"calibrated", p.calibrated}, {"region", p.region}, {"assumed", p.assumed},
         {"rate_per_s", p.rate()}};
  j["checkpoint"] = {{"stall_s", p.checkpoint.stall.value()}, {"flush_s", p.checkpoint.flush.value()}, {"reload_s", p.checkpoint.reload.value()}};
  j["groups"] = json::array(), j["parts"] = json::array(), j["memory"] = json::array();
  j["candidates"] = json::array();
  for (const auto& g : p.groups) j["groups"].push_back({{"chip", g.chip}, {"chips", g.chips}, {"batch_share", g.batch_share}});
  for (const auto& t : p.parts) j["parts"].push_back({{"name", t.name}, {"time_s", t.time.value()}, {"useful", t.useful}});
  for (const auto& m : p.memory) j["memory"].push_back({{"name", m.name}, {"bytes", m.bytes.value()}});
  for (const auto& c : p.candidates)
    j["candidates"].push_back({{"plan", c.plan}, {"step_s", c.step.value()}, {"mfu", c.mfu}, {"bytes", c.memory.value()}, {"why", c.why}});
  j["by_scale"] = p.by_scale;
  if (!p.by_pods.empty()) j["by_pods"] = p.by_pods;
  return j.dump(1);
}

StepProfile from_json(const std::string& text) {
  try {
    const json j = json::parse(text);
    StepProfile p;
    p.key = j.at("key"), p.subject = j.at("subject"), p.feasible = j.at("feasible"), p.reason = j.at("reason");
    p.plan = j.at("plan"), p.limit = j.at("limit"), p.calibrated = j.at("calibrated");
    p.step = Seconds(j.at("step_s").get<double>()), p.capacity = Bytes(j.at("capacity_bytes").get<double>());
    p.units = j.at("units"), p.mfu = j.at("mfu"), p.trust_low = j.at("trust_low"), p.trust_high = j.at("trust_high");
    p.model_flop = Flop(j.at("model_flop").get<double>()), p.energy = Joules(j.at("energy_j").get<double>());
    p.region = j.at("region"), p.assumed = j.at("assumed").get<std::vector<std::string>>();
    p.latency = Seconds(j.at("latency_s").get<double>());
    const json& c = j.at("checkpoint");
    p.checkpoint = {Seconds(c.at("stall_s").get<double>()), Seconds(c.at("flush_s").get<double>()), Seconds(c.at("reload_s").get<double>())};
    p.by_scale = j.at("by_scale").get<std::vector<std::pair<double, double>>>();
    p.by_pods = j.value("by_pods", p.by_pods);
    for (const auto& g : j.at("groups")) p.groups.push_back({g.at("chip"), g.at("chips"), g.at("batch_share")});
    for (const auto& t : j.at("parts")) p.parts.push_back({t.at("name"), Seconds(t.at("time_s").get<double>()), t.at("useful")});
    for (const auto& m : j.at("memory")) p.memory.push_back({m.at("name"), Bytes(m.at("bytes").get<double>())});
    for (const auto& c : j.at("candidates"))
      p.candidates.push_back({c.at("plan"), Seconds(c.at("step_s").get<double>()), c.at("mfu"), Bytes(c.at("bytes").get<double>()), c.at("why")});
    return p;
  } catch (const json::exception& e) {
    throw std::runtime_error(std::string("not a step profile: ") + e.what());
  }
}

bool Cache::load(const std::string& key, StepProfile& out) const {
  std::ifstream in(file(directory_, key), std::ios::binary);
  if (!in) return false;
  std::ostringstream text;
  text << in.rdbuf();
  try {
    StepProfile p = from_json(text.str());
    if (p.key != key) return false;
    out = std::move(p);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void Cache::store(const StepProfile& profile) const {
  std::error_code error;
  fs::create_directories(directory_, error);
  const fs::path whole = file(directory_, profile.key);
  const fs::path beside = whole.string() + "." + std::to_string(::getpid());
  {
    std::ofstream out(beside, std::ios::binary);
    out << to_json(profile);
    if (!out.flush()) return fs::remove(beside, error), void();
  }
  fs::rename(beside, whole, error);
}

}  // namespace capmix::step
