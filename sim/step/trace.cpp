#include "step/trace.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capmix::step {
namespace {

using nlohmann::json;

constexpr int kCompute = 0, kCommunication = 1;  // rows

class Trace {
 public:
  void name(const char* what, int process, int row, const std::string& text) {
    events_.push_back({{"ph", "M"}, {"name", what}, {"pid", process}, {"tid", row}, {"args", {{"name", text}}}});
  }
  void span(int process, int row, const std::string& text, const char* kind, Seconds start, Seconds end) {
    if (end <= start) return;
    events_.push_back({{"ph", "X"}, {"name", text}, {"cat", kind}, {"pid", process}, {"tid", row},
                       {"ts", start.value() * 1e6}, {"dur", (end - start).value() * 1e6}});
  }
  json events() { return std::move(events_); }

 private:
  json events_ = json::array();
};

std::string pass_name(const Pipeline& p, const PipelineTask& t) {
  return std::string(t.forward ? "forward m" : "backward m") + std::to_string(t.micro_batch) + (p.chunks > 1 ? " c" + std::to_string(t.chunk) : "");
}

void passes(Trace& trace, int process, const LaneRun& lane, size_t stage, Seconds late) {
  const Pipeline& p = lane.pipeline;
  const int last = p.stages * p.chunks - 1;
  for (const auto& i : lane.timeline.stages[stage]) {
    trace.span(process, kCompute, pass_name(p, i.task), i.task.forward ? "forward" : "backward", late + i.start, late + i.end);
    const int at = i.task.chunk * p.stages + static_cast<int>(stage);
    if (p.stages > 1 && (i.task.forward ? at < last : at > 0))
      trace.span(process, kCommunication, std::string("send ") + (i.task.forward ? "activations m" : "gradients m") + std::to_string(i.task.micro_batch),
                 "transfer", late + i.end, late + i.end + p.transfer);
  }
}

}  // namespace

std::string trace(const Iteration& it, const Simulation& sim, const std::string& subject) {
  Trace out;
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
      out.name("process_name", process, 0, (sim.lanes.size() > 1 ? "lane " + std::to_string(l) + " " : "") + "stage " + std::to_string(at) + " (" + plan.group->chip.id + ")");
      out.name("thread_name", process, kCompute, "compute");
      out.name("thread_name", process, kCommunication, "communication");
      out.span(process, kCommunication, "weight gather", "data parallel", Seconds(0), run.gather_end);
      passes(out, process, lane, at, late);
      if (run.reduce_end.value() > 0) out.span(process, kCommunication, "gradient reduce", "data parallel", late + run.reduce_start - folded, late + run.reduce_end - folded);
      const Seconds end = late + std::max(played, run.reduce_end - folded);
      out.span(process, kCompute, "optimizer", "optimizer", end, end + plan.optimizer);
    }
  }
  return json{{"traceEvents", out.events()}, {"displayTimeUnit", "ms"}, {"otherData", other}}.dump();
}

}  // namespace capmix::step
