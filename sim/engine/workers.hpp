// Work in processes of its own: a SimGrid engine starts at the clock of the one before it in the same
// process, so every fleet run and every profile gets a fresh process. A Workers object forks one quiet helper
// per job at construction - make it before the process has threads, an open database or a SimGrid engine -
// and each helper forks a child per task. What the work function reads must exist by then: it is inherited.
// Results come back in the order in which they finish; the caller alone writes.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/types.h>

namespace capmix::engine {

struct TaskResult {
  int task = 0;
  bool ok = false;
  std::string bytes;  // what the work function returned, or why it failed in words
};

// Runs `work` in a child process: true and its bytes, or false and why it failed in words.
bool attempt(const std::function<std::string()>& work, std::string& bytes);

// The user asked to stop (SIGINT or SIGTERM) while tasks were running.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

class Workers {
 public:
  // work(task) runs in a child process; what it throws becomes a failed result, and so does a crash.
  Workers(int jobs, std::function<std::string(int)> work);
  ~Workers();  // helpers end when their socket closes
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs the tasks 0 to tasks - 1, each once, at most `jobs` at a time; on_result is called in this process. Throws Interrupted on
  // SIGINT or SIGTERM, between two results.
  void run(size_t tasks, const std::function<void(TaskResult)>& on_result);

 private:
  struct Helper {
    pid_t pid = -1;
    int socket = -1;
    int task = -1;  // being worked on, or -1
  };
  std::vector<Helper> helpers_;
};

}  // namespace capmix::engine
