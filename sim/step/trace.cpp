#include "step/trace.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

namespace capmix::step {
namespace {

using nlohmann::json;

constexpr int kCompute = 0, kCommunication = 1;  // rows

// Events of one row never overlap: what is laid over others is drawn in the gaps that they leave, and says in its
// arguments from when to when it really runs.
class Row {
 public:
  Row(int process, int row) : process_(process), row_(row) {}
  void span(json& events, const std::string& text, const char* kind, Seconds start, Seconds end) {
    if (end <= start) return;
    taken_[start.value()] = end.value();
    events.push_back(event(text, kind, start.value(), end.value()));
  }
  void beneath(json& events, const std::string& text, const char* kind, Seconds start, Seconds end) {
    std::vector<std::pair<double, double>> gaps;
    double from = start.value();
    auto next = taken_.upper_bound(from);
    if (next != taken_.begin()) from = std::max(from, std::prev(next)->second);
    for (; next != taken_.end() && next->first < end.value(); from = std::max(from, next->second), ++next) gaps.emplace_back(from, next->first);
    gaps.emplace_back(from, end.value());
    for (const auto& [open, close] : gaps) {
      if (close - open < kSliver) continue;
      taken_[open] = close;
      events.push_back(event(text, kind, open, close));
      events.back()["args"] = {{"from_us", start.value() * 1e6}, {"until_us", end.value() * 1e6}};
    }
  }

 private:
  static constexpr double kSliver = 1e-10;  // seconds: rounding
  json event(const std::string& text, const char* kind, double start, double end) const {
    return {{"ph", "X"}, {"name", text}, {"cat", kind}, {"pid", process_}, {"tid", row_}, {"ts", start * 1e6}, {"dur", (end - start) * 1e6}};
  }
  int process_, row_;
  std::map<double, double> taken_;  // ends by start
};

// A stage's two rows.
struct StageRows {
  Row compute, communication;
  explicit StageRows(int process) : compute(process, kCompute), communication(process, kCommunication) {}
};

json name(const char* what, int process, int row, const std::string& text) {
  return {{"ph", "M"}, {"name", what}, {"pid", process}, {"tid", row}, {"args", {{"name", text}}}};
}

std::string pass_name(const Pipeline& p, const PipelineTask& t) {
  return std::string(t.forward ? "forward m" : "backward m") + std::to_string(t.micro_batch) + (p.chunks > 1 ? " c" + std::to_string(t.chunk) : "");
}

using Spent = std::vector<std::pair<const char*, Seconds>>;

// What shows of communication inside one pass of a stage's chunk. The model knows it for all chunks of the stage
// together: each has of it by its length. Collectives of ZeRO 2 and 3 are what the pass, as played, is longer by.
Spent shown(const Iteration& it, const StagePlan& plan, const LaneRun& lane, size_t stage, const PipelineTask& task) {
  const Work& work = task.forward ? plan.pass.forward : plan.pass.backward;
  const Pipeline& p = lane.pipeline;
  const auto& passes = task.forward ? p.forward : p.backward;
  Seconds all;
  for (int c = 0; c < p.chunks; ++c) all += passes[static_cast<size_t>(c * p.stages) + stage];
  const Seconds pass = passes[static_cast<size_t>(task.chunk * p.stages) + stage];
  const Seconds sharded = plan.sharded.value() > 0 ? std::max(Seconds(0), (all - work.total()) / p.chunks) : Seconds(0);
  const double of = work.total().value() > 0 ? (pass - sharded) / work.total() : 0;
  return {{"tensor parallel", work.tensor * of}, {"context parallel", work.context * of}, {"expert all-to-all", work.expert * of},
          {it.plan.zero >= 3 ? "ZeRO 3 gathering" : "ZeRO 2 scattering", sharded}};
}

// Where in a pass communication runs is not modelled: it is drawn at the end, after all that is computed.
void passes(json& events, StageRows& rows, const Iteration& it, const StagePlan& plan, const LaneRun& lane, size_t stage, Seconds late) {
  for (const auto& i : lane.timeline.stages[stage]) {
    const auto parts = shown(it, plan, lane, stage, i.task);
    Seconds at = late + i.end;
    for (const auto& part : parts) at -= part.second;
    at = std::max(at, late + i.start);
    rows.compute.span(events, pass_name(lane.pipeline, i.task), i.task.forward ? "forward" : "backward", late + i.start, at);
    for (const auto& [what, time] : parts) {
      rows.communication.span(events, what, "inside a pass", at, std::min(at + time, late + i.end));
      at += time;
    }
  }
}

void transfers(json& events, StageRows& rows, const LaneRun& lane, size_t stage, Seconds late) {
  const Pipeline& p = lane.pipeline;
  const int last = p.stages * p.chunks - 1;
  for (const auto& i : lane.timeline.stages[stage]) {
    const int at = i.task.chunk * p.stages + static_cast<int>(stage);
    if (p.stages > 1 && (i.task.forward ? at < last : at > 0))
      rows.communication.beneath(events, std::string("send ") + (i.task.forward ? "activations m" : "gradients m") + std::to_string(i.task.micro_batch),
                                 "transfer", late + i.end, late + i.end + p.transfer);
  }
}

}  // namespace

std::string trace(const Iteration& it, const Simulation& sim, const std::string& subject) {
  json events = json::array();
  json other{{"subject", subject}, {"step_s", sim.step.value()}, {"contention", sim.contention}};
  Seconds late, played;
  for (const auto& lane : sim.lanes) {
    played = std::max(played, lane.timeline.end);
    for (const auto& stage : lane.stages) late = std::max(late, stage.gather_exposed);
  }
  int process = 0;
  for (size_t l = 0; l < sim.lanes.size(); ++l) {
    const LaneRun& lane = sim.lanes[l];
    const int all = it.lanes[l].micro_batches, drawn = lane.pipeline.micro_batches;
    const Seconds folded = lane.makespan - lane.timeline.end;  // the micro-batches that are not drawn
    if (drawn < all)
      other["folded lane " + std::to_string(l)] = std::to_string(drawn) + " of " + std::to_string(all) + " micro-batches are drawn; the others take " + std::to_string(folded.value()) + " s more";
    for (size_t at = 0; at < lane.stages.size(); ++at, ++process) {
      const StagePlan& plan = it.lanes[l].stages[at];
      const StageRun& run = lane.stages[at];
      events.push_back(name("process_name", process, 0, (sim.lanes.size() > 1 ? "lane " + std::to_string(l) + " " : "") + "stage " + std::to_string(at) + " (" + plan.group->chip.id + ")"));
      events.push_back(name("thread_name", process, kCompute, "compute"));
      events.push_back(name("thread_name", process, kCommunication, "communication"));
      StageRows rows(process);
      passes(events, rows, it, plan, lane, at, late);
      transfers(events, rows, lane, at, late);
      rows.communication.beneath(events, "weight gather", "data parallel", Seconds(0), run.gather_end);
      if (run.reduce_end.value() > 0)
        rows.communication.beneath(events, "gradient reduce", "data parallel", late + run.reduce_start - folded, late + run.reduce_end - folded);
      const Seconds end = late + std::max(played, run.reduce_end - folded);
      rows.compute.span(events, "optimizer", "optimizer", end, end + plan.optimizer);
    }
  }
  return json{{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}, {"otherData", other}}.dump();
}

}  // namespace capmix::step
