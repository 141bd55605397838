#include "results/info.hpp"

#include <stdexcept>

namespace capmix::results {

Timeline StudyInfo::timeline() const {
  Date from, to;
  if (!Date::parse(start, from) || !Date::parse(end, to) || to <= from)
    throw std::runtime_error("study " + id + ": horizon from \"" + start + "\" to \"" + end + "\" is not one");
  return {from, to};
}

}  // namespace capmix::results
