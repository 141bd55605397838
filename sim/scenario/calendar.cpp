// Calendars of work: holidays, and seasons in which it goes slower.
#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

// A date (once), or a month and day as a text (every year).
Date read_day(Reader& r, const std::string& key, bool& yearly) {
  const Value* value = r.value(key);
  yearly = value != nullptr && value->is(Value::Kind::text);
  if (!yearly) return r.date(key);
  const std::string text = r.text(key);
  Date day;
  if (!Date::parse("2000-" + text, day)) r.error(key, "\"" + text + "\" is not a day of the year (expected month and day, such as \"10-01\", or a date without quotes)");
  return day;
}

}  // namespace

void Loader::load_calendar(const Ref& ref) {
  if (ref.text.empty() || s_.calendars.find(ref.text).valid() || gaps_.count(ref.text) > 0) return;
  Reader r = open(catalogue_, "calendars", ref.text, ref.place);
  if (r.absent()) gaps_.insert(ref.text);
  else read_calendar(r, ref.text);
}

void Loader::read_calendar(Reader r, const std::string& id) {
  std::vector<WorkSeason> seasons;
  const std::string name = r.text("name");
  auto holidays = r.tables("holiday"), slow = r.tables("season");
  for (auto& t : holidays) read_season(t, true, seasons);
  for (auto& t : slow) read_season(t, false, seasons);
  r.done();
  WorkCalendar calendar(seasons);
  calendar.id = id, calendar.name = name;
  if (!calendar.ever_works()) r.error("season", "no day is worked");
  s_.calendars.add(std::move(calendar));
}

// Only a yearly season may wrap over the end of the year: a holiday would be a year less a week. What is broken is left
// out, so that it makes no second problem.
void Loader::read_season(Reader r, bool holiday, std::vector<WorkSeason>& out) {
  WorkSeason s;
  bool ends_yearly = false;
  const auto problems = [&] { return context.problems.size(); };
  const size_t before = problems();
  r.text("name");
  s.from = read_day(r, "from", s.yearly);
  s.to = read_day(r, "to", ends_yearly);
  s.rate = holiday ? 0 : r.number("rate", kFraction);
  if (problems() == before && s.yearly != ends_yearly)
    r.error("to", "one end is a date and the other a day of the year (expected both alike)");
  else if (problems() == before && s.to < s.from && (holiday || !s.yearly))
    r.error("to", std::string("\"to\" is before \"from\" (expected an end on or after the first day") + (s.yearly ? "; a holiday over the year's end is two)" : ")"));
  if (problems() == before) out.push_back(s);
  r.factual();
  r.done();
}

void Loader::calendar(const std::string& path) { read_calendar(open_file(path, "calendars/" + stem(path), {}), stem(path)); }

}  // namespace capmix::scenario
