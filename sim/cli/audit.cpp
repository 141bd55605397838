// capmix audit: which statements, and which inputs of a study, cannot all be true. Findings are no errors.
#include "audit/audit.hpp"

#include "analysis/audit.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "scenario/scenario.hpp"

namespace capmix::cli {

int audit(const Common& c, const AuditOptions& o) {
  const Scenario scenario = scenario::load(o.study, overrides(c));
  const auto findings = audit::audit(scenario);
  print(c.json ? analysis::audit_to_json(scenario.study.name, findings)
               : analysis::render_audit(scenario.study.name, scenario.claims.size(), findings, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
