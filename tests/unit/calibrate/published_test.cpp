// Every folder of tests/published with a tolerance, against it, by closed form: what is outside is reported, not tuned away.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/statistics.hpp"
#include "calibrate/measured.hpp"
#include "calibrate/splits.hpp"
#include "catch.hpp"
#include "shipped.hpp"

namespace fs = std::filesystem;
using namespace capmix;
using test::catalogue, test::kRoot;

namespace {

// "key = number" of a tolerance file.
double value_of(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(key + " = ", 0) == 0) return std::stod(line.substr(key.size() + 3));
  return std::nan("");
}

struct Errors {
  int rows = 0, unscored = 0;  // unscored: suspect ones not counted
  double median = 0, worst = 0;
  std::string worst_case;
};

std::vector<std::string> folders() {
  std::vector<std::string> out;
  // Those of training; others have bars of their own.
  for (const auto& entry : fs::directory_iterator(kRoot / "tests" / "published"))
    if (entry.is_directory() && fs::exists(entry.path() / "tolerance.toml")) out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

Errors errors_of(const std::string& folder) {
  Diagnostics problems;
  const auto cases = step::read_cases(import::read_csv((kRoot / "tests" / "published" / folder / "cases.csv").string(), problems), catalogue(), problems);
  CHECK(problems.text() == "");
  Errors out;
  out.rows = static_cast<int>(cases.size());
  std::map<std::string, std::string> left_out;
  std::vector<double> errors;
  for (const auto* c : calibrate::fit_for(cases, catalogue(), {}, left_out)) {
    errors.push_back(std::fabs(calibrate::error(*c, catalogue())));
    if (errors.back() > out.worst) out.worst = errors.back(), out.worst_case = c->id;
  }
  for (const auto& [id, why] : left_out) out.unscored += why.find("suspect") == std::string::npos;
  out.median = quantile(errors, 0.5);
  return out;
}

import::CsvTable table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  import::CsvTable t{"t.csv", header, {}};
  for (const auto& r : rows) t.rows.push_back({static_cast<int>(t.rows.size()) + 2, r});
  return t;
}

}  // namespace

TEST_CASE("published tables are met within their tolerance") {
  int rows = 0, unscored = 0;
  const auto names = folders();
  for (const auto& name : names) {
    const Errors o = errors_of(name);
    const auto tolerance = kRoot / "tests" / "published" / name / "tolerance.toml";
    INFO(name << ", worst: " << o.worst_case);
    rows += o.rows, unscored += o.unscored;
    CHECK(o.median <= value_of(tolerance, "median"));
    CHECK(o.worst <= value_of(tolerance, "worst"));
  }
  CHECK(names.size() == 12);
  CHECK(rows == 592);
  CHECK(unscored <= rows / 20);
}

// What to set the tolerances from.
TEST_CASE("errors of the published tables", "[.][look]") {
  for (const auto& name : folders()) {
    const Errors o = errors_of(name);
    std::printf("%-34s median %.3f  worst %.3f  %s\n", name.c_str(), o.median, o.worst, o.worst_case.c_str());
  }
}

TEST_CASE("measured operators are set beside the model") {
  const std::vector<std::string> header{"chip", "operator", "m", "n", "k", "precision", "seconds", "source"};
  Diagnostics none;
  const auto rows = calibrate::read_measured(table(header, {{"h100-sxm", "gemm", "8192", "8192", "8192", "bf16", "1.7e-3", "me"},
                                                            {"h100-sxm", "attention", "32", "8192", "128", "bf16", "1e-3", "me"},
                                                            {"h100-sxm", "stream", "8192", "8192", "", "bf16", "1e-4", "me"}}),
                                             catalogue(), none);
  CHECK(none.text() == "");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "gemm 8192 x 8192 x 8192 bf16 on h100-sxm");
  // 2 x 8192^3 FLOP at 989.5 TFLOP/s take 1.11 ms at the least.
  CHECK(rows[0].predicted.value() > 1.11e-3);
  CHECK(rows[0].predicted.value() < 3e-3);
  CHECK(calibrate::summarise(rows).median > 0);
  Diagnostics problems;
  CHECK(calibrate::read_measured(table(header, {{"h100-sxn", "gem", "0", "many", "8", "bf61", "-1", ""}}), catalogue(), problems).empty());
  const std::string text = problems.text();
  for (const char* part : {"t.csv:2: error: there is no chip \"h100-sxn\"; did you mean \"h100-sxm\"?", "there is no operator \"gem\"; did you mean \"gemm\"?",
                           "there is no precision \"bf61\"; did you mean \"bf16\"?", "m is \"0\"", "n is \"many\"", "seconds is \"-1\"", "source is blank"}) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
  Diagnostics header_problems;
  calibrate::read_measured(table({"chip", "m"}, {}), catalogue(), header_problems);
  CHECK(header_problems.sorted().size() == 6);
}
