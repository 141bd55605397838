#include "scenario/files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace capmix::scenario {
namespace {

namespace fs = std::filesystem;

toml::table parse_text(const std::string& text, const std::string& name) { return toml::parse(text, name); }

// Adds every key of `base` that `own` lacks; tables are merged in depth. Nodes are moved: a copy would forget
// the place in the file that it came from.
void merge(toml::table& own, toml::table& base) {
  for (auto&& [key, node] : base) {
    toml::node* mine = own.get(key.str());
    if (mine == nullptr) {
      node.visit([&](auto& n) { own.insert(key, std::move(n)); });
    } else if (mine->is_table() && node.is_table()) {
      merge(*mine->as_table(), *node.as_table());
    }
  }
}

// The value of an override: TOML, or else a plain text.
toml::table parse_value(const std::string& value, const std::string& where) {
  try {
    return parse_text("v = " + value, where);
  } catch (const toml::parse_error&) {
    std::string escaped;
    for (const char c : value) escaped += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
    return parse_text("v = \"" + escaped + "\"", where);
  }
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(path);
  for (std::string part; std::getline(in, part, '.');) out.push_back(part);
  return out;
}

std::vector<std::string> keys_of(const toml::node& node) {
  std::vector<std::string> out;
  if (const auto* t = node.as_table()) {
    for (const auto& [key, value] : *t) out.emplace_back(key.str());
  } else if (const auto* a = node.as_array()) {
    for (const auto& item : *a)
      if (const auto* t = item.as_table(); t != nullptr && t->contains("id")) out.push_back(to_text(*t->get("id")));
  }
  return out;
}

// One step down an override's path: a table's key, or the element of an array of tables with that id.
toml::node* step(toml::node& node, const std::string& name) {
  if (auto* t = node.as_table()) return t->get(name);
  if (auto* a = node.as_array()) {
    for (auto& item : *a)
      if (auto* t = item.as_table(); t != nullptr && t->contains("id") && to_text(*t->get("id")) == name) return &item;
  }
  return nullptr;
}

}  // namespace

Override parse_override(const std::string& text) {
  const size_t colon = text.find(':'), equals = text.find('=', colon == std::string::npos ? 0 : colon);
  if (colon == std::string::npos || equals == std::string::npos || colon == 0 || equals == colon + 1 || equals + 1 == text.size())
    throw InputError("\"" + text + "\" is not an override (expected subject:path=value, such as 'chips/h200-sxm:memory.bandwidth=\"4 TB/s\"')");
  const auto trim = [](std::string s) {
    s.erase(0, s.find_first_not_of(" \""));
    s.erase(s.find_last_not_of(" \"") + 1);
    return s;
  };
  Override o;
  o.subject = trim(text.substr(0, colon));
  o.path = trim(text.substr(colon + 1, equals - colon - 1));
  o.value = text.substr(equals + 1);
  o.where = "override " + o.subject + ":" + o.path;
  return o;
}

void Files::add_overrides(const std::vector<std::string>& texts) {
  for (const auto& t : texts) overrides_.push_back(parse_override(t));
}

toml::table Files::parse(const std::string& path, const Place& from) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || fs::is_directory(path)) {
    problems_->add(from.file.empty() ? Place{path, 0, 0} : from, from.file.empty() ? "cannot be read" : "cannot read " + path);
    return {};
  }
  texts_[path] = text.str();
  try {
    return parse_text(text.str(), path);
  } catch (const toml::parse_error& e) {
    problems_->add({path, static_cast<int>(e.source().begin.line), static_cast<int>(e.source().begin.column)},
                   "not TOML: " + std::string(e.description()));
    return {};
  }
}

void Files::extend(toml::table& table, const std::string& path, int depth) {
  toml::node* base = table.get("extends");
  if (base == nullptr || !base->is_string()) return;
  const auto& source = base->source();
  const Place place{path, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
  const std::string id = base->as_string()->get();
  table.erase("extends");
  if (depth > 8) return problems_->add(place, "\"extends\" goes round in a circle or more than 8 files deep");
  const std::string file = beside(path, id + ".toml");
  toml::table parent = parse(file, place);
  extend(parent, file, depth + 1);
  merge(table, parent);
}

void Files::apply(toml::table& table, const std::string& subject) {
  for (auto& o : overrides_) {
    if (o.subject != subject) continue;
    o.used = true;
    auto parts = split(o.path);
    toml::node* node = &table;
    for (size_t i = 0; i + 1 < parts.size() && node != nullptr; ++i) {
      toml::node* next = step(*node, parts[i]);
      if (next == nullptr) {
        const std::string near = nearest(parts[i], keys_of(*node));
        problems_->add({o.where, 0, 0}, "there is no \"" + parts[i] + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
      }
      node = next;
    }
    if (node == nullptr) continue;
    auto* parent = node->as_table();
    if (parent == nullptr || parts.empty()) {
      problems_->add({o.where, 0, 0}, "does not name a key of a table");
      continue;
    }
    toml::table value = parse_value(o.value, o.where);
    value.get("v")->visit([&](auto& n) { parent->insert_or_assign(parts.back(), std::move(n)); });
  }
}

const toml::table& Files::read(const std::string& path, const std::string& subject, const Place& from) {
  auto& slot = parsed_[subject + "|" + path];
  if (!slot) {
    toml::table table = parse(path, from);
    extend(table, path, 0);
    subjects_.push_back(subject);
    apply(table, subject);
    slot = std::make_unique<toml::table>(std::move(table));
  }
  return *slot;
}

void Files::finish() {
  for (const auto& o : overrides_) {
    if (o.used) continue;
    const std::string near = nearest(o.subject, subjects_);
    problems_->add({o.where, 0, 0}, "this study reads no \"" + o.subject + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
}

std::vector<InputText> Files::inputs() const {
  std::vector<InputText> out;
  for (const auto& [path, text] : texts_) out.push_back({path, text});
  return out;
}

std::string beside(const std::string& file, const std::string& path) {
  if (fs::path(path).is_absolute()) return path;
  return (fs::path(file).parent_path() / path).lexically_normal().string();
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

}  // namespace capmix::scenario
