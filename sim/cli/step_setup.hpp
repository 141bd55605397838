// What all kinds of `capmix step` without a study have in common: parts of a setup as they were typed, and a simulation in
// a process of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "model/profile.hpp"

namespace capmix::cli {

// --set and --workload, which are of a study.
void refuse_inputs_of_study(const Common& common, const StepOptions& options, Typed& typed);
// The fabric of that id; "": a non-blocking one.
Fabric fabric_of(const StepOptions& options, const Scenario& catalogue, Typed& typed);

// The model that was typed: an id of the catalogue, or a file of the same form anywhere. Neither, after a complaint: `llm` is
// blank, so that the other options are checked as those of a language model.
struct AskedModel {
  LlmModel llm;
  std::optional<RecModel> recommender;
};
AskedModel model_of(const StepOptions& options, const Scenario& catalogue, Typed& typed);

// The bytes that `work` returns there; throws std::runtime_error with what it threw.
std::string alone(const std::function<std::string()>& work);
// Throws InputError with its reason when the profile does not run.
StepProfile profile_alone(const std::function<StepProfile()>& work);

}  // namespace capmix::cli
