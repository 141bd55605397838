// The fits of capmix calibrate that follow that of language-model training: each rests on its values, and on rows of one
// kind of chip. One that its rows do not allow is left out, with the reason, and its table stays as the starting file has it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "calibrate/llm_fit.hpp"
#include "calibrate/rec_fit.hpp"
#include "calibrate/serving_fit.hpp"
#include "calibrate/splits.hpp"
#include "cli/cases.hpp"

namespace capmix::cli {

struct OtherFits {
  std::optional<calibrate::RecFit> training;
  std::optional<calibrate::ServingFit> serving;
  std::optional<calibrate::LlmFit> llm;
  std::map<std::string, double> llm_trust;     // by family
  std::set<std::string> cases;                 // ids that were fitted
  std::map<std::string, std::string> left_out; // fits that could not be made, with the reason
};
// `never`: groups whose rows no fit sees.
OtherFits fit_others(const Scenario& start, const calibrate::Values& fitted, const Published& all, const std::set<std::string>& never, int jobs);

// A family's file with the tables of those fits in it. A table of recommender training that is an estimate of its own is kept.
std::string with_others(std::string text, const Efficiency& family, const OtherFits& fits);

// What was fitted, on which rows, and how well.
std::string others_text(const OtherFits& fits, int width);
nlohmann::ordered_json others_json(const OtherFits& fits);

}  // namespace capmix::cli
