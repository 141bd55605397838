#include "results/info.hpp"

#include <stdexcept>

namespace capmix::results {

Timeline StudyInfo::timeline() const {
  Date from, to;
  if (!Date::parse(start, from) || !Date::parse(end, to) || to <= from)
    throw std::runtime_error("study " + id + ": horizon from \"" + start + "\" to \"" + end + "\" is not one");
  return {from, to};
}

bool names_a_build(const std::string& commit) {
  return !commit.empty() && commit != "unknown" && commit.find("dirty") == std::string::npos;
}

}  // namespace capmix::results
