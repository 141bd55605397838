// Work in processes of its own: a SimGrid engine starts at the clock of the one before it in the same
// process, so every fleet run and every profile gets a fresh process. A Workers object forks one quiet helper
// per job at construction - make it before the process has threads, an open database or a SimGrid engine -
// and each helper forks a child per task. What the work function reads must exist by then: it is inherited.
// Results come back in the order in which they finish; the caller alone writes. A process that is killed, the child
// or its helper, costs its task one more try; a helper that has gone is forked again, by then from a caller that may
// have a database open, which it leaves alone.
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
  std::string ended;  // how its first process was ended, when it was tried twice; "": it was not
};

// Runs `work` in a child process: true and its bytes, or false and why it failed in words. `killed`, where it is asked
// for: whether the process was ended instead of ending by itself.
bool attempt(const std::function<std::string()>& work, std::string& bytes, bool* killed = nullptr);

// The user asked to stop (SIGINT or SIGTERM) while tasks were running.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

class Workers {
 public:
  // work(task) runs in a child process; what it throws becomes a failed result, and so does a second crash.
  Workers(int jobs, std::function<std::string(int)> work);
  ~Workers();  // helpers end when their socket closes
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs the tasks 0 to tasks - 1, at most `jobs` at a time; on_result is called in this process, once for each. Throws Interrupted on
  // SIGINT or SIGTERM, between two results.
  void run(size_t tasks, const std::function<void(TaskResult)>& on_result);
  // The same for some tasks, in that order.
  void run(const std::vector<int>& tasks, const std::function<void(TaskResult)>& on_result);

 private:
  struct Helper {
    pid_t pid = -1;
    int socket = -1;
    int task = -1;  // being worked on, or -1
  };
  struct Line;      // of tasks that wait
  Helper start();
  void start_again(Helper& helper);
  void give(Helper& helper, Line& line);
  // What a helper has to say; false when it has gone.
  static bool hear(const Helper& helper, TaskResult& result, bool& killed);

  std::function<std::string(int)> work_;
  std::vector<Helper> helpers_;
};

}  // namespace capmix::engine
