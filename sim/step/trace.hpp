// One simulated step as a trace for a timeline viewer (the Chrome trace event format, which Perfetto reads): a process
// per pipeline stage of every lane, with a row for what it computes and one for what it sends.
//
// A pass is drawn as what it computes, and after that, on the other row, what shows of the communication inside it: of
// tensor and context parallelism, of experts, of ZeRO 2 and 3. What runs beside the passes (transfers between stages,
// gradients, weights) is drawn in the gaps that those leave, in parts where it must be.
//
// The gather of the new weights is drawn where it runs, at the head of the step beside the first passes, which start
// late by what of it shows; then come the passes, what shows of the gradients, and the optimizer. Of the
// micro-batches the ones that were played are drawn; when those are not all, the passes of the others belong between
// theirs and the optimizer, the trace is shorter than the step by them, and its metadata say so.
#pragma once

#include <string>

#include "step/simulate.hpp"

namespace capmix::step {

std::string trace(const Iteration& iteration, const Simulation& simulation, const std::string& subject);

}  // namespace capmix::step
