// Money of a plan as text: quarters, lost regions, the loop, and chips that wait for a hall.
#pragma once

#include <string>

#include "model/facts.hpp"

namespace capmix::analysis {

// "" for a plan without any of them.
std::string render_money(const Facts& facts, int width);

}  // namespace capmix::analysis
