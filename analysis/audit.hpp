// Findings of an audit as text and as JSON.
#pragma once

#include <string>
#include <vector>

#include "model/claims.hpp"

namespace capmix::analysis {

// A table of the findings as they come (gravest first), then each with its arithmetic, statements and sources.
std::string render_audit(const std::string& study, size_t claims, const std::vector<Finding>& findings, int width = 100);
std::string audit_to_json(const std::string& study, const std::vector<Finding>& findings);

}  // namespace capmix::analysis
