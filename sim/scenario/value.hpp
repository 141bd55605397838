// A parsed TOML document as a plain tree, every node with its place in the file. Only value.cpp sees toml++:
// its nodes forget their place when they are copied, and its headers are heavy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/diagnostic.hpp"

namespace capmix::scenario {

struct Value {
  enum class Kind { table, array, text, integer, real, flag, date, other };  // other: times of day
  Kind kind = Kind::table;
  Place place;               // of the value
  std::string key;           // in its table
  Place key_place;
  std::string text;          // a text itself; other scalars as written
  double number = 0;         // integer and real; flag: 0 or 1
  Date date;
  std::vector<Value> items;  // of a table, in the order of the file, or of an array
  bool overridden = false;   // put here by an override, or part of what one put here
  int depth = 0;             // of the file that says it along `extends`: 0 the file itself, 1 the one that it extends

  bool is(Kind k) const { return kind == k; }
  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  const Value* find(const std::string& name) const;  // in a table; nullptr when absent
  Value* find(const std::string& name);
  // What an element of an array of tables is called in paths: its `id`, or its `year`; "" when it has neither.
  std::string id() const;
};

// A text in quotes, with what must be escaped escaped.
std::string quoted(const std::string& text);
// As TOML on one line.
std::string written(const Value& value);
// The same, but a text at the top without its quotes: for messages and facts.
std::string shown(const Value& value);

// The table that `text` holds. Nothing, and a problem at its line and column in `file`, when it is not TOML.
std::optional<Value> parse(const std::string& text, const std::string& file, Diagnostics& problems);

}  // namespace capmix::scenario
