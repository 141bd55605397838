// Plain text for terminals: numbers with a shared scale, tables that never exceed a width, wrapped sentences.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace capmix::analysis {

// A factor that all numbers of a column share, so that they can be compared by eye.
struct Scale {
  double factor = 1;
  std::string prefix;  // "", "k", "M", "G", "T", "P", "E", "Z", "Y"
  int decimals = 0;    // chosen so that the greatest value has three significant digits or more
};
// For values up to `greatest` in magnitude. Up to four digits keep their units.
Scale scale_for(double greatest);
// For training tokens: T (10^12) from there on, as campaigns are quoted.
Scale token_scale(double greatest);
// For amounts of money: "", "k", "m" or "bn".
Scale money_scale(double greatest);
// Scaled and rounded; "-" for NaN, `infinite` for an infinite value.
std::string number(double value, const Scale& scale, const std::string& infinite = "-");
std::string fixed(double value, int decimals);  // "-" for NaN and inf
std::string with_sign(double value, const Scale& scale);  // "+1.2", "-0.3", "0.0" without a sign

std::string scaled_unit(const Scale& scale, const std::string& unit);  // "k chips", or "chips" without a prefix
std::string usd_unit(const Scale& scale);                              // "USD bn", or "USD"

std::string count(int64_t n, const std::string& noun);  // "1 draw", "16 draws"
std::string joined(const std::vector<std::string>& items, const std::string& between = ", ");
// The name of the one with that id, or the id.
template <class List>
std::string name_of(const List& list, const std::string& id) {
  for (const auto& x : list)
    if (x.id == id) return x.name;
  return id;
}

// An empty line, the text, and a line under it.
std::string heading(const std::string& text, char under = '-');

// Columns of a terminal that a UTF-8 text takes, at one per code point.
size_t columns(const std::string& text);
// Breaks at spaces so that no line exceeds `width`; lines after the first start with `indent` spaces.
std::string wrap(const std::string& text, int width, int indent = 0);

// A table with right-aligned numbers. The first column holds names. A table that is too wide is cut between
// columns into blocks, each with its names; a name that is too long is cut.
class TextTable {
 public:
  // `head`: lines of the header, separated by '\n'; bottom-aligned.
  explicit TextTable(const std::string& name_head) { column(name_head, true); }
  void column(const std::string& head, bool left = false);
  void row(std::vector<std::string> cells);  // as many as there are columns
  std::string text(int width) const;

 private:
  struct Column {
    std::vector<std::string> head;
    bool left = false;
    size_t width = 0;
  };
  std::string block(size_t begin, size_t end, size_t name_width) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace capmix::analysis
