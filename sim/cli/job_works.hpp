// What the jobs of a log train, for `replay jobs`: models of the catalogue on one kind of node in one fabric, as sim/step plays them.
#pragma once

#include <string>
#include <vector>

#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "fleet/log_rates.hpp"
#include "scenario/job_specs.hpp"

namespace capmix::cli {

// Where steps come from. Nothing of it when neither --model nor --map steps is said.
struct JobWorks {
  Scenario scenario{};         // the catalogue
  Id<Node> node{};
  Id<Fabric> fabric{};
  int batch = scenario::kPlainBatch, seq = scenario::kPlainSeq;
  bool wanted() const { return node.valid(); }
};
// Reads the catalogue and checks what is typed; `map` is given the model of --model.
JobWorks read_works(const JobsOptions& options, Typed& typed, scenario::JobMap& map);
// With --map steps, the works whose names stand in the log.
void add_works(const JobWorks& works, const import::JobLog& log, scenario::JobMap& map);

// Steps of gangs of the widths that the log needs, each once, and the jobs with the run times that follow.
struct PlayedWorks {
  fleet::LogRates rates{};
  RateTable table{};
};
// Steps by width and what is left over several pods; and what has no rate.
std::string gangs_text(const JobWorks& works, const PlayedWorks& played, int width);
std::string gangs_json(const RateTable& table);
PlayedWorks play_works(const Common& common, const JobWorks& works, const scenario::JobMap& map, const std::vector<JobSpec>& jobs, size_t parts);

}  // namespace capmix::cli
