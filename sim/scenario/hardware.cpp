// Chips, efficiencies, nodes and fabrics; how files are opened.
#include <filesystem>

#include "import/simgrid_xml.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {

namespace fs = std::filesystem;

Reader Loader::open_file(const std::string& path, const std::string& subject, const Place& from) {
  return Reader(context, files_.read(path, subject, from), path, subject);
}

Reader Loader::open(const std::string& root, const std::string& folder, const std::string& id, const Place& from) {
  const std::string at = (fs::path(root) / folder).lexically_normal().string(), path = (fs::path(at) / (id + ".toml")).string();
  if (fs::exists(path)) return open_file(path, folder + "/" + id, from);
  context.problems.add(from, "there is no file " + path + did_you_mean(id, stems_in(at)));
  return Reader(context, nullptr, path, folder + "/" + id);
}

void Loader::load_nodes(const std::map<std::string, Place>& wanted) {
  std::map<std::string, Place> chips, efficiencies;
  const auto want = [](std::map<std::string, Place>& list, Reader r, const std::string& key) {
    if (r.has(key) && !r.value(key)->text.empty()) list.emplace(r.value(key)->text, r.place(key));
  };
  for (const auto& [id, from] : wanted) want(chips, open(catalogue_, "nodes", id, from), "chip");
  for (const auto& [id, from] : chips) want(efficiencies, open(catalogue_, "chips", id, from), "efficiency");
  for (const auto& [id, from] : efficiencies) read_efficiency(open(catalogue_, "efficiency", id, from), id);
  for (const auto& id : stems_in((fs::path(catalogue_) / "software").string())) read_software(open(catalogue_, "software", id, {}), id);
  for (const auto& [id, from] : chips) read_chip(open(catalogue_, "chips", id, from), id);
  for (const auto& [id, from] : wanted) read_node(open(catalogue_, "nodes", id, from), id);
}

namespace {

// A family without the table serves language models as the defaults say, with the widest trust range.
void read_llm_serving(Reader t, Efficiency& e) {
  if (t.absent()) return;
  constexpr Bounds kRelative{std::numeric_limits<double>::min(), 3, "greater than 0 and at most 3"};
  e.llm_products = t.uncertain<double>("products", kRelative);
  e.llm_memory = t.uncertain<double>("memory", kPart);
  e.llm_power = t.number("power", kNotNegative, 0);
  e.llm_launch = t.quantity<Seconds>("launch", kNotNegative);
  e.llm_iteration = t.quantity<Seconds>("iteration", kNotNegative);
  e.llm_sequence = t.quantity<Seconds>("sequence", kNotNegative);
  e.trust_llm = t.number("trust", kPositive);
  for (const auto& c : t.list("calibrated_on")) e.llm_calibrated_on.push_back(c.text);
  t.factual();
  t.done();
}

}  // namespace

void Loader::read_efficiency(Reader r, const std::string& id) {
  Efficiency e;
  e.id = id;
  r.text("name", "");
  constexpr Bounds kRate{std::numeric_limits<double>::min(), 2, "greater than 0 and at most 2"};
  e.gemm = r.uncertain<double>("gemm", kPart);
  e.memory = r.uncertain<double>("memory", kRate);
  e.collective = r.uncertain<double>("collective", kPart);
  e.launch = r.quantity<Seconds>("launch", kNotNegative);
  Reader serving = r.table("serving"), training = r.table("training");
  e.serving_gemm = serving.uncertain<double>("gemm", kPart, e.gemm);
  e.serving_memory = serving.uncertain<double>("memory", kPart, Uncertain<double>(0.8));
  e.gather = serving.uncertain<double>("gather", kPart);
  e.gemm_half_flop = serving.quantity<Flop>("gemm_half", kNotNegative).value();
  read_llm_serving(r.table("llm_serving", false), e);
  e.trust_serving = serving.number("trust", kPositive, 0.5);
  for (const auto& c : serving.list("calibrated_on")) e.serving_calibrated_on.push_back(c.text);
  e.kin = training.text("kin", "");
  e.gemm8 = training.uncertain<double>("gemm8", kRate, e.gemm);
  e.gemm4 = training.uncertain<double>("gemm4", kRate, e.gemm8);
  e.grouped = training.uncertain<double>("grouped", kRate);
  e.attention = training.uncertain<double>("attention", kRate);
  e.portable = training.uncertain<double>("portable_attention", kRate, e.attention);
  e.power = training.number("power", kNotNegative, 0);
  e.serving_power = serving.number("power", kNotNegative, e.power);
  e.reference_watts = training.number("reference_watts_per_tflops", kNotNegative, 0) * 1e-12;
  e.hides = training.number("hides", kFraction, 0.9);
  e.interference = training.number("interference", kFraction, 0.1);
  e.scale_up = training.uncertain<double>("scale_up", kRate);
  e.depth_half = training.number("depth_half", kNotNegative);
  e.routing = training.quantity<Seconds>("routing", kNotNegative);
  e.iteration = training.quantity<Seconds>("iteration", kNotNegative);
  e.overlap = training.number("overlap", kFraction);
  e.jitter = training.number("jitter", kFraction);
  Reader trust = training.table("trust");
  e.trust_dense = trust.number("dense", kPositive);
  e.trust_moe = trust.number("moe", kPositive);
  e.trust_lora = trust.number("lora", kPositive);
  trust.done();
  Reader reach = training.table("reach", false);
  e.reach_dense = reach.integer("dense", 0, 0);
  e.reach_moe = reach.integer("moe", 0, 0);
  e.reach_lora = reach.integer("lora", 0, 0);
  reach.done();
  for (const auto& c : training.list("calibrated_on")) e.calibrated_on.push_back(c.text);
  for (Reader* t : {&serving, &training}) t->factual(), t->done();
  read_recommender_efficiency(r, e.recommender);
  r.factual();
  r.done();
  s_.efficiencies.add(std::move(e));
}

// A family of which nothing is said has the defaults.
void Loader::read_recommender_efficiency(Reader& r, Efficiency::Recommender& e) {
  if (!r.has("recommender")) return r.also_knows({"recommender"});
  Reader t = r.table("recommender");
  e.gather = t.uncertain<double>("gather", kPart);
  e.update = t.uncertain<double>("update", kPart);
  e.all_to_all = t.uncertain<double>("all_to_all", kPart);
  e.iteration = t.quantity<Seconds>("iteration", kNotNegative);
  e.trust = t.number("trust", kPositive);
  e.reach = t.integer("reach", 0, 0);
  for (const auto& c : t.list("calibrated_on")) e.calibrated_on.push_back(c.text);
  t.factual(), t.done();
}

void Loader::read_software(Reader r, const std::string& id) {
  Software w;
  w.id = id;
  w.name = r.text("name");
  w.stack = r.text("stack");
  w.standard = r.flag("standard", false);
  w.fused = r.flag("fused", true);
  w.fused_attention = r.flag("fused_attention", true);
  w.deduplicates = r.flag("deduplicates", true);
  w.stops_early = r.flag("stops_early", false);
  w.portable_attention = r.flag("portable_attention", false);
  w.sequence_parallel = r.flag("sequence_parallel", true);
  w.overlaps_tensor = r.flag("overlaps_tensor", false);
  w.all_reduces = r.flag("all_reduces", false);
  w.overlaps_data = r.flag("overlaps_data", true);
  w.recomputes_scores = r.flag("recomputes_scores", false);
  w.zero = r.integer("zero", 0);
  w.gradient_bytes = r.number("gradient_bytes", kPositive);
  w.expected = r.number("expected", kPositive, 1);
  Reader fitted = r.table("fitted");
  w.factor = fitted.number("factor", kPositive);
  w.calibrated = !fitted.list("calibrated_on").empty();
  fitted.factual(), fitted.done();
  r.factual();
  r.done();
  s_.software.add(std::move(w));
}

void Loader::read_chip(Reader r, const std::string& id) {
  Chip c;
  c.id = id;
  c.name = r.text("name");
  c.supplier = r.text("supplier");
  c.country = r.text("country", "");
  c.stack = r.text("stack");
  c.efficiency = resolve(s_.efficiencies, r.ref("efficiency"), "efficiency");
  c.trains = r.flag("trains", true);
  Reader peak = r.table("peak");
  for (int p = 0; p < 7; ++p)
    if (peak.has(kPrecisionNames[p])) c.peak[static_cast<Precision>(p)] = peak.quantity<FlopRate>(kPrecisionNames[p]);
  if (c.peak.empty() && r.has("peak")) r.error("peak", "no peak rate is given (expected one of fp4, fp8, int8, fp16, bf16, tf32, fp32)");
  peak.also_knows({std::begin(kPrecisionNames), std::end(kPrecisionNames)});
  c.matrix_units = peak.integer("matrix_units", 1);
  Reader memory = r.table("memory"), up = r.table("scale_up"), out = r.table("scale_out"), power = r.table("power"),
         price = r.table("price"), available = r.table("availability"), reliability = r.table("reliability");
  c.memory = memory.quantity<Bytes>("size");
  c.memory_bandwidth = memory.quantity<ByteRate>("bandwidth");
  c.scale_up = up.quantity<ByteRate>("bandwidth");
  c.scale_up_domain = up.integer("domain", 1);
  c.nic = out.quantity<ByteRate>("nic");
  c.tdp = power.quantity<Watts>("tdp");
  c.price = price.uncertain<Usd>("chip", kPositive);
  c.price_in_server = price.uncertain<Usd>("in_server", kPositive);
  c.available = available.date("from");
  c.interruption = reliability.uncertain<Seconds>("chip_hours_per_interruption", kPositive);
  for (Reader* t : {&peak, &memory, &up, &out, &power, &price, &available, &reliability}) t->factual(), t->done();
  r.done();
  s_.chips.add(std::move(c));
}

void Loader::read_node(Reader r, const std::string& id) {
  Node n;
  n.id = id;
  n.name = r.text("name");
  for (const auto& a : r.list("aliases")) n.aliases.push_back(a.text);
  n.chip = resolve(s_.chips, r.ref("chip"), "chip");
  n.chips = r.integer("chips", 1);
  n.rack_nodes = r.integer("rack_nodes", 1, 1);
  r.also_knows({"failures"});
  if (r.has("failures")) {
    const Ref failures = r.ref("failures");
    if (s_.study.failure_events) n.failures = need_failures(failures);
  } else if (s_.study.failure_events) {
    r.error("chip", "node \"" + id + "\" has no \"failures\", and the study plays them as events (expected the name of a file of platforms/failures)");
  }
  Reader power = r.table("power"), price = r.table("price");
  n.power = power.quantity<Watts>("max");
  n.host_price = price.uncertain<Usd>("host", kNotNegative);
  if (r.has("host")) {
    Reader host = r.table("host");
    n.host_path = host.quantity<ByteRate>("between_domains");
    host.factual(), host.done();
  }
  for (Reader* t : {&power, &price}) t->factual(), t->done();
  r.done();
  s_.nodes.add(std::move(n));
}

namespace {

StorageFrontEnd read_storage(Reader t) {
  StorageFrontEnd out;
  out.write = t.quantity<ByteRate>("write");
  out.read = t.quantity<ByteRate>("read", kPositive, out.write);
  out.by_pod = t.choice("per", {"pod", "node"}, "pod") == "pod";
  t.factual(), t.done();
  return out;
}

}  // namespace

void Loader::read_fabric(Reader r, const std::string& id) {
  Fabric f;
  f.id = id;
  f.name = r.text("name");
  // A SimGrid platform: its hosts are the nodes, and step/platform.hpp asks SimGrid for its routes.
  if (r.has("simgrid")) {
    const Ref file = r.ref("simgrid");
    Reader inside = r.table("latency");
    f.scale_up_latency = inside.quantity<Seconds>("scale_up", kNotNegative);
    inside.factual(), inside.done(), r.done();
    const std::string path = r.resolved(file);
    if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path);
    try {
      auto read = import::read_simgrid(path);
      f.placement.folder = read.folder, f.placement.text = read.text;
    } catch (const InputError& e) {
      std::string what = e.what();
      context.problems.add(file.place, what.substr(0, what.find('\n')));
    }
    s_.fabrics.add(std::move(f));
    return;
  }
  Reader pod = r.table("pod"), spine = r.table("spine"), latency = r.table("latency");
  f.pod_nodes = pod.integer("nodes", 1);
  f.oversubscription = spine.number("oversubscription", {1, 1000, "of at least 1"});
  f.nic_latency = latency.quantity<Seconds>("nic", kNotNegative);
  f.scale_up_latency = latency.quantity<Seconds>("scale_up", kNotNegative);
  if (r.has("storage")) f.storage = read_storage(r.table("storage"));
  r.also_knows({"storage"});
  for (Reader* t : {&pod, &spine, &latency}) t->factual(), t->done();
  r.done();
  s_.fabrics.add(std::move(f));
}

void Loader::chip(const std::string& path) {
  Reader r = open_file(path, "chips/" + stem(path), {});
  catalogue_ = beside(files_.origin(path), "..");
  if (r.has("efficiency")) {
    const Ref efficiency = r.ref("efficiency");
    if (!efficiency.text.empty()) read_efficiency(open(catalogue_, "efficiency", efficiency.text, efficiency.place), efficiency.text);
  }
  read_chip(r, stem(path));
}
void Loader::node(const std::string& path) {
  catalogue_ = beside(path, "..");
  load_nodes({{stem(path), Place{path, 0, 0}}});
}
void Loader::fabric(const std::string& path) { read_fabric(open_file(path, "fabrics/" + stem(path), {}), stem(path)); }
void Loader::efficiency(const std::string& path) { read_efficiency(open_file(path, "efficiency/" + stem(path), {}), stem(path)); }
void Loader::software(const std::string& path) { read_software(open_file(path, "software/" + stem(path), {}), stem(path)); }
void Loader::buildout(const std::string& path) {
  catalogue_ = beside(path, "..");
  read_buildout(open_file(path, "buildouts/" + stem(path), {}), stem(path));
}

void Loader::catalogue(const std::string& directory, const std::string& workloads) {
  catalogue_ = directory;
  std::map<std::string, Place> nodes;
  for (const auto& id : stems_in((fs::path(directory) / "nodes").string())) nodes.emplace(id, Place{directory, 0, 0});
  if (nodes.empty()) context.problems.add({directory, 0, 0}, "is not a catalogue (expected folders chips, nodes, ...)");
  load_nodes(nodes);
  for (const auto& id : stems_in((fs::path(directory) / "fabrics").string())) read_fabric(open(catalogue_, "fabrics", id, {}), id);
  for (const auto& id : stems_in((fs::path(directory) / "failures").string())) need_failures({id, {}});
  if (workloads.empty()) return;
  for (const auto& id : stems_in((fs::path(workloads) / "models").string())) read_model(open(workloads, "models", id, {}), id);
}

}  // namespace capmix::scenario
