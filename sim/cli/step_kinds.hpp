// capmix step without a study, for what is no training of a language model; and the curve of a ranking cell.
#pragma once

#include <string>

#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "model/study.hpp"

namespace capmix::cli {

// Options that do not belong together, all at once; throws InputError.
void check_together(const StepOptions& options);
// Throw InputError with what `typed` has of problems and what they add to it.
int serve_llm_model(const Common& common, const StepOptions& options, const Scenario& catalogue, const LlmModel& model, Typed& typed);
int train_recommender(const Common& common, const StepOptions& options, const Scenario& catalogue, const RecModel& model, Typed& typed);
int serve_recommender(const Common& common, const StepOptions& options, const Scenario& catalogue, const RecModel& model, Typed& typed);
// Latency against load of a study's ranking stages.
int curve_of_study(const Common& common, const StepOptions& options);

}  // namespace capmix::cli
