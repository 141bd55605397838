// A gang's checkpoint as a profile: its bytes over real paths on SimGrid, once a job shape, so that the fleet needs no event for
// it. Every node sends its part, all of them at once, to the front end of a storage system or into the memory of a peer; NICs, uplinks of pods
// and the front end share max-min fair.
//
// A gang that stops for it stands until the last byte has arrived. One that does not stands for the copy into its hosts' memory
// alone, and the rest is sent beside the work. State is written once and read once: replicas hold shards of it, and weights that they
// share travel in the first step's own collectives. Not modelled: metadata, many small files, and what the sending costs the
// collectives beside which it runs.
#pragma once

#include <vector>

#include "base/quantity.hpp"
#include "model/failures.hpp"
#include "step/step.hpp"

namespace capmix::step {

struct CheckpointShape {
  Bytes bytes;                     // of the whole gang
  int nodes = 1;
  int chips_per_node = 8;
  ByteRate nic;                    // of one chip; a node sends over all of its own
  ByteRate host_copy{50e9};        // of one chip, into its host's memory
  int pod_nodes = 0;               // nodes of a pod; 0: all in one
  double oversubscription = 1;     // of pods' uplinks
  ByteRate storage_write, storage_read;  // of the front end, for this job; for peers without meaning
  CheckpointTo to = CheckpointTo::storage;
  bool asynchronous = false;
};

// Plays writing and reading, each in a process of its own. Up to `unfolded` nodes are played one by one; beyond, the nodes of a pod are one
// host with all their NICs. Throws std::invalid_argument for a shape that moves bytes over a rate of 0.
CheckpointTimes checkpoint_times(const CheckpointShape& shape, int unfolded = 64);

// The same where each pod fills its share: the slowest of a node's NICs, the uplinks, and the front end.
CheckpointTimes checkpoint_closed_form(const CheckpointShape& shape);

// Of a gang in a fabric: all its NICs, as those of equal nodes, so that unlike chips write at the sum of theirs. Without a storage
// front end in the fabric, storage takes what the NICs send. A platform of others (Fabric::placement) is taken as one pod without a
// bottleneck. A gang of one node has no peer: its state goes to storage. No bytes, or no NICs: all 0.
CheckpointShape checkpoint_shape(const std::vector<Group>& groups, const Fabric& fabric, Bytes bytes, CheckpointTo to = CheckpointTo::storage, bool asynchronous = false);
// Fills `out.checkpoint`, and what was assumed.
void fill_checkpoint(const CheckpointShape& shape, const Fabric& fabric, StepProfile& out);

}  // namespace capmix::step
