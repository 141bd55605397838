// The corpus of broken logs of failures (tests/errors/failure-logs/README.md).
#include "corpus.hpp"
#include "import/failure_log.hpp"

using namespace capmix;
using std::filesystem::path, test::Told;

namespace {

Told tell(const path& file, const std::string& format) {
  Diagnostics problems;
  Told out;
  const auto log = import::read_failure_log(file.string(), format == "auto" ? "" : format, problems);
  out.read = log.has_value();
  for (const auto& d : problems.sorted()) out.lines.push_back("! " + (d.place.file == file.string() ? d.text().substr(file.string().size() + 1) : d.text()));
  if (!log) return out;
  CHECK(problems.ok());
  CHECK(log->used > 0);
  CHECK(log->rows == log->used + log->aside.size() + log->refused.size());
  for (const auto& s : log->spells) CHECK(s.exit > s.entry);
  for (const auto& row : log->refused) out.lines.push_back("- " + std::to_string(row.line) + ": " + row.why);
  for (const auto& row : log->aside) out.lines.push_back("~ " + std::to_string(row.line) + ": " + row.why);
  for (const auto& row : log->disagree) out.lines.push_back("? " + std::to_string(row.line) + ": " + row.why);
  return out;
}

}  // namespace

TEST_CASE("each broken log of failures is told as it must be, and nothing else of it") { test::check_told("failure-logs", tell, 12); }

TEST_CASE("a log of failures that is cut anywhere is refused or used, and never a crash") { test::check_cut("failure-logs", tell); }
