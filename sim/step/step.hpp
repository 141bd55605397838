// One training iteration, or one batch of a serving cell, at the mature software stack (a port's stage is applied
// by the fleet, never here). Compute by roofline with the efficiencies of the chip's family, communication as
// flows on SimGrid. What one profile rests on is listed at each kind in kinds/.
#pragma once

#include <string>
#include <vector>

#include "model/profile.hpp"

namespace capmix::step {

// Chips of one kind in a gang or cell, with all that their speed depends on. References must outlive the call.
struct Group {
  const Chip& chip;
  const Node& node;
  const Efficiency& efficiency;
  const Software& software;
  int chips = 0;
};

struct TrainingSetup {
  const LlmModel& model;
  const Campaign& campaign;
  std::vector<Group> groups;   // one: a gang of equal chips, folded; more: a job that spans suppliers
  const Fabric& fabric;
  bool check_memory = true;    // false: a published case ran, whatever we think of its memory
  bool stragglers = true;      // false: without the term of the slowest rank
  bool closed_form = false;    // true: the plan's closed form is the answer, nothing is played on SimGrid but on a platform file
};
// The fastest of the campaign's plans that fits; feasible = false with the reason of every plan when none does.
StepProfile train(const TrainingSetup& setup);

struct ServingSetup {
  const RecModel& model;
  const ServiceStage& stage;
  const std::string& pool;     // its name
  Group cell;                  // chips: of one cell, at most those of a node
  const Fabric& fabric;
  uint64_t seed = 1;           // of its arrivals and their candidates
};
// The batch with the greatest rate whose p99 meets the objective; feasible = false with the floor when none does.
StepProfile serve(const ServingSetup& setup);

// What runs on a chip's stack: the software that is wanted, where it runs there ("": none is), or else the stack's
// standard. A catalogue without any: plain defaults.
const Software& software_on(const Scenario& scenario, const std::string& stack, const std::string& wanted = "");
// Chips on nodes of one kind, with what software_on says of their stack. The scenario must outlive it.
Group group_on(const Scenario& scenario, Id<Node> node, int chips, const std::string& software = "");

// Every rate that a fleet run of the scenario may ask for, sorted: campaigns and services on the nodes of offers
// and existing fleets, in the fabrics of its sites. Nodes whose chip cannot run the workload are in: their
// profile says why.
std::vector<RateKey> needed(const Scenario& scenario);
// `quick`: steps of language models by closed form.
StepProfile profile(const Scenario& scenario, const RateKey& key, bool quick = false);
// Names the content of a profile: a hash of every number that it depends on, of the step model's version and of
// SimGrid's - and of nothing else (a price does not move it).
std::string content_key(const Scenario& scenario, const RateKey& key, bool quick = false);

}  // namespace capmix::step
