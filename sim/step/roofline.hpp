// Operator times. An operator takes max(work / attained compute rate, bytes / attained bandwidth) + launch
// (Williams, Waterman and Patterson 2009). The attained compute rate is peak x gemm x f / (f + half) for an
// operator of f FLOP on one chip: small products do not fill a chip.
#pragma once

#include "model/hardware.hpp"

namespace capmix::step {

// Which end of the efficiencies' range: the trust range of a profile is the same step at low and at high.
enum class Level { low, mode, high };
inline double at(const Uncertain<double>& u, Level level) {
  return level == Level::low ? u.low : level == Level::high ? u.high : u.mode;
}

struct Roof {
  FlopRate compute;        // peak x gemm
  ByteRate memory, gather;
  Seconds launch;
  Flop half;
};
// `precision` must be one that the chip has.
Roof roof(const Chip& chip, const Efficiency& efficiency, Precision precision, Level level);

struct OperatorTime {
  Seconds time;
  bool memory_bound = false;
};
OperatorTime operator_time(const Roof& roof, Flop work, Bytes moved);

}  // namespace capmix::step
