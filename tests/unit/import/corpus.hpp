// A corpus of broken files, tests/errors/NAME, held against its expected.txt: a line says a file, the format it is read as, and
// one line that is told of it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace test {

namespace fs = std::filesystem;

struct Told {
  bool read = false;
  std::vector<std::string> lines;
};
using Tell = Told (*)(const fs::path& path, const std::string& format);

inline fs::path corpus(const std::string& name) { return fs::path(CAPMIX_SOURCE_DIR) / "tests" / "errors" / name; }

inline std::map<std::pair<std::string, std::string>, std::vector<std::string>> expected(const fs::path& corpus) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> out;
  std::ifstream in(corpus / "expected.txt");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string file, format, text;
    words >> file >> format >> std::ws;
    std::getline(words, text);
    if (!file.empty()) out[{file, format}].push_back(text);
  }
  return out;
}

// Each file is told as it must be, nothing else of it; every file of the corpus, at least so many.
inline void check_told(const std::string& name, Tell tell, size_t least) {
  std::set<std::string> named;
  for (const auto& [key, want] : expected(corpus(name))) {
    named.insert(key.first);
    INFO(key.first << " as " << key.second);
    CHECK(tell(corpus(name) / key.first, key.second).lines == want);
  }
  for (const auto& entry : fs::directory_iterator(corpus(name))) {
    const std::string file = entry.path().filename().string();
    INFO(file);
    if (file != "README.md" && file != "expected.txt") CHECK(named.count(file) == 1);
  }
  CHECK(named.size() >= least);
}

// Each file, cut at about 200 places, is refused or used.
inline void check_cut(const std::string& name, Tell tell) {
  const fs::path part = fs::temp_directory_path() / ("capmix-" + name + "-cut-" + std::to_string(::getpid()));
  for (const auto& [key, want] : expected(corpus(name))) {
    std::ifstream in(corpus(name) / key.first, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (size_t n = 0; n < text.size(); n += 1 + text.size() / 200) {
      std::ofstream(part, std::ios::binary) << text.substr(0, n);
      const auto told = tell(part, key.second);
      INFO(key.first << " cut after " << n);
      CHECK((told.read || !told.lines.empty()));
    }
  }
  fs::remove(part);
}

}  // namespace test
