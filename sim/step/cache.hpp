// Profiles on disk under the hash of their content, and as JSON on pipes. Doubles survive exactly.
#pragma once

#include <string>

#include "model/profile.hpp"

namespace capmix::step {

std::string to_json(const StepProfile& profile);
StepProfile from_json(const std::string& text);  // throws std::runtime_error on anything else

class Cache {
 public:
  explicit Cache(std::string directory) : directory_(std::move(directory)) {}
  // False when there is none, or one that cannot be read: it is then made anew.
  bool load(const std::string& key, StepProfile& out) const;
  // Beside and renamed. A directory that cannot be written is no error: the cache is a convenience.
  void store(const StepProfile& profile) const;

 private:
  std::string directory_;
};

}  // namespace capmix::step
