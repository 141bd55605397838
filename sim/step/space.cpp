#include "step/space.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace capmix::step {
namespace {

constexpr int kLongContext = 8192;
constexpr int kMostChunks = 16;   // of layers per stage; the bubble of more is too small to matter

std::vector<int> divisors(int n) {
  std::vector<int> out;
  for (int d = 1; d <= n; ++d)
    if (n % d == 0) out.push_back(d);
  return out;
}

bool power_of_two(int n) { return (n & (n - 1)) == 0; }

// A tensor-parallel group lies inside the scale-up domain of every kind of chips.
std::vector<int> tensor_widths(const TrainingSetup& s) {
  std::vector<int> out;
  for (const int tp : divisors(s.model.heads)) {
    const auto fits = [&](const Group& g) {
      return tp <= g.chip.scale_up_domain && g.chips % tp == 0 && (power_of_two(tp) || g.node.chips % tp == 0);
    };
    if (std::all_of(s.groups.begin(), s.groups.end(), fits)) out.push_back(tp);
  }
  return out;
}

std::vector<int> context_widths(const TrainingSetup& s) {
  std::vector<int> out{1};
  for (const int cp : {2, 4, 8, 16})
    if (s.campaign.seq >= kLongContext && s.campaign.seq % cp == 0) out.push_back(cp);
  return out;
}

// The embedding and the output layer may stand for the layers that are missing at the ends; beyond that up to an
// eighth of the chunks may be one layer short (61 layers over 16 stages, as DeepSeek-V3 was trained).
bool even(int layers, int slots) {
  const int missing = (layers + slots - 1) / slots * slots - layers;
  return missing <= std::max(2, slots / 8);
}

// Chunks per stage. Interleaving needs whole turns of micro-batches (Narayanan et al. 2021).
std::vector<int> chunk_counts(const TrainingSetup& s, int pp, int micro_batches) {
  std::vector<int> out{1};
  if (pp == 1 || s.groups.size() > 1 || micro_batches % pp != 0) return out;
  for (int vpp = 2; vpp <= kMostChunks && pp * vpp <= s.model.layers + 2; ++vpp)
    if (even(s.model.layers, pp * vpp)) out.push_back(vpp);
  return out;
}

std::vector<Recompute> recomputes(bool fused) {
  if (fused) return {Recompute::none, Recompute::full};
  return {Recompute::none, Recompute::selective, Recompute::full};
}

struct Experts { int ep = 1, tp = 1; };

// Expert ranks are taken from the chips of one stage.
std::vector<Experts> expert_widths(const TrainingSetup& s, int tp, int stage_chips) {
  if (!s.model.moe()) return {{}};
  std::vector<Experts> out;
  for (const int ep : divisors(s.model.experts))
    for (const int expert_tp : {1, tp}) {
      if (expert_tp == 1 && !out.empty() && out.back().ep == ep) continue;
      if (stage_chips % (ep * expert_tp) == 0) out.push_back({ep, expert_tp});
      if (tp == 1) break;
    }
  return out;
}

// Replicas of one group, or of all as one when stages divide them; 0: they do not multiply out.
int replicas(const TrainingSetup& s, const ParallelPlan& p) {
  int chips = 0, sum = 0;
  for (const auto& g : s.groups) {
    chips += g.chips;
    if (p.span == Span::data && g.chips % p.ranks() != 0) return 0;
    sum += g.chips / p.ranks();
  }
  return p.span == Span::data ? sum : chips % p.ranks() != 0 ? 0 : chips / p.ranks();
}

// Completes a plan whose tp, cp, pp and span are set.
void complete(const TrainingSetup& s, ParallelPlan p, std::vector<ParallelPlan>& out) {
  const int dp = replicas(s, p);
  if (dp < 1) return;
  const bool fused = p.fused_attention;
  const int stage_chips = dp * p.cp * p.tp;
  for (const int micro : {1, 2, 4, 8}) {
    p.micro_batch = micro;
    const int64_t turn = static_cast<int64_t>(dp) * micro;
    // Groups of unequal speed take unequal shares, so their batch need not divide.
    if (turn > s.campaign.global_batch) break;
    const bool shared = s.groups.size() > 1 && p.span == Span::data;
    if (!shared && s.campaign.global_batch % turn != 0) continue;
    for (const int vpp : chunk_counts(s, p.pp, static_cast<int>(s.campaign.global_batch / turn)))
      for (const auto& e : expert_widths(s, p.tp, stage_chips))
        for (const auto recompute : recomputes(fused))
          for (const int zero : {1, 2, 3}) {
            if (zero == 3 && p.pp > 1) continue;
            p.vpp = vpp, p.ep = e.ep, p.expert_tp = e.tp, p.recompute = recompute, p.zero = zero;
            out.push_back(p);
          }
  }
}

auto fields(const ParallelPlan& p) {
  return std::tuple(p.span, p.pp, p.vpp, p.tp, p.cp, p.ep, p.expert_tp, p.zero, p.micro_batch, p.recompute, p.shard, p.sequence_parallel, p.fused_attention);
}

}  // namespace

bool before(const ParallelPlan& a, const ParallelPlan& b) { return fields(a) < fields(b); }

std::vector<ParallelPlan> plan_space(const TrainingSetup& s) {
  std::vector<ParallelPlan> out;
  if (s.groups.empty()) return out;
  int chips = 0;
  ParallelPlan p;
  for (const auto& g : s.groups) {
    chips += g.chips;
    p.sequence_parallel = p.sequence_parallel && g.software.sequence_parallel;
    p.fused_attention = p.fused_attention && g.software.fused_attention;
  }
  for (const auto span : {Span::data, Span::pipeline}) {
    if (span == Span::pipeline && s.groups.size() < 2) continue;
    for (const int tp : tensor_widths(s))
      for (const int cp : context_widths(s)) {
        if (chips % (tp * cp) != 0) continue;
        for (const int pp : divisors(chips / tp / cp)) {
          if (pp > s.model.layers + 2) break;
          if (span == Span::pipeline && pp == 1) continue;
          p.span = span, p.tp = tp, p.cp = cp, p.pp = pp;
          complete(s, p, out);
        }
      }
  }
  return out;
}

std::string words(const ParallelPlan& p, int dp) {
  std::string out = "tp " + std::to_string(p.tp);
  const auto say = [&](const char* what, int n) { out += n > 1 ? std::string(", ") + what + " " + std::to_string(n) : ""; };
  say("pp", p.pp), say("vpp", p.vpp), say("cp", p.cp), say("ep", p.ep), say("expert tp", p.expert_tp);
  if (dp > 0) out += ", dp " + std::to_string(dp);
  out += ", zero " + std::to_string(p.zero);
  if (p.shard > 0) out += " over " + std::to_string(p.shard);
  out += ", micro-batch " + std::to_string(p.micro_batch) + ", ";
  out += p.recompute == Recompute::none ? "no recompute" : std::string(kRecomputeNames[static_cast<int>(p.recompute)]) + " recompute";
  if (p.tp > 1 && !p.sequence_parallel) out += ", no sequence parallelism";
  if (!p.fused_attention) out += ", unfused attention";
  return out + (p.span == Span::pipeline ? ", stages on both chips" : "");
}

}  // namespace capmix::step
