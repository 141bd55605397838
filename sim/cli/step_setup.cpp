#include "cli/step_setup.hpp"

#include <stdexcept>

#include "engine/workers.hpp"
#include "scenario/scenario.hpp"
#include "step/cache.hpp"

namespace capmix::cli {

void refuse_inputs_of_study(const Common& c, const StepOptions& o, Typed& typed) {
  if (!c.set.empty()) typed.complain("--set", "changes inputs of a study (without one, change a file)");
  if (!o.workload.empty()) typed.complain("--workload", "picks from a study (without one, give --model)");
}

Fabric fabric_of(const StepOptions& o, const Scenario& s, Typed& typed) {
  if (o.fabric.empty()) return {};
  const auto id = typed.id(s.fabrics, "--fabric", o.fabric, "fabric");
  return id.valid() ? s.fabrics[id] : Fabric{};
}

AskedModel model_of(const StepOptions& o, const Scenario& s, Typed& typed) {
  if (o.model.find('/') == std::string::npos && !o.model.ends_with(".toml")) {
    if (const auto id = s.recommenders.find(o.model); id.valid()) return {{}, s.recommenders[id]};
    if (const auto id = s.llms.find(o.model); id.valid()) return {s.llms[id], {}};
    std::vector<std::string> ids;
    for (const auto& m : s.llms) ids.push_back(m.id);
    for (const auto& m : s.recommenders) ids.push_back(m.id);
    typed.complain("--model", "there is no model \"" + o.model + "\"" + did_you_mean(o.model, ids));
    return {};
  }
  Diagnostics problems;
  const auto own = scenario::load_models(o.model, problems);
  for (const auto& d : problems.sorted()) typed.problems.add(d.place, d.message);
  if (!own.recommenders.empty()) return {{}, *own.recommenders.begin()};
  return {own.llms.empty() ? LlmModel{} : *own.llms.begin(), {}};
}

std::string alone(const std::function<std::string()>& work) {
  std::string bytes;
  if (!engine::attempt(work, bytes)) throw std::runtime_error(bytes);
  return bytes;
}

StepProfile profile_alone(const std::function<StepProfile()>& work) {
  StepProfile out = step::from_json(alone([&] { return step::to_json(work()); }));
  if (!out.feasible) throw InputError("capmix: " + out.subject + " does not run: " + out.reason);
  return out;
}

}  // namespace capmix::cli
