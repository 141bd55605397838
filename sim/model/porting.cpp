#include "model/porting.hpp"

namespace capmix {

std::vector<int> Port::before(int stage) const {
  const auto& after = stages[static_cast<size_t>(stage)].after;
  if (after) return *after;
  return stage > 0 ? std::vector<int>{stage - 1} : std::vector<int>{};
}

// A stage stands behind those that it waits for.
std::vector<char> Port::built_on(int stage) const {
  std::vector<char> out(stages.size(), 0);
  out[static_cast<size_t>(stage)] = 1;
  for (size_t i = 0; i < out.size(); ++i)
    for (const int b : before(static_cast<int>(i)))
      if (out[static_cast<size_t>(b)]) out[i] = 1;
  return out;
}

}  // namespace capmix
