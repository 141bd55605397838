#include "step/roofline.hpp"

#include <algorithm>

namespace capmix::step {

Roof roof(const Chip& chip, const Efficiency& e, Precision precision, Level level) {
  Roof r;
  r.compute = chip.peak.at(precision) * at(e.serving_gemm, level);
  r.memory = chip.memory_bandwidth * at(e.serving_memory, level);
  r.gather = chip.memory_bandwidth * at(e.gather, level);
  r.launch = e.launch;
  r.half = Flop(e.gemm_half_flop);
  return r;
}

OperatorTime operator_time(const Roof& roof, Flop work, Bytes moved) {
  // f / (peak f / (f + half)) = (f + half) / peak
  const Seconds compute = work.value() > 0 ? (work + roof.half) / roof.compute : Seconds(0);
  const Seconds memory = moved / roof.memory;
  return {std::max(compute, memory) + roof.launch, memory > compute};
}

}  // namespace capmix::step
