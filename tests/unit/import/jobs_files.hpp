// A log of jobs out of a text, and what tests compare of it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "import/job_totals.hpp"
#include "import/jobs.hpp"

namespace test {

class JobFile {
 public:
  explicit JobFile(const std::string& text, const std::string& name = "log") : path_((std::filesystem::temp_directory_path() / ("capmix-jobs-" + name + "-" + std::to_string(::getpid()))).string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~JobFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What holds of every log that is read.
inline void check_conserved(const capmix::import::JobLog& log) {
  const auto& r = log.report;
  CHECK(r.rows == r.used + r.aside.size() + r.refused.size());
  CHECK(log.chip_hours() + capmix::import::hours_of(r.aside) + capmix::import::hours_of(r.refused) == Approx(r.chip_hours));
  CHECK(log.jobs.front().submit == 0);
  for (size_t i = 1; i < log.jobs.size(); ++i)
    if (log.jobs[i].submit < log.jobs[i - 1].submit) FAIL_CHECK("job " << i << " is submitted before the one above it");
}

inline capmix::import::JobLog read_file(const std::string& path, const capmix::import::JobQuestion& question = {}) {
  capmix::Diagnostics problems;
  auto out = capmix::import::read_jobs(path, question, problems);
  INFO(problems.text());
  REQUIRE(out);
  check_conserved(*out);
  return *out;
}

inline capmix::import::JobLog read_log(const std::string& text, const std::string& format, capmix::import::JobQuestion question = {}) {
  const JobFile file(text);
  auto out = read_file(file.path(), question);
  CHECK(out.format == format);  // recognised
  return out;
}

inline std::string job_name(const std::vector<std::string>& names, int i) { return i < 0 ? std::string() : names.at(static_cast<size_t>(i)); }

// Whether two logs hold the same jobs; lines and the order of names may differ.
inline void check_same_jobs(const capmix::import::JobLog& a, const capmix::import::JobLog& b) {
  REQUIRE(a.jobs.size() == b.jobs.size());
  CHECK(a.epoch.has_value() == b.epoch.has_value());
  if (a.epoch && b.epoch) CHECK(*a.epoch == Approx(*b.epoch).margin(1e-6));
  CHECK(a.zone == b.zone);
  size_t differ = 0;
  for (size_t i = 0; i < a.jobs.size(); ++i) {
    auto x = a.jobs[i], y = b.jobs[i];
    bool same = true;
    const std::pair<int capmix::import::Job::*, std::vector<std::string> capmix::import::JobLog::*> names[] = {
        {&capmix::import::Job::tenant, &capmix::import::JobLog::tenants}, {&capmix::import::Job::user, &capmix::import::JobLog::users},   {&capmix::import::Job::chip, &capmix::import::JobLog::chips},
        {&capmix::import::Job::status, &capmix::import::JobLog::statuses}, {&capmix::import::Job::qos, &capmix::import::JobLog::qos},      {&capmix::import::Job::work, &capmix::import::JobLog::works}};
    for (const auto& [index, list] : names) {
      same = same && job_name(a.*list, x.*index) == job_name(b.*list, y.*index);
      x.*index = y.*index = -1;
    }
    x.line = y.line = 0;
    if (!same || x != y) ++differ;
  }
  CHECK(differ == 0);
}

// Written in our own format and read back.
inline void check_round_trip(const capmix::import::JobLog& log) {
  const JobFile file(capmix::import::jobs_csv(log), "own");
  const auto again = read_file(file.path());
  CHECK(again.format == "capmix");
  CHECK(again.report.refused.empty());
  check_same_jobs(log, again);
  CHECK(capmix::import::jobs_csv(again) == capmix::import::jobs_csv(log));
}

// The folder of published data, "" where it is not at hand.
inline std::string published_data() {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  return reference == nullptr ? "" : std::string(reference) + "/data/";
}

}  // namespace test
