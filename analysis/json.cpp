#include "analysis/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace capmix::analysis {

std::string json_text(const Json& j, int indent) { return j.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json finite_or_null(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

}  // namespace capmix::analysis
