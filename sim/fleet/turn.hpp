// In which order campaigns come, wherever chips are given to them or time is told of them: by priority, then who has waited longest, then the widest.
#pragma once

#include <cstdint>
#include <tuple>

namespace capmix::fleet {

using Turn = std::tuple<int, int64_t, int>;  // the least is first
// `since`: any time or date, the same for all that are compared; `chips`: of a gang.
inline Turn turn_of(int priority, int64_t since, int chips) { return {-priority, since, -chips}; }

}  // namespace capmix::fleet
