// Which numbers the draws of a study take for its uncertain inputs: from named streams, or from the columns of a sampling design, the same
// for every mix and outcome. A design has a column for each input that is a range (by its path), and for each number that a plan asks for
// under a name of its own (a hall's tasks, whether an approval is granted) in its first draws, and where rates are drawn, for each kind of chip. All others keep their named streams:
// events of the fleet, and what a first draw did not come to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "study/worlds.hpp"

namespace capmix::study {

enum class Sampling { random, lhs, sobol };
// Throws InputError for a name that is none of them.
Sampling sampling_of(const std::string& name);
const char* text(Sampling sampling);

// Hashes of the streams that a design of this study has columns of, in their order: paths of inputs, then what plans name, then rates of chips.
std::vector<uint64_t> designed_streams(const Worlds& worlds);

// Columns for the draws 0 to draws - 1, drawn by the study's seed; none for `random`. A Latin hypercube is one of that many draws: with
// another number of draws, every draw is another. Draws of a Sobol' sequence are its first ones; columns beyond those that it can have
// keep their named streams.
std::shared_ptr<const Columns> columns(const Worlds& worlds, Sampling sampling, int draws);

}  // namespace capmix::study
