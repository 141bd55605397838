// Mixes without a supplier, to set beside the mix that has it.
#pragma once

#include <string>
#include <vector>

#include "study/worlds.hpp"

namespace capmix::study {

// For each supplier that a mix spends on, a mix that spends that money on its other offers in proportion, on their days, and never takes the
// supplier's chips: not with redirected money either. Added to the study in all worlds, at the end; returns their ids ("article-without-nvidia"), in
// the order of the offers. Throws InputError for an unknown mix, and for one that spends on one supplier alone.
std::vector<std::string> add_without(Worlds& worlds, const std::string& mix);

}  // namespace capmix::study
