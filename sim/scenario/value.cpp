#include "scenario/value.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <tuple>

namespace capmix::scenario {
namespace {

Place place_of(const toml::source_region& region, const std::string& file) {
  return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

// The shortest digits that read back as the same number.
std::string digits(double v) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  return std::string(buffer, end);
}

Value convert(const toml::node& node, const std::string& file);

void fill_table(Value& out, const toml::table& table, const std::string& file) {
  for (const auto& [key, node] : table) {
    Value item = convert(node, file);
    item.key = std::string(key.str());
    item.key_place = place_of(key.source(), file);
    out.items.push_back(std::move(item));
  }
  const auto at = [](const Value& v) { return std::tie(v.key_place.line, v.key_place.column); };
  std::stable_sort(out.items.begin(), out.items.end(), [&](const Value& a, const Value& b) { return at(a) < at(b); });
}

Value convert(const toml::node& node, const std::string& file) {
  using Kind = Value::Kind;
  Value out;
  out.place = place_of(node.source(), file);
  if (const auto* table = node.as_table()) {
    fill_table(out, *table, file);
  } else if (const auto* array = node.as_array()) {
    out.kind = Kind::array;
    for (const auto& item : *array) out.items.push_back(convert(item, file));
  } else if (const auto* text = node.as_string()) {
    out.kind = Kind::text, out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = Kind::integer, out.number = static_cast<double>(integer->get()), out.text = std::to_string(integer->get());
  } else if (const auto* real = node.as_floating_point()) {
    out.kind = Kind::real, out.number = real->get(), out.text = digits(real->get());
  } else if (const auto* flag = node.as_boolean()) {
    out.kind = Kind::flag, out.number = flag->get() ? 1 : 0, out.text = flag->get() ? "true" : "false";
  } else if (const auto* date = node.as_date()) {
    out.kind = Kind::date, out.date = Date::of(date->get().year, date->get().month, date->get().day);
    out.text = out.date.text();
  } else {
    std::ostringstream text;
    node.visit([&](const auto& n) { text << n; });
    out.kind = Kind::other, out.text = text.str();
  }
  return out;
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out + "\"";
}

const Value* Value::find(const std::string& name) const {
  if (kind != Kind::table) return nullptr;
  const auto at = std::find_if(items.begin(), items.end(), [&](const Value& v) { return v.key == name; });
  return at == items.end() ? nullptr : &*at;
}

Value* Value::find(const std::string& name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

std::string Value::id() const {
  for (const char* name : {"id", "year"})
    if (const Value* v = find(name); v != nullptr && (v->is(Kind::text) || v->is(Kind::integer))) return v->text;
  return "";
}

std::string written(const Value& value) {
  if (value.is(Value::Kind::text)) return quoted(value.text);
  if (!value.is(Value::Kind::table) && !value.is(Value::Kind::array)) return value.text;
  const bool table = value.is(Value::Kind::table);
  std::string out;
  for (const auto& item : value.items) {
    const bool bare = item.key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
    out += (out.empty() ? "" : ", ") + (table ? (bare ? item.key : quoted(item.key)) + " = " : "") + written(item);
  }
  if (!table) return "[" + out + "]";
  return out.empty() ? "{}" : "{ " + out + " }";
}

std::string shown(const Value& value) { return value.is(Value::Kind::text) ? value.text : written(value); }

std::optional<Value> parse(const std::string& text, const std::string& file, Diagnostics& problems) {
  try {
    return convert(toml::parse(text), file);
  } catch (const toml::parse_error& e) {
    problems.add(place_of(e.source(), file), "not TOML: " + std::string(e.description()));
    return std::nullopt;
  }
}

}  // namespace capmix::scenario
