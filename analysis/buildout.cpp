#include "analysis/buildout.hpp"

#include <algorithm>
#include <tuple>

namespace capmix::analysis {
namespace {

Hall& hall_of(std::vector<Hall>& halls, const std::string& id) {
  const auto it = std::find_if(halls.begin(), halls.end(), [&](const Hall& h) { return h.id == id; });
  if (it != halls.end()) return *it;
  halls.push_back({id, {}});
  return halls.back();
}

TaskRow& task_of(Hall& hall, const std::string& name) {
  const auto it = std::find_if(hall.tasks.begin(), hall.tasks.end(), [&](const TaskRow& t) { return t.name == name; });
  if (it != hall.tasks.end()) return *it;
  hall.tasks.push_back({});
  hall.tasks.back().name = name;
  return hall.tasks.back();
}

}  // namespace

std::vector<Hall> read_halls(const Facts& facts) {
  std::vector<Hall> halls;
  for (const auto& d : facts.of<DateFact>()) {
    if (d.kind != "task-start" && d.kind != "task-end") continue;
    const size_t slash = d.subject.rfind('/');
    const std::string hall = slash == std::string::npos ? "" : d.subject.substr(0, slash);
    TaskRow& t = task_of(hall_of(halls, hall), slash == std::string::npos ? d.subject : d.subject.substr(slash + 1));
    (d.kind == "task-start" ? t.start : t.end) = date_or_never(d.date);
    const std::string critical = "critical";  // alone, or before what was drawn of risk and rework
    t.slack = d.value, t.critical = d.note.rfind(critical, 0) == 0;
    t.note = t.critical ? d.note.substr(std::min(d.note.size(), critical.size() + 2)) : d.note;
  }
  for (auto& h : halls) {
    std::stable_sort(h.tasks.begin(), h.tasks.end(), [](const auto& a, const auto& b) {
      return std::tie(a.start, a.end) < std::tie(b.start, b.end);
    });
  }
  return halls;
}

}  // namespace capmix::analysis
