#include "engine/workers.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

#include "catch.hpp"

using capmix::engine::TaskResult;
using capmix::engine::Workers;

TEST_CASE("every task comes back once, whatever the number of workers") {
  const int jobs = GENERATE(1, 2, 5);
  Workers workers(jobs, [](int task) { return std::string(static_cast<size_t>(task) * 1000, 'x'); });
  std::map<int, size_t> seen;
  workers.run(20, [&](TaskResult r) {
    REQUIRE(r.ok);
    REQUIRE(seen.emplace(r.task, r.bytes.size()).second);
  });
  REQUIRE(seen.size() == 20);
  for (const auto& [task, size] : seen) REQUIRE(size == static_cast<size_t>(task) * 1000);
}

TEST_CASE("a result larger than a pipe's buffer arrives whole") {
  Workers workers(1, [](int) { return std::string(3'000'000, 'y'); });
  size_t size = 0;
  workers.run(1, [&](TaskResult r) { size = r.bytes.size(); });
  REQUIRE(size == 3'000'000);
}

TEST_CASE("a task that throws or crashes is a failed result with its reason, and the rest goes on") {
  Workers workers(2, [](int task) -> std::string {
    if (task == 1) throw std::runtime_error("no such chip");
    if (task == 2) std::raise(SIGKILL);
    return "fine";
  });
  std::map<int, TaskResult> seen;
  workers.run(4, [&](TaskResult r) { seen[r.task] = r; });
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].ok);
  CHECK(seen[3].ok);
  CHECK_FALSE(seen[1].ok);
  CHECK(seen[1].bytes == "no such chip");
  CHECK_FALSE(seen[2].ok);
  CHECK(seen[2].bytes.find("twice: ") == 0);
  CHECK(seen[2].bytes.find("signal 9") != std::string::npos);
  CHECK(seen[1].ended.empty());  // what throws would throw again
}

TEST_CASE("a process that is killed costs its task one more try, and so does a helper; all else goes on") {
  const std::string marks = (std::filesystem::temp_directory_path() / ("capmix-killed-" + std::to_string(::getpid()))).string();
  std::filesystem::create_directories(marks);
  const auto once = [&](int task) {  // true the first time
    const std::string mark = marks + "/" + std::to_string(task);
    const bool first = !std::filesystem::exists(mark);
    std::ofstream(mark).flush();
    return first;
  };
  const int jobs = GENERATE(1, 3);
  Workers workers(jobs, [&](int task) {
    if (task == 2 && once(2)) std::raise(SIGKILL);
    if (task == 5 && once(5)) {
      ::kill(::getppid(), SIGKILL);  // the helper; this child outlives it and has nobody to answer to
      ::usleep(1000);
    }
    return std::to_string(task);
  });
  std::map<int, TaskResult> seen;
  workers.run({9, 2, 5, 7, 1, 8}, [&](TaskResult r) { REQUIRE(seen.emplace(r.task, r).second); });
  CHECK(seen.size() == 6);
  for (const auto& [task, r] : seen) {
    CHECK(r.ok);
    CHECK(r.bytes == std::to_string(task));
    CHECK(r.ended.empty() == (task != 2 && task != 5));
  }
  CHECK(seen[2].ended.find("signal 9") != std::string::npos);
  CHECK(seen[5].ended == "its worker process has gone");
  workers.run(3, [&](TaskResult r) { CHECK(r.ok); });  // as good as new
  std::filesystem::remove_all(marks);
}

TEST_CASE("each task has a process of its own: what one leaves behind, the next does not see") {
  static int counter = 0;
  Workers workers(1, [](int) { return std::to_string(++counter); });
  std::vector<std::string> seen;
  workers.run(3, [&](TaskResult r) { seen.push_back(r.bytes); });
  REQUIRE(seen == std::vector<std::string>{"1", "1", "1"});
}
