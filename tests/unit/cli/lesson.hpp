// A lesson of docs/ as text, and what it must say.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"

namespace test {

inline std::string lesson(const std::string& name) {
  std::ifstream in(std::string(CAPMIX_SOURCE_DIR) + "/docs/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void check_says(const std::string& text, const std::string& part) {
  INFO("the lesson does not say: " << part);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace test
