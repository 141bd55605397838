#include "cli/step_setup.hpp"

#include <stdexcept>

#include "engine/workers.hpp"
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
