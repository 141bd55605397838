// One piece of work in a process of its own, with its result: what a single SimGrid simulation needs to start at
// t = 0 on a platform of its own. Forking costs about 2 ms.
#pragma once

#include <functional>
#include <vector>

namespace capmix::engine {

// Runs `work` in a child and returns its numbers. Throws std::runtime_error with the reason when it fails.
std::vector<double> in_child(const std::function<std::vector<double>()>& work);
// The same where SimGrid may not survive it (guard.hpp), for `seconds` at most.
std::vector<double> in_guarded_child(const std::function<std::vector<double>()>& work, unsigned seconds);

}  // namespace capmix::engine
