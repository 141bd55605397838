// Runs of a study at points of a design instead of draws: which of its inputs are moved, and where the others stay.
//
// A factor is what is moved together: an approval with its decision, the building of a site, a producer, a port, or any one input; and where rates
// are drawn, the "rate of CHIP", whatever it does. What no factor has stays at its median (one at a time, elementary effects) or is a factor of its
// own, "everything else" (Sobol' indices), so that their variance is the whole one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "design/sensitivity.hpp"
#include "model/facts.hpp"
#include "study/rates.hpp"
#include "study/worlds.hpp"

namespace capmix::study {

struct Factor {
  std::string name;                    // "approval cn-permission", "building datong", "platform:producer.asic"
  std::vector<std::string> inputs;     // paths of the inputs in it, "subject:path"; of a building, of a grant and of a rate, those that it is drawn by
  std::vector<uint64_t> streams;       // that it moves
  bool whole = false;                  // not to be divided by input
};

// Hashes of the streams that the runs of these mixes in this outcome ask for, at the middle of all inputs and in a few draws. Each run in a process of
// its own.
std::set<uint64_t> asked_streams(const Worlds& worlds, const std::vector<RateTable>& rates, size_t outcome, const std::vector<size_t>& mixes, int jobs);

// Factors of a study, by name. `vary`: only inputs whose path begins so, or the factor of that name (an approval
// and a building are never divided); empty: all. `each`: every input is a factor of its
// own. Factors that no run asks for are left out. Throws InputError, with a suggestion, for a word of `vary` that nothing begins with, and when
// nothing is left.
std::vector<Factor> factors(const Worlds& worlds, size_t outcome, const std::set<uint64_t>& asked, const std::vector<std::string>& vary, bool each);

// A column for each stream of the factors; which factor each is of.
std::vector<size_t> factor_of_columns(const std::vector<Factor>& factors);
std::vector<uint64_t> seeds_of_columns(const std::vector<Factor>& factors, uint64_t seed);

// Row `i` of the points is draw `i`. Streams without a column are at their median if they are inputs or what plans ask for, else as in draw 0.
std::shared_ptr<const Columns> at_points(const Worlds& worlds, const std::vector<Factor>& factors, design::Points points);
// Streams without a column are as in the draw that source() says of the last factor.
std::shared_ptr<const Columns> at_pairs(const Worlds& worlds, const std::vector<Factor>& factors, design::Pairs pairs);

// An objective of every run: [mix][row]. Throws std::runtime_error when a run fails.
using Objective = std::function<double(const RunKey&, const Facts&)>;
std::vector<std::vector<double>> outputs(const Worlds& worlds, std::shared_ptr<const Columns> columns, const std::vector<RateTable>& rates, size_t outcome, const std::vector<size_t>& mixes,
                                         size_t rows, const Objective& objective, int jobs, const Progress& progress);

}  // namespace capmix::study
