#include "scenario/reader.hpp"

#include <algorithm>
#include <sstream>

namespace capmix::scenario {
namespace {

const toml::table kEmpty;

std::string quoted(const std::string& s) { return "\"" + s + "\""; }

}  // namespace

std::string to_text(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  std::ostringstream out;
  node.visit([&](const auto& n) { out << n; });
  std::string text = out.str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Reader::Reader(Context& context, const toml::table& table, std::string file, std::string subject, std::string path)
    : context_(&context), table_(&table), file_(std::move(file)), subject_(std::move(subject)), path_(std::move(path)) {}

Place Reader::place_of(const toml::node& node) const {
  const auto& source = node.source();
  const bool known = source.begin.line > 0;
  return {known && source.path && !source.path->empty() ? *source.path : file_, known ? static_cast<int>(source.begin.line) : 0,
          known ? static_cast<int>(source.begin.column) : 0};
}

Place Reader::place() const { return place_of(*table_); }

Place Reader::place(const std::string& key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? place() : place_of(*node);
}

const toml::node* Reader::find(const std::string& key) {
  asked_.insert(key);
  return table_->get(key);
}

void Reader::missing(const std::string& key) {
  if (absent_) return;
  context_->problems.add(place(), "missing key " + quoted(key) + (path_.empty() ? "" : " in " + quoted(path_)));
}

void Reader::wrong_type(const std::string& key, const char* expected) {
  error(key, quoted(key) + " is " + quoted(to_text(*table_->get(key))) + " (expected " + expected + ")");
}

std::string Reader::text(const std::string& key) {
  const toml::node* node = find(key);
  if (node == nullptr) return missing(key), "";
  const auto* s = node->as_string();
  if (s == nullptr || s->get().empty()) return wrong_type(key, "a text"), "";
  return s->get();
}

std::string Reader::text(const std::string& key, const std::string& otherwise) {
  asked_.insert(key);
  return has(key) ? text(key) : otherwise;
}

int Reader::integer(const std::string& key, int low, std::optional<int> otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    if (!otherwise) missing(key);
    return otherwise.value_or(low);
  }
  const auto* i = node->as_integer();
  if (i == nullptr || i->get() < low || i->get() > std::numeric_limits<int>::max()) {
    wrong_type(key, ("a whole number of at least " + std::to_string(low)).c_str());
    return low;
  }
  return static_cast<int>(i->get());
}

bool Reader::flag(const std::string& key, bool otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  const auto* b = node->as_boolean();
  if (b == nullptr) return wrong_type(key, "true or false"), otherwise;
  return b->get();
}

double Reader::number(const std::string& key, Bounds bounds, std::optional<double> otherwise) {
  return quantity<double>(key, bounds, otherwise);
}

Date Reader::date(const std::string& key, std::optional<Date> otherwise) { return quantity<Date>(key, kAny, otherwise); }

std::vector<std::string> Reader::list(const std::string& key) {
  std::vector<std::string> out;
  const toml::node* node = find(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) return wrong_type(key, "a list of texts"), out;
  for (const auto& item : *array) {
    if (const auto* s = item.as_string()) out.push_back(s->get());
    else context_->problems.add(place_of(item), quoted(key) + " holds " + quoted(to_text(item)) + " (expected a text)");
  }
  return out;
}

std::vector<double> Reader::numbers(const std::string& key) {
  std::vector<double> out;
  const toml::node* node = find(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) return wrong_type(key, "a list of numbers"), out;
  for (const auto& item : *array) {
    const auto v = item.value<double>();
    if (v && *v >= 0) out.push_back(*v);
    else context_->problems.add(place_of(item), quoted(key) + " holds " + quoted(to_text(item)) + " (expected a number of at least 0)");
  }
  return out;
}

std::string Reader::choice(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
  const std::string word = otherwise.empty() ? text(key) : text(key, otherwise);
  if (word.empty() || std::count(words.begin(), words.end(), word) > 0) return word.empty() ? words.front() : word;
  std::string known;
  for (const auto& w : words) known += (known.empty() ? "" : ", ") + w;
  const std::string near = nearest(word, words);
  error(key, "unknown " + key + " " + quoted(word) + " (expected " + known + ")" + (near.empty() ? "" : "; did you mean " + quoted(near) + "?"));
  return words.front();
}

std::optional<double> Reader::scalar(const toml::node& node, const Kind& kind) {
  const auto fail = [&](const std::string& message) {
    context_->problems.add(place_of(node), message);
    return std::nullopt;
  };
  const std::string expected = kind.date ? "a date, such as 2026-01-31"
                               : kind.duration ? "a calendar duration, such as \"13.5 months\""
                                               : describe(kind.dimension);
  if (kind.date) {
    const auto* d = node.as_date();
    if (d == nullptr) return fail(quoted(to_text(node)) + " is not a date (expected " + expected + ")");
    return detail::raw(Date::of(d->get().year, d->get().month, d->get().day));
  }
  if (const auto* s = node.as_string()) {
    const auto r = kind.duration ? parse_duration(s->get()) : parse_quantity(s->get(), kind.dimension, context_->cny_per_usd);
    if (!r.ok) return fail(r.problem);
    return r.value;
  }
  const bool plain = !kind.duration && kind.dimension == Dimension{};
  if (node.is_number() && plain && std::isfinite(*node.value<double>())) return *node.value<double>();
  if (node.is_number() && !plain) return fail("bare number " + to_text(node) + " where a unit is due (expected " + expected + ")");
  return fail(quoted(to_text(node)) + " is not a quantity (expected " + expected + ")");
}

Reader::Range Reader::range(const std::string& key, const toml::node& node, const Kind& kind, Bounds bounds) {
  Range r;
  const auto check = [&](const toml::node& n, double v) {
    if (v < bounds.low || v > bounds.high)
      context_->problems.add(place_of(n), quoted(key) + " is " + to_text(n) + " (expected a value " + bounds.text + ")");
  };
  const auto* parts = node.as_table();
  if (parts == nullptr) {
    const auto v = scalar(node, kind);
    if (v) check(node, *v);
    r.low = r.mode = r.high = v.value_or(0);
    return r;
  }
  Reader inner(*context_, *parts, file_, subject_, joined(key));
  const std::pair<const char*, double*> wanted[] = {{"low", &r.low}, {"mode", &r.mode}, {"high", &r.high}};
  bool whole = true;
  for (const auto& [name, slot] : wanted) {
    const toml::node* n = inner.find(name);
    if (n == nullptr) {
      inner.missing(name), whole = false;
    } else if (const auto v = scalar(*n, kind)) {
      check(*n, *slot = *v);
    } else {
      whole = false;
    }
  }
  const std::string shape = inner.choice("shape", {"pert", "triangular", "uniform"}, "pert");
  r.shape = shape == "uniform" ? Shape::uniform : shape == "triangular" ? Shape::triangular : Shape::pert;
  inner.done();
  if (whole && !(r.low <= r.mode && r.mode <= r.high)) {
    error(key, quoted(key) + " has low, mode and high out of order (expected low <= mode <= high)");
    r.low = r.high = r.mode;
  }
  return r;
}

bool Reader::is_number(const std::string& key, const std::string& inner) const {
  const auto* t = table_->get(key) == nullptr ? nullptr : table_->get(key)->as_table();
  return t != nullptr && t->get(inner) != nullptr && t->get(inner)->is_number();
}

std::string Reader::written(const std::string& key) const {
  const toml::node& node = *table_->get(key);
  return node.is_string() ? quoted(to_text(node)) : to_text(node);
}

std::vector<Reader::Dependency> Reader::dependencies(const std::string& key) {
  std::vector<Dependency> out;
  const toml::node* node = find(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) return wrong_type(key, "a list of tasks"), out;
  for (const auto& item : *array) {
    Dependency d;
    d.place = place_of(item);
    if (const auto* s = item.as_string()) {
      d.task = s->get();
    } else if (const auto* t = item.as_table()) {
      Reader inner(*context_, *t, file_, subject_, joined(key));
      d.task = inner.text("task");
      d.fraction = inner.number("fraction", kFraction, 1.0);
      inner.done();
    } else {
      context_->problems.add(d.place, quoted(key) + " holds " + quoted(to_text(item)) + " (expected a task, or { task = ..., fraction = ... })");
      continue;
    }
    out.push_back(std::move(d));
  }
  return out;
}

Reader Reader::table(const std::string& key, bool required) {
  const toml::node* node = find(key);
  if (node != nullptr && node->is_table()) return Reader(*context_, *node->as_table(), file_, subject_, joined(key));
  if (node != nullptr) wrong_type(key, "a table");
  else if (required) missing(key);
  Reader absent(*context_, kEmpty, file_, subject_, joined(key));
  absent.absent_ = true;
  return absent;
}

std::vector<Reader> Reader::tables(const std::string& key) {
  std::vector<Reader> out;
  const toml::node* node = find(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) return wrong_type(key, ("tables, each headed [[" + joined(key) + "]]").c_str()), out;
  std::set<std::string> seen;
  int position = 0;
  for (const auto& item : *array) {
    ++position;
    const auto* t = item.as_table();
    if (t == nullptr) {
      context_->problems.add(place_of(item), quoted(key) + " holds " + quoted(to_text(item)) + " (expected a table)");
      continue;
    }
    const std::string id = t->get("id") != nullptr && t->get("id")->is_string() ? t->get("id")->as_string()->get() : std::to_string(position);
    if (!seen.insert(id).second) context_->problems.add(place_of(item), "a second " + key + " has the id " + quoted(id));
    out.emplace_back(*context_, *t, file_, subject_, joined(key) + "." + id);
  }
  return out;
}

std::vector<std::string> Reader::ids() {
  std::vector<std::string> out;
  for (const auto& [key, node] : *table_)
    if (asked_.insert(std::string(key.str())).second) out.emplace_back(key.str());
  return out;
}

void Reader::collect(const toml::table& table, const std::string& path, const Fact& like) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == "source" || name == "confidence" || name == "note" || name == "id" || name == "name") continue;
    const auto* t = node.as_table();
    if (t != nullptr && t->contains("source")) continue;
    if (node.is_array_of_tables() && !node.as_array()->empty() && node.as_array()->get(0)->as_table()->contains("source")) continue;
    const std::string full = path.empty() ? name : path + "." + name;
    if (t != nullptr && !t->contains("mode")) {
      collect(*t, full, like);
      continue;
    }
    Fact fact = like;
    fact.path = full, fact.value = to_text(node), fact.place = place_of(node);
    context_->facts.push_back(std::move(fact));
  }
}

void Reader::factual() {
  if (absent_) return;
  Fact like;
  like.subject = subject_;
  like.source = text("source");
  const std::string word = choice("confidence", {"verified", "vendor", "press", "assumption"}, "");
  like.confidence = word == "verified" ? Confidence::verified : word == "vendor" ? Confidence::vendor
                    : word == "press"  ? Confidence::press : Confidence::assumption;
  like.note = text("note", "");
  collect(*table_, path_, like);
}

void Reader::done() {
  if (absent_) return;
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (const auto& [key, node] : *table_) {
    const std::string name(key.str());
    if (asked_.count(name) > 0) continue;
    const auto& source = key.source();
    const Place p = source.begin.line > 0 ? Place{source.path && !source.path->empty() ? *source.path : file_,
                                                  static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)}
                                          : place_of(node);
    const std::string near = nearest(name, known);
    context_->problems.add(p, "unknown key " + quoted(name) + (near.empty() ? "" : "; did you mean " + quoted(near) + "?"));
  }
}

}  // namespace capmix::scenario
