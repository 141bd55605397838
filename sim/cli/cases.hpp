// Case files for the verbs that score and fit.
#pragma once

#include <string>
#include <vector>

#include "step/cases.hpp"

namespace capmix::cli {

// The given file, or every table that ships with capmix when none is given.
std::vector<std::string> case_files(const std::vector<std::string>& given);
// All rows of all files, in order. A row that is too short or too long is a problem, or is `kept` with its reason, so
// that as many come out as went in. Throws InputError with every problem of every file.
std::vector<step::Case> load_cases(const std::vector<std::string>& files, const Scenario& catalogue, import::Uneven uneven = import::Uneven::refused);
// A catalogue directory with the models that ship with capmix; "": the shipped catalogue.
Scenario load_catalogue(const std::string& directory);
std::string catalogue_or_shipped(const std::string& directory);
// The whole of a file; throws InputError.
std::string read_file(const std::string& path);

}  // namespace capmix::cli
