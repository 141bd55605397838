// Runs a shipped study, or a changed copy of it, through every room - as the command line does, without the text.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "analysis/metrics.hpp"
#include "engine/workers.hpp"
#include "results/codec.hpp"
#include "study/runner.hpp"

namespace test {

inline std::string study_file(const std::string& name) { return std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/" + name; }

// Step profiles that the tests of one build share: each test is a process of its own. Named after the program
// itself, so that a new build starts with none.
inline std::string profile_cache() {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const auto stamp = std::filesystem::last_write_time(self).time_since_epoch().count();
  return (self.parent_path() / "test-profiles" / std::to_string(stamp)).string();
}

// A folder of this process's own, gone with it.
struct Scratch {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("capmix-test-" + std::to_string(::getpid()));
  Scratch() { std::filesystem::create_directories(path); }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};
inline Scratch& scratch() {
  static Scratch s;
  return s;
}

struct House {
  capmix::study::Worlds worlds;
  std::vector<capmix::RateTable> rates;

  explicit House(const std::string& study, const std::vector<std::string>& overrides = {})
      : worlds(capmix::study::load(study_file(study), overrides)),
        rates(capmix::study::collect_rates(worlds, profile_cache(), 2, [](const std::string&, int, int) {})) {}

  capmix::Facts facts(const capmix::RunKey& key, bool coarse = false) const {
    std::string bytes;
    if (!capmix::engine::attempt([&] { return capmix::results::pack(capmix::study::simulate(worlds, rates, key, coarse)); }, bytes))
      throw std::runtime_error(bytes);
    return capmix::results::unpack(bytes);
  }
  capmix::analysis::Metrics metrics(const capmix::RunKey& key) const {
    return capmix::analysis::reduce(capmix::study::describe(worlds, {}), key, facts(key));
  }
};

}  // namespace test
