// Case files for the verbs that score and fit.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "step/cases.hpp"
#include "step/llm_cases.hpp"
#include "step/rec_cases.hpp"
#include "step/rec_serving_cases.hpp"

namespace capmix::cli {

// The given file, or every table that ships with capmix when none is given.
std::vector<std::string> case_files(const std::vector<std::string>& given);
// Measurements by what they measure, each in the order of the files.
struct Published {
  std::vector<step::Case> training;                // of language models; what no other reader takes stands here with its reason
  std::vector<step::RecCase> rec_training;
  std::vector<step::RecServingCase> rec_serving;
  std::vector<step::LlmCase> llm_serving;
};
// All rows of all files. A row that is too short or too long is a problem, or is `kept` with its reason, so that as many
// come out as went in. Throws InputError with every problem of every file.
Published load_cases(const std::vector<std::string>& files, const Scenario& catalogue, import::Uneven uneven = import::Uneven::refused);
// A catalogue directory with the models that ship with capmix; "": the shipped catalogue.
Scenario load_catalogue(const std::string& directory);
std::string catalogue_or_shipped(const std::string& directory);
// The whole of a file; throws InputError.
std::string read_file(const std::string& path);
// What a calibration would write below `root`, by path: 0 when all of it stands there already, else 1, and standard error says which files
// differ.
int check_files(const std::map<std::string, std::string>& files, const std::filesystem::path& root);

}  // namespace capmix::cli
