// The corpus of broken recorded demand (tests/errors/series/README.md).
#include "corpus.hpp"
#include "import/series.hpp"

using namespace capmix;
using std::filesystem::path, test::Told;

namespace {

Told tell(const path& file, const std::string& format) {
  Diagnostics problems;
  Told out;
  const auto series = import::read_demand_series(file.string(), {format}, problems);
  out.read = series.has_value();
  for (const auto& d : problems.sorted()) out.lines.push_back("! " + d.text().substr(file.string().size() + 1));
  if (!series) return out;
  CHECK(problems.ok());
  const auto& r = series->report;
  CHECK(r.rows == r.used + r.aside + r.refused.size());
  for (const auto& row : r.refused) out.lines.push_back("- " + std::to_string(row.line) + ": " + row.why);
  return out;
}

}  // namespace

TEST_CASE("each broken series is told as it must be, and nothing else of it") { test::check_told("series", tell, 20); }

TEST_CASE("a file that is cut anywhere is refused or used, and never a crash") { test::check_cut("series", tell); }
