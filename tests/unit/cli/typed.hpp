// A verb as it is typed: what it complains of, what it prints on a standard output that is no terminal.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "house.hpp"

namespace test {

inline std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const capmix::InputError& e) {
    return e.what();
  }
  return "";
}

inline std::string printed(const std::function<void()>& act) {
  const std::string file = scratch().file("printed");
  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO), into = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(into, STDOUT_FILENO), ::close(into);
  std::string failed;
  try {
    act();
  } catch (const std::exception& e) {
    failed = e.what();
  }
  std::fflush(stdout);
  ::dup2(before, STDOUT_FILENO), ::close(before);
  INFO(failed);
  CHECK(failed.empty());
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The path of a file of that name with that text.
inline std::string written(const std::string& name, const std::string& text) {
  const std::string path = scratch().file(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

inline void check_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}

}  // namespace test
