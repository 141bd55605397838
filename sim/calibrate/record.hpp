// The data files that a calibration writes. Texts only: a file is its starting file (a family of chips) or itself (a
// class of software) with the fitted values and their provenance put in; nothing that people wrote about other values
// is carried along. The same calibration gives the same bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibrate/splits.hpp"

namespace capmix::calibrate {

// Half-widths of the trust range of a chip family by class of work: 90th percentile of its held-out errors, at least
// kLeastTrust; absent where there are fewer than kFewestHeld of them.
inline constexpr double kLeastTrust = 0.05;
inline constexpr size_t kFewestHeld = 5;
struct Trust {
  std::map<std::string, double> by_class;  // "dense" (NVFP4 and Ascend with it), "moe", "lora"
};
std::map<std::string, Trust> trust(const Calibration& calibration);  // by chip family

// `text` is the file that the fit started from, `id` the family.
std::string efficiency_file(const std::string& text, const std::string& id, const Calibration& calibration, const Cases& cases, const Scenario& catalogue);
std::string software_file(const std::string& text, const std::string& id, const Calibration& calibration, const Cases& cases, const Scenario& catalogue);
// One id a line, sorted, below a comment; `others`: ids that other fits saw.
std::string case_list(const Cases& cases, const std::set<std::string>& others = {});
std::set<std::string> read_case_list(const std::string& text);

// Four significant digits without an exponent.
std::string digits(double value);
// "{ low = 0.6, mode = 0.7, high = 0.8 }"
std::string range(const Uncertain<double>& value);
// A file's text with the table of the same name replaced by `table`, which begins with its "[name]", or with it at the end.
std::string with_table(const std::string& text, const std::string& table);

}  // namespace capmix::calibrate
