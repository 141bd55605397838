// JSON as every verb prints it: members in their order, an indent, and null for what is not a number.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace capmix::analysis {

using Json = nlohmann::ordered_json;

// Names come from files: bytes that are not UTF-8 are replaced rather than refused.
std::string json_text(const Json& j, int indent = 2);
Json finite_or_null(double x);

}  // namespace capmix::analysis
