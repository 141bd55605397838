// What ships with capmix, as tests read it: the catalogue, once a process, and files by their path in the checkout.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "scenario/scenario.hpp"

namespace test {

inline const std::filesystem::path kRoot = CAPMIX_SOURCE_DIR;

inline const capmix::Scenario& catalogue() {
  static const auto s = capmix::scenario::load_catalogue((kRoot / "platforms").string(), (kRoot / "workloads").string());
  return s;
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace test
