#include "engine/workers.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <numeric>
#include <stdexcept>

namespace capmix::engine {
namespace {

bool read_all(int fd, void* data, size_t size) {
  auto* p = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = ::read(fd, p, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    p += n, size -= static_cast<size_t>(n);
  }
  return true;
}

bool write_all(int fd, const void* data, size_t size) {
  const auto* p = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::write(fd, p, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    p += n, size -= static_cast<size_t>(n);
  }
  return true;
}

volatile std::sig_atomic_t stop_asked = 0;

// While it lives, SIGINT and SIGTERM ask for a stop instead of ending the process.
class StopHandler {
 public:
  StopHandler() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    ::sigaction(SIGINT, &action, &interrupt_);
    ::sigaction(SIGTERM, &action, &terminate_);
  }
  ~StopHandler() {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGTERM, &terminate_, nullptr);
  }

 private:
  struct sigaction interrupt_ {}, terminate_ {};
};

// A frame on the socket between helper and parent.
struct Header {
  uint64_t size = 0;
  uint32_t ok = 0, killed = 0;
};

// In the child: one task, its bytes on the pipe, exit status 0 or 1. Never returns: _exit leaves the parent's
// buffers and files alone.
[[noreturn]] void child(int pipe, const std::function<std::string()>& work) {
  std::string bytes;
  int status = 0;
  try {
    bytes = work();
  } catch (const std::exception& e) {
    bytes = e.what(), status = 1;
  }
  ::_exit(write_all(pipe, bytes.data(), bytes.size()) ? status : 1);
}

[[noreturn]] void helper(int socket, const std::function<std::string(int)>& work) {
  int32_t task = 0;
  while (read_all(socket, &task, sizeof task)) {
    std::string bytes;
    bool killed = false;
    const bool ok = attempt([&] { return work(task); }, bytes, &killed);
    const Header header{bytes.size(), ok ? 1u : 0u, killed ? 1u : 0u};
    if (!write_all(socket, &header, sizeof header) || !write_all(socket, bytes.data(), bytes.size())) break;
  }
  ::_exit(0);
}

}  // namespace

bool attempt(const std::function<std::string()>& work, std::string& bytes, bool* killed) {
  std::fflush(nullptr);
  int fds[2];
  if (::pipe(fds) != 0) return bytes = std::string("no pipe: ") + std::strerror(errno), false;
  const pid_t pid = ::fork();
  if (pid < 0) return bytes = std::string("no process: ") + std::strerror(errno), false;
  if (pid == 0) {
    ::close(fds[0]);
    child(fds[1], work);
  }
  ::close(fds[1]);
  char buffer[1 << 16];
  for (ssize_t n; (n = ::read(fds[0], buffer, sizeof buffer)) != 0;) {
    if (n > 0) bytes.append(buffer, static_cast<size_t>(n));
    else if (errno != EINTR) break;
  }
  ::close(fds[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (killed != nullptr) *killed = WIFSIGNALED(status);
  if (WIFSIGNALED(status)) {
    bytes = std::string("the process was ended by signal ") + std::to_string(WTERMSIG(status)) + " (" +
            strsignal(WTERMSIG(status)) + ")";
    return false;
  }
  return WEXITSTATUS(status) == 0;
}

Workers::Workers(int jobs, std::function<std::string(int)> work) : work_(std::move(work)) {
  for (int i = 0; i < std::max(1, jobs); ++i) helpers_.push_back(start());
}

Workers::Helper Workers::start() {
  std::fflush(nullptr);
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    throw std::runtime_error(std::string("cannot start a worker: ") + std::strerror(errno));
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error(std::string("cannot start a worker: ") + std::strerror(errno));
  if (pid == 0) {
    ::signal(SIGINT, SIG_DFL), ::signal(SIGTERM, SIG_DFL);
    ::close(pair[0]);
    for (const auto& h : helpers_)
      if (h.socket >= 0) ::close(h.socket);  // else a sibling would never see its parent go
    helper(pair[1], work_);
  }
  ::close(pair[1]);
  return {pid, pair[0], -1};
}

void Workers::start_again(Helper& helper) {
  ::close(helper.socket);
  helper.socket = -1;
  ::kill(helper.pid, SIGKILL);  // it may be alive and only have said nonsense
  while (::waitpid(helper.pid, nullptr, 0) < 0 && errno == EINTR) {}
  helper = start();
}

Workers::~Workers() {
  for (auto& h : helpers_) ::close(h.socket);
  for (auto& h : helpers_) {
    if (h.task >= 0) ::kill(h.pid, SIGTERM);  // left in the middle of a task by an exception
    while (::waitpid(h.pid, nullptr, 0) < 0 && errno == EINTR) {}
  }
}

struct Workers::Line {
  std::deque<int> tasks;
  std::map<int, std::string> ended;  // tasks whose first process was ended, and how
};

void Workers::give(Helper& h, Line& line) {
  h.task = -1;
  while (!line.tasks.empty()) {
    const int32_t task = line.tasks.front();
    if (::send(h.socket, &task, sizeof task, MSG_NOSIGNAL) == sizeof task) {
      h.task = task, line.tasks.pop_front();
      return;
    }
    start_again(h);  // it went while it was idle
  }
}

bool Workers::hear(const Helper& helper, TaskResult& result, bool& killed) {
  Header header;
  if (!read_all(helper.socket, &header, sizeof header)) return false;
  result.bytes.resize(header.size), result.ok = header.ok == 1, killed = header.killed == 1;
  return read_all(helper.socket, result.bytes.data(), result.bytes.size());
}

void Workers::run(size_t tasks, const std::function<void(TaskResult)>& on_result) {
  std::vector<int> all(tasks);
  std::iota(all.begin(), all.end(), 0);
  run(all, on_result);
}

void Workers::run(const std::vector<int>& tasks, const std::function<void(TaskResult)>& on_result) {
  const StopHandler handler;
  Line line{{tasks.begin(), tasks.end()}, {}};
  size_t open = tasks.size();
  for (auto& h : helpers_) give(h, line);
  std::vector<pollfd> polls(helpers_.size());
  while (open > 0) {
    for (size_t i = 0; i < helpers_.size(); ++i)
      polls[i] = {helpers_[i].task >= 0 ? helpers_[i].socket : -1, POLLIN, 0};
    const int ready = ::poll(polls.data(), polls.size(), -1);
    if (stop_asked != 0) throw Interrupted();
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0)
      throw std::runtime_error(std::string("waiting for workers: ") + std::strerror(errno));
    for (size_t i = 0; i < helpers_.size(); ++i) {
      if (polls[i].revents == 0) continue;
      TaskResult result{helpers_[i].task, false, {}, {}};
      bool killed = false;
      if (!hear(helpers_[i], result, killed)) {
        if (stop_asked != 0) throw Interrupted();
        result.ok = false, result.bytes = "its worker process has gone", killed = true;
        start_again(helpers_[i]);
      }
      const auto before = line.ended.find(result.task);
      if (killed && before == line.ended.end()) {
        line.ended[result.task] = result.bytes;
        line.tasks.push_back(result.task);
        give(helpers_[i], line);
        continue;
      }
      if (before != line.ended.end()) result.ended = before->second;
      if (killed) result.bytes = "twice: " + result.ended + "; " + result.bytes;
      --open;
      give(helpers_[i], line);
      on_result(std::move(result));
    }
  }
}

}  // namespace capmix::engine
