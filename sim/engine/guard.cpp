#include "engine/guard.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <sstream>

#include "engine/workers.hpp"

namespace capmix::engine {
namespace {

constexpr int kKept = 1 << 16;  // bytes of what a process said last

std::string last_said(int log) {
  const off_t size = ::lseek(log, 0, SEEK_END);
  std::string text(static_cast<size_t>(std::min<off_t>(size, kKept)), '\0');
  const ssize_t n = ::pread(log, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(n < 0 ? 0 : static_cast<size_t>(n));
  return text;
}

// The line that tells most: a critical one or an error, not the farewell after it. SimGrid begins each with
// "[0.000000] [category/PRIORITY]" or with its own source line.
std::string telling(const std::string& said) {
  std::istringstream lines(said);
  std::string best;
  for (std::string line; std::getline(lines, line);) {
    const auto mark = line.find("/CRITICAL] ") != std::string::npos ? line.find("/CRITICAL] ") : line.find("/ERROR] ");
    if (mark == std::string::npos) continue;
    const std::string text = line.substr(line.find("] ", mark) + 2);
    if (text.empty() || text.rfind("Exiting now", 0) == 0 || text.find("Backtrace") != std::string::npos) continue;
    if (best.empty()) best = text;
  }
  while (!best.empty() && (std::isspace(static_cast<unsigned char>(best.back())) != 0 || best.back() == ':')) best.pop_back();
  return best;
}

}  // namespace

Outcome guarded(const std::function<std::string()>& work, unsigned seconds) {
  const int log = ::memfd_create("capmix-guard", MFD_CLOEXEC);
  Outcome out;
  out.ok = attempt(
      [&] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        if (log >= 0) ::dup2(log, STDOUT_FILENO), ::dup2(log, STDERR_FILENO);
        ::signal(SIGALRM, SIG_DFL);
        ::alarm(seconds);
        return work();
      },
      out.bytes);
  if (!out.ok) {
    const std::string said = log >= 0 ? telling(last_said(log)) : "";
    out.reason = !said.empty() ? said : !out.bytes.empty() ? out.bytes : "the process ended and said nothing";
    if (out.bytes.find("signal " + std::to_string(SIGALRM)) != std::string::npos) out.reason = "no answer within " + std::to_string(seconds) + " s";
    out.bytes.clear();
  }
  if (log >= 0) ::close(log);
  return out;
}

}  // namespace capmix::engine
