#include "scenario/files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace capmix::scenario {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 8;  // files along `extends`

bool list_of_tables(const Value& v) {
  return v.is(Value::Kind::array) && !v.items.empty() &&
         std::all_of(v.items.begin(), v.items.end(), [](const Value& i) { return i.is(Value::Kind::table) && !i.id().empty(); });
}

bool list(const Value& v) {
  return v.is(Value::Kind::array) && !v.items.empty() && std::all_of(v.items.begin(), v.items.end(), [](const Value& i) { return i.is(Value::Kind::table); });
}

bool same_name(const Value& a, const Value& b, bool table) { return table ? a.key == b.key : a.id() == b.id(); }

// Adds to `own` all that `base` has and it lacks: tables in depth, arrays of tables by their ids. An uncertain
// quantity is one value, not a table to be merged.
void merge(Value& own, const Value& base) {
  const bool table = own.is(Value::Kind::table);
  for (const auto& item : base.items) {
    const auto mine = std::find_if(own.items.begin(), own.items.end(), [&](const Value& v) { return same_name(v, item, table); });
    if (mine == own.items.end()) own.items.push_back(item);
    else if (mine->is(Value::Kind::table) && item.is(Value::Kind::table) && mine->find("mode") == nullptr) merge(*mine, item);
    else if (list_of_tables(*mine) && list_of_tables(item)) merge(*mine, item);
  }
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(path);
  for (std::string part; std::getline(in, part, '.');) out.push_back(part);
  return out;
}

std::optional<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

// A command line's value: TOML, or else a plain text.
Value value_of(const std::string& text, const Place& place) {
  Diagnostics ignored;
  Value out;
  const auto table = parse("value = " + text, "", ignored);
  if (table && table->items.size() == 1) out = table->items.front();
  else out.kind = Value::Kind::text, out.text = text;
  const auto settle = [&](const auto& self, Value& v) -> void {
    v.place = v.key_place = place;
    for (auto& item : v.items) self(self, item);
  };
  settle(settle, out);
  return out;
}

// "subject:path" into its parts; false when it has no such form.
bool name(const std::string& text, Override& out) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return false;
  out.subject = text.substr(0, colon);
  out.path = split(text.substr(colon + 1));
  return std::count(out.path.begin(), out.path.end(), "") == 0;
}

void mark_overridden(Value& v) {
  v.overridden = true;
  for (auto& item : v.items) mark_overridden(item);
}

void deepen(Value& v) {
  ++v.depth;
  for (auto& item : v.items) deepen(item);
}

constexpr const char* kForm = "(expected subject:path=value, such as 'chips/h200-sxm:memory.bandwidth=4 TB/s')";

// One step down an override's path. A table that is not there yet is made: if the schema does not know it,
// its reader says so and suggests a key. nullptr, after a problem, where there is nothing to step into.
Value* step(Value& node, const std::string& name, const Place& place, Diagnostics& problems) {
  if (node.is(Value::Kind::table)) {
    if (Value* found = node.find(name)) return found;
    Value made;
    made.key = name, made.place = made.key_place = place, made.overridden = true;
    node.items.push_back(std::move(made));
    return &node.items.back();
  }
  std::vector<std::string> ids;
  for (size_t i = 0; i < node.items.size(); ++i) {  // by id; what has none, by its place
    Value& item = node.items[i];
    ids.push_back(item.id().empty() ? std::to_string(i + 1) : item.id());
    if (ids.back() == name) return &item;
  }
  problems.add(place, "there is no \"" + name + "\"" + did_you_mean(name, ids));
  return nullptr;
}

}  // namespace

void Files::add_overrides(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const size_t equals = text.find('=');
    Override o;
    if (equals == std::string::npos || equals + 1 == text.size() || !name(text.substr(0, equals), o)) {
      problems_->add({"override", 0, 0}, "\"" + text + "\" is not an override " + kForm);
      continue;
    }
    o.place = {"override " + text.substr(0, equals), 0, 0};
    o.value = value_of(text.substr(equals + 1), o.place);
    overrides_.push_back(std::move(o));
  }
}

void Files::add_overrides(const Value& table) {
  for (const auto& item : table.items) {
    Override o;
    if (!name(item.key, o)) {
      problems_->add(item.key_place, "\"" + item.key + "\" is not an override " + kForm);
      continue;
    }
    o.place = item.key_place, o.value = item;
    overrides_.push_back(std::move(o));
  }
}

bool Files::keep(const std::string& path) {
  const auto text = text_of(path);
  if (text) texts_[path] = *text;
  return text.has_value();
}

const Value* Files::raw(const std::string& path, const Place& from) {
  const auto known = raw_.find(path);
  if (known != raw_.end() && known->second) return known->second.get();
  auto& slot = raw_[path];
  const auto text = text_of(path);
  if (!text) {
    if (from.file.empty()) problems_->add({path, 0, 0}, "cannot be read");
    else problems_->add(from, "cannot read " + path + did_you_mean(stem(path), stems_in(fs::path(path).parent_path().string())));
    return nullptr;
  }
  texts_[path] = *text;
  if (auto table = parse(*text, path, *problems_)) slot = std::make_unique<Value>(std::move(*table));
  return slot.get();
}

// False when something that it extends is broken.
bool Files::extend(Value& table, const std::string& path, int depth) {
  const Value* extends = table.find("extends");
  if (extends == nullptr || !extends->is(Value::Kind::text)) return true;
  const Value base = *extends;
  table.items.erase(std::find_if(table.items.begin(), table.items.end(), [](const Value& v) { return v.key == "extends"; }));
  if (depth > kDeepest) return problems_->add(base.place, "\"extends\" goes round in a circle, or more than 8 files deep"), false;
  const std::string file = beside(path, base.text + ".toml");
  const Value* found = raw(file, base.place);
  if (found == nullptr) return false;
  Value parent = *found;
  if (!extend(parent, file, depth + 1)) return false;
  if (!leave_out(table, parent)) return false;
  deepen(parent);
  merge(table, parent);
  return true;
}

// `without = ["mix"]`: keys of the extended file that are not taken over, such as a list that would only grow.
bool Files::leave_out(Value& table, Value& parent) {
  const auto without = std::find_if(table.items.begin(), table.items.end(), [](const Value& v) { return v.key == "without"; });
  if (without == table.items.end()) return true;
  const bool list = without->is(Value::Kind::array) && std::all_of(without->items.begin(), without->items.end(), [](const Value& v) { return v.is(Value::Kind::text); });
  if (!list) return problems_->add(without->place, "\"without\" must be a list of keys of the extended file, such as [\"mix\"]"), false;
  std::vector<std::string> keys;
  for (const auto& item : parent.items) keys.push_back(item.key);
  bool ok = true;
  for (const auto& name : without->items) {
    const auto at = std::find_if(parent.items.begin(), parent.items.end(), [&](const Value& v) { return v.key == name.text; });
    if (at != parent.items.end()) parent.items.erase(at);
    else problems_->add(name.place, "the extended file has no \"" + name.text + "\"" + did_you_mean(name.text, keys)), ok = false;
  }
  table.items.erase(without);
  return ok;
}

void Files::apply(Value& table, const std::string& subject) {
  for (auto& o : overrides_) {
    if (o.subject != subject) continue;
    o.used = true;
    Value* node = &table;
    for (size_t i = 0; i < o.path.size() && node != nullptr; ++i) {
      const bool container = node->is(Value::Kind::table) || list(*node);
      if (!container) problems_->add(o.place, "\"" + o.path[i - 1] + "\" is " + shown(*node) + ", not a table with a key \"" + o.path[i] + "\"");
      node = container ? step(*node, o.path[i], o.place, *problems_) : nullptr;
    }
    if (node == nullptr) continue;
    const std::string key = node->key;
    const Place key_place = node->key_place;
    *node = o.value;
    node->key = key, node->key_place = key_place;
    mark_overridden(*node);
  }
}

const Value* Files::read(const std::string& path, const std::string& subject, const Place& from) {
  const std::string name = subject + "|" + path;
  const auto known = read_.find(name);
  if (known != read_.end() && known->second) return known->second.get();
  auto& slot = read_[name];
  auto table = merged(path, from);
  if (!table) return nullptr;
  subjects_.push_back(subject);
  apply(*table, subject);
  slot = std::make_unique<Value>(std::move(*table));
  return slot.get();
}

std::optional<Value> Files::merged(const std::string& path, const Place& from) {
  const Value* found = raw(path, from);
  if (found == nullptr) return std::nullopt;
  Value table = *found;
  if (!extend(table, path, 0)) return std::nullopt;
  return table;
}

std::string Files::origin(const std::string& path) {
  std::string at = path;
  for (int depth = 0; depth <= kDeepest; ++depth) {
    const auto known = raw_.find(at);
    const Value* extends = known == raw_.end() || !known->second ? nullptr : known->second->find("extends");
    if (extends == nullptr || !extends->is(Value::Kind::text)) break;
    at = beside(at, extends->text + ".toml");
  }
  return at;
}

void Files::finish() {
  for (const auto& [name, table] : read_)
    if (!table) return;
  for (const auto& o : overrides_)
    if (!o.used) problems_->add(o.place, "this study reads no \"" + o.subject + "\"" + did_you_mean(o.subject, subjects_));
}

std::vector<InputText> Files::inputs() const {
  std::vector<InputText> out;
  for (const auto& [path, text] : texts_) out.push_back({path, text});
  return out;
}

void settle_paths(Value& item, const std::string& study) {
  static const std::vector<std::string> paths{"study:platform", "study:workloads", "study:porting", "study:porting_log", "study:claims"};
  if (item.place.file == study || std::count(paths.begin(), paths.end(), item.key) == 0) return;
  const auto settle = [&](Value& v) {
    if (v.is(Value::Kind::text) && !v.text.empty()) v.text = fs::absolute(beside(item.place.file, v.text)).lexically_normal().string();
  };
  settle(item);
  for (auto& v : item.items) settle(v);
}

std::string beside(const std::string& file, const std::string& path) {
  if (fs::path(path).is_absolute()) return path;
  return (fs::path(file).parent_path() / path).lexically_normal().string();
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

std::vector<std::string> stems_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored))
    if (entry.path().extension() == ".toml") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace capmix::scenario
