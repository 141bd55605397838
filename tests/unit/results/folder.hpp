// A directory of its own for each test, removed with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "catch.hpp"

namespace test {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "capmix-results-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

}  // namespace test
