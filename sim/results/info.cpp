#include "results/info.hpp"

#include <stdexcept>

namespace capmix::results {

Timeline StudyInfo::timeline() const {
  Date from, to;
  if (!Date::parse(start, from) || !Date::parse(end, to) || to <= from)
    throw std::runtime_error("study " + id + ": horizon from \"" + start + "\" to \"" + end + "\" is not one");
  return {from, to};
}

std::vector<RunKey> StudyInfo::runs() const {
  std::vector<RunKey> out;
  for (const auto& outcome : outcomes)
    for (const auto& mix : mixes)
      for (int d = -1; d < static_cast<int>(draws); ++d) out.push_back({mix.id, outcome.id, d});
  return out;
}

bool names_a_build(const std::string& commit) {
  return !commit.empty() && commit != "unknown" && commit.find("dirty") == std::string::npos;
}

}  // namespace capmix::results
