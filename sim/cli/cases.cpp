#include "cli/cases.hpp"

#include <cstdio>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenario/scenario.hpp"

namespace capmix::cli {

namespace fs = std::filesystem;

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T> more) { std::move(more.begin(), more.end(), std::back_inserter(to)); }

// Whether some row measures that workload: a reader asks for columns that other workloads do without.
bool holds(const import::CsvTable& table, const std::string& workload) {
  const int column = table.column("workload");
  return column >= 0 && std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
    return static_cast<size_t>(column) < row.fields.size() && row.fields[static_cast<size_t>(column)] == workload;
  });
}

}  // namespace

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

Published load_cases(const std::vector<std::string>& files, const Scenario& catalogue, import::Uneven uneven) {
  Diagnostics problems;
  Published out;
  const fs::path serving = fs::path(CAPMIX_DATA) / "workloads" / "serving";
  for (const auto& file : files) {
    const auto table = import::read_csv(file, problems, uneven);
    if (table.header.empty()) continue;
    append(out.training, step::read_cases(table, catalogue, problems));
    if (holds(table, "train-recsys")) append(out.rec_training, step::read_rec_cases(table, catalogue, problems));
    if (holds(table, "infer-recsys")) append(out.rec_serving, step::read_rec_serving_cases(table, catalogue, problems));
    if (!holds(table, "infer-llm")) continue;
    const auto benchmarks = import::read_csv((serving / "benchmarks.csv").string(), problems), engines = import::read_csv((serving / "engines.csv").string(), problems);
    append(out.llm_serving, step::read_llm_cases(table, benchmarks, engines, catalogue, problems));
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

int check_files(const std::map<std::string, std::string>& files, const std::filesystem::path& root) {
  int different = 0;
  for (const auto& [path, text] : files) {
    const auto whole = (root / path).string();
    if (std::filesystem::exists(whole) && read_file(whole) == text) continue;
    std::fprintf(stderr, "capmix: %s is not what this calibration gives\n", whole.c_str());
    ++different;
  }
  return different == 0 ? 0 : 1;
}

}  // namespace capmix::cli
