#include "calibrate/record.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "base/statistics.hpp"

namespace capmix::calibrate {
namespace {

constexpr const char* kCommand = "capmix calibrate";

// What a fit gave for one value: on all measurements, and the range over the refits.
struct Fitted {
  double value = 0, low = 0, high = 0;
  bool moved = false;  // some measurement speaks of it
};

Fitted fitted(const Knob& knob, const std::string& id, const Calibration& c, double start) {
  const auto of = [&](const Values& v) { return knob.get(v.efficiencies[v.efficiencies.find(id)]); };
  Fitted f;
  f.value = f.low = f.high = of(c.values);
  f.moved = std::fabs(std::log(f.value / start)) > 1e-4;
  for (const auto& r : c.refits) f.low = std::min(f.low, of(r)), f.high = std::max(f.high, of(r));
  return f;
}

std::string quoted_list(const std::set<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "\"" : ", \"") + w + "\"";
  return "[" + out + "]";
}

// "key" of a line "key = value", or "".
std::string key_of(const std::string& line) {
  const auto end = line.find(" = ");
  const std::string key = end == std::string::npos ? "" : line.substr(0, end);
  return key.find_first_of(" #[\"") == std::string::npos ? key : "";
}

// The value in the form that the starting file gives it: a range, a time, or a number.
std::string shown(const Fitted& f, const std::string& started) {
  if (started.front() == '{') return range({f.low, f.value, f.high});
  if (started.front() == '"') return "\"" + digits(1e6 * f.value) + " us\"";
  return digits(f.value);
}

std::set<std::string> groups_of(const Cases& cases) {
  std::set<std::string> out;
  for (const auto* c : cases) out.insert(c->group);
  return out;
}

std::string provenance(const Cases& cases) {
  return "source = \"" + std::string(kCommand) + " on published measurements, tests/published\"\nconfidence = \"assumption\"\nnote = \"Fitted to " +
         std::to_string(cases.size()) + " measurements named in platforms/calibration/cases.txt. Low and high: least and greatest value of refits on random splits of them.\"\n";
}

std::string trust_line(const std::string& started, const Trust& t) {
  // Classes without held-out cases keep what the starting file guesses.
  std::string out = "{ ";
  for (const std::string name : {"dense", "moe", "lora"}) {
    const auto it = t.by_class.find(name);
    const auto at = started.find(name + " = ");
    const std::string guess = at == std::string::npos ? "0.5" : started.substr(at + name.size() + 3, started.find_first_of(",}", at) - at - name.size() - 3);
    std::string value = it != t.by_class.end() ? digits(it->second) : guess;
    value.erase(value.find_last_not_of(' ') + 1);
    out += (out.size() > 2 ? ", " : "") + name + " = " + value;
  }
  return out + " }";
}

// The most chips of a fitted case by class of work.
std::string reach_line(const Cases& own) {
  int dense = 0, moe = 0, lora = 0;
  for (const auto* c : own) {
    int& most = c->lora() ? lora : c->model.moe() ? moe : dense;
    most = std::max(most, c->chips);
  }
  return "reach = { dense = " + std::to_string(dense) + ", moe = " + std::to_string(moe) + ", lora = " + std::to_string(lora) + " }\n";
}

}  // namespace

std::string digits(double value) {
  if (value == 0 || !std::isfinite(value)) return "0";
  const int places = std::clamp(3 - static_cast<int>(std::floor(std::log10(std::fabs(value)))), 0, 12);
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  std::string out = text;
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out += '0';
  }
  return out;
}

std::map<std::string, Trust> trust(const Calibration& c) {
  std::map<std::string, std::map<std::string, std::vector<double>>> sizes;
  for (const auto& h : c.held) {
    const std::string name = h.work_class == "MoE" ? "moe" : h.work_class == "LoRA" ? "lora" : "dense";
    sizes[h.chip_family][name].push_back(std::fabs(h.error));
  }
  std::map<std::string, Trust> out;
  for (const auto& [chip, by_class] : sizes)
    for (const auto& [name, list] : by_class)
      if (list.size() >= kFewestHeld) out[chip].by_class[name] = std::max(kLeastTrust, quantile(list, 0.9));
  return out;
}

std::string efficiency_file(const std::string& text, const std::string& id, const Calibration& calibration, const Cases& cases, const Scenario& catalogue) {
  Cases own;
  for (const auto* c : cases)
    if (step::efficiency_of(*c, catalogue).id == id) own.push_back(c);
  const auto all_trust = trust(calibration);
  const Efficiency& start = catalogue.efficiencies[catalogue.efficiencies.find(id)];
  std::string out = "# Written by `" + std::string(kCommand) + "`; edit calibration/efficiency/" + id + ".toml and run it again.\n", section;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() == '[') section = line;
    const std::string key = key_of(line);
    if (line.rfind('#', 0) == 0) continue;
    if (section == "[serving]" || section == "[llm_serving]" || section == "[recommender]" || key.empty()) { out += line + "\n"; continue; }
    const std::string started = line.substr(key.size() + 3);
    const auto knob = std::find_if(knobs().begin(), knobs().end(), [&](const Knob& k) { return k.name == key; });
    if (key == "source") out += provenance(own);
    else if (key == "confidence" || key == "note") continue;
    else if (key == "trust") out += key + " = " + trust_line(started, all_trust.count(id) > 0 ? all_trust.at(id) : Trust{}) + "\n" + reach_line(own);
    else if (key == "calibrated_on") out += key + " = " + quoted_list(groups_of(own)) + "\n";
    else if (knob == knobs().end()) out += line + "\n";
    else {
      const Fitted f = fitted(*knob, id, calibration, knob->get(start));
      out += f.moved ? key + " = " + shown(f, started) + "\n" : line + "\n";
    }
  }
  return out;
}

std::string software_file(const std::string& text, const std::string& id, const Calibration& calibration, const Cases& cases, const Scenario& catalogue) {
  Cases own;
  for (const auto* c : cases)
    if (catalogue.software[c->software].id == id) own.push_back(c);
  const auto factor = [&](const Values& v) { return v.software[v.software.find(id)].factor; };
  double low = factor(calibration.values), high = low;
  for (const auto& r : calibration.refits) low = std::min(low, factor(r)), high = std::max(high, factor(r));
  std::string out = text.substr(0, text.find("[fitted]"));
  out += "[fitted]\n# Written by `" + std::string(kCommand) + "`.\nfactor = " + digits(factor(calibration.values)) + "\ncalibrated_on = " + quoted_list(groups_of(own)) + "\n";
  if (own.empty()) return out + "source = \"No measurement is in the fit\"\nconfidence = \"assumption\"\n";
  out += provenance(own);
  if (catalogue.software[catalogue.software.find(id)].standard) return out.replace(out.rfind(" Low and high"), std::string::npos, " 1 by definition: the yardstick of its stack.\"\n");
  return out.replace(out.rfind(" Low and high"), std::string::npos, " Refits on random splits of them: " + digits(low) + " to " + digits(high) + ".\"\n");
}

std::string case_list(const Cases& cases, const std::set<std::string>& others) {
  std::set<std::string> ids = others;
  for (const auto* c : cases) ids.insert(c->id);
  std::string out = "# Cases that `" + std::string(kCommand) + "` fitted; written by it.\n";
  for (const auto& id : ids) out += id + "\n";
  return out;
}

std::set<std::string> read_case_list(const std::string& text) {
  std::set<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') out.insert(line);
  return out;
}

std::string range(const Uncertain<double>& u) { return "{ low = " + digits(u.low) + ", mode = " + digits(u.mode) + ", high = " + digits(u.high) + " }"; }

std::string with_table(const std::string& text, const std::string& table) {
  const std::string name = table.substr(0, table.find('\n'));
  std::istringstream lines(text);
  std::string before, after;
  bool found = false, inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() == '[') inside = line == name, found = found || inside;
    if (!inside) (found ? after : before) += line + "\n";
  }
  while (before.size() > 1 && before.substr(before.size() - 2) == "\n\n") before.pop_back();
  return before + "\n" + table + (after.empty() ? "" : "\n" + after);
}

}  // namespace capmix::calibrate
