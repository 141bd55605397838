// Training campaigns, recommendation services and demand.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "scenario/loader.hpp"

namespace capmix::scenario {

void Loader::workload(const std::string& path, const Place& from) {
  workload_root_ = beside(path, "..");
  const std::string folder = std::filesystem::absolute(path).lexically_normal().parent_path().filename().string();
  Reader r = open_file(path, folder + "/" + stem(path), from);
  if (r.absent()) return void(gaps_.insert("campaign"));
  r.text("name", "");
  auto campaigns = r.tables_by_id("campaign"), services = r.tables_by_id("service");
  if (campaigns.empty() && services.empty()) r.error("name", "the file holds no [[campaign]] and no [[service]]");
  load_models(campaigns, services);
  for (auto& t : campaigns) read_campaign(t);
  for (auto& t : services) read_service(t);
  r.done();
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

// A rate is found by the id of its work, so campaigns and services of all files share one space of names.
// (A second one in the same list is reported there.)
void Loader::check_work_id(Reader& r, const std::string& id) {
  const std::string list = r.file() + " " + r.stream("").substr(0, r.stream("").find('.'));
  const auto [first, fresh] = work_.emplace(id, list);
  if (!fresh && !id.empty() && first->second != list) r.error("id", "another campaign or service has the id \"" + id + "\"");
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
  const std::string precision = r.choice("precision", {std::begin(kPrecisionNames), std::end(kPrecisionNames)}, "bf16");
  for (int p = 0; p < 7; ++p)
    if (precision == kPrecisionNames[p]) c.precision = static_cast<Precision>(p);
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
  c.earliest = r.date("earliest", Date(-1'000'000));
  c.checkpoint = r.quantity<Bytes>("checkpoint", kNotNegative, Bytes(14));
  r.factual();
  r.done();
  s_.campaigns.add(std::move(c));
}

void Loader::demand(const std::string& path) { read_demand(open_file(path, "demand/" + stem(path), {})); }

Demand Loader::read_demand(Reader r) {
  Demand d;
  r.text("name", "");
  d.users = r.uncertain<double>("users", kPositive);
  d.requests_per_user_day = r.uncertain<double>("requests_per_user_day", kPositive);
  d.multiplier = r.uncertain<double>("multiplier", kPositive);
  d.annual_growth = r.uncertain<double>("annual_growth", {-1, 100, "between -1 and 100"});
  const auto shape = [&](const std::string& key, auto& into) {
    const auto values = r.numbers(key);
    double sum = 0;
    for (const double v : values) sum += v;
    if (values.size() != into.size() || sum <= 0) {
      r.error(key, "\"" + key + "\" holds " + std::to_string(values.size()) + " values (expected " + std::to_string(into.size()) + ", not all 0)");
      into.fill(1);
      return;
    }
    for (size_t i = 0; i < into.size(); ++i) into[i] = values[i] * static_cast<double>(into.size()) / sum;
  };
  shape("hour", d.hour);
  shape("weekday", d.weekday);
  double sum = 0;
  for (auto& t : r.tables("region")) {
    Region region;
    region.id = t.text("id");
    region.share = t.number("share", kFraction);
    region.utc_offset = t.number("utc_offset", {-12, 14, "between -12 and 14"});
    t.also_knows({"source", "confidence", "note"});
    t.done();
    sum += region.share;
    d.regions.push_back(std::move(region));
  }
  if (d.regions.empty()) r.error("region", "demand needs at least one [[region]]");
  else if (std::fabs(sum - 1) > 1e-9) r.error("region", "the shares of the regions sum to " + std::to_string(sum) + " (expected 1)");
  std::sort(d.regions.begin(), d.regions.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  r.factual();
  r.done();
  return d;
}

// The keys of a stage; a service of one stage says them itself.
ServiceStage Loader::read_stage_of(Reader& r) {
  ServiceStage s;
  const std::string kind = r.choice("kind", {std::begin(kStageKinds), std::end(kStageKinds)}, "rank");
  for (int k = 0; k < 5; ++k)
    if (kind == kStageKinds[k]) s.kind = static_cast<StageKind>(k);
  s.recommender = resolve(s_.recommenders, r.ref("model"), "recommender model");
  s.family = r.text("family", s.kind == StageKind::learn ? "rec-training" : "rec-serving");
  s.candidates = r.uncertain<double>("candidates", kPositive);
  s.spread = r.uncertain<double>("spread", kPositive, Uncertain<double>(1.0));
  s.objective = r.quantity<Seconds>("objective");
  s.percentile = r.number("percentile", {0.5, 0.9999, "between 0.5 and 0.9999"}, 0.99);
  const std::string precision = r.choice("precision", {std::begin(kPrecisionNames), std::end(kPrecisionNames)}, "bf16");
  for (int p = 0; p < 7; ++p)
    if (precision == kPrecisionNames[p]) s.precision = static_cast<Precision>(p);
  s.cell_chips = r.integer("cell_chips", 1, 8);
  r.also_knows({"parameter_servers"});
  if (r.has("parameter_servers")) s.parameter_servers = r.quantity<Bytes>("parameter_servers", kNotNegative);
  const auto chips = r.list("chip");
  if (!s_.chips.empty()) s.any_of = resolve_all(s_.chips, chips, "chip of this platform");
  return s;
}

void Loader::read_service(Reader r) {
  Service s;
  s.id = r.text("id");
  check_work_id(r, s.id);
  s.name = r.text("name", s.id);
  if (r.has("stage")) {
    for (auto& t : r.tables("stage")) {
      s.stages.push_back(read_stage_of(t));
      s.stages.back().id = t.text("id");
      t.factual(), t.done();
    }
    r.also_knows({"model", "kind", "family", "candidates", "spread", "objective", "percentile", "precision", "cell_chips", "parameter_servers", "chip"});
    for (const char* key : {"model", "kind", "family", "candidates", "spread", "objective", "percentile", "precision", "cell_chips", "parameter_servers", "chip"})
      if (r.has(key)) r.error(key, "a service with [[service.stage]] says \"" + std::string(key) + "\" in its stages");
  } else {
    r.also_knows({"stage"});
    s.stages.push_back(read_stage_of(r));
  }
  s.headroom = r.number("headroom", {0, 10, "between 0 and 10"}, 0.1);
  const Ref demand = r.ref("demand");
  if (!demand.text.empty()) s.demand = read_demand(open(workload_root_, "demand", demand.text, demand.place));
  r.factual();
  r.done();
  s_.services.add(std::move(s));
}

}  // namespace capmix::scenario
