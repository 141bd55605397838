#include "step/trace.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

ParallelPlan interleaved() {
  ParallelPlan p;
  p.tp = 8, p.pp = 4, p.vpp = 2, p.recompute = Recompute::none;
  return p;
}

struct Run : fixture::TrainingParts {
  Iteration it;
  Simulation sim;
  nlohmann::json json;

  explicit Run(int global_batch, ParallelPlan p = interleaved()) {
    campaign.global_batch = global_batch;
    const TrainingSetup setup = TrainingParts::setup(64);
    std::string why;
    it = lay_out(setup, p, why).value();
    sim = simulate(setup, it);
    json = nlohmann::json::parse(trace(it, sim, "job on fast"));
  }
};

using Spans = std::vector<std::pair<double, double>>;

// By stage and row, in the order of time.
std::map<std::pair<int, int>, Spans> rows_of(const nlohmann::json& trace) {
  std::map<std::pair<int, int>, Spans> out;
  for (const auto& e : trace.at("traceEvents"))
    if (e.at("ph") == "X") out[{e.at("pid"), e.at("tid")}].emplace_back(e.at("ts").get<double>(), e.at("ts").get<double>() + e.at("dur").get<double>());
  for (auto& [row, spans] : out) std::sort(spans.begin(), spans.end());
  return out;
}

// Microseconds of a stage's events of these kinds.
double sum_of(const nlohmann::json& trace, const std::vector<std::string>& kinds, int stage) {
  double out = 0;
  for (const auto& e : trace.at("traceEvents"))
    if (e.at("ph") == "X" && e.at("pid") == stage && std::count(kinds.begin(), kinds.end(), e.at("cat").get<std::string>()) > 0) out += e.at("dur").get<double>();
  return out;
}

bool names(const nlohmann::json& trace, const std::string& name) {
  const auto& events = trace.at("traceEvents");
  return std::any_of(events.begin(), events.end(), [&](const auto& e) { return e.at("name") == name; });
}

void check_rows(const Run& run) {
  const auto rows = rows_of(run.json);
  CHECK(rows.size() == 2 * run.it.lanes.front().stages.size());
  for (const auto& [row, spans] : rows)
    for (size_t i = 1; i < spans.size(); ++i) {
      INFO("stage " << row.first << " row " << row.second << " event " << i);
      CHECK(spans[i].first >= spans[i - 1].second - 1e-3);
    }
  // What a pass computes and what shows of its communication are the pass, as it was played.
  const LaneRun& lane = run.sim.lanes.front();
  for (size_t stage = 0; stage < lane.timeline.stages.size(); ++stage) {
    double passes = 0;
    for (const auto& i : lane.timeline.stages[stage]) passes += (i.end - i.start).value() * 1e6;
    CHECK(sum_of(run.json, {"forward", "backward", "inside a pass"}, static_cast<int>(stage)) == test::Approx(passes).epsilon(1e-9));
    const Pass& pass = run.it.lanes.front().stages[stage].pass;
    const double inside = (pass.forward.tensor + pass.forward.context + pass.forward.expert + pass.backward.tensor + pass.backward.context + pass.backward.expert).value();
    CHECK(sum_of(run.json, {"inside a pass"}, static_cast<int>(stage)) ==
          test::Approx((inside + lane.sharded[stage].value()) * lane.pipeline.micro_batches * 1e6).epsilon(1e-9));
  }
}

}  // namespace

TEST_CASE("a trace names every stage and every pass, and nothing overlaps on a compute row") {
  const Run run(16);  // 8 micro-batches a replica: all of them are played
  std::map<std::string, int> names;
  std::map<int, std::vector<std::pair<double, double>>> compute;
  double end = 0;
  for (const auto& e : run.json.at("traceEvents")) {
    ++names[e.at("name")];
    if (e.at("ph") != "X") continue;
    CHECK(e.at("dur").get<double>() > 0);
    end = std::max(end, e.at("ts").get<double>() + e.at("dur").get<double>());
    if (e.at("tid") == 0) compute[e.at("pid")].push_back({e.at("ts"), e.at("ts").get<double>() + e.at("dur").get<double>()});
  }
  CHECK(names["process_name"] == 4);
  CHECK(names["thread_name"] == 8);
  CHECK(names["forward m3 c0"] == 4);   // once on every stage
  CHECK(names["backward m7 c1"] == 4);
  CHECK(names["gradient reduce"] >= 4);  // in the gaps that the communication inside passes leaves
  CHECK(names["weight gather"] >= 4);
  CHECK(names["optimizer"] == 4);
  CHECK(names["send activations m0"] >= 7);  // 8 virtual stages
  REQUIRE(compute.size() == 4);
  for (auto& [pid, spans] : compute) {
    CHECK(spans.size() == 2 * 2 * 8 + 1);
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].first >= spans[i - 1].second - 1e-3);
  }
  // In microseconds, and as long as the step (which has no fixed cost and no stragglers here).
  CHECK(end == test::Approx(run.sim.step.value() * 1e6).epsilon(1e-2));
  CHECK(run.json.at("otherData").at("subject") == "job on fast");
  CHECK_FALSE(run.json.at("otherData").contains("folded lane 0"));
}

TEST_CASE("compute and communication have rows of their own, inside a pass too, and no row overlaps itself") {
  const Run interleaved(16);
  check_rows(interleaved);
  CHECK(names(interleaved.json, "tensor parallel"));
  CHECK_FALSE(names(interleaved.json, "ZeRO 3 gathering"));
  for (const int zero : {2, 3}) {
    ParallelPlan p;
    p.tp = 1, p.zero = zero, p.recompute = Recompute::none;
    const Run sharded(256, p);  // one stage, and nothing but the sharding between chips
    check_rows(sharded);
    CHECK(names(sharded.json, zero == 3 ? "ZeRO 3 gathering" : "ZeRO 2 scattering"));
    CHECK_FALSE(names(sharded.json, "tensor parallel"));
  }
  ParallelPlan p;
  p.tp = 2, p.pp = 2, p.cp = 2, p.zero = 2, p.recompute = Recompute::full;
  const Run many(128, p);
  check_rows(many);
  CHECK(names(many.json, "context parallel"));
}

TEST_CASE("a trace of a folded step says so") {
  const Run run(256);  // 128 micro-batches, of which 8 rounds of 4 are played
  CHECK(run.json.at("otherData").at("folded lane 0").get<std::string>().find("32 of 128 micro-batches") == 0);
}
