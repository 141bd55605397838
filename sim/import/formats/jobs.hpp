// What the importers of job logs share: rows that are counted, sized, used or refused. Private to the room import.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "import/csv.hpp"
#include "import/jobs.hpp"
#include "import/text.hpp"

namespace capmix::import {

// A finite number, whatever its sign; absent when the text is none.
std::optional<double> number(std::string_view text);
// "2017-10-09 07:01:55", a "T" in its middle, a fraction and "Z" or "+08:00" behind: s since 1970 in UTC, or of the
// file's clock when no zone is told.
struct ZonedTime {
  double at = 0;
  std::optional<double> zone{};    // s ahead of UTC
};
std::optional<ZonedTime> zoned_time(std::string_view text);
bool blank_cell(std::string_view text);  // "", "None", "NaN", "null" and the like

inline constexpr const char* kNotHeld = "asks for no chip";

// Gathers the jobs of one log. A row begins with begin(), says its size as soon as it is known, and ends with use(),
// aside() or refuse(). Times are absolute here, on whatever clock the log has; finish() shifts them.
class JobSink {
 public:
  JobSink(const std::string& path, const std::string& format, const JobQuestion& question);

  JobLog log;
  bool dated = false;              // times are s since 1970 (of the file's clock): there is an epoch
  double epoch = 0;                // not dated: time 0 is there; NaN: nowhere

  void begin(int line);
  void size(std::optional<double> chips, std::optional<double> seconds);  // of the row, where both are known and not negative; no chips are 0
  void size_hours(double chip_hours);
  // Each gives false, so that a check can end with it.
  bool refuse(const char* reason, std::string why);
  bool aside(const char* reason, std::string why);

  // Checks of a cell: true when the value is there and at least 0, else the row is refused.
  bool amount(const std::optional<double>& value, std::string_view text, const char* name);
  bool whole(const std::optional<double>& value, std::string_view text, const char* name);  // besides: a whole number
  bool positive(const std::optional<double>& value, std::string_view text, const char* name);
  // A date: the clock of the first row counts, others are moved to it.
  std::optional<double> time(std::string_view text);
  bool has_time(const std::optional<double>& value, std::string_view text, const char* name);

  // Takes the row as this job, or refuses it: doubled id, wider than the fleet, run time of 0, times out of order.
  // `told_apart`: jobs of the log have ids. False when it is refused.
  bool use(Job job, bool told_apart);
  // The same of a job whose rows are counted elsewhere. Gives the reason, or "".
  struct Verdict { const char* reason = ""; std::string why{}; };
  Verdict verdict(const Job& job, bool told_apart);

  int tenant(std::string_view name) { return name_of(log.tenants, tenants_, name); }
  int user(std::string_view name) { return name_of(log.users, users_, name); }
  int chip(std::string_view name) { return name_of(log.chips, chips_, name); }
  int status(std::string_view name) { return name_of(log.statuses, statuses_, name); }
  int qos(std::string_view name) { return name_of(log.qos, qos_, name); }
  int work(std::string_view name) { return name_of(log.works, works_, name); }
  void note(std::string text) { log.report.notes.push_back(std::move(text)); }
  int line() const { return line_; }
  bool rows_are_tasks = false;     // a row is a task of a job, not a job
  double fleet = 0;                // chips: wider jobs are refused
  std::string fleet_from{};        // who says so

  // Sorts, shifts times, sets aside what is far off. No answer, after a problem, when no row can be used.
  std::optional<JobLog> finish(Diagnostics& problems);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  using Index = std::unordered_map<std::string, int, Hash, std::equal_to<>>;
  static int name_of(std::vector<std::string>& names, Index& index, std::string_view name);
  bool drop_far_ones(Diagnostics& problems);

  int line_ = 0;
  std::optional<double> hours_{};  // of the row
  Index tenants_{}, users_{}, chips_{}, statuses_{}, qos_{}, works_{}, ids_{};  // ids: line of the first
};

// Streams a table with a header: `columns` must all be there, in any order. `row` gets the cells of those columns, trimmed
// (an optional column that is missing: ""). Rows of another width are refused. False, after a problem, when it is no such
// table. `header`: of a table without one, "" where it has its own.
using Cells = std::vector<std::string_view>;
struct Wanted {
  std::vector<std::string> columns{}, optional{};
  std::string header{};
};
bool each_row(JobSink& sink, const std::string& text, const Wanted& wanted, Diagnostics& problems, const std::function<void(const Cells&)>& row);

std::string shown(std::string_view text);  // in quotes, cut after 40 characters, without control characters
std::string plain(double value);           // shortest text that is read as the same number

// One of each format.
void read_swf(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_philly(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_philly_json(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_helios(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_acme(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_pai(JobSink& sink, const std::string& text, const std::string& with, Diagnostics& problems);
void read_openb(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_spot(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_gavel(JobSink& sink, const std::string& text, const std::string& with, const std::string& chip, Diagnostics& problems);
void read_muri(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_elasticflow(JobSink& sink, const std::string& text, Diagnostics& problems);
void read_own(JobSink& sink, const std::string& text, Diagnostics& problems);

}  // namespace capmix::import
