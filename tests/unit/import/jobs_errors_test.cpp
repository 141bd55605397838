// The corpus of broken logs of jobs (tests/errors/jobs/README.md).
#include "corpus.hpp"
#include "import/job_totals.hpp"
#include "import/jobs.hpp"

using namespace capmix;
using std::filesystem::path, test::Told;

namespace {

Told tell(const path& file, const std::string& format) {
  Diagnostics problems;
  Told out;
  import::JobQuestion question;
  if (format != "auto") question.format = format;
  const auto log = import::read_jobs(file.string(), question, problems);
  out.read = log.has_value();
  for (const auto& d : problems.sorted()) out.lines.push_back("! " + (d.place.file == file.string() ? d.text().substr(file.string().size() + 1) : d.text()));
  if (!log) return out;
  CHECK(problems.ok());
  const auto& r = log->report;
  CHECK(!log->jobs.empty());
  CHECK(r.rows == r.used + r.aside.size() + r.refused.size());
  CHECK(log->chip_hours() + import::hours_of(r.aside) + import::hours_of(r.refused) == test::Approx(r.chip_hours));
  for (const auto& row : r.refused) out.lines.push_back("- " + std::to_string(row.line) + ": " + row.why);
  for (const auto& row : r.aside) out.lines.push_back("~ " + std::to_string(row.line) + ": " + row.why);
  return out;
}

}  // namespace

TEST_CASE("each broken log of jobs is told as it must be, and nothing else of it") { test::check_told("jobs", tell, 30); }

TEST_CASE("a log of jobs that is cut anywhere is refused or used, and never a crash") { test::check_cut("jobs", tell); }
