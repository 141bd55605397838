// Work that may not come back: SimGrid aborts, segfaults or never ends on some platform files of others. It runs in a
// process of its own, which can neither take its parent along nor write on its terminal.
#pragma once

#include <functional>
#include <string>

namespace capmix::engine {

struct Outcome {
  bool ok = false;
  std::string bytes;   // what the work returned
  std::string reason;  // or why it failed, in one line: what it threw, the last that it said, or the signal that ended it
};
// `seconds`: after so much wall time the process is ended.
Outcome guarded(const std::function<std::string()>& work, unsigned seconds);

}  // namespace capmix::engine
