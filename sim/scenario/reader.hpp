// Typed access to one table. A Reader remembers which keys were asked for; done() reports the others. A
// problem is recorded and a neutral value returned (0, "", the epoch), so that one pass finds every problem of
// a file; a check of several values leaves neutral ones alone. Private to the room scenario.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/draw.hpp"
#include "base/unit.hpp"
#include "model/provenance.hpp"
#include "scenario/value.hpp"

namespace capmix::scenario {

// What all readers of one load share.
struct Context {
  Diagnostics problems;
  std::vector<Fact> facts;
  std::vector<std::string> uncertain;    // paths of the inputs that are ranges
  std::vector<std::string> notes;        // what `check` says of good input besides: what was done to what was recorded
  std::optional<double> cny_per_usd;
};

// Bounds of a number, in base units.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  const char* text = "";  // "between 0 and 1"
};
inline constexpr Bounds kAny{};
inline constexpr Bounds kFraction{0, 1, "between 0 and 1"};
inline constexpr Bounds kPart{std::numeric_limits<double>::min(), 1, "greater than 0 and at most 1"};
inline constexpr Bounds kPositive{std::numeric_limits<double>::min(), std::numeric_limits<double>::infinity(), "greater than 0"};
inline constexpr Bounds kNotNegative{0, std::numeric_limits<double>::infinity(), "at least 0"};

// A text with its place, for references.
struct Ref {
  std::string text;
  Place place;
  bool overridden = false;  // it stands there by an override
};

class Reader {
 public:
  // `subject` is the file's name in overrides and facts ("chips/h200-sxm"); `path` the table's in it ("memory").
  // Without a table the Reader stands for one that is missing or broken, and complains no further.
  Reader(Context& context, const Value* table, std::string file, std::string subject, std::string path = "");

  bool absent() const { return absent_; }
  bool has(const std::string& key) const { return table_->find(key) != nullptr; }
  const std::string& file() const { return file_; }
  const std::string& subject() const { return subject_; }
  std::string stream(const std::string& key) const { return subject_ + ":" + joined(key); }
  Place place() const;                        // of the table
  Place place(const std::string& key) const;  // of the key's value, or of the table when it has none
  Context& context() const { return *context_; }

  std::string text(const std::string& key);                        // required, not empty
  std::string text(const std::string& key, const std::string& otherwise);
  int integer(const std::string& key, int low, std::optional<int> otherwise = {});
  bool flag(const std::string& key, bool otherwise);
  double number(const std::string& key, Bounds bounds, std::optional<double> otherwise = {});
  Date date(const std::string& key, std::optional<Date> otherwise = {});
  Ref ref(const std::string& key);                                  // required text with its place
  std::vector<Ref> list(const std::string& key);                    // of texts; absent: empty
  // The path that a text of this table names: relative to the file that says it, which with `extends` may be another one. What an override puts here is
  // relative to the file that it changes.
  std::string resolved(const Ref& ref) const;
  std::vector<double> numbers(const std::string& key);              // absent: empty
  std::string choice(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise);
  // The value of an enumeration whose `words` stand in its order; `count`: only the first ones may be said.
  template <class E, size_t N>
  E one_of(const std::string& key, const char* const (&words)[N], const std::string& otherwise, size_t count = N) {
    const std::vector<std::string> list(words, words + count);
    return static_cast<E>(std::find(list.begin(), list.end(), choice(key, list, otherwise)) - list.begin());
  }

  // A fixed quantity of Q's dimension (Days: a duration).
  template <class Q>
  Q quantity(const std::string& key, Bounds bounds = kPositive, std::optional<Q> otherwise = {}) {
    const auto u = uncertain<Q>(key, bounds, otherwise ? std::optional<Uncertain<Q>>(Uncertain<Q>(*otherwise)) : std::nullopt);
    if (!u.fixed()) error(key, "\"" + key + "\" must be one value, not a range");
    return u.mode;
  }
  // A value, or { low, mode, high, shape }. Q: a Quantity, double, Days or Date.
  template <class Q>
  Uncertain<Q> uncertain(const std::string& key, Bounds bounds = kAny, std::optional<Uncertain<Q>> otherwise = {}) {
    const Value* node = find(key);
    if (node == nullptr) {
      if (otherwise) return *otherwise;
      missing(key);
      return Uncertain<Q>();
    }
    Range r = range(key, *node, measure_of<Q>(), bounds);
    Uncertain<Q> u(detail::cooked<Q>(r.low), detail::cooked<Q>(r.mode), detail::cooked<Q>(r.high), stream(key));
    u.shape = r.shape;
    if (!u.fixed()) context_->uncertain.push_back(stream(key));
    return u;
  }

  // What stands at a key, for values of more than one kind; nullptr when nothing does.
  const Value* value(const std::string& key) const { return table_->find(key); }

  // A list of ids, each alone or as { task = "shell", fraction = 0.6 }.
  struct Dependency { Ref task; double fraction = 1; };
  std::vector<Dependency> dependencies(const std::string& key);
  // Words that this table knows though it did not ask for them, for suggestions and so that they are no error.
  void also_knows(const std::vector<std::string>& keys) { asked_.insert(keys.begin(), keys.end()); }

  // A sub-table; an empty one (with a problem when `required`) if it is absent.
  Reader table(const std::string& key, bool required = true);
  // An array of tables, each addressed in paths by its `id` (or its position when it has none). Duplicate ids
  // are a problem. In the order of the file, or of the ids: permuting the tables of a file changes nothing.
  std::vector<Reader> tables(const std::string& key);
  std::vector<Reader> tables_by_id(const std::string& key);
  // Keys of this table that were not asked for yet, for tables whose keys are ids. Marks them as asked for.
  std::vector<std::string> ids();

  // The table must say `source` and `confidence`; its leaves become facts. Sub-tables with their own source
  // speak for themselves.
  void factual();
  // Reports every key that was never asked for.
  void done();

  // A problem at the key's value, or at the table when it has none.
  void error(const std::string& key, const std::string& message);

 private:
  struct Measure { Dimension dimension; bool duration = false, date = false; };
  struct Range { double low = 0, mode = 0, high = 0; Shape shape = Shape::pert; };
  template <class Q>
  static Measure measure_of() {
    if constexpr (std::is_same_v<Q, Days>) return {{}, true, false};
    else if constexpr (std::is_same_v<Q, Date>) return {{}, false, true};
    else return {DimensionOf<Q>::value, false, false};
  }
  const Value* find(const std::string& key);
  void missing(const std::string& key);
  void wrong_type(const std::string& key, const std::string& expected);
  std::optional<double> scalar(const Value& node, const Measure& measure);
  std::optional<double> bounded(const std::string& key, const Value& node, const Measure& measure, const Bounds& bounds);
  Range range(const std::string& key, const Value& node, const Measure& measure, Bounds bounds);
  std::string joined(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  void collect(const Value& table, const std::string& path, const Fact& like, const Value& source);

  Context* context_;
  const Value* table_;
  std::string file_, subject_, path_;
  std::set<std::string> asked_;
  bool absent_ = false;
};

}  // namespace capmix::scenario
