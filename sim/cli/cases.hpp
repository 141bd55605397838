// Case files for the verbs that score and fit.
#pragma once

#include <string>
#include <vector>

#include "step/cases.hpp"

namespace capmix::cli {

// The given file, or every table that ships with capmix when it is "".
std::vector<std::string> case_files(const std::vector<std::string>& given);
// All rows of all files, in order. Throws InputError with every problem of every file.
std::vector<step::Case> load_cases(const std::vector<std::string>& files, const Scenario& catalogue);
// A catalogue directory with the models that ship with capmix; "": the shipped catalogue.
Scenario load_catalogue(const std::string& directory);
std::string catalogue_or_shipped(const std::string& directory);
// The whole of a file; throws InputError.
std::string read_file(const std::string& path);

}  // namespace capmix::cli
