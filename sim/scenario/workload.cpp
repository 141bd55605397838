// Models, training campaigns and recommendation services.
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
  for (auto* list : {&campaigns, &services})
    for (const auto& t : *list)
      if (t.has("model") && !t.value("model")->text.empty()) wanted.emplace(t.value("model")->text, t.place("model"));
  for (const auto& [id, place] : wanted)
    if (!s_.llms.find(id).valid() && !s_.rankings.find(id).valid()) read_model(open(workload_root_, "models", id, place), id);
}

void Loader::model(const std::string& path) { read_model(open_file(path, "models/" + stem(path), {}), stem(path)); }

void Loader::read_model(Reader r, const std::string& id) {
  if (r.absent()) return void(gaps_.insert(id));
  const std::string kind = r.choice("kind", {"llm", "ranking"}, "");
  const std::string name = r.text("name", id);
  std::vector<std::string> aliases;
  for (const auto& a : r.list("aliases")) aliases.push_back(a.text);
  if (kind == "llm") {
    Reader shape = r.table("shape");
    LlmModel m;
    m.id = id, m.name = name, m.aliases = std::move(aliases);
    m.layers = shape.integer("layers", 1), m.hidden = shape.integer("hidden", 1), m.heads = shape.integer("heads", 1);
    m.kv_heads = shape.integer("kv_heads", 1, m.heads);
    m.vocab = shape.integer("vocab", 1);
    m.gated = shape.flag("gated", true), m.tied = shape.flag("tied", false);
    m.experts = shape.integer("experts", 0, 0), m.top_k = shape.integer("top_k", 0, 0);
    m.ffn = shape.integer("ffn", 1, m.moe() ? std::optional<int>(0) : std::nullopt);
    m.expert_ffn = shape.integer("expert_ffn", 1, m.moe() ? std::nullopt : std::optional<int>(0));
    m.shared_experts = shape.integer("shared_experts", 0, 0), m.shared_ffn = shape.integer("shared_ffn", 0, 0);
    m.dense_layers = shape.integer("dense_layers", 0, 0), m.capacity = shape.number("capacity", kNotNegative, 0);
    m.eager_activation = shape.flag("eager_activation", false);
    m.parallel_block = shape.flag("parallel_block", false);
    m.head_dim = shape.integer("head_dim", 0, 0);
    m.q_rank = shape.integer("q_rank", 0, 0), m.kv_rank = shape.integer("kv_rank", 0, 0);
    const bool latent = m.kv_rank > 0;
    for (const auto& [key, field] : {std::pair{"rope_dim", &m.rope_dim}, {"nope_dim", &m.nope_dim}, {"v_dim", &m.v_dim}})
      *field = shape.integer(key, latent ? 1 : 0, latent ? std::nullopt : std::optional<int>(0));
    m.window = shape.integer("window", 0, 0), m.window_every = shape.integer("window_every", 1, 1);
    if (m.dense_layers > m.layers) shape.error("dense_layers", "dense_layers " + std::to_string(m.dense_layers) + " is more than layers " + std::to_string(m.layers));
    if (m.head_dim == 0 && !latent && m.heads > 0 && m.hidden % m.heads != 0) shape.error("heads", "hidden " + std::to_string(m.hidden) + " does not divide by heads " + std::to_string(m.heads));
    if (m.kv_heads > 0 && m.heads % m.kv_heads != 0) shape.error("kv_heads", "heads " + std::to_string(m.heads) + " does not divide by kv_heads " + std::to_string(m.kv_heads));
    if (m.moe() && (m.top_k < 1 || m.top_k > m.experts)) shape.error("top_k", "top_k is " + std::to_string(m.top_k) + " (expected 1 to experts)");
    shape.factual();
    shape.done();
    s_.llms.add(std::move(m));
  } else {
    Reader dense = r.table("dense"), embedding = r.table("embedding");
    RankingModel m;
    m.id = id, m.name = name;
    m.flop_per_candidate = dense.uncertain<Flop>("flop_per_candidate", kPositive);
    m.dense_parameters = dense.number("parameters", kPositive);
    m.tables = embedding.quantity<Bytes>("tables", kNotNegative);
    m.lookups = embedding.uncertain<double>("lookups", kNotNegative);
    m.row = embedding.quantity<Bytes>("row", kNotNegative);
    m.cached = embedding.number("cached", kFraction);
    for (Reader* t : {&dense, &embedding}) t->factual(), t->done();
    s_.rankings.add(std::move(m));
  }
  r.done();
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

void Loader::read_service(Reader r) {
  Service s;
  s.id = r.text("id");
  check_work_id(r, s.id);
  s.name = r.text("name", s.id);
  s.model = resolve(s_.rankings, r.ref("model"), "ranking model");
  s.family = r.text("family", "rec-serving");
  s.candidates = r.uncertain<double>("candidates", kPositive);
  s.objective = r.quantity<Seconds>("objective");
  const std::string precision = r.choice("precision", {std::begin(kPrecisionNames), std::end(kPrecisionNames)}, "bf16");
  for (int p = 0; p < 7; ++p)
    if (precision == kPrecisionNames[p]) s.precision = static_cast<Precision>(p);
  s.cell_chips = r.integer("cell_chips", 1, 8);
  s.headroom = r.number("headroom", {0, 10, "between 0 and 10"}, 0.1);
  const Ref demand = r.ref("demand");
  if (!demand.text.empty()) s.demand = read_demand(open(workload_root_, "demand", demand.text, demand.place));
  r.factual();
  r.done();
  s_.services.add(std::move(s));
}

}  // namespace capmix::scenario
