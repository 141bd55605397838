#include "import/formats/jobs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <tuple>

#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
constexpr double kLongest = 20 * 365.25 * 86400;  // s: no job runs, and no log reaches, over 20 years
constexpr double kEarliest = -6.2e10, kLatest = 2.5e11;  // s since 1970: the years 5 and 9892
constexpr size_t kSaid = 3;

std::string cut(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return out;
}

// "+08:00", "-0800", "+08" behind a time; 0 for "Z". Absent when it is none.
std::optional<double> offset(std::string_view text) {
  if (text == "Z") return 0.0;
  int hours = 0, minutes = 0;
  const auto digits = [](std::string_view two, int& out) { return two.size() == 2 && std::from_chars(two.data(), two.data() + 2, out).ptr == two.data() + 2; };
  const std::string_view rest = text.size() > 3 ? text.substr(text[3] == ':' ? 4 : 3) : std::string_view();
  if (text.size() < 3 || !digits(text.substr(1, 2), hours) || (text.size() > 3 && !digits(rest, minutes)) || hours > 15 || minutes > 59) return {};
  return (text[0] == '-' ? -1 : 1) * (hours * 3600.0 + minutes * 60);
}

}  // namespace

std::optional<double> number(std::string_view text) {
  double value = 0;
  return parse_number(text, value) ? std::optional(value) : std::nullopt;
}

std::optional<ZonedTime> zoned_time(std::string_view text) {
  text = trimmed(text);
  size_t end = text.size();
  if (text.size() > 16) {
    const size_t sign = text.find_first_of("+-Z", 16);
    if (sign != std::string_view::npos) end = sign;
  }
  const auto at = parse_instant(text.substr(0, end));
  if (!at) return {};
  if (end == text.size()) return ZonedTime{at->seconds(), {}};
  const auto zone = offset(text.substr(end));
  return zone ? std::optional(ZonedTime{at->seconds() - *zone, zone}) : std::nullopt;
}

bool blank_cell(std::string_view text) {
  return text.empty() || text == "None" || text == "NaN" || text == "nan" || text == "null" || text == "NULL" || text == "NaT" || text == "Unknown" || text == "\\N";
}

std::string shown(std::string_view text) { return "\"" + cut(text) + "\""; }

std::string plain(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return error == std::errc() ? std::string(text, end) : std::string("nan");
}

JobSink::JobSink(const std::string& path, const std::string& format, const JobQuestion& question) : epoch(kNever), fleet(question.fleet) {
  log.file = path, log.format = format;
  if (std::isfinite(fleet)) fleet_from = "--fleet";
}

int JobSink::name_of(std::vector<std::string>& names, Index& index, std::string_view name) {
  if (blank_cell(name)) return -1;
  const auto at = index.find(name);
  if (at != index.end()) return at->second;
  names.emplace_back(name);
  return index.emplace(names.back(), static_cast<int>(names.size()) - 1).first->second;
}

void JobSink::begin(int line) {
  line_ = line, hours_.reset();
  ++log.report.rows;
}

void JobSink::size(std::optional<double> chips, std::optional<double> seconds) {
  if (chips && *chips == 0) size_hours(0);
  else if (chips && seconds && *chips >= 0 && *seconds >= 0) size_hours(*chips * *seconds / 3600);
}

void JobSink::size_hours(double chip_hours) {
  hours_ = chip_hours;
  log.report.chip_hours += chip_hours;
}

bool JobSink::refuse(const char* reason, std::string why) {
  log.report.refused.push_back({line_, reason, std::move(why), hours_});
  return false;
}

bool JobSink::aside(const char* reason, std::string why) {
  log.report.aside.push_back({line_, reason, std::move(why), hours_});
  return false;
}

bool JobSink::amount(const std::optional<double>& value, std::string_view text, const char* name) {
  if (value && *value >= 0) return true;
  if (value) return refuse("a negative number", std::string(name) + " is " + cut(text) + " (expected at least 0)");
  if (blank_cell(text)) return refuse("a value is missing", std::string("has no ") + name);
  return refuse("not a number", std::string(name) + " is " + shown(text) + " (expected a number)");
}

bool JobSink::whole(const std::optional<double>& value, std::string_view text, const char* name) {
  if (!amount(value, text, name)) return false;
  return *value == std::floor(*value) || refuse("not a whole number", std::string(name) + " is " + cut(text) + " (expected a whole number)");
}

bool JobSink::positive(const std::optional<double>& value, std::string_view text, const char* name) {
  if (!amount(value, text, name)) return false;
  return *value > 0 || refuse("a 0 that cannot be", std::string(name) + " is " + cut(text) + " (expected more than 0)");
}

std::optional<double> JobSink::time(std::string_view text) {
  const auto at = zoned_time(text);
  if (!at) return {};
  dated = true;
  if (at->zone && !log.zone) log.zone = at->zone;
  return at->zone ? at->at + *log.zone : at->at;
}

bool JobSink::has_time(const std::optional<double>& value, std::string_view text, const char* name) {
  if (value) return true;
  if (blank_cell(text)) return refuse("a value is missing", std::string("has no ") + name);
  return refuse("not a time", std::string(name) + " is " + shown(text) + " (expected a time such as 2026-01-31 18:30:00)");
}

JobSink::Verdict JobSink::verdict(const Job& job, bool told_apart) {
  if (job.chips > fleet) return {"wider than the fleet", "asks for " + plain(job.chips) + " chips (the fleet has " + plain(fleet) + ", says " + fleet_from + ")"};
  if (job.start && *job.start < job.submit) return {"times out of order", "starts " + plain(job.submit - *job.start) + " s before it is submitted"};
  if (job.start && job.end && *job.end < *job.start) return {"times out of order", "ends " + plain(*job.start - *job.end) + " s before it starts"};
  if (job.run && *job.run <= 0) return {"ran for 0 s", "ran for 0 s"};
  if (job.run && *job.run > kLongest) return {"ran for more than 20 years", "ran for " + plain(*job.run) + " s, more than 20 years: is its time in another unit?"};
  if (job.start && *job.start - job.submit > kLongest)
    return {"waited for more than 20 years", "waited for " + plain(*job.start - job.submit) + " s, more than 20 years: is a time in another unit?"};
  for (const auto* spans : {&job.attempts, &job.tasks})
    for (const auto& s : *spans)
      if (s.start < job.submit || s.end - job.submit > 2 * kLongest)
        return {"times out of order", "has an attempt or a task at " + plain(s.start) + ", its submit is " + plain(job.submit)};
  if (job.deadline && *job.deadline < job.submit) return {"times out of order", "has its deadline " + plain(job.submit - *job.deadline) + " s before it is submitted"};
  if (!told_apart) return {};
  if (job.id.empty()) return {"a value is missing", "has no id"};
  const auto [first, fresh] = ids_.try_emplace(job.id, job.line);
  if (!fresh) return {"a second row of a job", "names job " + cut(job.id) + " again, of line " + std::to_string(first->second)};
  return {};
}

bool JobSink::use(Job job, bool told_apart) {
  job.line = line_;
  auto [reason, why] = verdict(job, told_apart);
  if (*reason != '\0') return refuse(reason, std::move(why));
  ++log.report.used;
  log.jobs.push_back(std::move(job));
  return true;
}

// The middle of the log is where most of it is: a job that was submitted 20 years from there has a wrong time. When that
// holds for half of them, it is the log.
bool JobSink::drop_far_ones(Diagnostics& problems) {
  std::vector<double> submits;
  for (const auto& j : log.jobs) submits.push_back(j.submit);
  const auto middle = submits.begin() + static_cast<std::ptrdiff_t>(submits.size() / 2);
  std::nth_element(submits.begin(), middle, submits.end());
  const double median = *middle;
  const auto far = [&](const Job& j) { return std::fabs(j.submit - median) > kLongest; };
  const auto n = static_cast<size_t>(std::count_if(log.jobs.begin(), log.jobs.end(), far));
  if (n == 0) return true;
  if (2 * n > log.jobs.size()) {
    const auto [low, high] = std::minmax_element(submits.begin(), submits.end());
    problems.add({log.file, 0, 0}, "submits reach over " + lasting_text(*high - *low) + " (expected at most " + lasting_text(kLongest) + "): are they in another unit than seconds?");
    return false;
  }
  for (const auto& j : log.jobs) {
    if (!far(j)) continue;
    const std::string why = "is submitted " + lasting_text(std::fabs(j.submit - median)) + " from the middle of the log: is that another unit, or a wrong clock?";
    const auto rows = rows_are_tasks ? std::max<size_t>(1, j.tasks.size()) : 1;
    log.report.used -= rows;
    for (size_t r = 0; r < rows; ++r) {
      const double seconds = rows_are_tasks && !j.tasks.empty() ? j.tasks[r].chip_seconds() : j.chip_seconds();
      log.report.refused.push_back({j.line, "a time far from all others", why, j.run ? std::optional(seconds / 3600) : std::nullopt});
    }
  }
  std::erase_if(log.jobs, far);
  return true;
}

namespace {

// Rows of a log without ids that are equal: they may be one job told twice, or two that were submitted at once.
void find_doubled(JobLog& log) {
  std::string first;
  for (size_t from = 0, to = 0; from < log.jobs.size(); from = to) {
    while (to < log.jobs.size() && log.jobs[to].submit == log.jobs[from].submit) ++to;
    std::set<std::tuple<int, int, int, double, double, double>> seen;
    for (size_t i = from; to - from > 1 && i < to; ++i) {
      const Job& j = log.jobs[i];
      if (!j.id.empty() || seen.emplace(j.tenant, j.user, j.work, j.chips, j.run.value_or(-1), j.steps.value_or(-1)).second) continue;
      if (log.report.doubled++ < kSaid) first += (first.empty() ? "" : ", ") + std::to_string(j.line);
    }
  }
  if (log.report.doubled > 0)
    log.report.notes.push_back(std::to_string(log.report.doubled) + (log.report.doubled == 1 ? " row is" : " rows are") + " equal to another one (line " + first +
                               (log.report.doubled > kSaid ? ", ..." : "") +
                               "). The log has no ids that could tell a row that is doubled from two jobs that are submitted at once: they are used");
}

void shift(Job& j, double by) {
  j.submit -= by;
  for (auto* t : {&j.start, &j.end, &j.deadline})
    if (*t) **t -= by;
  for (auto* spans : {&j.attempts, &j.tasks})
    for (auto& s : *spans) s.start -= by, s.end -= by;
}

void by_line(std::vector<LeftOut>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
}

// Why not one row was good: the first few reasons.
void no_jobs(const JobLog& log, Diagnostics& problems) {
  const auto& r = log.report;
  if (r.rows == 0) return problems.add({log.file, 0, 0}, "holds no job");
  for (const auto* rows : {&r.refused, &r.aside})
    for (size_t i = 0; i < rows->size() && i < kSaid; ++i) problems.add({log.file, (*rows)[i].line, 0}, (*rows)[i].why);
  if (r.rows > kSaid) problems.add({log.file, 0, 0}, "no row of " + std::to_string(r.rows) + " is a job that can be used");
}

}  // namespace

std::optional<JobLog> JobSink::finish(Diagnostics& problems) {
  by_line(log.report.refused), by_line(log.report.aside);
  if (!log.jobs.empty() && !drop_far_ones(problems)) return {};
  if (log.jobs.empty()) return no_jobs(log, problems), std::nullopt;
  by_line(log.report.refused);
  double latest = -std::numeric_limits<double>::infinity();
  for (const auto& j : log.jobs) {
    if (j.submit < latest) ++log.report.unsorted;
    latest = std::max(latest, j.submit);
  }
  std::stable_sort(log.jobs.begin(), log.jobs.end(), [](const Job& a, const Job& b) { return std::tie(a.submit, a.line) < std::tie(b.submit, b.line); });
  find_doubled(log);
  const double first = log.jobs.front().submit;
  for (auto& j : log.jobs) shift(j, first);
  if (dated) log.epoch = first;
  else if (!std::isnan(epoch)) log.epoch = epoch + first;
  if (log.epoch && (*log.epoch < kEarliest || *log.epoch > kLatest)) log.epoch.reset(), note("The clock of the log reads no date of the years 0 to 9999: dates are left out");
  if (!log.epoch) log.zone.reset();
  return std::move(log);
}

namespace {

// Where the wanted columns stand in a table.
class Places {
 public:
  Places(const JobSink& sink, const Wanted& wanted) : sink_(sink), wanted_(wanted) {}
  bool found = false;  // a header has been read
  size_t width = 0;
  bool header(const std::vector<std::string>& names, Diagnostics& problems) {
    found = true, width = names.size();
    bool good = true;
    for (const auto& name : wanted_.columns) good = place(names, name, true, problems) && good;
    for (const auto& name : wanted_.optional) place(names, name, false, problems);
    return good;
  }
  void pick(const CsvRow& row, Cells& cells) const {
    cells.resize(at_.size());
    for (size_t i = 0; i < at_.size(); ++i) cells[i] = at_[i] < width ? trimmed(row.fields[at_[i]]) : std::string_view();
  }

 private:
  bool place(const std::vector<std::string>& names, const std::string& name, bool needed, Diagnostics& problems) {
    at_.push_back(static_cast<size_t>(std::find_if(names.begin(), names.end(), [&](const auto& n) { return trimmed(n) == name; }) - names.begin()));
    if (at_.back() < width || !needed) return true;
    problems.add({sink_.log.file, 1, 0}, "the header has no column \"" + name + "\" (expected of " + sink_.log.format + ")" + did_you_mean(name, names));
    return false;
  }
  const JobSink& sink_;
  const Wanted& wanted_;
  std::vector<size_t> at_;
};

std::vector<std::string> names_in(std::string_view header) {
  std::vector<std::string> out;
  for (size_t end; !header.empty(); header.remove_prefix(std::min(end + 1, header.size()))) end = std::min(header.find(','), header.size()), out.emplace_back(header.substr(0, end));
  return out;
}

}  // namespace

bool each_row(JobSink& sink, const std::string& text, const Wanted& wanted, Diagnostics& problems, const std::function<void(const Cells&)>& row) {
  Places places(sink, wanted);
  Cells cells;
  bool good = wanted.header.empty() || places.header(names_in(wanted.header), problems);
  const bool whole = scan_csv(text, sink.log.file, problems, [&](CsvRow& r) {
    if (!places.found) { good = places.header(r.fields, problems); return; }
    if (!good) return;
    sink.begin(r.line);
    if (r.fields.size() != places.width) {
      sink.refuse("another number of fields", "has " + std::to_string(r.fields.size()) + " fields (expected " + std::to_string(places.width) +
                                                  (wanted.header.empty() ? ", as in the header)" : ")"));
      return;
    }
    places.pick(r, cells);
    row(cells);
  });
  return good && whole;
}

}  // namespace capmix::import
