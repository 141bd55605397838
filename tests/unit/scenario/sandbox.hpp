// A copy of the good study of the corpus that a test may change.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "scenario/scenario.hpp"

namespace test {

class Sandbox {
 public:
  Sandbox() : root_(std::filesystem::temp_directory_path() / ("capmix-scenario-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::copy(std::filesystem::path(CAPMIX_SOURCE_DIR) / "tests/errors/good", root_,
                          std::filesystem::copy_options::recursive);
  }
  ~Sandbox() { std::filesystem::remove_all(root_); }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::string path(const std::string& name) const { return (root_ / name).string(); }
  std::string read(const std::string& name) const {
    std::ifstream in(root_ / name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(root_ / name) << text; }
  void replace(const std::string& name, const std::string& what, const std::string& with) {
    std::string text = read(name);
    const size_t at = text.find(what);
    INFO(name << " holds no " << what);
    REQUIRE(at != std::string::npos);
    write(name, text.replace(at, what.size(), with));
  }
  capmix::Scenario load(const std::vector<std::string>& overrides = {}) const {
    return capmix::scenario::load(path("study.toml"), overrides);
  }
  // The problems that loading reports, "" when there are none.
  std::string problems(const std::vector<std::string>& overrides = {}) const {
    try {
      load(overrides);
    } catch (const capmix::InputError& e) {
      return e.what();
    }
    return "";
  }

 private:
  std::filesystem::path root_;
};

inline const capmix::Fact* find_fact(const capmix::Scenario& s, const std::string& subject, const std::string& path) {
  for (const auto& f : s.facts)
    if (f.subject == subject && f.path == path) return &f;
  return nullptr;
}

}  // namespace test
