// What the readers of measurements share: one row of a table by the names of its columns, and entries of the catalogue
// by the names that published tables give them. What a row says wrong is thrown as its reason (std::invalid_argument).
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/id.hpp"
#include "import/csv.hpp"

namespace capmix::step {

inline std::string lower(const std::string& s) {
  std::string out = s;
  std::transform(s.begin(), s.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Without case, blanks and punctuation, so that "DeepSeekV3" and "DeepSeek-V3" are one name.
inline std::string plain(const std::string& s) {
  std::string out;
  for (const char c : lower(s)) if (c != ' ' && c != '_' && c != '-' && c != '.') out += c;
  return out;
}

class Row {
 public:
  Row(const import::CsvTable& table, const import::CsvRow& row) : table_(table), row_(row) {}
  std::string text(const char* name) const {
    const int c = table_.column(name);
    return c < 0 || static_cast<size_t>(c) >= row_.fields.size() ? "" : row_.fields[static_cast<size_t>(c)];
  }
  bool has(const char* name) const { return !text(name).empty(); }
  bool notes(const std::string& what) const { return text("notes").find(what) != std::string::npos; }
  // What stands there is refused: throws with the row's reason.
  [[noreturn]] void refuse(const char* name, const std::string& expected) const {
    throw std::invalid_argument(std::string(name) + " is \"" + text(name) + "\" (expected " + expected + ")");
  }
  // `otherwise` when blank.
  double number(const char* name, double otherwise = 0) const {
    const std::string t = text(name);
    if (t.empty()) return otherwise;
    char* end = nullptr;
    const double v = std::strtod(t.c_str(), &end);
    if (*end != '\0' || !std::isfinite(v)) throw std::invalid_argument(std::string(name) + " is \"" + t + "\", not a number");
    return v;
  }
  double positive(const char* name, double otherwise = 0) const {
    const double v = number(name, otherwise);
    if (has(name) && v <= 0) refuse(name, "more than 0");
    return v;
  }
  int within(const char* name, int low, int high, int otherwise) const {
    if (!has(name)) return otherwise;
    const double v = number(name);
    if (v != std::floor(v) || v < low || v > high) refuse(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return static_cast<int>(v);
  }
  // Blank: `otherwise`, or, below 0, refused.
  double between(const char* name, double low, double high, double otherwise) const {
    const std::string t = text(name);
    if (t.empty() && otherwise >= 0) return otherwise;
    char* end = nullptr;
    const double v = std::strtod(t.c_str(), &end);
    if (t.empty() || *end != '\0' || !std::isfinite(v) || v < low || v > high) refuse(name, "a number from " + shown(low) + " to " + shown(high));
    return v;
  }
  int required(const char* name, int high) const {
    if (!has(name)) throw std::invalid_argument(std::string(name) + " is blank");
    return within(name, 1, high, 0);
  }
  // One of the words, in small letters; "" when blank.
  std::string word(const char* name, const std::vector<std::string>& words) const {
    const std::string w = lower(text(name));
    if (w.empty() || std::find(words.begin(), words.end(), w) != words.end()) return w;
    std::string list;
    for (size_t i = 0; i < words.size(); ++i) list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    throw std::invalid_argument(std::string(name) + " is \"" + text(name) + "\" (expected " + list + ")" + (w.size() > 1 ? did_you_mean(w, words) : ""));
  }

  // Throws where the row is not as wide as the header: it cannot be said which column a value belongs to.
  void check_width() const {
    const size_t fields = row_.fields.size(), columns = table_.header.size();
    if (fields != columns) throw std::invalid_argument("the row has " + std::to_string(fields) + " fields (expected " + std::to_string(columns) + ", as in the header)");
  }

 private:
  static std::string shown(double x) {
    std::string s = std::to_string(x);
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
    return s;
  }
  const import::CsvTable& table_;
  const import::CsvRow& row_;
};

// Adds a problem for each of the columns that the header lacks; true when there is none.
inline bool has_columns(const import::CsvTable& table, const std::vector<const char*>& names, Diagnostics& problems) {
  bool all = true;
  for (const char* name : names)
    if (table.column(name) < 0) problems.add({table.file, 1, 0}, std::string("the header lacks the column \"") + name + "\""), all = false;
  return all;
}

// What every kind of case is called by.
template <class C>
void read_names(const Row& r, C& c) {
  c.id = r.text("case_id"), c.group = r.text("group"), c.hardware = r.text("hw"), c.model_name = r.text("model"), c.unit = r.text("unit");
  c.suspect = r.has("suspect");
}

template <class C>
void assume(C& c, const std::string& what) { c.assumed += (c.assumed.empty() ? "" : "; ") + what; }

// The chip as a row ran it: at the power limit in its column "watts", if it says one, which its hardware's name then does too.
inline Chip as_run(const Chip& chip, const Row& r, std::string& hardware) {
  Chip out = chip;
  if (!r.has("watts")) return out;
  out.tdp = Watts(r.positive("watts"));
  if (out.tdp > chip.tdp) r.refuse("watts", "at most the chip's " + std::to_string(std::lround(chip.tdp.value())));
  hardware += " at " + std::to_string(std::lround(out.tdp.value())) + " W";
  return out;
}

// Throws when `found` is none.
template <class T>
const T& in_catalogue(const T* found, const char* kind, const std::string& name) {
  if (found == nullptr) throw std::invalid_argument(std::string("no such ") + kind + " in the catalogue: \"" + name + "\"");
  return *found;
}

// The entry with the longest alias that `name` begins with.
template <class T>
const T* by_alias(const Table<T>& table, const std::string& name, std::string (*form)(const std::string&)) {
  const T* best = nullptr;
  size_t length = 0;
  const std::string wanted = form(name);
  for (const auto& entry : table)
    for (const auto& alias : entry.aliases)
      if (const auto a = form(alias); a.size() > length && wanted.rfind(a, 0) == 0) best = &entry, length = a.size();
  return best;
}

}  // namespace capmix::step
