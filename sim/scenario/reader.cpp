#include "scenario/reader.hpp"

#include <algorithm>

#include "scenario/files.hpp"

namespace capmix::scenario {
namespace {

using Kind = Value::Kind;

const Value kEmpty;

bool says_source(const Value& v) {
  return v.find("source") != nullptr || (v.is(Kind::array) && !v.items.empty() && v.items.front().find("source") != nullptr);
}

}  // namespace

Reader::Reader(Context& context, const Value* table, std::string file, std::string subject, std::string path)
    : context_(&context), table_(table == nullptr ? &kEmpty : table), file_(std::move(file)), subject_(std::move(subject)),
      path_(std::move(path)), absent_(table == nullptr) {}

Place Reader::place() const { return table_->place.file.empty() ? Place{file_, 0, 0} : table_->place; }

Place Reader::place(const std::string& key) const {
  const Value* node = table_->find(key);
  return node == nullptr ? place() : node->place;
}

const Value* Reader::find(const std::string& key) {
  asked_.insert(key);
  return table_->find(key);
}

void Reader::missing(const std::string& key) {
  if (absent_) return;
  context_->problems.add(place(), "missing key " + quoted(key) + (path_.empty() ? "" : " in " + quoted(path_)));
}

void Reader::error(const std::string& key, const std::string& message) {
  if (!absent_) context_->problems.add(place(key), message);
}

void Reader::wrong_type(const std::string& key, const std::string& expected) {
  error(key, quoted(key) + " is " + quoted(shown(*table_->find(key))) + " (expected " + expected + ")");
}

Ref Reader::ref(const std::string& key) {
  const Value* node = find(key);
  if (node == nullptr) return missing(key), Ref{"", place()};
  if (!node->is(Kind::text) || node->text.empty()) return wrong_type(key, "a text that is not empty"), Ref{"", node->place};
  const auto control = [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; };
  if (std::any_of(node->text.begin(), node->text.end(), control)) return error(key, quoted(key) + " holds a control character"), Ref{"", node->place};
  return {node->text, node->place, node->overridden};
}

std::string Reader::resolved(const Ref& ref) const { return beside(ref.overridden || ref.place.file.empty() ? file_ : ref.place.file, ref.text); }

std::string Reader::text(const std::string& key) { return ref(key).text; }

std::string Reader::text(const std::string& key, const std::string& otherwise) {
  asked_.insert(key);
  return has(key) ? text(key) : otherwise;
}

int Reader::integer(const std::string& key, int low, std::optional<int> otherwise) {
  const Value* node = find(key);
  if (node == nullptr) {
    if (!otherwise) missing(key);
    return otherwise.value_or(0);
  }
  if (!node->is(Kind::integer) || node->number < low || node->number > std::numeric_limits<int>::max()) {
    wrong_type(key, "a whole number of at least " + std::to_string(low));
    return 0;
  }
  return static_cast<int>(node->number);
}

bool Reader::flag(const std::string& key, bool otherwise) {
  const Value* node = find(key);
  if (node == nullptr) return otherwise;
  if (!node->is(Kind::flag)) return wrong_type(key, "true or false"), otherwise;
  return node->number != 0;
}

double Reader::number(const std::string& key, Bounds bounds, std::optional<double> otherwise) {
  return quantity<double>(key, bounds, otherwise);
}

Date Reader::date(const std::string& key, std::optional<Date> otherwise) { return quantity<Date>(key, kAny, otherwise); }

std::vector<Ref> Reader::list(const std::string& key) {
  std::vector<Ref> out;
  const Value* node = find(key);
  if (node == nullptr) return out;
  if (!node->is(Kind::array)) return wrong_type(key, "a list of texts"), out;
  for (const auto& item : node->items) {
    const bool again = std::any_of(out.begin(), out.end(), [&](const Ref& r) { return r.text == item.text; });
    if (item.is(Kind::text) && again) context_->problems.add(item.place, quoted(key) + " holds " + quoted(item.text) + " twice");
    else if (item.is(Kind::text)) out.push_back({item.text, item.place, item.overridden});
    else context_->problems.add(item.place, quoted(key) + " holds " + quoted(shown(item)) + " (expected a text)");
  }
  return out;
}

std::vector<double> Reader::numbers(const std::string& key) {
  std::vector<double> out;
  const Value* node = find(key);
  if (node == nullptr) return out;
  if (!node->is(Kind::array)) return wrong_type(key, "a list of numbers"), out;
  for (const auto& item : node->items) {
    const bool good = item.is_number() && std::isfinite(item.number) && item.number >= 0;
    out.push_back(good ? item.number : 0);
    if (!good) context_->problems.add(item.place, quoted(key) + " holds " + quoted(shown(item)) + " (expected a number of at least 0)");
  }
  return out;
}

std::string Reader::choice(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
  const std::string word = otherwise.empty() ? text(key) : text(key, otherwise);
  if (word.empty() || std::count(words.begin(), words.end(), word) > 0) return word.empty() ? words.front() : word;
  std::string known;
  for (const auto& w : words) known += (known.empty() ? "" : ", ") + w;
  error(key, "unknown " + key + " " + quoted(word) + " (expected " + known + ")" + did_you_mean(word, words));
  return words.front();
}

std::optional<double> Reader::scalar(const Value& node, const Measure& measure) {
  const auto fail = [&](const std::string& message) {
    context_->problems.add(node.place, message);
    return std::nullopt;
  };
  const std::string expected = measure.date ? "a date, such as 2026-01-31"
                               : measure.duration ? "a calendar duration, such as \"13.5 months\""
                                                  : describe(measure.dimension);
  if (measure.date) {
    if (!node.is(Kind::date)) return fail(quoted(shown(node)) + " is not a date (expected " + expected + (node.is(Kind::text) ? ", without quotes)" : ")"));
    return detail::raw(node.date);
  }
  if (node.is(Kind::text)) {
    const auto r = measure.duration ? parse_duration(node.text) : parse_quantity(node.text, measure.dimension, context_->cny_per_usd);
    if (!r.ok) return fail(r.problem);
    return r.value;
  }
  const bool plain = !measure.duration && measure.dimension == Dimension{};
  if (node.is_number() && plain && std::isfinite(node.number)) return node.number;
  if (node.is_number() && !plain) return fail("bare number " + shown(node) + " where a unit is due (expected " + expected + ")");
  return fail(quoted(shown(node)) + " is not a quantity (expected " + expected + ")");
}

// A scalar inside its bounds; nothing, after a problem, otherwise.
std::optional<double> Reader::bounded(const std::string& key, const Value& node, const Measure& measure, const Bounds& bounds) {
  const auto v = scalar(node, measure);
  if (!v || (*v >= bounds.low && *v <= bounds.high)) return v;
  context_->problems.add(node.place, quoted(key) + " is " + shown(node) + " (expected a value " + bounds.text + ")");
  return std::nullopt;
}

Reader::Range Reader::range(const std::string& key, const Value& node, const Measure& measure, Bounds bounds) {
  Range r;
  if (!node.is(Kind::table)) {
    r.low = r.mode = r.high = bounded(key, node, measure, bounds).value_or(0);
    return r;
  }
  Reader inner(*context_, &node, file_, subject_, joined(key));
  const std::pair<const char*, double*> wanted[] = {{"low", &r.low}, {"mode", &r.mode}, {"high", &r.high}};
  bool whole = true;
  for (const auto& [name, slot] : wanted) {
    const Value* n = inner.find(name);
    if (n == nullptr) inner.missing(name);
    const auto v = n == nullptr ? std::nullopt : bounded(key, *n, measure, bounds);
    *slot = v.value_or(0), whole = whole && v;
  }
  const std::string shape = inner.choice("shape", {"pert", "triangular", "uniform"}, "pert");
  r.shape = shape == "uniform" ? Shape::uniform : shape == "triangular" ? Shape::triangular : Shape::pert;
  inner.done();
  const bool ordered = r.low <= r.mode && r.mode <= r.high;
  if (whole && !ordered) error(key, quoted(key) + " has low, mode and high out of order (expected low <= mode <= high)");
  if (!whole || !ordered) r.low = r.mode = r.high = 0;
  return r;
}

std::vector<Reader::Dependency> Reader::dependencies(const std::string& key) {
  std::vector<Dependency> out;
  const Value* node = find(key);
  if (node == nullptr) return out;
  if (!node->is(Kind::array)) return wrong_type(key, "a list of tasks"), out;
  for (const auto& item : node->items) {
    Dependency d;
    d.task = {item.text, item.place};
    if (item.is(Kind::table)) {
      Reader inner(*context_, &item, file_, subject_, joined(key));
      d.task = inner.ref("task");
      d.fraction = inner.number("fraction", kFraction, 1.0);
      inner.done();
    } else if (!item.is(Kind::text)) {
      context_->problems.add(item.place, quoted(key) + " holds " + quoted(shown(item)) + " (expected a task, or { task = ..., fraction = ... })");
      continue;
    }
    if (!d.task.text.empty()) out.push_back(std::move(d));
  }
  return out;
}

Reader Reader::table(const std::string& key, bool required) {
  const Value* node = find(key);
  if (node == nullptr && required) missing(key);
  if (node != nullptr && !node->is(Kind::table)) wrong_type(key, "a table"), node = nullptr;
  return Reader(*context_, node, file_, subject_, joined(key));
}

std::vector<Reader> Reader::tables(const std::string& key) {
  std::vector<Reader> out;
  const Value* node = find(key);
  if (node == nullptr) return out;
  if (!node->is(Kind::array)) return wrong_type(key, "tables, each headed [[" + key + "]]"), out;
  std::map<std::string, int> lines;  // of the ids so far
  for (const auto& item : node->items) {
    if (!item.is(Kind::table)) {
      context_->problems.add(item.place, quoted(key) + " holds " + quoted(shown(item)) + " (expected a table)");
      continue;
    }
    const std::string id = item.id().empty() ? std::to_string(out.size() + 1) : item.id();
    const auto [first, fresh] = lines.emplace(id, item.place.line);
    if (!fresh) context_->problems.add(item.place, "a second " + key + " has the id " + quoted(id) + " (the first is at line " + std::to_string(first->second) + ")");
    out.emplace_back(*context_, &item, file_, subject_, joined(key) + "." + id);
  }
  return out;
}

std::vector<Reader> Reader::tables_by_id(const std::string& key) {
  auto out = tables(key);
  std::stable_sort(out.begin(), out.end(), [](const Reader& a, const Reader& b) { return a.table_->id() < b.table_->id(); });
  return out;
}

std::vector<std::string> Reader::ids() {
  std::vector<std::string> out;
  for (const auto& item : table_->items)
    if (asked_.insert(item.key).second) out.push_back(item.key);
  std::sort(out.begin(), out.end());
  return out;
}

// One fact per value below `table`, except where a table speaks for itself. `source` is the table's own: a
// value that an override or an extending file put beside a source that it inherited is not what that source
// says.
void Reader::collect(const Value& table, const std::string& path, const Fact& like, const Value& source) {
  static const std::set<std::string> no_fact{"source", "confidence", "note", "id", "name"};
  for (const auto& item : table.items) {
    const bool element = table.is(Kind::array);
    const std::string name = element ? item.id() : item.key;
    const bool is_id = name == "year" && item.is(Kind::integer);
    if (no_fact.count(name) > 0 || is_id || says_source(item)) continue;
    const std::string full = path.empty() ? name : path + "." + name;
    const bool tables = item.is(Kind::array) && !item.items.empty() && !item.items.front().id().empty();
    if (tables || (item.is(Kind::table) && item.find("mode") == nullptr)) {
      collect(item, full, like, source);
      continue;
    }
    Fact fact = like;
    fact.path = full, fact.value = shown(item), fact.place = item.place;
    const bool changed = (item.overridden && !source.overridden) || item.depth < source.depth;
    if (changed) fact.source = "changed: " + item.place.text(), fact.confidence = Confidence::assumption, fact.note.clear();
    context_->facts.push_back(std::move(fact));
  }
}

void Reader::factual() {
  if (absent_) return;
  Fact like;
  like.subject = subject_;
  like.source = text("source");
  const std::vector<std::string> words{"verified", "vendor", "press", "assumption"};
  const auto at = std::find(words.begin(), words.end(), choice("confidence", words, ""));
  like.confidence = static_cast<Confidence>(at - words.begin());
  like.note = text("note", "");
  if (const Value* source = table_->find("source")) collect(*table_, path_, like, *source);
}

void Reader::done() {
  if (absent_) return;
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (const auto& item : table_->items)
    if (asked_.count(item.key) == 0) context_->problems.add(item.key_place, "unknown key " + quoted(item.key) + did_you_mean(item.key, known));
}

}  // namespace capmix::scenario
