// Training campaigns, services, and logs of jobs.
#include <algorithm>
#include <filesystem>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

constexpr Bounds kCandidates{1, kMostCandidates, "between 1 and 1e9"};

}  // namespace

void Loader::workload(const std::string& path, const Place& from) {
  const std::string folder = std::filesystem::absolute(path).lexically_normal().parent_path().filename().string();
  Reader r = open_file(path, folder + "/" + stem(path), from);
  if (r.absent()) return void(gaps_.insert("campaign"));
  workload_root_ = beside(files_.origin(path), "..");
  r.text("name", "");
  auto campaigns = r.tables_by_id("campaign"), services = r.tables_by_id("service"), logs = r.tables_by_id("log");
  if (campaigns.empty() && services.empty() && logs.empty()) r.error("name", "the file holds no [[campaign]], no [[service]] and no [[log]]");
  load_models(campaigns, services);
  for (auto& t : campaigns) read_campaign(t);
  for (auto& t : services) read_service(t);
  for (auto& t : logs) logs_.emplace_back(std::move(t), workload_root_);
  r.done();
}

// After all campaigns, so that the order of the files says nothing.
void Loader::read_job_logs() {
  for (auto& [r, root] : std::exchange(logs_, {})) workload_root_ = root, read_job_log(std::move(r));
}

void Loader::load_models(std::vector<Reader>& campaigns, std::vector<Reader>& services) {
  std::map<std::string, Place> wanted;
  const auto want = [&](const Reader& t) {
    if (t.has("model") && !t.value("model")->text.empty()) wanted.emplace(t.value("model")->text, t.place("model"));
  };
  for (auto* list : {&campaigns, &services})
    for (auto& t : *list) {
      want(t);
      if (t.has("stage")) for (const auto& stage : t.tables("stage")) want(stage);
    }
  for (const auto& [id, place] : wanted)
    if (!s_.llms.find(id).valid() && !s_.recommenders.find(id).valid()) read_model(open(workload_root_, "models", id, place), id);
}

void Loader::read_parts(Reader& r, Campaign& c) {
  const auto chips = [&](Reader& from, const std::string& key) {
    const auto names = from.list(key);
    return s_.chips.empty() ? std::vector<Id<Chip>>() : resolve_all(s_.chips, names, "chip of this platform");
  };
  if (r.has("chips") == r.has("parts")) {
    r.also_knows({"chips", "parts", "chip"});
    return r.error("id", "a campaign says either \"chips\" or \"parts\"");
  }
  r.also_knows({"chips", "parts", "chip"});
  if (r.has("chips")) c.parts.push_back({chips(r, "chip"), r.integer("chips", 1)});
  if (r.has("parts") && r.value("parts")->items.empty()) r.error("parts", "a campaign needs at least one part");
  for (auto& p : r.tables("parts")) {
    c.parts.push_back({chips(p, "any_of"), p.integer("chips", 1)});
    p.done();
  }
}

void Loader::read_plans(Reader& r, Campaign& c) {
  if (const Value* all = r.value("plans"); all != nullptr && all->is(Value::Kind::text)) {
    r.also_knows({"plans"});
    ParallelPlan plan;
    plan.searched = true;
    c.plans.push_back(plan);
    if (all->text != "auto") r.error("plans", "\"plans\" is " + quoted(all->text) + " (expected a list of plans, or \"auto\" to have them searched)" + did_you_mean(all->text, {"auto"}));
    return;
  }
  const auto plans = r.tables("plans");
  for (auto p : plans) {
    ParallelPlan plan;
    plan.tp = p.integer("tp", 1, 1), plan.pp = p.integer("pp", 1, 1), plan.vpp = p.integer("vpp", 1, 1);
    plan.cp = p.integer("cp", 1, 1), plan.ep = p.integer("ep", 1, 1), plan.expert_tp = p.integer("expert_tp", 1, 1);
    plan.zero = p.integer("zero", 0, 1);
    if (plan.zero > 3) p.error("zero", "\"zero\" is " + std::to_string(plan.zero) + " (expected 0 to 3)");
    plan.shard = p.integer("shard", 0, 0);
    plan.micro_batch = p.integer("micro_batch", 1, 1);
    const std::string recompute = p.choice("recompute", {"full", "selective", "none"}, "full");
    for (const auto kind : {Recompute::none, Recompute::selective, Recompute::full})
      if (recompute == kRecomputeNames[static_cast<int>(kind)]) plan.recompute = kind;
    plan.sequence_parallel = p.flag("sequence_parallel", true), plan.fused_attention = p.flag("fused_attention", true);
    plan.span = p.choice("span", {"data", "pipeline"}, "data") == "pipeline" ? Span::pipeline : Span::data;
    p.done();
    c.plans.push_back(plan);
  }
  for (size_t i = 0; i < c.plans.size() && i < plans.size(); ++i) check_plan(plans[i], c, c.plans[i]);
  if (c.plans.empty()) r.error("plans", "a campaign needs at least one plan, such as { tp = 8 }, or plans = \"auto\"");
}

// What does not multiply out on any chip. The step simulation says what does not fit one.
void Loader::check_plan(Reader at, const Campaign& c, const ParallelPlan& p) {
  if (p.tp == 0 || p.cp == 0 || p.pp == 0) return;  // a number was refused
  const auto count = [](int n) { return std::to_string(n); };
  const auto check_chips = [&](int chips) {
    if (chips % p.tp != 0) at.error("tp", count(chips) + " chips do not divide by tp " + count(p.tp));
    else if (chips / p.tp % p.cp != 0 || chips / p.tp / p.cp % p.pp != 0)
      at.error(p.pp > 1 ? "pp" : "cp", count(chips) + " chips do not divide by tp " + count(p.tp) + " x cp " + count(p.cp) + " x pp " + count(p.pp));
  };
  if (p.span == Span::pipeline) check_chips(c.chips());
  else for (const auto& part : c.parts) check_chips(part.chips);
  if (!c.model.valid()) return;
  const auto& m = s_.llms[c.model];
  if (m.heads % p.tp != 0) at.error("tp", "the " + count(m.heads) + " heads of " + m.id + " do not divide by tp " + count(p.tp));
  if (p.ep > 1 && !m.moe()) at.error("ep", m.id + " has no experts to spread over ep " + count(p.ep));
  if (p.ep > 1 && m.moe() && m.experts % p.ep != 0) at.error("ep", "the " + count(m.experts) + " experts of " + m.id + " do not divide by ep " + count(p.ep));
}

// A rate is found by the id of its work, so campaigns, services and logs of all files share one space of names.
// (A second one in the same list is reported there.)
void Loader::check_work_id(Reader& r, const std::string& id) {
  const std::string list = r.file() + " " + r.stream("").substr(0, r.stream("").find('.'));
  const auto [first, fresh] = work_.emplace(id, list);
  if (!fresh && !id.empty() && first->second != list) r.error("id", "another campaign, service or log has the id \"" + id + "\"");
}

// Bytes of a parameter, or { bytes, to, asynchronous }.
void Loader::read_checkpoint(Reader& r, Campaign& c) {
  constexpr Bytes kUsual(14);  // 16-bit weight, 32-bit master copy, two 32-bit moments
  if (const Value* said = r.value("checkpoint"); said == nullptr || !said->is(Value::Kind::table)) {
    c.checkpoint = r.quantity<Bytes>("checkpoint", kNotNegative, kUsual);
    return;
  }
  Reader t = r.table("checkpoint");
  c.checkpoint = t.quantity<Bytes>("bytes", kNotNegative, kUsual);
  c.checkpoint_to = t.one_of<CheckpointTo>("to", kCheckpointTos, "storage");
  c.checkpoint_asynchronous = t.flag("asynchronous", false);
  t.done();
}

void Loader::read_campaign(Reader r) {
  Campaign c;
  c.id = r.text("id");
  check_work_id(r, c.id);
  c.name = r.text("name", c.id);
  c.model = resolve(s_.llms, r.ref("model"), "LLM");
  c.family = r.text("family", "llm-training");
  c.tokens = r.number("tokens", kPositive);
  c.runs = r.integer("runs", 0, 1);
  c.seq = r.integer("seq", 1);
  c.global_batch = r.integer("global_batch", 1);
  c.precision = r.one_of<Precision>("precision", kPrecisionNames, "bf16");
  if (r.has("software")) {
    const Ref software = r.ref("software");
    if (!s_.chips.empty()) resolve(s_.software, software, "software");
    c.software = software.text;
  }
  c.block_scaled = r.flag("block_scaled", false);
  c.lora_rank = r.integer("lora_rank", 0, 0);
  read_parts(r, c);
  read_plans(r, c);
  c.priority = r.integer("priority", 0, 0);
  c.borrows = r.flag("borrows", false);
  if (c.borrows && c.parts.size() > 1) r.error("borrows", "a campaign that borrows runs on one kind of chip (\"chips\", not \"parts\")");
  c.earliest = r.date("earliest", Date(-1'000'000));
  read_checkpoint(r, c);
  r.factual();
  r.done();
  s_.campaigns.add(std::move(c));
}

// Tokens as a number, all equal, or { mean, variation, most }; at most `limit`.
Tokens Loader::read_tokens(Reader& r, const std::string& key, int limit) {
  const std::string words = "between 1 and " + std::to_string(limit) + ", the longest that is simulated";
  const Bounds range{1, static_cast<double>(limit), words.c_str()};
  Tokens t;
  t.most = limit;
  if (const Value* v = r.value(key); v == nullptr || !v->is(Value::Kind::table)) {
    t.mean = r.number(key, range);
    return t;
  }
  Reader table = r.table(key);
  t.mean = table.number("mean", range);
  t.variation = table.number("variation", {0, 10, "between 0 and 10"}, 0);
  t.most = table.integer("most", 1, t.most);
  if (t.most < t.mean) table.error("most", "\"most\" is " + std::to_string(t.most) + " (expected at least the mean)");
  if (t.most > limit) table.error("most", "\"most\" is " + std::to_string(t.most) + " (expected at most " + std::to_string(limit) + ", the longest that is simulated)");
  table.done();
  return t;
}

void Loader::read_text(Reader& r, ServiceStage& s) {
  s.llm = resolve(s_.llms, r.ref("model"), "LLM");
  s.text.prompt = read_tokens(r, "prompt", kMostPrompt), s.text.output = read_tokens(r, "output", kMostOutput);
  s.text.cached = r.number("cached", kFraction, 0);
  if (s.kind != StageKind::decode) s.text.ttft = r.quantity<Seconds>("ttft");
  if (s.kind != StageKind::prefill) s.text.tpot = r.quantity<Seconds>("tpot");
  r.also_knows({"ttft", "tpot"});
  s.cache = r.one_of<Precision>("cache_precision", kPrecisionNames, "fp8");
}

// The keys of a stage; a service of one stage says them itself.
ServiceStage Loader::read_stage_of(Reader& r) {
  ServiceStage s;
  // "hold" is named by no file: [service.instances] makes one.
  s.kind = r.one_of<StageKind>("kind", kStageKinds, "rank", static_cast<size_t>(StageKind::hold));
  if (s.speaks()) {
    read_text(r, s);
  } else {
    s.recommender = resolve(s_.recommenders, r.ref("model"), "recommender model");
    s.candidates = r.uncertain<double>("candidates", s.kind == StageKind::learn ? kPositive : kCandidates);
    s.spread = r.uncertain<double>("spread", kPositive, Uncertain<double>(1.0));
  }
  s.family = r.text("family", s.speaks() ? "llm-serving" : s.kind == StageKind::learn ? "rec-training" : "rec-serving");
  if (s.kind == StageKind::learn) {
    Reader sync = r.table("sync");
    s.batch = r.integer("batch", 1, 65536);
    s.sync.every = sync.quantity<Seconds>("every");
    s.sync.dense_every = sync.quantity<Seconds>("dense_every", kPositive, Seconds(86400));
    s.sync.distinct = sync.number("distinct", kFraction, 1);
    sync.factual(), sync.done();
  } else if (s.kind == StageKind::rank) {
    s.objective = r.quantity<Seconds>("objective");
  }
  s.percentile = s.speaks() ? r.number("percentile", {0.5, kMostPercentileOfText, "between 0.5 and 0.995: 2,000 requests tell no more"}, 0.99)
                            : r.number("percentile", {0.5, kMostPercentile, "between 0.5 and 0.9999"}, 0.99);
  s.text.percentile = s.percentile;
  s.precision = r.one_of<Precision>("precision", kPrecisionNames, s.speaks() ? "fp8" : "bf16");
  s.cell_chips = r.integer("cell_chips", s.speaks() ? 0 : 1, s.speaks() ? 0 : 8);
  r.also_knows({"parameter_servers"});
  if (s.kind == StageKind::rank && r.has("parameter_servers")) s.parameter_servers = r.quantity<Bytes>("parameter_servers", kNotNegative);
  const auto chips = r.list("chip");
  if (!s_.chips.empty()) s.any_of = resolve_all(s_.chips, chips, "chip of this platform");
  return s;
}

void Loader::read_service(Reader r) {
  static const std::vector<std::string> of_stage{"model", "kind", "family", "candidates", "spread", "objective", "percentile", "precision", "cell_chips", "parameter_servers", "chip"};
  Service s;
  s.id = r.text("id");
  check_work_id(r, s.id);
  s.name = r.text("name", s.id);
  const bool recorded = r.has("instances");
  if (recorded) {
    std::vector<std::string> others = of_stage;
    others.insert(others.end(), {"stage", "demand"});
    r.also_knows(others);
    for (const auto& key : others)
      if (r.has(key)) r.error(key, "\"" + key + "\" and \"instances\" cannot both be said: an inventory says what is held, not what is asked of it");
    read_instances(r.table("instances"), s);
  } else if (r.has("stage")) {
    for (auto& t : r.tables("stage")) {
      s.stages.push_back(read_stage_of(t));
      s.stages.back().id = t.text("id");
      t.factual(), t.done();
    }
    r.also_knows(of_stage);
    for (const auto& key : of_stage)
      if (r.has(key)) r.error(key, "a service with [[service.stage]] says \"" + key + "\" in its stages");
  } else {
    r.also_knows({"stage", "instances"});
    s.stages.push_back(read_stage_of(r));
  }
  s.take_back = r.quantity<Seconds>("take_back", kNotNegative, Seconds(0));
  s.priority = r.integer("priority", -1000, 0);
  s.headroom = r.number("headroom", {0, 10, "between 0 and 10"}, recorded ? 0.0 : 0.1);
  const Ref demand = recorded ? Ref{} : r.ref("demand");
  if (!demand.text.empty()) s.demand = read_demand(open(workload_root_, "demand", demand.text, demand.place));
  if (!s.answers()) r.error("stage", "a service needs a stage that answers requests, beside those that learn");
  r.factual();
  r.done();
  s_.services.add(std::move(s));
}

}  // namespace capmix::scenario
