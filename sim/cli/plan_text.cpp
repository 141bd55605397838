#include "cli/plan_text.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <vector>

namespace capmix::cli {
namespace {

const Place kPlace{"--plan", 0, 0};

struct Degree {
  const char* key;
  int ParallelPlan::* field;
  int low, high;
};
constexpr int kMost = 1 << 20;
constexpr Degree kDegrees[] = {{"tp", &ParallelPlan::tp, 1, kMost},       {"pp", &ParallelPlan::pp, 1, kMost},
                               {"vpp", &ParallelPlan::vpp, 1, kMost},     {"cp", &ParallelPlan::cp, 1, kMost},
                               {"ep", &ParallelPlan::ep, 1, kMost},       {"expert_tp", &ParallelPlan::expert_tp, 1, kMost},
                               {"zero", &ParallelPlan::zero, 0, 3},       {"shard", &ParallelPlan::shard, 0, kMost},
                               {"micro_batch", &ParallelPlan::micro_batch, 1, kMost}};
struct Flag {
  const char* key;
  bool ParallelPlan::* field;
};
constexpr Flag kFlags[] = {{"sequence_parallel", &ParallelPlan::sequence_parallel}, {"fused_attention", &ParallelPlan::fused_attention}};

std::string expected(const std::string& key, const std::string& value, const std::string& what) {
  return key + " is \"" + value + "\" (expected " + what + ")";
}

void set(ParallelPlan& p, const std::string& key, const std::string& value, Diagnostics& problems) {
  for (const auto& d : kDegrees) {
    if (key != d.key) continue;
    int n = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
    const bool whole = error == std::errc() && end == value.data() + value.size() && n >= d.low && n <= d.high;
    if (!whole) problems.add(kPlace, expected(key, value, d.high == 3 ? "0 to 3" : "a whole number of at least " + std::to_string(d.low)));
    else p.*(d.field) = n;
    return;
  }
  for (const auto& f : kFlags) {
    if (key != f.key) continue;
    if (value != "true" && value != "false") problems.add(kPlace, expected(key, value, "true or false"));
    p.*(f.field) = value == "true";
    return;
  }
  std::vector<std::string> known{"recompute"};
  if (key == known.front()) {
    for (const auto kind : {Recompute::none, Recompute::selective, Recompute::full})
      if (value == kRecomputeNames[static_cast<int>(kind)]) return void(p.recompute = kind);
    return problems.add(kPlace, expected(key, value, "none, selective or full"));
  }
  for (const auto& d : kDegrees) known.push_back(d.key);
  for (const auto& f : kFlags) known.push_back(f.key);
  problems.add(kPlace, "unknown key \"" + key + "\"" + did_you_mean(key, known));
}

}  // namespace

ParallelPlan parse_plan(const std::string& text, Diagnostics& problems) {
  ParallelPlan plan;
  plan.recompute = Recompute::none;  // as for a published case
  if (text == "auto") return plan.searched = true, plan;
  std::string words = text;
  std::replace(words.begin(), words.end(), ',', ' ');
  std::istringstream in(words);
  std::set<std::string> seen;
  for (std::string word; in >> word;) {
    const auto at = word.find('=');
    const std::string key = word.substr(0, at);
    if (at == std::string::npos) problems.add(kPlace, "\"" + word + "\" is no key=value, such as tp=8 (or say auto alone)");
    else if (!seen.insert(key).second) problems.add(kPlace, "\"" + key + "\" is said twice");
    else set(plan, key, word.substr(at + 1), problems);
  }
  if (seen.empty() && problems.ok()) problems.add(kPlace, "is empty (expected a plan, such as \"tp=8 pp=4\", or auto)");
  return plan;
}

}  // namespace capmix::cli
