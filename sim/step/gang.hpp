// A gang of a log of jobs as a profile: the step of its work inside one pod, and what is left of the rate when it spans several.
//
// The plan is the one that is fastest inside one pod: those of the campaign where one fits, else the search's; it stays the same over
// pods, since a job is placed after it was written. A gang over p pods has as even a part of its nodes in each as whole nodes allow,
// and of each pod's uplink the part of its own NICs; the pods are those that the gang spans, whatever the fabric's `pod_nodes` says.
// So the rate falls by what meets at the uplinks: rings of stages that leave the pod, and experts' all-to-all. Not modelled: gangs that lie
// unevenly, neighbours that use more or less than their part of the uplink, transfers of a pipeline over it (simulate.cpp plays those in
// one pod), the spine's own latency.
#pragma once

#include "step/step.hpp"

namespace capmix::step {

// Infeasible, with the reason, where nothing fits, and on a fabric that has no pods. `group.chips` is the width.
StepProfile gang(const LlmModel& model, const Campaign& work, const Group& group, const Fabric& fabric);

}  // namespace capmix::step
