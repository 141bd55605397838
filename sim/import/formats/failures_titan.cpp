// titan: lives of the GPUs (K20X) of Titan at Oak Ridge, 2013 to 2019 (Ostrouchov et al., SC20; olcf/TitanGPULife, "please cite"):
// a row a stay of one GPU (SN) in one place, from insert to remove, with the failure that it had there: DBE (double-bit ECC
// error), OTB (off the bus), or none. `duration` (s) counts; insert and remove are local times, so that it differs from them by an
// hour over a change of the clocks, which is counted and not named row by row. Age counts from the GPU's first insert, in service only.
//
// Rows without insert are GPUs that were gone before the inventory of 2013: set aside. Groups are two batches, GPUs that went in before 2016 and
// those that came after.
#include <algorithm>
#include <cmath>
#include <map>

#include "import/formats/failures.hpp"
#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

enum Column { kSerial, kInsert, kRemove, kDuration, kEvent };
constexpr double kNewBatch = 1451606400;  // 2016-01-01

struct Stay {
  int line = 0, cause = -1;
  double from = 0, seconds = 0;
};

std::string not_time(const char* name, std::string_view text) {
  return text.empty() ? std::string("has no ") + name : std::string(name) + " is " + shown(text) + " (expected a time such as 2017-04-09 21:36:19)";
}

}  // namespace

void read_titan(FailureLog& log, const std::string& text, Diagnostics& problems) {
  const FailureRows rows(log, text, {"SN", "insert", "remove", "duration", "event"}, problems);
  if (!rows.ok()) return;
  log.population = "GPUs (K20X) of Titan at Oak Ridge, 2013 to 2019", log.per = "chip";
  log.causes = {{"dbe", "Double-bit ECC error", "chip"}, {"otb", "Off the bus", "chip"}};
  log.groups = {"in service before 2016", "in service from 2016 on"};
  std::map<std::string, std::vector<Stay>> lives;
  size_t clocks = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto refuse = [&](std::string why) { log.refused.push_back({rows.line(r), std::move(why)}); };
    const std::string serial(rows.cell(r, kSerial));
    const auto event = rows.cell(r, kEvent);
    if (serial.empty()) { refuse("has no SN"); continue; }
    if (!blank_cell(event) && event != "NA" && event != "DBE" && event != "OTB") { refuse("event is " + shown(event) + " (expected DBE, OTB or NA)"); continue; }
    if (blank_cell(rows.cell(r, kInsert)) || rows.cell(r, kInsert) == "NA") { log.aside.push_back({rows.line(r), "has no insert: gone before the inventory"}); continue; }
    const auto from = zoned_time(rows.cell(r, kInsert)), to = zoned_time(rows.cell(r, kRemove));
    if (!from) { refuse(not_time("insert", rows.cell(r, kInsert))); continue; }
    if (!to) { refuse(not_time("remove", rows.cell(r, kRemove))); continue; }
    const auto seconds = number(rows.cell(r, kDuration));
    if (!seconds || *seconds <= 0) { refuse("duration is " + shown(rows.cell(r, kDuration)) + " (expected more than 0 s)"); continue; }
    ++log.used;
    const double differs = to->at - from->at - *seconds;
    if (std::fabs(std::fabs(differs) - 3600) <= kDiffers) ++clocks;
    else if (std::fabs(differs) > kDiffers)
      log.disagree.push_back({rows.line(r), "duration is " + std::string(rows.cell(r, kDuration)) + " s, from insert to remove are " + std::to_string(std::llround(to->at - from->at)) + " s"});
    lives[serial].push_back({rows.line(r), event == "DBE" ? 0 : event == "OTB" ? 1 : -1, from->at, *seconds});
  }
  for (auto& [serial, stays] : lives) {
    std::stable_sort(stays.begin(), stays.end(), [](const Stay& a, const Stay& b) { return a.from < b.from; });
    const int group = stays.front().from < kNewBatch ? 0 : 1;
    double age = 0;
    for (const auto& s : stays) log.spells.push_back({s.cause < 0 ? 0 : s.line, group, age, age + s.seconds, age, s.cause}), age += s.seconds;
  }
  log.units = lives.size();
  if (clocks > 0) log.notes.push_back(std::to_string(clocks) + " rows differ by an hour between duration and insert to remove: the clocks were changed in between");
}

}  // namespace capmix::import
