#include "step/kinds/llm_serving.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <tuple>

#include "base/unit.hpp"

namespace capmix::step {
namespace {

constexpr size_t kSimulated = 2;        // of the splits, the best by closed form
constexpr double kClose = 0.95;         // a split whose closed form is below that share of the best is not simulated
constexpr size_t kSoonest = 2;         // of the others, the soonest to answer, simulated where waiting is what limits the best
constexpr double kBusy = 0.5;           // of an iteration: a lane that waits longer is limited by waiting
constexpr double kCutTold = 1e-3;       // share of lengths cut from which on it is told: below, no percentile in use sees it

constexpr double kUsual = 512;          // tokens of an iteration that must fit the memory for a split to be priced

std::vector<LlmSplit> splits(const LlmServingSetup& s) {
  if (!s.splits.empty()) return s.splits;
  std::vector<LlmSplit> out;
  const int domain = std::max(1, s.group.chip.scale_up_domain);
  const int most = s.group.chips > 0 ? s.group.chips : std::min(domain, s.group.node.chips);
  if (s.model.moe()) {
    for (int e = 1; e <= std::min(most, s.model.experts); e *= 2) out.push_back({1, 1, e});
  }
  for (int t = 1; t <= std::min(most, domain); t *= 2) {
    if (s.model.heads % t != 0) break;
    for (int p = 1; t * p <= most; p *= 2) {
      if (p > 1 && (!s.pipelines || s.model.layers < p)) break;
      if (const LlmSplit split{t, p, 1}; std::count(out.begin(), out.end(), split) == 0) out.push_back(split);
    }
  }
  return out;
}

struct Candidate {
  LlmSplit split;
  LlmSteady steady;      // of a lane, by closed form
  double per_chip() const { return steady.rate() * split.lanes() / split.chips(); }
};

// By closed form, best first. An objective bounds the steady iteration.
std::vector<Candidate> candidates(const LlmServingSetup& s, const LlmMeans& m) {
  std::vector<Candidate> out;
  for (const auto& split : splits(s)) {
    const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, split);
    double b = std::min(s.most_sequences, fits(engine, m, kUsual));
    if (s.phase == LlmPhase::prefill) b = std::min(b, std::max(1.0, std::floor(8192 / m.computed)));
    else if (s.traffic.tpot.value() > 0) b = within(engine, m, s.phase, b, s.traffic.tpot);
    if (b >= 1) out.push_back({split, steady(engine, m, s.phase, b)});
  }
  std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) { return a.per_chip() > b.per_chip(); });
  return out;
}

// What one request alone waits for its first token, whatever the load.
Seconds first_floor(const LlmServingSetup& s, const LlmMeans& m, const LlmEngine& engine) {
  return first_alone(engine, m, kLargestIteration) + (s.phase == LlmPhase::prefill ? engine.transfer(m.prompt) : Seconds(0));
}

// Without those on which one request alone misses the objective of the first token: no load need be searched for them.
// (Of the time per token candidates() sees to that.)
std::vector<Candidate> possible(const LlmServingSetup& s, const LlmMeans& m, std::vector<Candidate> found) {
  if (s.phase == LlmPhase::decode || s.traffic.ttft.value() <= 0) return found;
  std::erase_if(found, [&](const Candidate& c) { return first_floor(s, m, LlmEngine(s.model, s.group, s.fabric, s.precisions, c.split)) > s.traffic.ttft; });
  return found;
}

Flop flop_of_request(const LlmServingSetup& s, const LlmMeans& m, const LlmEngine& engine) {
  const double prompt = s.phase == LlmPhase::decode ? 0 : m.prompt, cached = s.phase == LlmPhase::decode ? 0 : m.prompt - m.computed;
  return engine.flop(prompt, cached, s.phase == LlmPhase::prefill ? 1 : m.output);
}

FlopRate peak_of(const LlmServingSetup& s, const LlmSplit& split) { return s.group.chip.peak.at(s.precisions.weights) * split.chips(); }

// Of a chip, with so many sequences of mean length under way in a lane.
Bytes cache_of(const LlmServingSetup& s, const LlmMeans& m, const LlmEngine& engine, double sequences, double tokens) {
  const Bytes room = s.group.chip.memory * kCached - engine.weights() - engine.activations(tokens);
  return std::max(Bytes(0), std::min(engine.cache_of_token() * (sequences * (m.context + kPageTokens / 2) / engine.split().tensor), room));
}

PlanRow row_of(const LlmServingSetup& s, const LlmMeans& m, const Candidate& c) {
  const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, c.split);
  const double tokens = std::max(kUsual, c.steady.work.prompt);
  return {words(c.split), c.steady.cost.total(), flop_of_request(s, m, engine) * (c.steady.rate() * c.split.lanes()) / Seconds(1) / peak_of(s, c.split),
          engine.weights() + engine.activations(tokens) + cache_of(s, m, engine, c.steady.sequences, tokens), ""};
}

std::string on(const LlmServingSetup& s, const LlmSplit& split) { return std::to_string(split.chips()) + " x " + s.group.chip.id; }

// Chips over which the weights would leave room for the longest request, of any number that is a power of two.
int chips_that_hold(const LlmServingSetup& s, const LlmMeans& m) {
  for (int n = 1; n <= 1 << 14; n *= 2) {
    const LlmSplit split = s.model.moe() ? LlmSplit{1, 1, std::min(n, s.model.experts)} : LlmSplit{std::min(n, s.group.chip.scale_up_domain), std::max(1, n / s.group.chip.scale_up_domain), 1};
    if (split.chips() == n && fits(LlmEngine(s.model, s.group, s.fabric, s.precisions, split), m, kUsual) >= 1) return n;
  }
  return 0;
}

// Why no split serves: memory first, then the objective with its floor.
std::string obstacle(const LlmServingSetup& s, const LlmMeans& m) {
  const auto all = splits(s);
  const LlmSplit* widest = &all.front();
  for (const auto& split : all) if (split.chips() > widest->chips()) widest = &split;
  bool any = false;
  Seconds token, first;
  LlmSplit quickest, soonest;
  for (const auto& split : all) {
    const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, split);
    if (fits(engine, m, kUsual) < 1) continue;
    const Seconds t = engine.cost({1, m.context, 0, 0, 0}).total(), f = first_floor(s, m, engine);
    if (!any || t < token) token = t, quickest = split;
    if (!any || f < first) first = f, soonest = split;
    any = true;
  }
  if (!any) {
    const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, *widest);
    const Bytes need = engine.weights() + engine.activations(kUsual) + engine.cache_of_token() * (m.most + kPageTokens) / widest->tensor;
    const int enough = chips_that_hold(s, m);
    const Bytes has = s.group.chip.memory * kCached;
    return "weights, activations and the longest request's cache take " + si(need.value(), "B") + " a chip over " + on(s, *widest) + ", which has " + si(has.value(), "B") + ": " +
           si((need - has).value(), "B") + " are missing" + (enough > 0 ? ", " + std::to_string(enough) + " chips would do" : "");
  }
  if (s.phase != LlmPhase::prefill && s.traffic.tpot.value() > 0 && token > s.traffic.tpot)
    return "one sequence alone takes " + si(token.value(), "s") + " per token on " + on(s, quickest) + ", the objective is " + si(s.traffic.tpot.value(), "s");
  if (s.phase != LlmPhase::decode && s.traffic.ttft.value() > 0 && first > s.traffic.ttft) {
    char length[32];
    std::snprintf(length, sizeof length, "%.0f", m.longest);
    return "a prompt of " + std::string(length) + " tokens alone takes " + si(first.value(), "s") + " to its first token on " + on(s, soonest) + ", the objective is " + si(s.traffic.ttft.value(), "s");
  }
  return "no load meets the objectives: one sequence alone takes " + si(token.value(), "s") + " per token, a long prompt alone " + si(first.value(), "s") + " to its first token";
}

std::string invalid(const LlmServingSetup& s) {
  if (s.group.chip.peak.count(s.precisions.weights) == 0) return s.group.chip.id + " has no " + text(s.precisions.weights) + " rate";
  if (s.traffic.percentile <= 0 || s.traffic.percentile >= 1) return "the percentile of the objectives is " + std::to_string(s.traffic.percentile) + " (expected between 0 and 1)";
  if (s.traffic.cached < 0 || s.traffic.cached >= 1) return "the share of prompts that is cached is " + std::to_string(s.traffic.cached) + " (expected from 0 to below 1)";
  for (const auto& split : s.splits)
    if (split.tensor < 1 || split.pipeline < 1 || split.expert < 1 || split.tensor > s.group.chip.scale_up_domain || s.model.heads % split.tensor != 0 || split.pipeline > s.model.layers ||
        split.expert > std::max(1, s.model.experts))
      return "the split " + words(split) + " is not possible (" + std::to_string(s.model.heads) + " heads, " + std::to_string(s.model.layers) + " layers, " + std::to_string(s.model.experts) +
             " experts, tensor ranks within a domain of " + std::to_string(s.group.chip.scale_up_domain) + ")";
  return "";
}

std::string plan_words(const LlmServingSetup& s, const LlmSplit& split, const LlmLoad& load) {
  char text[256], at[32];
  std::snprintf(at, sizeof at, " p%g ", 100 * s.traffic.percentile);
  std::snprintf(text, sizeof text, "%s, up to %.0f sequences and %.0f tokens an iteration", words(split).c_str(), load.sequences, load.tokens);
  std::string out = text;
  if (s.phase != LlmPhase::decode) out += std::string(", first token") + at + si(load.ttft.value(), "s");
  if (s.phase != LlmPhase::prefill) out += std::string(", per token") + at + si(load.tpot.value(), "s");
  return out;
}

void fill(const LlmServingSetup& s, const LlmMeans& m, const LlmEngine& engine, const LlmLoad& load, StepProfile& out) {
  const LlmSplit& split = engine.split();
  const Chip& chip = s.group.chip;
  const Seconds waited = load.iteration - load.spent.total();
  const TimePart parts[] = {{"matrix products", load.spent.products, true}, {"attention", load.spent.attention, true}, {"memory-bound", load.spent.streams, true},
                            {split.expert > 1 ? "expert all-to-all" : split.tensor > 1 ? "tp communication" : "pp transfers", load.spent.talk, false},
                            {"host", load.spent.host, false}, {"head-room for the tail", waited, false}};
  for (const auto& part : parts)
    if (part.time.value() > 1e-12) out.parts.push_back(part), out.step += part.time;
  out.units = load.rate * split.lanes() * out.step.value();
  out.model_flop = flop_of_request(s, m, engine) * out.units;
  out.mfu = out.model_flop / out.step / peak_of(s, split);
  out.energy = s.group.node.power * (static_cast<double>(split.chips()) / s.group.node.chips) * out.step;
  out.latency = s.phase == LlmPhase::decode ? load.tpot : load.ttft;
  out.memory = {{"weights", engine.weights()}, {"activations and workspace", engine.activations(load.tokens)}, {"cache", cache_of(s, m, engine, load.sequences, load.tokens)}};
  out.capacity = chip.memory;
  out.groups = {{chip.id, split.chips(), 1}};
  out.plan = plan_words(s, split, load);
  // What the greatest part of an iteration waits for. Products of few tokens read their weights in that time.
  const double balance = chip.peak.at(s.precisions.weights).value() * bytes_of(s.precisions.weights) / 2 / chip.memory_bandwidth.value();
  const double tokens = load.rate * load.iteration.value() * ((s.phase == LlmPhase::decode ? 0 : m.computed) + (s.phase == LlmPhase::prefill ? 0 : m.output));
  const std::pair<const char*, Seconds> limits[] = {{tokens < balance ? "memory bandwidth" : "compute", load.spent.products},
                                                    {s.phase == LlmPhase::prefill ? "compute" : "memory bandwidth", load.spent.attention + load.spent.streams},
                                                    {meets_over(chip, s.group.node, split.chips()), load.spent.talk},
                                                    {"host", load.spent.host}, {"latency", waited}};
  out.limit = std::max_element(std::begin(limits), std::end(limits), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

void fill_trust(const LlmServingSetup& s, const LlmMeans& m, StepProfile& out) {
  const Efficiency& e = s.group.efficiency;
  out.trust_low = std::exp(-e.trust_llm), out.trust_high = std::exp(e.trust_llm);
  out.calibrated = !e.llm_calibrated_on.empty();
  if (!out.calibrated) out.region = "outside: nothing measured on " + s.group.chip.id + " entered the efficiencies of serving of " + e.id;
  else if (s.model.moe()) out.region = "outside: dense models alone were measured in serving";
  else out.region = "inside: dense models of 8 to 70 billion parameters were measured in serving";
  if (s.model.moe()) out.assumed.push_back("experts evenly loaded");
  for (const auto& [what, tokens, mean, cut] : {std::tuple{"prompts", &s.traffic.prompt, m.prompt, m.cut_prompt}, {"answers", &s.traffic.output, m.output, m.cut_output}}) {
    char text[160];
    std::snprintf(text, sizeof text, "%s cut at %d tokens: %.1f %% of them, which leaves a mean of %.0f of the %.0f stated", what, tokens->most, 100 * cut, mean, tokens->mean);
    if (cut >= kCutTold) out.assumed.push_back(text);
  }
}

// The splits that do most by closed form, which knows no queue; then, for objectives that these meet badly, the ones that
// answer soonest.
std::vector<size_t> to_simulate(const LlmServingSetup& s, const LlmMeans& m, const std::vector<Candidate>& found) {
  std::vector<size_t> order, rest;
  for (size_t i = 0; i < found.size(); ++i) (i < kSimulated && found[i].per_chip() >= kClose * found.front().per_chip() ? order : rest).push_back(i);
  if (s.traffic.offline()) return order;
  const auto soon = [&](size_t i) {
    const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, found[i].split);
    return s.phase == LlmPhase::decode ? engine.cost({1, m.context, 0, 0, 0}).total() : first_floor(s, m, engine);
  };
  std::vector<std::pair<double, size_t>> by_time;
  for (const size_t i : rest) by_time.push_back({soon(i).value(), i});
  std::sort(by_time.begin(), by_time.end());
  for (size_t i = 0; i < std::min(kSoonest, by_time.size()); ++i) order.push_back(by_time[i].second);
  return order;
}

}  // namespace

StepProfile serve_llm(const LlmServingSetup& s) {
  StepProfile out;
  out.subject = s.model.id + " on " + s.group.chip.id;
  out.reason = invalid(s);
  if (!out.reason.empty()) return out;
  const LlmMeans m = means(s.traffic);
  const auto found = possible(s, m, candidates(s, m));
  std::optional<LlmLoad> best;
  LlmSplit split;
  for (const size_t i : to_simulate(s, m, found)) {
    const bool close = i < kSimulated && found[i].per_chip() >= kClose * found.front().per_chip();
    if (!close && best && best->spent.total() >= best->iteration * kBusy) break;  // not latency, but work is what limits it
    const LlmEngine engine(s.model, s.group, s.fabric, s.precisions, found[i].split);
    const Seconds hand_over = s.phase == LlmPhase::prefill ? engine.transfer(m.prompt) : Seconds(0);
    LlmLoad load = largest_load(engine, s.traffic, s.phase, s.most_sequences, hand_over);
    // Between pools no more requests go per second than caches go through the NICs of a lane.
    const double most = s.phase == LlmPhase::both || hand_over.value() <= 0 ? load.rate : std::min(load.rate, 1 / hand_over.value());
    if (most < load.rate) load.iteration = load.iteration * (load.rate / most), load.rate = most;
    const double each = found[i].split.lanes() / static_cast<double>(found[i].split.chips());
    if (load.rate > 0 && (!best || load.rate * each > best->rate * split.lanes() / split.chips())) best = load, split = found[i].split;
  }
  for (size_t i = 0; i < std::min<size_t>(10, found.size()); ++i)
    out.candidates.push_back(row_of(s, m, found[i]));
  if (!best) {
    out.reason = obstacle(s, m);
    return out;
  }
  out.feasible = true;
  out.subject += " x " + std::to_string(split.chips());
  fill(s, m, LlmEngine(s.model, s.group, s.fabric, s.precisions, split), *best, out);
  fill_trust(s, m, out);
  return out;
}

double closed_rate_per_chip(const LlmServingSetup& s, const LlmMeans& m) {
  if (!invalid(s).empty()) return 0;
  const auto found = candidates(s, m);
  return found.empty() ? 0 : found.front().per_chip();
}

LlmPools pools(const StepProfile& prefill, const StepProfile& decode) {
  const auto chips = [](const StepProfile& p) {
    double n = 0;
    for (const auto& g : p.groups) n += g.chips;
    return p.rate() > 0 ? n / p.rate() : 0;
  };
  return {chips(prefill), chips(decode)};
}

}  // namespace capmix::step
