// A parallel plan as people type it: "tp=8 pp=4 vpp=2 micro_batch=1 recompute=selective", or "auto".
#pragma once

#include <string>

#include "base/diagnostic.hpp"
#include "model/workload.hpp"

namespace capmix::cli {

// Every unknown key, repeated key and value that is none is a problem; what is not said keeps its default. Keys may be
// parted by blanks or commas.
ParallelPlan parse_plan(const std::string& text, Diagnostics& problems);

}  // namespace capmix::cli
