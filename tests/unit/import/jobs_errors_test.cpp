// The corpus of broken logs of jobs (tests/errors/jobs/README.md).
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "import/job_totals.hpp"
#include "import/jobs.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

const fs::path kCorpus = fs::path(CAPMIX_SOURCE_DIR) / "tests" / "errors" / "jobs";

struct Told {
  bool read = false;
  std::vector<std::string> lines;
};

Told tell(const fs::path& path, const std::string& format) {
  Diagnostics problems;
  Told out;
  import::JobQuestion question;
  if (format != "auto") question.format = format;
  const auto log = import::read_jobs(path.string(), question, problems);
  out.read = log.has_value();
  for (const auto& d : problems.sorted()) out.lines.push_back("! " + (d.place.file == path.string() ? d.text().substr(path.string().size() + 1) : d.text()));
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

std::map<std::pair<std::string, std::string>, std::vector<std::string>> expected() {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> out;
  std::ifstream in(kCorpus / "expected.txt");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string file, format, text;
    words >> file >> format >> std::ws;
    std::getline(words, text);
    if (!file.empty()) out[{file, format}].push_back(text);
  }
  return out;
}

}  // namespace

TEST_CASE("each broken log of jobs is told as it must be, and nothing else of it") {
  std::set<std::string> named;
  for (const auto& [key, want] : expected()) {
    named.insert(key.first);
    INFO(key.first << " as " << key.second);
    CHECK(tell(kCorpus / key.first, key.second).lines == want);
  }
  for (const auto& entry : fs::directory_iterator(kCorpus)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    if (name != "README.md" && name != "expected.txt") CHECK(named.count(name) == 1);
  }
  CHECK(named.size() >= 30);
}

TEST_CASE("a log of jobs that is cut anywhere is refused or used, and never a crash") {
  const fs::path part = fs::temp_directory_path() / ("capmix-jobs-cut-" + std::to_string(::getpid()));
  for (const auto& [key, want] : expected()) {
    std::ifstream in(kCorpus / key.first, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (size_t n = 0; n < text.size(); n += 1 + text.size() / 200) {
      std::ofstream(part, std::ios::binary) << text.substr(0, n);
      const auto told = tell(part, key.second);
      INFO(key.first << " cut after " << n);
      CHECK((told.read || !told.lines.empty()));
    }
  }
  fs::remove(part);
}
