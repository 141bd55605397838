// Which run of a study is meant.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "study/worlds.hpp"

namespace capmix::cli {

// The id itself when the list has it, the first one when it is empty; else an error with a suggestion.
template <class List>
std::string id_in(const List& list, const std::string& id, const char* kind) {
  std::vector<std::string> ids;
  for (const auto& x : list) ids.push_back(x.id);
  if (id.empty() && !ids.empty()) return ids.front();
  if (std::count(ids.begin(), ids.end(), id) > 0) return id;
  throw InputError("unknown " + std::string(kind) + " \"" + id + "\"" + did_you_mean(id, ids));
}

inline size_t outcome_index(const study::Worlds& worlds, const std::string& id) {
  for (size_t i = 0; i < worlds.outcomes(); ++i)
    if (worlds.outcome(i).id == id) return i;
  return 0;
}

}  // namespace capmix::cli
