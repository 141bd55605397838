#include "analysis/notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

constexpr size_t kShownMissing = 5;  // rates in full; the others are counted

// "A".."Z", "a".."z", then "A1", ...
std::string letter(size_t i) {
  const size_t n = i % 52;
  return std::string(1, static_cast<char>(n < 26 ? 'A' + n : 'a' + n - 26)) + (i < 52 ? "" : std::to_string(i / 52));
}

// The letters of a quarter's months, each where it changes: "AB".
std::string cell(const MixResult& m, const std::string& quarter, const std::map<std::string, std::string>& letters) {
  std::string out, last;
  for (const auto& b : m.binding) {
    if (quarter_of(b.month) != quarter) continue;
    if (const auto& now = letters.at(b.name); now != last) out += last = now;
  }
  return out.empty() ? "-" : out;
}

std::vector<std::string> trust_notes(const Comparison& c) {
  std::vector<std::string> calibrated, others;
  for (const auto& [id, t] : trust_by_chip(c.notes.profiles)) {
    const std::string name = name_of(c.info.chips, id);
    if (t.calibrated) calibrated.push_back(name);
    else others.push_back(fmt::format("Rates of {} were never measured: trust range x{:.2g} to x{:.2g}.", name, t.low, t.high));
  }
  if (!calibrated.empty()) others.insert(others.begin(), "Rates fitted on measurements: " + joined(calibrated) + ".");
  return others;
}

std::vector<std::string> missing_notes(const Comparison& c) {
  std::vector<std::string> out;
  if (c.missing.empty()) return {"Every rate that a run needed was there."};
  for (const auto& [text, runs] : c.missing) {
    if (out.size() == kShownMissing) {
      out.push_back(fmt::format("{} more rates were missing (table missing_rate of the results file).", c.missing.size() - kShownMissing));
      break;
    }
    out.push_back(fmt::format("No rate for {} ({}): such chips did not do this work.", text, count(runs, "run")));
  }
  return out;
}

std::string confidence_note(const Comparison& c) {
  int64_t all = 0;
  std::vector<std::string> parts;
  for (const Confidence level : {Confidence::verified, Confidence::vendor, Confidence::press, Confidence::assumption}) {
    const auto it = c.notes.confidence.find(text(level));
    if (it == c.notes.confidence.end()) continue;
    all += it->second;
    parts.push_back(fmt::format("{} {}", it->second, text(level)));
  }
  return all == 0 ? "" : fmt::format("{} sourced input numbers: {}.", all, joined(parts));
}

}  // namespace

std::map<std::string, Trust> trust_by_chip(const std::vector<StepProfile>& profiles) {
  std::map<std::string, Trust> out;
  for (const auto& p : profiles) {
    if (!p.feasible || p.groups.size() != 1) continue;
    const auto [it, fresh] = out.try_emplace(p.groups.front().chip);
    Trust& t = it->second;
    t.low = fresh ? p.trust_low : std::min(t.low, p.trust_low);
    t.high = fresh ? p.trust_high : std::max(t.high, p.trust_high);
    t.calibrated = t.calibrated && p.calibrated;
  }
  return out;
}

std::string rates_note(const results::StudyInfo& info) {
  if (info.rates == "predicted") return "Draws take rates as predicted: intervals do not hold their trust range (--set study:rates=drawn).";
  const std::string who = info.rates == "drawn" ? "Draws take" : "Draws of some outcomes take";
  return who + " the rate of each kind of chip from its trust range: intervals hold it, but not what the model leaves out.";
}

std::string rates_as_input(const results::StudyInfo& info) {
  if (info.rates == "predicted") return "Rates are as predicted and not among the inputs (--set study:rates=drawn).";
  return "\"rate of\" a chip: how fast it turns out to be at all that it does, in its trust range.";
}

std::string outcome_line(const OutcomeResult& o) { return "Outcome: " + o.name + "\n"; }

std::string condition_note(const Comparison& c, int width) {
  bool missed = false;
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes) missed = missed || (m.rank > 0 && !m.meets);
  if (!missed) return "";
  return "\n" + wrap(fmt::format("* serves less than {:.4g} % of a service's demand, so it ranks after every mix that serves it.",
                                100 * c.info.served_share), width);
}

std::string binding_table(const Comparison& c, int width) {
  std::map<std::string, std::string> letters;
  std::set<std::string> quarters;
  std::vector<std::string> legend;
  for (const auto& o : c.outcomes)
    for (const auto& m : o.mixes)
      for (const auto& b : m.binding) {
        quarters.insert(quarter_of(b.month));
        if (letters.emplace(b.name, letter(letters.size())).second) legend.push_back(b.name);
      }
  if (quarters.empty()) return "";
  const std::string title = "Binding constraint by quarter, at modes";
  std::string out = "\n" + title + "\n" + std::string(title.size(), '=') + "\n";
  out += wrap("What holds back training most: chips that only serve carry no weight here. Two or three letters: it changes within the "
              "quarter.", width);
  for (const auto& o : c.outcomes) {
    TextTable table("mix");
    for (const auto& q : quarters) table.column(q.substr(2, 2) + "\n" + q.substr(5));
    for (const auto& m : o.mixes) {
      std::vector<std::string> cells{m.name};
      for (const auto& q : quarters) cells.push_back(cell(m, q, letters));
      table.row(std::move(cells));
    }
    out += "\n" + outcome_line(o) + table.text(width);
  }
  out += "\n";
  for (const auto& name : legend) out += letters[name] + "  " + wrap(name, width - 3, 3);
  return out;
}

std::string notes(const Comparison& c, int width) {
  std::vector<std::string> lines = trust_notes(c);
  if (c.info.draws > 0) lines.push_back(rates_note(c.info));
  for (auto& line : missing_notes(c)) lines.push_back(std::move(line));
  lines.push_back(confidence_note(c));
  if (!c.notes.quick.empty()) lines.push_back(c.notes.quick);
  for (const auto& f : c.notes.failures) lines.push_back("Run failed: " + f);
  std::string out;
  for (const auto& line : lines)
    if (!line.empty()) out += wrap("- " + line, width, 2);
  return out;
}

}  // namespace capmix::analysis
