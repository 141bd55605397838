// Mixes that are worth setting side by side, since they differ by one thing. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/info.hpp"

namespace capmix::analysis {

struct MixPair {
  std::string title, with, without;    // ids of mixes
  double distance = 0;                 // of the shares of the money besides what differs: 0: like for like; 1: nothing alike; NaN: not asked
};

// Chips of a supplier that a mix gets, whether it ordered them or its money was redirected: [mix][supplier], mean over worlds.
using Received = std::map<std::string, std::map<std::string, double>>;

struct SupplierPairs {
  std::vector<MixPair> pairs;
  std::vector<std::string> none;       // suppliers without such a pair: every mix orders their chips or gets some in some world
};

// Of each supplier: a mix that gets its chips, and one that orders none and, in no world, gets any, with money that is bound alike; of all such pairs the
// two whose other planned money is most alike.
SupplierPairs supplier_pairs(const results::StudyInfo& info, const Received& received);

// Mixes that spend the same on each offer and differ by how the money is bound (MixInfo::terms): the one with more of that, less the other.
std::vector<MixPair> bound_pairs(const results::StudyInfo& info);

}  // namespace capmix::analysis
