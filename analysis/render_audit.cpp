#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/audit.hpp"
#include "analysis/json.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

std::string size_of(const Finding& f) {
  if (f.severity == Finding::Severity::consistent || f.size <= 1) return "";
  return std::isinf(f.size) ? "inf" : fmt::format("x {:.2f}", f.size);
}

// "capex-upper (analysis/claims/x.toml:12)" -> "capex-upper"
std::string id_of(const std::string& statement) { return statement.substr(0, statement.find(" (")); }

// All lines of it set in.
std::string set_in(const std::string& text, int width) {
  const std::string space(4, ' ');
  std::istringstream lines(wrap(text, width - 4));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += space + line + "\n";
  return out;
}

}  // namespace

std::string render_audit(const std::string& study, size_t claims, const std::vector<Finding>& findings, int width) {
  const auto conflicts = std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.severity != Finding::Severity::consistent; });
  std::string out = wrap(fmt::format("{}: {}, {}; {} conflict, {} agree.", study, count(static_cast<int64_t>(claims), "statement"),
                                     count(static_cast<int64_t>(findings.size()), "finding"), conflicts, static_cast<int64_t>(findings.size()) - conflicts), width);
  if (findings.empty()) return out;
  TextTable table("finding");
  table.column("severity", true);
  table.column("size");
  table.column("first statements", true);
  int number = 0;
  for (const auto& f : findings) {
    std::string statements = f.statements.empty() ? "" : id_of(f.statements[0]);
    if (f.statements.size() > 1) statements += ", " + id_of(f.statements[1]);
    table.row({fmt::format("{:2} {}", ++number, f.rule), kSeverities[static_cast<int>(f.severity)], size_of(f), statements});
  }
  out += "\n" + table.text(width);
  number = 0;
  for (const auto& f : findings) {
    const std::string size = size_of(f);
    out += "\n" + wrap(fmt::format("{}. {} ({}{}): {}.", ++number, f.rule, kSeverities[static_cast<int>(f.severity)], size.empty() ? "" : ", " + size, f.text), width, 4);
    out += set_in("from " + joined(f.statements, "; "), width);
    if (!f.sources.empty()) out += set_in("said by " + joined(f.sources, "; "), width);
  }
  return out;
}

std::string audit_to_json(const std::string& study, const std::vector<Finding>& findings) {
  Json out{{"study", study}, {"findings", Json::array()}};
  for (const auto& f : findings)
    out["findings"].push_back({{"rule", f.rule}, {"severity", kSeverities[static_cast<int>(f.severity)]}, {"size", f.size}, {"text", f.text},
                               {"statements", f.statements}, {"sources", f.sources}});
  return json_text(out);
}

}  // namespace capmix::analysis
