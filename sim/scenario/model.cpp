// Models: decoders and recommenders.
#include <algorithm>

#include "scenario/loader.hpp"

namespace capmix::scenario {

void Loader::model(const std::string& path) { read_model(open_file(path, "models/" + stem(path), {}), stem(path)); }

void Loader::read_model(Reader r, const std::string& id) {
  if (r.absent()) return void(gaps_.insert(id));
  const std::string kind = r.choice("kind", {"llm", "recommender"}, "");
  const std::string name = r.text("name", id);
  std::vector<std::string> aliases;
  for (const auto& a : r.list("aliases")) aliases.push_back(a.text);
  if (kind == "llm") {
    LlmModel m;
    m.id = id, m.name = name, m.aliases = std::move(aliases);
    read_llm(r, m);
    s_.llms.add(std::move(m));
  } else {
    RecModel m;
    m.id = id, m.name = name, m.aliases = std::move(aliases);
    read_recommender(r, m);
    s_.recommenders.add(std::move(m));
  }
  r.done();
}

void Loader::read_llm(Reader& r, LlmModel& m) {
  Reader shape = r.table("shape");
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
}

// Either a shape, [[tables]] and [[block]], or a summary, [dense] and [embedding].
void Loader::read_recommender(Reader& r, RecModel& m) {
  m.element = r.one_of<Precision>("element", kPrecisionNames, "fp32");
  if (r.has("block") || r.has("tables")) {
    r.also_knows({"dense", "embedding"});
    for (const char* summary : {"dense", "embedding"})
      if (r.has(summary)) r.error(summary, "a model says either its shape, [[tables]] and [[block]], or a summary, [dense] and [embedding]");
    for (auto t : r.tables("tables")) read_tables(t, m);
    for (auto& t : r.tables_by_id("block")) read_block(t, m);
    if (m.blocks.empty()) r.error("block", "a model with [[tables]] needs at least one [[block]]");
    return;
  }
  r.also_knows({"block", "tables"});
  Reader dense = r.table("dense"), embedding = r.table("embedding");
  auto& s = m.summary;
  s.flop_per_candidate = dense.uncertain<Flop>("flop_per_candidate", kPositive);
  s.parameters = dense.number("parameters", kPositive);
  s.tables = embedding.quantity<Bytes>("tables", kNotNegative);
  s.lookups = embedding.uncertain<double>("lookups", kNotNegative);
  s.row = embedding.quantity<Bytes>("row", kNotNegative);
  s.cached = embedding.number("cached", kFraction);
  for (Reader* t : {&dense, &embedding}) t->factual(), t->done();
}

// Tables of one dimension: their rows as a list, and how many of each are looked up.
void Loader::read_tables(Reader& r, RecModel& m) {
  r.text("id", "");
  EmbeddingTable t;
  t.dim = r.integer("dim", 1);
  t.side = r.choice("per", {"candidate", "request"}, "candidate") == "request" ? Side::request : Side::candidate;
  t.pooled = r.flag("pooled", true);
  t.skew = r.number("skew", {0, 4, "between 0 and 4"}, 0);
  const auto rows = r.numbers("rows"), lookups = r.numbers("lookups");
  if (rows.empty()) r.error("rows", "\"rows\" is empty (expected the rows of each table, such as [40000000, 39060])");
  if (!lookups.empty() && lookups.size() != rows.size())
    r.error("lookups", "\"lookups\" holds " + std::to_string(lookups.size()) + " values (expected " + std::to_string(rows.size()) + ", one for each of \"rows\")");
  for (const double n : rows)
    if (!(n >= 1)) { r.error("rows", "a table has at least one row"); break; }
  for (const double n : lookups)
    if (!(n >= 0)) { r.error("lookups", "a table is looked up at least 0 times"); break; }
  for (size_t i = 0; i < rows.size(); ++i) {
    t.rows = rows[i], t.lookups = i < lookups.size() ? lookups[i] : 1;
    m.tables.push_back(t);
  }
  r.factual();
  r.done();
}

void Loader::read_block(Reader& r, RecModel& m) {
  DenseBlock b;
  b.id = r.text("id");
  b.kind = r.one_of<BlockKind>("kind", kBlockKinds, "");
  const std::string kind = kBlockKinds[static_cast<size_t>(b.kind)];
  b.side = r.choice("per", {"candidate", "request"}, "candidate") == "request" ? Side::request : Side::candidate;
  if (!r.has("kind") || r.value("kind")->text != kind) {  // refused: what it needs is not known
    r.also_knows({"widths", "width", "layers", "rank", "tokens", "heads", "queries", "ffn", "projections", "source", "confidence", "note"});
    return r.done();
  }
  const bool cross = kind == "cross", dot = kind == "dot", attention = kind == "attention", mixing = kind == "mixing";
  if (kind == "mlp") {
    for (const double w : r.numbers("widths")) b.widths.push_back(w >= 1 && w <= 1e9 ? static_cast<int>(w) : 0);
    if (b.widths.size() < 2 || std::count(b.widths.begin(), b.widths.end(), 0) > 0)
      r.error("widths", "\"widths\" of an mlp are at least two whole numbers, its input first, such as [13, 512, 256, 128]");
    b.tokens = r.integer("tokens", 1, 1);
  } else {
    b.width = r.integer("width", 1);
  }
  if (cross || attention || mixing) b.layers = r.integer("layers", 1, 1);
  if (cross) b.rank = r.integer("rank", 1);
  if (dot || attention || mixing) b.tokens = r.integer("tokens", 1);
  if (mixing) b.ffn = r.integer("ffn", 1);
  if (attention) {
    b.heads = r.integer("heads", 1, 1);
    b.queries = r.integer("queries", 0, 0), b.ffn = r.integer("ffn", 0, 0);
    b.projections = r.integer("projections", 4, 4);
    if (b.heads > 0 && b.width % b.heads != 0) r.error("heads", "width " + std::to_string(b.width) + " does not divide by heads " + std::to_string(b.heads));
  }
  r.factual();
  r.done();
  m.blocks.push_back(std::move(b));
}

}  // namespace capmix::scenario
