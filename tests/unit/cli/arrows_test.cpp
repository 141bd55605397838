// The house stays a house: include lines against the table in sim/README.md.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "catch.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = CAPMIX_SOURCE_DIR;

std::map<std::string, std::set<std::string>> read_table() {
  std::map<std::string, std::set<std::string>> rooms;
  std::ifstream in(kRoot / "sim/README.md");
  const std::regex row(R"(\|\s*(\w+)\s*\|\s*\d+\s*\|[^|]*\|([^|]*)\|)");
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    if (!std::regex_match(line, m, row)) continue;
    std::istringstream may(m[2]);
    for (std::string r; may >> r;) rooms[m[1]].insert(r);
    rooms[m[1]];
  }
  return rooms;
}

struct Include {
  fs::path file;
  std::string room, header;
};

std::vector<Include> read_includes() {
  std::vector<Include> out;
  const std::regex line_of(R"(\s*#\s*include\s*[<"]([^>"]+)[>"].*)");
  for (const char* top : {"sim", "analysis"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const auto ext = entry.path().extension();
      if (ext != ".cpp" && ext != ".hpp") continue;
      const auto relative = fs::relative(entry.path(), kRoot / top);
      const std::string room = std::string(top) == "analysis" ? "analysis" : relative.begin()->string();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        std::smatch m;
        if (std::regex_match(line, m, line_of)) out.push_back({entry.path(), room, m[1]});
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("no include crosses a wall that the map does not open") {
  const auto rooms = read_table();
  REQUIRE(rooms.size() == 17);
  size_t arrows = 0;
  for (const auto& i : read_includes()) {
    if (i.room == "main.cpp") continue;
    INFO(i.file.string() << " includes " << i.header);
    REQUIRE(rooms.count(i.room) == 1);
    const auto slash = i.header.find('/');
    const std::string target = slash == std::string::npos ? "" : i.header.substr(0, slash);
    if (rooms.count(target) == 0 || target == i.room) continue;
    ++arrows;
    CHECK(rooms.at(i.room).count(target) == 1);
  }
  CHECK(arrows > 50);  // the test reads something
}

TEST_CASE("each library has its rooms") {
  const std::vector<std::pair<std::string, std::set<std::string>>> owners{
      {"simgrid/", {"engine", "step", "fleet"}}, {"xbt/", {"engine", "step", "fleet"}},
      {"boost/graph/", {"graph"}},               {"sqlite3.h", {"results"}},
      {"toml++/", {"scenario"}},                 {"csv.h", {"import"}},            {"zlib.h", {"import"}}, {"expat.h", {"import"}}, {"ceres/", {"calibrate"}},
      {"coin/", {"solve"}},                     {"openturns/", {"design"}},
      {"CLI/", {"cli"}}};
  for (const auto& i : read_includes()) {
    for (const auto& [prefix, allowed] : owners) {
      if (i.header.rfind(prefix, 0) != 0) continue;
      INFO(i.file.string() << " includes " << i.header);
      CHECK(allowed.count(i.room) == 1);
    }
    // Heavy headers stay out of headers.
    if (i.file.extension() == ".hpp" && i.room != "engine") {
      INFO(i.file.string() << " includes " << i.header);
      for (const char* heavy : {"nlohmann/json.hpp", "fmt/", "toml++/", "CLI/", "sqlite3.h", "simgrid/", "boost/graph/", "openturns/"})
        CHECK(i.header.rfind(heavy, 0) != 0);
    }
  }
}
