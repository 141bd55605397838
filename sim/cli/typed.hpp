// What a verb is told without a study: ids, words and numbers, with all that is wrong of them at once.
#pragma once

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "model/study.hpp"

namespace capmix::cli {

// Resolves what was typed, and collects what is wrong with it.
class Typed {
 public:
  Diagnostics problems;

  template <class T>
  Id<T> id(const Table<T>& table, const std::string& option, const std::string& name, const char* kind) {
    const auto found = table.find(name);
    std::vector<std::string> ids;
    for (const auto& x : table) ids.push_back(x.id);
    if (name.empty()) complain(option, std::string("names no ") + kind);
    else if (!found.valid()) complain(option, std::string("there is no ") + kind + " \"" + name + "\"" + did_you_mean(name, ids));
    return found;
  }
  void complain(const std::string& option, const std::string& what) { problems.add({option, 0, 0}, what); }
  void at_least(const std::string& option, int value, int low) {
    if (value < low) complain(option, "is " + std::to_string(value) + " (expected at least " + std::to_string(low) + ")");
  }
  // A number that must be said, and is at least 1.
  int wanted(const std::string& option, const std::optional<int>& value, const char* what) {
    if (!value) complain(option, std::string("is missing: ") + what);
    else at_least(option, *value, 1);
    return value.value_or(1);
  }
  // The same of an amount, from 1 to `most`.
  double wanted(const std::string& option, const std::optional<double>& value, double most, const std::string& what) {
    char text[96];
    std::snprintf(text, sizeof text, "is %.10g (expected from 1 to %.10g)", value.value_or(0), most);
    if (!value) complain(option, "is missing: " + what);
    else if (!(*value >= 1 && *value <= most)) complain(option, text);
    return value.value_or(1);
  }
};

inline Precision precision_of(const std::string& name, Typed& typed, const std::string& option = "--precision") {
  const std::vector<std::string> words{std::begin(kPrecisionNames), std::end(kPrecisionNames)};
  const auto at = std::find(words.begin(), words.end(), name);
  if (at == words.end()) typed.complain(option, "there is no precision \"" + name + "\"" + did_you_mean(name, words));
  return at == words.end() ? Precision::bf16 : static_cast<Precision>(at - words.begin());
}

}  // namespace capmix::cli
