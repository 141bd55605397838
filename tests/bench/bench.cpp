// Measures what the README promises, as whole processes: wall seconds and the peak memory of the largest
// process. Prints a table; asserts nothing - machines are noisy, read ratios and medians.
//   capmix_bench CAPMIX STUDY [RUNS [PLAN_STUDY]]      (PLAN_STUDY: as capmix_plan_study writes it)
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>

namespace {

struct Sample {
  double seconds = 0;
  double megabytes = 0;
  int status = 0;
};

Sample measure(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const auto& a : command) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, 1);
    ::dup2(null, 2);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  Sample s;
  rusage usage{};
  ::wait4(pid, &s.status, 0, &usage);
  s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  s.megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  return s;
}

void row(const char* what, int runs, const std::vector<std::string>& command, const std::filesystem::path& clear = {}) {
  std::vector<double> seconds;
  double megabytes = 0;
  int status = 0;
  for (int i = 0; i < runs; ++i) {
    if (!clear.empty()) std::filesystem::remove_all(clear);
    const Sample s = measure(command);
    seconds.push_back(s.seconds);
    megabytes = std::max(megabytes, s.megabytes);
    status |= s.status;
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%-52s %8.2f %8.2f %8.2f %10.0f%s\n", what, seconds.front(), seconds[seconds.size() / 2], seconds.back(),
              megabytes, status == 0 ? "" : "  FAILED");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: capmix_bench CAPMIX STUDY [RUNS [PLAN_STUDY]]\n"), 2;
  const std::string capmix = argv[1], study = argv[2];
  const int runs = argc > 3 ? std::max(1, std::atoi(argv[3])) : 3;
  const auto dir = std::filesystem::temp_directory_path() / ("capmix-bench-" + std::to_string(::getpid()));
  const auto cache = dir / "cache";
  std::filesystem::create_directories(dir);
  const std::string db = (dir / "bench.db").string();
  const std::vector<std::string> modes{capmix, "compare", study, "--draws", "0", "--fresh", "--quiet", "--cache", cache.string(), "--out", db};
  std::vector<std::string> full{capmix, "compare", study, "--fresh", "--quiet", "--cache", cache.string(), "--out", db};

  std::printf("%-52s %8s %8s %8s %10s\n", "seconds", "min", "median", "max", "peak MB");
  row("all mixes x outcomes at modes, cold profiles", runs, modes, cache);
  row("all mixes x outcomes at modes, warm profiles", runs, modes);
  row("all mixes x outcomes x the study's draws, warm", runs, full);
  row("plan of one mix, no simulation", runs, {capmix, "plan", study});
  if (argc > 4) row("10,000 draws of a plan of 50 halls, 2 processes", runs, {capmix, "plan", argv[4], "--draws", "10000", "--jobs", "2", "--quiet"});
  row("check", runs, {capmix, "check", study});
  std::filesystem::remove_all(dir);
  return 0;
}
