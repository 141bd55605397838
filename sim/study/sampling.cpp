#include "study/sampling.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/diagnostic.hpp"
#include "base/hash.hpp"
#include "design/design.hpp"
#include "plan/plan.hpp"
#include "study/drawn_rates.hpp"

namespace capmix::study {
namespace {

constexpr const char* kNames[] = {"random", "lhs", "sobol"};
constexpr int kProbes = 4;  // draws of a plan in which streams are looked for

// Answers nothing, and notes who asked.
class Asked : public Columns {
 public:
  std::optional<double> at(uint64_t stream, int) const override { return streams.insert(stream), std::nullopt; }
  mutable std::set<uint64_t> streams;
};

class Designed : public Columns {
 public:
  Designed(design::Points points, const std::vector<uint64_t>& streams) : points_(std::move(points)) {
    for (size_t c = 0; c < streams.size(); ++c) column_.emplace(streams[c], c);
  }
  std::optional<double> at(uint64_t stream, int index) const override {
    const auto it = column_.find(stream);
    if (it == column_.end() || index < 0 || static_cast<size_t>(index) >= points_.n) return std::nullopt;
    return points_.at(static_cast<size_t>(index), it->second);
  }

 private:
  design::Points points_;
  std::unordered_map<uint64_t, size_t> column_;
};

}  // namespace

Sampling sampling_of(const std::string& name) {
  const auto* at = std::find(std::begin(kNames), std::end(kNames), name);
  if (at == std::end(kNames)) throw InputError("unknown sampling \"" + name + "\" (expected random, lhs or sobol)");
  return static_cast<Sampling>(at - std::begin(kNames));
}

const char* text(Sampling sampling) { return kNames[static_cast<int>(sampling)]; }

std::vector<uint64_t> designed_streams(const Worlds& worlds) {
  std::set<uint64_t> inputs;
  Asked asked;
  std::set<std::string> chips;
  std::set<const Scenario*> seen;
  for (size_t o = 0; o < worlds.outcomes(); ++o) {
    const Scenario& s = *worlds.scenarios[o];
    for (const auto& path : s.uncertain) inputs.insert(hash64(path));
    for (auto& chip : drawn_chips(s)) chips.insert(std::move(chip));
    if (!seen.insert(&s).second) continue;  // another outcome of the same inputs asks for the same
    const plan::Sites sites(s);
    for (const auto& mix : s.study.mixes)
      for (int d = 0; d < kProbes; ++d) plan::make(s, sites, mix, worlds.outcome(o), Draw(s.study.seed, d, &asked), false);
  }
  std::vector<uint64_t> out(inputs.begin(), inputs.end());
  for (const uint64_t stream : asked.streams)
    if (inputs.count(stream) == 0) out.push_back(stream);
  for (const auto& chip : chips) out.push_back(rate_stream(chip).hash());  // last, so that they move no other column
  return out;
}

std::shared_ptr<const Columns> columns(const Worlds& worlds, Sampling sampling, int draws) {
  if (sampling == Sampling::random || draws < 1) return nullptr;
  auto streams = designed_streams(worlds);
  if (sampling == Sampling::sobol) streams.resize(std::min(streams.size(), design::kSobolColumns));
  std::vector<uint64_t> seeds;
  for (const uint64_t stream : streams) seeds.push_back(avalanche(stream ^ avalanche(worlds.study().seed + 0x632be59bd9b4e019ULL)));
  const auto n = static_cast<size_t>(draws);
  return std::make_shared<Designed>(sampling == Sampling::lhs ? design::latin_hypercube(n, seeds) : design::scrambled_sobol(n, seeds), streams);
}

}  // namespace capmix::study
