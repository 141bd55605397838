#include "cli/cases.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenario/scenario.hpp"

namespace capmix::cli {

namespace fs = std::filesystem;

std::vector<std::string> case_files(const std::vector<std::string>& given) {
  if (!given.empty()) return given;
  std::vector<std::string> out;
  const fs::path root = fs::path(CAPMIX_DATA) / "tests" / "published";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error))
    if (fs::exists(entry.path() / "cases.csv")) out.push_back((entry.path() / "cases.csv").string());
  if (out.empty()) throw InputError(root.string() + ": holds no folder with a cases.csv (give --cases)");
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<step::Case> load_cases(const std::vector<std::string>& files, const Scenario& catalogue, import::Uneven uneven) {
  Diagnostics problems;
  std::vector<step::Case> out;
  for (const auto& file : files) {
    const auto table = import::read_csv(file, problems, uneven);
    if (table.header.empty()) continue;
    auto cases = step::read_cases(table, catalogue, problems);
    std::move(cases.begin(), cases.end(), std::back_inserter(out));
  }
  if (!problems.ok()) throw InputError(problems);
  return out;
}

std::string catalogue_or_shipped(const std::string& directory) {
  return directory.empty() ? (fs::path(CAPMIX_DATA) / "platforms").string() : directory;
}

Scenario load_catalogue(const std::string& directory) {
  return scenario::load_catalogue(catalogue_or_shipped(directory), (fs::path(CAPMIX_DATA) / "workloads").string());
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || !fs::is_regular_file(path)) throw InputError(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace capmix::cli
