// The corpus of broken files: each says in its first lines which problems it must produce, and produces
// no other. A file that says nothing is good.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scenario/scenario.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

const fs::path kCorpus = fs::path(CAPMIX_SOURCE_DIR) / "tests" / "errors";

std::vector<fs::path> corpus() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(kCorpus))
    if (entry.path().extension() == ".toml") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

// "# expect: <start of a problem's line, its paths relative to the corpus>"
std::vector<std::string> expected(const fs::path& file) {
  const std::string mark = "# expect: ";
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && line.rfind(mark, 0) == 0;) out.push_back(line.substr(mark.size()));
  return out;
}

std::vector<std::string> produced(const fs::path& file) {
  Diagnostics problems;
  scenario::check({file.string()}, problems);
  std::vector<std::string> out;
  const std::string root = kCorpus.string() + "/";
  for (const auto& d : problems.sorted()) {
    std::string text = d.text();
    for (size_t at; (at = text.find(root)) != std::string::npos;) text.erase(at, root.size());
    out.push_back(text);
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& l : lines) out += "  " + l + "\n";
  return out;
}

}  // namespace

TEST_CASE("each file of the corpus produces the problems that it names, and no other") {
  size_t broken = 0;
  for (const auto& file : corpus()) {
    const auto want = expected(file);
    auto have = produced(file);
    INFO(fs::relative(file, kCorpus).string() << "\nexpected:\n" << joined(want) << "produced:\n" << joined(have));
    CHECK(have.size() == want.size());
    for (const auto& w : want) {
      const auto at = std::find_if(have.begin(), have.end(), [&](const std::string& h) { return h.rfind(w, 0) == 0; });
      INFO("missing: " << w);
      CHECK(at != have.end());
      if (at != have.end()) have.erase(at);
    }
    broken += want.empty() ? 0 : 1;
  }
  CHECK(broken >= 50);
}

TEST_CASE("a file that is not there, or describes nothing, is a problem and not a crash") {
  const auto none = kCorpus / "no-such-file.toml";
  CHECK(produced(none) == std::vector<std::string>{"no-such-file.toml: error: cannot be read"});
  CHECK(produced(kCorpus / "good").size() == 1);  // a directory
}

TEST_CASE("problems of several files are reported once each, in the order of their places") {
  Diagnostics problems;
  const std::string a = (kCorpus / "hall-power.toml").string(), b = (kCorpus / "many.toml").string();
  scenario::check({a, b, a}, problems);
  // many.toml refers to hall-power.toml: the union of both is many's own list.
  CHECK(problems.sorted().size() == expected(b).size());
}
