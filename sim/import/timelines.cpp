#include "import/timelines.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>

#include "import/csv.hpp"

namespace capmix::import {
namespace {

using Names = std::vector<std::string>;
// The names that vintages have used, the present one first.
const Names kDate{"Date"}, kSite{"Data center", "Data center name", "Data centre", "Site"},
    kPower{"Power (MW)", "Power capacity (MW)", "Total power (MW)", "Facility power (MW)"},
    kH100e{"H100 equivalents", "H100e", "Compute (H100 equivalents)"}, kUnits{"Number of Units", "Units", "Chip quantity", "Quantity"}, kTotal{"total"};

// Letters and digits alone, in lower case.
std::string plain(const std::string& text) {
  std::string out;
  for (const unsigned char ch : text)
    if (std::isalnum(ch) != 0) out += static_cast<char>(std::tolower(ch));
  return out;
}

int column(const CsvTable& table, const Names& names) {
  for (const auto& name : names)
    for (size_t i = 0; i < table.header.size(); ++i)
      if (plain(table.header[i]) == plain(name)) return static_cast<int>(i);
  return -1;
}

std::string trimmed(const std::string& text) {
  const char* const blanks = " \t\r\n";
  const size_t from = text.find_first_not_of(blanks);
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

// 2026-01-31, with a time behind it or not, and 1/31/2026, month first, as the publisher's spreadsheets export it.
bool parse_date(const std::string& text, Date& out) {
  if (text.size() > 10 && (text[10] == 'T' || text[10] == ' ')) return Date::parse(text.substr(0, 10), out);
  int month = 0, day = 0, year = 0, end = 0;
  if (std::sscanf(text.c_str(), "%2d/%2d/%4d%n", &month, &day, &year, &end) == 3 && (text[static_cast<size_t>(end)] == '\0' || text[static_cast<size_t>(end)] == ' ')) {
    char iso[40];
    std::snprintf(iso, sizeof iso, "%04d-%02d-%02d", year, month, day);
    return Date::parse(iso, out);
  }
  return Date::parse(text, out);
}

class File {
 public:
  File(const std::string& path, std::optional<Date> as_of, Diagnostics& problems) : table_(read_csv(path, problems)), as_of_(as_of), problems_(problems) { out_.file = path; }

  Timelines read() {
    if (table_.header.empty()) return out_;
    date_ = column(table_, kDate), site_ = column(table_, kSite);
    const int power = column(table_, kPower), h100e = column(table_, kH100e), units = column(table_, kUnits), total = column(table_, kTotal);
    out_.rows = table_.rows.size();
    const bool no_site = site_ < 0 && total < 0, no_amount = !no_site && total < 0 && power < 0 && units < 0 && h100e < 0;
    if (date_ < 0) lacks("date", kDate);
    if (no_site) lacks("site", kSite);
    if (no_amount) lacks("power", kPower);
    if (date_ < 0 || no_site || no_amount) return out_;
    if (site_ < 0) read_clusters(total);
    else if (power >= 0) out_.unit = "MW", read_steps(power, h100e);
    else if (units >= 0) out_.unit = "chips", read_quantities(units);
    else out_.unit = "H100e", read_steps(h100e, -1);
    finish();
    return std::move(out_);
  }

 private:
  void lacks(const char* what, const Names& names) {
    problems_.add({out_.file, 1, 0}, std::string("the header names no ") + what + " (expected \"" + names.front() + "\")" + did_you_mean(names.front(), table_.header));
  }
  std::string field(const CsvRow& row, int at) const { return at < 0 ? "" : trimmed(row.fields[static_cast<size_t>(at)]); }
  void leave_out(const CsvRow& row, const std::string& why) { out_.notes.push_back({row.line, true, why}); }
  void problem(const CsvRow& row, const std::string& what) { problems_.add({out_.file, row.line, 0}, what); }

  // The field as an amount; nothing when it is blank, nothing and a problem when it is none.
  std::optional<double> amount(const CsvRow& row, int at) {
    const std::string text = field(row, at);
    if (text.empty()) return {};
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string name = "\"" + table_.header[static_cast<size_t>(at)] + "\"";
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) problem(row, name + " is \"" + text + "\" (expected a number)");
    else if (value < 0) problem(row, name + " is " + text + " (expected at least 0)");
    else return value;
    return {};
  }

  std::optional<Date> date(const CsvRow& row) {
    const std::string text = field(row, date_);
    Date out;
    if (text.empty()) leave_out(row, "has no date");
    else if (!parse_date(text, out)) problem(row, "\"" + text + "\" is not a date (expected one such as 2026-01-31)");
    else return out;
    return {};
  }

  TimelineRow& add(const std::string& site, Date day, const CsvRow& row) {
    auto& rows = sites_[site];
    rows.push_back({row.line, day, 0, {}, as_of_ && day > *as_of_});
    return rows.back();
  }

  // Counts a row whose date is earlier than that of a row further up, of the same site.
  void count_order(const std::string& site, Date day) {
    auto& latest = latest_.emplace(site, day).first->second;
    if (day < latest) ++out_.out_of_order;
    latest = std::max(latest, day);
  }

  // One row per site and date. Of two rows of one day, the later line holds.
  void read_steps(int power, int h100e) {
    for (const auto& row : table_.rows) {
      const auto day = date(row);
      if (!day) continue;
      const std::string site = field(row, site_);
      if (site.empty()) { leave_out(row, "names no site"); continue; }
      const auto capacity = amount(row, power), equivalents = amount(row, h100e);
      auto& rows = sites_[site];
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.date == *day; });
      if (same != rows.end()) {
        out_.notes.push_back({same->line, true, "is restated by line " + std::to_string(row.line)});
        rows.erase(same);
      }
      count_order(site, *day);
      TimelineRow& added = add(site, *day, row);
      added.capacity = capacity.value_or(-1), added.h100e = equivalents;  // -1: settled when all rows are there
      if (!capacity) out_.notes.push_back({row.line, false, "has no " + table_.header[static_cast<size_t>(power)] + ": the row before holds"});
      if (h100e >= 0 && !equivalents) out_.notes.push_back({row.line, false, "has no " + table_.header[static_cast<size_t>(h100e)]});
    }
  }

  // Several rows of one site and date are types of chips, and add up.
  void read_quantities(int units) {
    for (const auto& row : table_.rows) {
      const auto day = date(row);
      if (!day) continue;
      const std::string site = field(row, site_);
      const auto chips = amount(row, units);
      if (site.empty()) { leave_out(row, "names no site"); continue; }
      if (!chips) { leave_out(row, "has no " + table_.header[static_cast<size_t>(units)]); continue; }
      count_order(site, *day);
      auto& rows = sites_[site];
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.date == *day; });
      (same != rows.end() ? *same : add(site, *day, row)).capacity += *chips;
    }
  }

  // A column per cluster, which must sum to the total.
  void read_clusters(int total) {
    out_.unit = "chips";
    for (const auto& row : table_.rows) {
      const auto day = date(row);
      if (!day) continue;
      count_order("", *day);
      double sum = 0;
      for (int i = 0; i < static_cast<int>(table_.header.size()); ++i) {
        if (i == date_ || i == total) continue;
        const auto chips = amount(row, i);
        if (!chips) out_.notes.push_back({row.line, false, "has no " + table_.header[static_cast<size_t>(i)] + ": the row before holds"});
        add(table_.header[static_cast<size_t>(i)], *day, row).capacity = chips.value_or(-1);
        sum += chips.value_or(0);
      }
      const auto said = amount(row, total);
      if (said && std::fabs(*said - sum) > 1e-6) problem(row, "\"total\" is " + field(row, total) + " (expected " + std::to_string(std::llround(sum)) + ", the sum of the other columns)");
    }
  }

  void finish() {
    for (auto& [name, rows] : sites_) {
      if (rows.empty()) continue;
      std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
      double last = 0;
      for (auto& row : rows) last = row.capacity = row.capacity < 0 ? last : row.capacity;
      out_.sites.push_back({name, std::move(rows)});
    }
    std::stable_sort(out_.notes.begin(), out_.notes.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  }

  CsvTable table_;
  std::optional<Date> as_of_;
  Diagnostics& problems_;
  Timelines out_;
  int date_ = -1, site_ = -1;
  std::map<std::string, std::vector<TimelineRow>> sites_;
  std::map<std::string, Date> latest_;
};

}  // namespace

size_t Timelines::left_out() const {
  return static_cast<size_t>(std::count_if(notes.begin(), notes.end(), [](const auto& n) { return n.left_out; }));
}

const TimelineSite* Timelines::find(const std::string& site) const {
  const auto at = std::find_if(sites.begin(), sites.end(), [&](const auto& s) { return s.name == site; });
  return at == sites.end() ? nullptr : &*at;
}

Timelines read_timelines(const std::string& path, std::optional<Date> as_of, Diagnostics& problems) {
  auto out = File(path, as_of, problems).read();
  if (out.sites.empty() && problems.ok()) problems.add({path, 0, 0}, "tells of no site (expected rows below the header)");
  return out;
}

SiteDates dates_of(const Timelines& file, const TimelineSite& site) {
  SiteDates out;
  const auto& rows = site.rows;
  for (const auto& row : rows) out.greatest = std::max(out.greatest, row.capacity);
  const auto reaches = [&](double capacity) {
    for (const auto& row : rows)
      if (row.capacity > 0 && row.capacity >= capacity) return row.date;
    return Date::never();
  };
  out.start = rows.front().date;
  out.seen_from_start = rows.front().capacity <= 0;
  out.first = reaches(0), out.quarter = reaches(out.greatest / 4), out.half = reaches(out.greatest / 2), out.full = reaches(out.greatest);
  if (file.unit == "MW") out.gigawatt = reaches(1000);
  double before = 0;
  bool happened = false;
  for (const auto& row : rows) {
    if (row.forecast) break;
    if (row.capacity < before) ++out.falls, out.deepest_fall = std::max(out.deepest_fall, before - row.capacity);
    happened = happened || row.capacity > 0;
    before = out.recorded = row.capacity;
  }
  if (out.seen_from_start && happened && file.unit != "chips") out.months_to_first = (out.first - out.start).n / kDaysPerMonth;
  return out;
}

}  // namespace capmix::import
