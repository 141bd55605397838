// nab: two columns, timestamp and value (Numenta Anomaly Benchmark, and any table of one's own that has them). The step is
// the commonest one: some of the files have irregular steps, and seconds that are not 0. Neither the zone of the clock nor
// what a value is are told: values are taken as counts of a window, which a file of latencies does not hold.
#include "import/formats/format.hpp"

namespace capmix::import {

std::optional<Series> read_nab(const std::string& path, const std::string& text, Diagnostics& problems) {
  Series out;
  out.file = path, out.name = "values by time", out.format = "nab", out.unit = "events", out.calendar = true;
  const auto samples = read_pairs(path, text, "timestamp", "value", out, problems);
  if (!samples) return {};
  out.report.notes.push_back("The file does not tell the zone of its clock, nor what a value is: taken as counts of a window");
  return lay(*samples, 0, false, out, problems) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace capmix::import
