#include "step/simulate.hpp"

#include <algorithm>
#include <string>

#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "engine/platform.hpp"
#include "step/domains.hpp"

namespace capmix::step {
namespace {

namespace actor = simgrid::s4u::this_actor;
using engine::compat::sg4::CommPtr;
using engine::compat::sg4::Engine;
using engine::compat::sg4::Host;
using engine::compat::sg4::Mailbox;

// Rounds of a pipeline that are played, and of the shorter one that tells what a round more takes. More than by the
// longest path: where activations meet on a NIC, one round is not quite like the next.
constexpr int kRounds = 8, kFewRounds = 4;
constexpr unsigned kSeconds = 300;  // that a simulation on a platform of others may take

// A lane's pipeline, or the shorter one.
struct Play {
  Pipeline pipeline;
  size_t lane = 0, first_host = 0;
  Bytes bytes;                                       // of one micro-batch's activations
  std::vector<Seconds> latency;                      // by stage, of what it sends
  // On a placement, by stage: its host, the bytes of all ranks there together, and the time to a stage on the same host.
  std::vector<size_t> host;
  std::vector<Bytes> together;
  std::vector<Seconds> nearby;
  bool inside(int from, int to) const { return !host.empty() && host[static_cast<size_t>(from)] == host[static_cast<size_t>(to)]; }
  Bytes sent(int from, int to) const { return inside(from, to) ? Bytes(1) : host.empty() ? bytes : together[static_cast<size_t>(from)]; }
  Seconds wait(int from, int to) const { return (inside(from, to) ? nearby : latency)[static_cast<size_t>(to)]; }
  std::vector<std::vector<Interval>> stages;         // filled by the actors
  Seconds end() const {
    Seconds t;
    for (const auto& s : stages) t = std::max(t, s.back().end);
    return t;
  }
};

std::string inbox(size_t play, const PipelineTask& t, int at) {
  return (t.forward ? "f" : "b") + std::to_string(play) + "-" + std::to_string(at) + "-" + std::to_string(t.micro_batch);
}

// The actor of a stage.
void work(Play& play, size_t index, int stage, double begin) {
  static int payload = 0;
  const Pipeline& p = play.pipeline;
  const int last = p.stages * p.chunks - 1;
  const auto tasks = order(p, stage);
  // Every receive is posted before the first pass, so that a transfer starts when its sender is done.
  std::vector<CommPtr> arrivals(tasks.size());
  std::vector<int*> received(tasks.size());
  const auto place = [&](const PipelineTask& t) { return t.chunk * p.stages + stage; };
  for (size_t i = 0; i < tasks.size(); ++i)
    if (p.stages > 1 && (tasks[i].forward ? place(tasks[i]) > 0 : place(tasks[i]) < last))
      arrivals[i] = Mailbox::by_name(inbox(index, tasks[i], place(tasks[i])))->get_async<int>(&received[i]);
  auto& out = play.stages[static_cast<size_t>(stage)];
  for (size_t i = 0; i < tasks.size(); ++i) {
    const PipelineTask& t = tasks[i];
    const int at = place(t);
    if (arrivals[i]) {
      arrivals[i]->wait();
      const int from = (at + (t.forward ? -1 : 1)) % p.stages;
      actor::sleep_until(arrivals[i]->get_finish_time() + play.wait(from, stage).value());
    }
    const double start = Engine::get_clock() - begin;
    actor::sleep_for((t.forward ? p.forward : p.backward)[static_cast<size_t>(at)].value());
    out.push_back({t, Seconds(start), Seconds(Engine::get_clock() - begin)});
    const int next = at + (t.forward ? 1 : -1);
    if (p.stages > 1 && next >= 0 && next <= last)
      Mailbox::by_name(inbox(index, t, next))->put_init(&payload, static_cast<uint64_t>(play.sent(stage, next % p.stages).value() + 0.5))->detach();
  }
}

// Where a lane's stages are on a placement. Of a host, all ranks of the stage send at once, through its one way out, of
// which they attain the same share as collectives do.
void place(const TrainingSetup& s, const Iteration& it, const std::vector<Domain>& domains, Play& play) {
  const Lane& lane = it.lanes[play.lane];
  const int stride = stage_stride(it.plan, lane);
  for (size_t at = 0; at < lane.stages.size(); ++at) {
    const Group& g = *lane.stages[at].group;
    const Network net = network_of(s, g);
    const auto first = std::find_if(domains.begin(), domains.end(), [&](const Domain& d) { return d.lane == play.lane && d.stage == at; });
    const double ranks = std::min<double>(static_cast<double>(it.plan.tp) * it.plan.cp * lane.replicas, chips_per_host(g.chip, g.node));
    play.host.push_back(first->host);
    play.together.push_back(play.bytes * (ranks / g.efficiency.collective.mode));
    play.nearby.push_back(send(net, stride, play.bytes));
    play.latency[at] = net.out_latency;
  }
}

// The pipelines to play and the hosts that they play on, a pod of their own.
std::vector<Play> plays_of(const TrainingSetup& s, const Iteration& it, int pod, const std::vector<Domain>& domains, std::vector<engine::RailHost>& hosts) {
  std::vector<Play> out;
  for (size_t l = 0; l < it.lanes.size(); ++l) {
    const Lane& lane = it.lanes[l];
    Play play;
    play.pipeline = lane.pipeline, play.lane = l;
    play.stages.resize(lane.stages.size());
    std::vector<engine::RailHost> rail;
    const int stride = stage_stride(it.plan, lane);
    for (const auto& stage : lane.stages) {
      const Network net = network_of(s, *stage.group);
      const bool inside = stride < net.domain;
      rail.push_back({pod, inside ? net.up : net.out});
      play.latency.push_back(inside ? net.up_latency : net.out_latency);
    }
    play.bytes = lane.activations;
    if (!s.fabric.placement.hosts.empty()) place(s, it, domains, play);
    for (const int rounds : {kRounds, kFewRounds}) {
      play.pipeline.micro_batches = folded_micro_batches(lane.pipeline, rounds);
      play.first_host = hosts.size();
      hosts.insert(hosts.end(), rail.begin(), rail.end());
      out.push_back(play);
      if (play.pipeline.micro_batches == lane.pipeline.micro_batches) break;
    }
  }
  return out;
}

void play_pipelines(std::vector<Play>& plays, const std::vector<Host*>& rail) {
  const double begin = Engine::get_clock();
  for (size_t i = 0; i < plays.size(); ++i)
    for (int stage = 0; stage < plays[i].pipeline.stages; ++stage)
      engine::compat::add_actor("stage", rail[plays[i].first_host + static_cast<size_t>(stage)],
                                [&play = plays[i], i, stage, begin] { work(play, i, stage, begin); });
  engine::simgrid_engine().run();
}

class Gang {
 public:
  Gang(const TrainingSetup& s, const Iteration& it) : s_(s), it_(it) {
    int pod = 0;
    domains_ = domains_of(s, it, pod);
    rings_ = rings_of(it, domains_);
    for (const auto& d : domains_) hosts_.push_back(d.at);
    plays_ = plays_of(s, it, pod, domains_, hosts_);
    for (size_t l = 0; l < it.lanes.size(); ++l) {
      out_.lanes.emplace_back();
      out_.lanes[l].stages.resize(it.lanes[l].stages.size());
    }
  }

  // In the child.
  std::vector<double> run() {
    rail_ = placed() ? on_placement() : engine::build_rail(hosts_, s_.fabric.oversubscription);
    contention();
    shard();
    play_pipelines(plays_, rail_);
    settle_pipelines();
    reduce();
    gather();
    return packed();
  }
  bool placed() const { return !s_.fabric.placement.hosts.empty(); }
  // In the parent: what run() returned.
  Simulation unpacked(const std::vector<double>& numbers);

 private:
  std::vector<Host*> on_placement() const {
    const Placement& p = s_.fabric.placement;
    const auto hosts = engine::load_hosts({p.folder, p.text}, p.hosts);
    std::vector<Host*> out;
    for (const auto& d : domains_) out.push_back(hosts.at(d.host));
    for (const auto& play : plays_)
      for (const size_t host : play.host) out.push_back(hosts.at(host));
    return out;
  }
  const StagePlan& plan(size_t domain) const { return it_.lanes[domains_[domain].lane].stages[domains_[domain].stage]; }
  StageRun& run_of(size_t domain) { return out_.lanes[domains_[domain].lane].stages[domains_[domain].stage]; }
  Load load_of(size_t domain, double bytes, Seconds ideal) const {
    return load(s_, it_, domains_[domain], rings_[domains_[domain].stage].members.size(), bytes, ideal);
  }
  double reduce_bytes(const StagePlan& stage) const { return stage.group->software.gradient_bytes * gradient_passes(it_.plan, stage.group->software); }
  // Of all collectives of an iteration of one micro-batch, per parameter.
  double all_bytes(const StagePlan& stage) const {
    const double gradient = stage.group->software.gradient_bytes;
    return it_.plan.zero >= 3 ? 2 + 2 + gradient : it_.plan.zero == 0 ? 2 * gradient : it_.plan.zero == 2 ? gradient + 2 : reduce_bytes(stage) + 2;
  }
  template <class Each>
  std::vector<Seconds> collective(Each each) {
    std::vector<Turn> turns;
    for (size_t i = 0; i < domains_.size(); ++i) {
      turns.push_back(each(i));
      if (!placed()) continue;
      // A placement's links are at line rate, of which collectives attain a share.
      Load& l = turns.back().load;
      const double share = plan(i).group->efficiency.collective.mode;
      l.dense /= share, l.experts /= share, l.nic = l.nic * (1 / share);
    }
    return play_rings(rail_, rings_, turns);
  }

  // Every stage's collectives at once, with nothing to hide behind.
  void contention() {
    std::vector<Seconds> ideal(rings_.size()), taken(rings_.size());
    const auto ends = collective([&](size_t i) {
      const StagePlan& st = plan(i);
      const Seconds t = st.shards.reduce + st.shards.gather + st.data.reduce + st.data.gather;
      ideal[domains_[i].stage] = std::max(ideal[domains_[i].stage], t);
      return Turn{load_of(i, all_bytes(st), t), Seconds(0)};
    });
    for (size_t i = 0; i < ends.size(); ++i) taken[domains_[i].stage] = std::max(taken[domains_[i].stage], ends[i]);
    for (size_t i = 0; i < ends.size(); ++i) {
      const size_t at = domains_[i].stage;
      if (taken[at].value() > 0 && ideal[at].value() > 0) run_of(i).contention = std::max(1.0, taken[at] / ideal[at]);
    }
  }

  // ZeRO 2 and 3: the passes grow by what contention adds to the collectives that show.
  void shard() {
    for (auto& play : plays_) {
      Pipeline& p = play.pipeline;
      for (size_t at = 0; at < it_.lanes[play.lane].stages.size(); ++at) {
        const DataParallel& d = it_.lanes[play.lane].stages[at].shards;
        const double c = out_.lanes[play.lane].stages[at].contention;
        const Seconds forward = shows(d.gather * c, d.gather_hides, d.interference) - d.gather_exposed();
        const Seconds backward = shows(d.reduce * c, d.reduce_hides, d.interference) - d.reduce_exposed();
        for (size_t chunk = at; chunk < p.forward.size(); chunk += static_cast<size_t>(p.stages)) {
          p.forward[chunk] += forward / p.chunks;
          p.backward[chunk] += backward / p.chunks;
        }
      }
    }
  }

  void settle_pipelines() {
    std::vector<Seconds> few(it_.lanes.size());
    for (const auto& play : plays_) {
      LaneRun& lane = out_.lanes[play.lane];
      if (lane.makespan.value() > 0) {  // the shorter play of the lane
        const double left = it_.lanes[play.lane].micro_batches - lane.pipeline.micro_batches;
        lane.makespan += (lane.makespan - play.end()) * (left / (kRounds - kFewRounds) / play.pipeline.stages);
        continue;
      }
      lane.pipeline = play.pipeline;
      lane.makespan = lane.timeline.end = play.end();
      lane.timeline.stages = play.stages;
    }
    for (const auto& lane : out_.lanes) out_.compute = std::max(out_.compute, lane.makespan);
  }

  void reduce() {
    const auto opens = [&](size_t i) { return std::max(Seconds(0), out_.lanes[domains_[i].lane].makespan - plan(i).data.reduce_hides); };
    const auto ends = collective([&](size_t i) {
      const StagePlan& st = plan(i);
      return Turn{load_of(i, reduce_bytes(st), st.data.reduce), opens(i)};
    });
    std::vector<Seconds> last(rings_.size());
    for (size_t i = 0; i < ends.size(); ++i) last[domains_[i].stage] = std::max(last[domains_[i].stage], ends[i]);
    for (size_t i = 0; i < ends.size(); ++i) {
      StageRun& run = run_of(i);
      const DataParallel& d = plan(i).data;
      if (d.reduce.value() <= 0) continue;
      run.reduce_start = opens(i);
      const bool alone = last[domains_[i].stage].value() <= 0;  // one domain: on its own links, by closed form
      const Seconds closes = out_.lanes[domains_[i].lane].makespan;
      run.reduce_end = alone ? run.reduce_start + d.reduce : last[domains_[i].stage];
      const Seconds hidden = std::min(run.reduce_end, closes) - run.reduce_start;
      run.reduce_exposed = std::max(Seconds(0), run.reduce_end - out_.compute) + hidden * d.interference;
    }
  }

  // Beside the next iteration's first pass.
  void gather() {
    const auto ends = collective([&](size_t i) { return Turn{load_of(i, 2, plan(i).data.gather), Seconds(0)}; });
    for (size_t i = 0; i < ends.size(); ++i) {
      const DataParallel& d = plan(i).data;
      if (d.gather.value() <= 0) continue;
      const Seconds taken = ends[i].value() > 0 ? ends[i] : d.gather;  // none: one domain, on its own links
      StageRun& run = run_of(i);
      run.gather_exposed = std::max(run.gather_exposed, shows(taken, d.gather_hides, d.interference));
      run.gather_end = std::max(run.gather_end, taken);
    }
  }

  std::vector<double> packed() const {
    std::vector<double> out;
    for (const auto& lane : out_.lanes) {
      out.push_back(lane.makespan.value());
      out.push_back(lane.pipeline.micro_batches);
      for (const auto& run : lane.stages)
        for (const double x : {run.contention, run.reduce_start.value(), run.reduce_end.value(), run.reduce_exposed.value(), run.gather_end.value(), run.gather_exposed.value()}) out.push_back(x);
      for (const auto* passes : {&lane.pipeline.forward, &lane.pipeline.backward})
        for (const auto t : *passes) out.push_back(t.value());
      for (const auto& stage : lane.timeline.stages)
        for (const auto& i : stage) out.push_back(i.start.value()), out.push_back(i.end.value());
    }
    return out;
  }

  const TrainingSetup& s_;
  const Iteration& it_;
  std::vector<Domain> domains_;
  std::vector<Ring> rings_;
  std::vector<engine::RailHost> hosts_;  // domains, then stages of pipelines
  std::vector<Play> plays_;
  std::vector<Host*> rail_;
  Simulation out_;
};

Simulation Gang::unpacked(const std::vector<double>& numbers) {
  size_t at = 0;
  const auto next = [&] { return numbers[at++]; };
  const auto seconds = [&] { return Seconds(next()); };
  for (size_t l = 0; l < it_.lanes.size(); ++l) {
    LaneRun& lane = out_.lanes[l];
    lane.pipeline = it_.lanes[l].pipeline;
    lane.makespan = seconds();
    lane.pipeline.micro_batches = static_cast<int>(next());
    for (auto& run : lane.stages) {
      run.contention = next(), run.reduce_start = seconds(), run.reduce_end = seconds();
      run.reduce_exposed = seconds(), run.gather_end = seconds(), run.gather_exposed = seconds();
      out_.contention = std::max(out_.contention, run.contention);
      out_.exposed = std::max(out_.exposed, run.exposed());
    }
    for (auto* passes : {&lane.pipeline.forward, &lane.pipeline.backward})
      for (auto& t : *passes) t = seconds();
    for (size_t stage = 0; stage < lane.stages.size(); ++stage) {
      lane.timeline.stages.emplace_back();
      for (const auto& task : order(lane.pipeline, static_cast<int>(stage))) {
        const Seconds start = seconds();
        lane.timeline.stages[stage].push_back({task, start, seconds()});
        lane.timeline.end = std::max(lane.timeline.end, lane.timeline.stages[stage].back().end);
      }
      const StagePlan& plan = it_.lanes[l].stages[stage];
      const Seconds passes = plan.pass.forward.total() + plan.pass.backward.total();
      lane.sharded.push_back(plan.sharded.value() > 0 ? std::max(Seconds(0), lane.pipeline.busy(static_cast<int>(stage)) - passes) : Seconds(0));
    }
    if (lane.makespan > out_.compute) out_.compute = lane.makespan, out_.pace = l;
  }
  out_.step = out_.compute * (1 + it_.straggle) + out_.exposed + it_.optimizer + it_.fixed;
  return out_;
}

}  // namespace

Simulation simulate(const TrainingSetup& s, const Iteration& it) {
  Gang gang(s, it);
  return gang.unpacked(gang.placed() ? engine::in_guarded_child([&] { return gang.run(); }, kSeconds) : engine::in_child([&] { return gang.run(); }));
}

}  // namespace capmix::step
