#include "base/unit.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix {
namespace {

struct Unit {
  const char* name;
  double factor;
  Dimension dimension;
  bool prefixed;  // takes k, M, G, T, P, E, Z
};

constexpr Dimension kNone{0, 0, 0, 0, 0}, kTime{1, 0, 0, 0, 0}, kFlop{0, 1, 0, 0, 0}, kByte{0, 0, 1, 0, 0},
    kEnergy{0, 0, 0, 1, 0}, kPower{-1, 0, 0, 1, 0}, kMoney{0, 0, 0, 0, 1};

const std::vector<Unit>& units() {
  static const std::vector<Unit> table{
      {"s", 1, kTime, false},       {"ms", 1e-3, kTime, false},   {"us", 1e-6, kTime, false},
      {"ns", 1e-9, kTime, false},   {"min", 60, kTime, false},    {"h", 3600, kTime, false},
      {"day", 86400, kTime, false}, {"year", 365.2425 * 86400, kTime, false},
      {"FLOP", 1, kFlop, true},     {"OP", 1, kFlop, true},       {"B", 1, kByte, true},
      {"bit", 0.125, kByte, true},  {"KiB", 0x1p10, kByte, false}, {"MiB", 0x1p20, kByte, false},
      {"GiB", 0x1p30, kByte, false}, {"TiB", 0x1p40, kByte, false}, {"W", 1, kPower, true},
      {"J", 1, kEnergy, true},      {"Wh", 3600, kEnergy, true},  {"requests", 1, kNone, false},
      {"request", 1, kNone, false}, {"tokens", 1, kNone, false},  {"%", 0.01, kNone, false},
  };
  return table;
}

constexpr std::pair<char, double> kPrefixes[] = {{'k', 1e3}, {'M', 1e6}, {'G', 1e9}, {'T', 1e12},
                                                 {'P', 1e15}, {'E', 1e18}, {'Z', 1e21}};

bool find_unit(const std::string& name, double& factor, Dimension& dimension) {
  for (const auto& u : units()) {
    if (name == u.name) return factor = u.factor, dimension = u.dimension, true;
    if (!u.prefixed || name.size() != std::string(u.name).size() + 1 || name.substr(1) != u.name) continue;
    for (const auto& [letter, scale] : kPrefixes)
      if (name[0] == letter) return factor = scale * u.factor, dimension = u.dimension, true;
  }
  return false;
}

std::vector<std::string> unit_names(const Dimension& want) {
  std::vector<std::string> out;
  const bool rate = want[0] < 0 && want[3] == 0;  // per second
  for (const auto& u : units()) {
    Dimension d = u.dimension;
    std::string tail;
    if (rate) --d[0], tail = "/s";
    if (d != want) continue;
    out.push_back(u.name + tail);
    if (u.prefixed)
      for (const auto& [letter, scale] : kPrefixes) out.push_back(std::string(1, letter) + u.name + tail);
  }
  return out;
}

// Splits "USD 14bn/MW" and "4.8 TB/s" into amount, currency and unit.
struct Parts {
  double amount = 0;
  std::string currency, unit;
  bool ok = false;
};

Parts split(const std::string& text) {
  Parts p;
  size_t i = 0;
  const auto skip = [&] { while (i < text.size() && text[i] == ' ') ++i; };
  skip();
  if (text.compare(i, 3, "USD") == 0 || text.compare(i, 3, "CNY") == 0) p.currency = text.substr(i, 3), i += 3;
  skip();
  const char* begin = text.c_str() + i;
  char* end = nullptr;
  p.amount = std::strtod(begin, &end);
  const bool plain = std::find_if(begin, static_cast<const char*>(end), [](unsigned char c) { return std::isalpha(c) && c != 'e' && c != 'E'; }) == end;
  if (end == begin || !plain) return p;  // no "inf", "nan" or hexadecimal
  i += static_cast<size_t>(end - begin);
  skip();
  if (!p.currency.empty()) {
    for (const auto& [word, scale] : {std::pair{"bn", 1e9}, {"m", 1e6}, {"k", 1e3}}) {
      const size_t n = std::string(word).size();
      if (text.compare(i, n, word) == 0) {
        p.amount *= scale, i += n;
        break;
      }
    }
  }
  p.unit = text.substr(i);
  while (!p.unit.empty() && p.unit.back() == ' ') p.unit.pop_back();
  p.ok = std::isfinite(p.amount);
  return p;
}

UnitResult problem(std::string text) {
  UnitResult r;
  r.problem = std::move(text);
  return r;
}

}  // namespace

std::string describe(const Dimension& d) {
  struct Name { Dimension d; const char* text; };
  static const Name names[] = {
      {kTime, "a time, such as \"80 ms\" or \"24 h\""},
      {kFlop, "an amount of work, such as \"4 GFLOP\""},
      {{-1, 1, 0, 0, 0}, "a compute rate, such as \"989.5 TFLOP/s\""},
      {kByte, "a size, such as \"141 GB\""},
      {{-1, 0, 1, 0, 0}, "a bandwidth, such as \"4.8 TB/s\" or \"400 Gbit/s\""},
      {kPower, "a power, such as \"200 MW\""},
      {kEnergy, "an energy, such as \"5 kWh\""},
      {kMoney, "an amount of money, such as \"USD 14bn\""},
      {{1, 0, 0, -1, 1}, "a price of power, such as \"USD 3.5m/MW\""},
      {{0, -1, 0, 0, 1}, "a price of work, such as \"USD 0.6/EFLOP\""},
      {{0, 0, 0, -1, 1}, "a price of energy, such as \"USD 0.08/kWh\""},
      {{-1, 0, 0, 0, 0}, "a rate, such as \"400000 requests/s\""},
      {kNone, "a number, such as 0.7 or \"70 %\""},
  };
  for (const auto& n : names)
    if (n.d == d) return n.text;
  return "a quantity of another dimension";
}

UnitResult parse_quantity(const std::string& text, const Dimension& want, std::optional<double> cny_per_usd) {
  const Parts p = split(text);
  if (!p.ok) return problem("\"" + text + "\" is not a quantity (expected " + describe(want) + ")");
  Dimension have = kNone;
  double value = p.amount;
  if (!p.currency.empty()) {
    have = kMoney;
    if (p.currency == "CNY") {
      if (!cny_per_usd) return problem("\"" + text + "\" needs a stated exchange rate (add cny_per_usd to the study)");
      value /= *cny_per_usd;
    }
  }
  // "TB/s", "/MW" after a currency, or "" for a bare amount of money.
  std::string rest = p.unit;
  int sign = p.currency.empty() ? 1 : -1;
  if (sign < 0 && !rest.empty()) {
    if (rest[0] != '/') return problem("unknown multiplier \"" + rest + "\" in \"" + text + "\" (expected k, m or bn)");
    rest.erase(0, 1);
  }
  if (sign > 0 && rest.empty() && want != kNone)
    return problem("\"" + text + "\" has no unit (expected " + describe(want) + ")");
  if (!rest.empty() && rest.back() == '/') rest += "?";  // "4 TB/": a unit is missing
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    std::string name = rest.substr(0, slash);
    double factor = 0;
    Dimension d{};
    if (!find_unit(name, factor, d)) {
      return problem("unknown unit \"" + p.unit + "\" (expected " + describe(want) + ")" + did_you_mean(p.unit, unit_names(want)));
    }
    value = sign > 0 ? value * factor : value / factor;
    for (size_t k = 0; k < d.size(); ++k) have[k] += sign * d[k];
    sign = -1;
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
  }
  if (have != want) {
    return problem("\"" + text + "\" has the wrong dimension (expected " + describe(want) + ")" + did_you_mean(p.unit, unit_names(want)));
  }
  return {true, value, {}};
}

UnitResult parse_duration(const std::string& text) {
  const Parts p = split(text);
  const std::string expected = "a calendar duration, such as \"13.5 months\" or \"90 days\"";
  if (!p.ok || !p.currency.empty()) return problem("\"" + text + "\" is not a duration (expected " + expected + ")");
  for (const auto& [name, days] : {std::pair{"day", 1.0}, {"week", 7.0}, {"month", kDaysPerMonth},
                                   {"year", 12 * kDaysPerMonth}}) {
    if (p.unit == name || p.unit == std::string(name) + "s") return {true, p.amount * days, {}};
  }
  return problem((p.unit.empty() ? "\"" + text + "\" has no unit" : "unknown unit \"" + p.unit + "\"") +
                 " (expected " + expected + ")" + did_you_mean(p.unit, {"days", "weeks", "months", "years"}));
}

std::string si(double value, const std::string& unit) {
  static const char* const prefix[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"};
  int power = 3;
  double scaled = std::fabs(value);
  if (scaled > 0 && std::isfinite(scaled)) {
    while (scaled >= 999.5 && power < 11) scaled /= 1000, ++power;
    while (scaled < 0.9995 && power > 0) scaled *= 1000, --power;
  }
  const int decimals = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%s%.*f %s%s", value < 0 ? "-" : "", decimals, scaled, prefix[power], unit.c_str());
  return buffer;
}

std::string si_counted(double value, const std::string& unit) {
  const double size = std::fabs(value);
  if (size <= 0 || size >= 0.9995) return si(value, unit);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%#.3g %s", value, unit.c_str());
  return buffer;
}

std::string money(Usd amount) {
  const double v = amount.value(), a = std::fabs(v);
  char buffer[64];
  if (a >= 0.9995e9) std::snprintf(buffer, sizeof buffer, "USD %.2fbn", v / 1e9);
  else if (a >= 0.9995e6) std::snprintf(buffer, sizeof buffer, "USD %.1fm", v / 1e6);
  else if (a >= 0.9995e3) std::snprintf(buffer, sizeof buffer, "USD %.1fk", v / 1e3);
  else std::snprintf(buffer, sizeof buffer, "USD %.2f", v);
  return buffer;
}

}  // namespace capmix
