// Runs one simulation in a process of its own, as the study does: a second SimGrid engine in a process would
// start at the clock of the first. Facts come back over a pipe, column by column.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "fleet/fleet.hpp"

namespace test {

struct Writer {
  std::string bytes;
  void raw(const void* p, size_t n) { bytes.append(static_cast<const char*>(p), n); }
  void operator()(const char*, int64_t& x) { raw(&x, sizeof x); }
  void operator()(const char*, double& x) { raw(&x, sizeof x); }
  void operator()(const char*, std::string& x) {
    const size_t n = x.size();
    raw(&n, sizeof n);
    raw(x.data(), n);
  }
};

struct Reader {
  const std::string& bytes;
  size_t at = 0;
  void raw(void* p, size_t n) {
    if (at + n > bytes.size()) throw std::runtime_error("the facts end too soon");
    std::memcpy(p, bytes.data() + at, n);
    at += n;
  }
  void operator()(const char*, int64_t& x) { raw(&x, sizeof x); }
  void operator()(const char*, double& x) { raw(&x, sizeof x); }
  void operator()(const char*, std::string& x) {
    size_t n = 0;
    raw(&n, sizeof n);
    x.resize(n);
    raw(x.data(), n);
  }
};

inline std::string pack(capmix::Facts facts) {
  Writer out;
  facts.each_table([&](auto& table) {
    int64_t rows = static_cast<int64_t>(table.size());
    out("", rows);
    for (auto& row : table) row.visit(out);
  });
  return out.bytes;
}

inline capmix::Facts unpack(const std::string& bytes) {
  capmix::Facts facts;
  Reader in{bytes};
  facts.each_table([&](auto& table) {
    int64_t rows = 0;
    in("", rows);
    table.resize(static_cast<size_t>(rows));
    for (auto& row : table) row.visit(in);
  });
  return facts;
}

// Bytes of the facts, for comparisons of whole runs.
template <class World>
std::string run_bytes(const World& w, const capmix::Draw& draw = capmix::Draw::at_modes(), bool coarse = false) {
  int fds[2];
  if (::pipe(fds) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(120);  // a simulation that never ends must not outlive its test
    int status = 1;
    try {
      const std::string bytes = pack(capmix::fleet::simulate(w.scenario, w.plan, w.rates, draw, coarse));
      size_t sent = 0;
      for (ssize_t n = 0; sent < bytes.size(); sent += static_cast<size_t>(n))
        if ((n = ::write(fds[1], bytes.data() + sent, bytes.size() - sent)) <= 0) break;
      status = sent == bytes.size() ? 0 : 1;
    } catch (...) {
    }
    ::_exit(status);
  }
  ::close(fds[1]);
  std::string bytes;
  char buffer[65536];
  for (ssize_t n; (n = ::read(fds[0], buffer, sizeof buffer)) > 0;) bytes.append(buffer, static_cast<size_t>(n));
  ::close(fds[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the simulation failed");
  return bytes;
}

template <class World>
capmix::Facts run(const World& w, const capmix::Draw& draw = capmix::Draw::at_modes(), bool coarse = false) {
  return unpack(run_bytes(w, draw, coarse));
}

}  // namespace test
