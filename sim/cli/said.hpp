// What stands behind an option, taken apart. Throws InputError with the option, what was said and what was expected.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analysis/table.hpp"
#include "base/diagnostic.hpp"

namespace capmix::cli {

// A number from 0 to 1; `said`: all of the option's text.
double probability(const std::string& text, const std::string& option, const std::string& said);
// "id=rest", cut at the last '='; `form`: how it should look.
std::pair<std::string, std::string> assigned(const std::string& said, const std::string& option, const std::string& form);

template <class List>
void must_know(const List& list, const std::string& id, const std::string& option, const char* what) {
  std::vector<std::string> known;
  for (const auto& x : list) known.push_back(x.id);
  if (std::count(known.begin(), known.end(), id) == 0)
    throw InputError(option + ": there is no " + what + " \"" + id + "\"" + did_you_mean(id, known) + " (there are: " + analysis::joined(known) + ")");
}

}  // namespace capmix::cli
