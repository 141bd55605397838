// A hall that follows a recorded timeline instead of building: `recorded = { file = "...", site = "..." }`. With `start`
// the whole timeline moves so that it begins there; with `power` it is scaled so that it ends there.
#include <algorithm>
#include <limits>

#include "import/timelines.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

// Power that stays: at each step the least of it and all later ones, so that no pod is put where power goes away again.
// The file tells the power of the facility; IT has that over the site's PUE.
std::vector<std::pair<Date, Watts>> lasting(const import::TimelineSite& site, double pue, Days shift) {
  std::vector<std::pair<Date, Watts>> out;
  double least = std::numeric_limits<double>::infinity();
  for (auto row = site.rows.rbegin(); row != site.rows.rend(); ++row) {
    if (row->forecast) continue;
    least = std::min(least, row->capacity);
    const Watts power(least * 1e6 / pue);
    if (!out.empty() && out.back().second == power) out.back().first = row->date + shift;
    else if (least > 0) out.emplace_back(row->date + shift, power);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

// Fills what the record says of the hall; or tells why it says nothing.
void Loader::read_recorded(Reader& r, const Site& site, Hall& hall) {
  Reader from = r.table("recorded");
  const Ref file = from.ref("file"), name = from.ref("site");
  const Date as_of = from.date("as_of", Date::never());  // later rows are left out
  from.done();
  hall.start = r.date("start", Date());
  hall.power = r.quantity<Watts>("power", kPositive, Watts(0));
  if (file.text.empty() || name.text.empty()) return;
  const std::string path = r.resolved(file);
  if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path);
  Diagnostics problems;
  const auto timelines = import::read_timelines(path, as_of, problems);
  for (const auto& p : problems.sorted()) context.problems.add(p.place, p.message);
  if (!problems.ok()) return;
  if (timelines.unit != "MW") return r.error("recorded", path + " tells " + timelines.unit + " (expected a file that tells power)");
  const import::TimelineSite* found = timelines.find(name.text);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const auto& s : timelines.sites) names.push_back(s.name);
    return unknown(name, "site in " + path + " called", names);
  }
  const Date first = found->rows.front().date;
  if (!r.has("start")) hall.start = first;
  hall.recorded = lasting(*found, site.pue, hall.start - first);
  if (hall.recorded.empty()) r.error("recorded", "site \"" + name.text + "\" has no lasting power" + (as_of.is_never() ? "" : " by " + as_of.text()));
  else if (!r.has("power")) hall.power = hall.recorded.back().second;
  else
    for (const double scale = hall.power / hall.recorded.back().second; auto& step : hall.recorded) step.second = step.second * scale;
}

void Loader::read_recorded_hall(Reader r, Site& site, const Buildout* buildout) {
  Hall hall;
  hall.id = r.text("id");
  for (const char* key : {"phases", "existing", "task"})
    if (r.has(key)) r.error(key, std::string("\"") + key + "\" and \"recorded\" cannot both be said: the timeline says when power comes");
  r.also_knows({"phases", "existing", "task"});
  read_recorded(r, site, hall);
  hall.phases.push_back({1, Days{0}});
  if (buildout != nullptr) hall.tasks = buildout->tasks;
  for (auto& task : hall.tasks) task.duration.path = r.stream("task." + task.id + ".duration");
  r.factual();
  r.done();
  site.halls.push_back(std::move(hall));
}

}  // namespace capmix::scenario
