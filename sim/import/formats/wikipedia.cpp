// wikipedia-hourly: page views of one edition by the hour, UTC. Columns ds (hour) and y (views in it).
// The hours are clean: the calendar holds. The audience of the English edition is worldwide, so its swing is mild.
#include "import/formats/format.hpp"

namespace capmix::import {

std::optional<Series> read_wikipedia(const std::string& path, const std::string& text, Diagnostics& problems) {
  Series out;
  out.file = path, out.name = "page views by the hour", out.format = "wikipedia-hourly", out.unit = "page views", out.calendar = true;
  const auto samples = read_pairs(path, text, "ds", "y", out, problems);
  return samples && lay(*samples, 3600, false, out, problems) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace capmix::import
