#include "analysis/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace capmix::analysis {
namespace {

constexpr size_t kGap = 2;            // spaces between columns
constexpr size_t kShortestName = 20;  // names are cut down to this before a table is cut into blocks

constexpr double kLongest = 9999.5;    // numbers of more than four digits take a prefix

std::string cut(const std::string& text, size_t width) {
  if (columns(text) <= width) return text;
  size_t bytes = 0, seen = 0;
  while (bytes < text.size() && seen < width - 2) {
    ++bytes, ++seen;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) ++bytes;
  }
  return text.substr(0, bytes) + "..";
}

std::string padded(const std::string& text, size_t width, bool left) {
  const size_t used = columns(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return left ? text + space : space + text;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

int decimals_for(double scaled) { return scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2; }

}  // namespace

Scale scale_for(double greatest) {
  static const char* const prefix[] = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
  double scaled = std::fabs(greatest);
  if (!std::isfinite(scaled) || scaled < kLongest) return {1, "", std::isfinite(scaled) && scaled != std::floor(scaled) ? decimals_for(scaled) : 0};
  size_t power = 0;
  double factor = 1;
  while (scaled >= kLongest && power < 8) scaled /= 1000, factor *= 1000, ++power;
  return {factor, prefix[power], scaled >= 999.5 ? 0 : scaled >= 99.95 ? 1 : 2};
}

Scale token_scale(double greatest) { return greatest >= 1e12 ? Scale{1e12, "T", decimals_for(greatest / 1e12)} : scale_for(greatest); }

Scale money_scale(double greatest) {
  const double a = std::fabs(greatest);
  if (a >= 0.9995e9) return {1e9, "bn", 2};
  if (a >= 0.9995e6) return {1e6, "m", decimals_for(a / 1e6)};
  if (a >= kLongest) return {1e3, "k", 1};
  return {1, "", 0};
}

std::string number(double value, const Scale& scale, const std::string& infinite) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return infinite;
  const double scaled = value / scale.factor;
  const std::string text = fmt::format("{:.{}f}", scaled, scale.decimals);
  return text.find_first_not_of("-0.") == std::string::npos && text[0] == '-' ? text.substr(1) : text;
}

std::string fixed(double value, int decimals) { return number(value, {1, "", decimals}); }

std::string with_sign(double value, const Scale& scale) {
  const std::string text = number(value, scale);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value > 0 && !zero && std::isfinite(value) ? "+" + text : text;
}

std::string count(int64_t n, const std::string& noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string scaled_unit(const Scale& scale, const std::string& unit) { return scale.prefix.empty() ? unit : scale.prefix + " " + unit; }

std::string usd_unit(const Scale& scale) { return scale.prefix.empty() ? "USD" : "USD " + scale.prefix; }

std::string joined(const std::vector<std::string>& items, const std::string& between) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : between) + item;
  return out;
}

std::string heading(const std::string& text, char under) { return "\n" + text + "\n" + std::string(columns(text), under) + "\n"; }

size_t columns(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string wrap(const std::string& text, int width, int indent) {
  std::istringstream words(text);
  std::string out, line;
  const std::string space(static_cast<size_t>(indent), ' ');
  for (std::string word; words >> word;) {
    if (line.empty()) {
      line = word;
    } else if (columns(line) + 1 + columns(word) > static_cast<size_t>(width)) {
      out += line + "\n";
      line = space + word;
    } else {
      line += " " + word;
    }
  }
  return out + line + "\n";
}

void TextTable::column(const std::string& head, bool left) {
  Column c{{}, left};
  std::istringstream lines(head);
  for (std::string line; std::getline(lines, line);) {
    c.width = std::max(c.width, analysis::columns(line));
    c.head.push_back(line);
  }
  columns_.push_back(std::move(c));
}

void TextTable::row(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("a table row has another number of cells than columns");
  for (size_t i = 0; i < cells.size(); ++i) columns_[i].width = std::max(columns_[i].width, analysis::columns(cells[i]));
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(int width) const {
  const size_t limit = static_cast<size_t>(std::max(width, 20));
  size_t all = 0;
  for (size_t i = 1; i < columns_.size(); ++i) all += kGap + columns_[i].width;
  size_t name = columns_.front().width;
  const size_t room = all < limit ? limit - all : 0;
  if (name > room) name = std::min(name, room >= kShortestName ? room : limit * 2 / 5);
  std::string out;
  size_t begin = 1;
  do {
    size_t end = begin, used = name;
    while (end < columns_.size() && (end == begin || used + kGap + columns_[end].width <= limit))
      used += kGap + columns_[end++].width;
    out += (out.empty() ? "" : "\n") + block(begin, end, name);
    begin = end;
  } while (begin < columns_.size());
  return out;
}

std::string TextTable::block(size_t begin, size_t end, size_t name_width) const {
  std::vector<size_t> shown{0};
  for (size_t i = begin; i < end; ++i) shown.push_back(i);
  size_t height = 0, total = 0;
  for (const size_t i : shown) {
    height = std::max(height, columns_[i].head.size());
    total += (i ? kGap + columns_[i].width : name_width);
  }
  const auto line = [&](const auto& cell) {
    std::string text;
    for (const size_t i : shown) {
      const size_t width = i ? columns_[i].width : name_width;
      text += (i ? std::string(kGap, ' ') : "") + padded(cut(cell(i), width), width, columns_[i].left);
    }
    return trimmed(text) + "\n";
  };
  std::string out;
  for (size_t h = 0; h < height; ++h)
    out += line([&](size_t i) {
      const auto& head = columns_[i].head;
      const size_t skip = height - head.size();
      return h < skip ? std::string() : head[h - skip];
    });
  out += std::string(total, '-') + "\n";
  for (const auto& r : rows_) out += line([&](size_t i) { return r[i]; });
  return out;
}

}  // namespace capmix::analysis
