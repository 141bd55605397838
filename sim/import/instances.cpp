#include "import/instances.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

const std::vector<std::string> kColumns{"instance_sn", "role", "app_name", "cpu_request", "gpu_request", "rdma_request", "memory_request", "creation_time", "scheduled_time", "deletion_time"};
constexpr double kGiB = 0x1p30;

bool blank(std::string_view text) { return text.empty() || text == "NaN" || text == "nan"; }

// Fills one instance; false when its row is refused.
bool read_row(const Columns& columns, const CsvRow& row, SeriesReport& report, Instance& out) {
  out.line = row.line, out.id = columns.field(row, 0), out.app = columns.field(row, 2);
  const std::string role(columns.field(row, 1));
  if (out.id.empty() || out.app.empty()) return refuse(report, row.line, out.id.empty() ? "has no instance_sn" : "has no app_name"), false;
  if (role != kSideNames[0] && role != kSideNames[1]) return refuse(report, row.line, "role is \"" + role + "\" (expected CN or HN)"), false;
  out.side = role == kSideNames[0] ? Side::host : Side::accelerator;
  for (const auto& [i, into] : {std::pair{3, &out.cpus}, {4, &out.accelerators}, {5, &out.nic}, {6, &out.memory}}) {
    const auto value = amount(report, row.line, columns.field(row, static_cast<size_t>(i)), kColumns[static_cast<size_t>(i)]);
    if (!value) return false;
    *into = *value;
  }
  out.nic /= 100, out.memory *= kGiB;
  for (const auto& [i, into] : {std::pair{7, &out.created}, {8, &out.scheduled}, {9, &out.deleted}}) {
    const auto text = columns.field(row, static_cast<size_t>(i));
    if (blank(text)) continue;
    *into = amount(report, row.line, text, kColumns[static_cast<size_t>(i)]);
    if (!*into) return false;
  }
  if (out.wait() && *out.wait() < 0) return refuse(report, row.line, "is scheduled before it is created"), false;
  const double begin = out.scheduled ? *out.scheduled : out.created.value_or(0);
  if (out.deleted && *out.deleted < begin) return refuse(report, row.line, "is deleted before it is " + std::string(out.scheduled ? "scheduled" : "created")), false;
  return true;
}

double amount_of(const Instance& i, Held what) { return what == Held::instances ? 1 : what == Held::cpus ? i.cpus : i.accelerators; }

// "app_12" -> "app_", 12, so that app_2 stands before it.
std::tuple<std::string, double, std::string> key(const std::string& app) {
  const size_t at = app.find_last_not_of("0123456789") + 1;
  double number = -1;
  if (at < app.size()) parse_number(app.substr(at), number);
  return {app.substr(0, at), number, app};
}

}  // namespace

std::vector<std::string> Inventory::apps() const {
  std::vector<std::string> out;
  for (const auto& i : instances) out.push_back(i.app);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return key(a) < key(b); });
  return out;
}

std::optional<Inventory> read_instances(const std::string& path, Diagnostics& problems) {
  Diagnostics here;
  Inventory out;
  out.file = path;
  SeriesReport report;
  const std::string text = read_text(path, here);
  if (here.ok() && is_binary(text)) here.add({path, 0, 0}, "is binary (expected text, or text packed with gzip)");
  const auto columns = here.ok() ? read_columns(path, text, "an inventory of instances", kColumns, report, here) : std::nullopt;
  if (columns) {
    std::map<std::string, int> lines;  // of instances
    for (const auto& row : columns->table.rows) {
      Instance i;
      if (!read_row(*columns, row, report, i)) continue;
      const auto [first, fresh] = lines.emplace(i.id, row.line);
      if (!fresh) { refuse(report, row.line, "names instance " + i.id + " again, of line " + std::to_string(first->second)); continue; }
      for (const auto& t : {i.created, i.scheduled, i.deleted}) out.end = std::max(out.end, t.value_or(0));
      out.instances.push_back(std::move(i));
    }
    if (out.instances.empty() && report.refused.empty()) here.add({path, 0, 0}, "holds no row below its header");
    else if (out.instances.empty()) here.add({path, report.refused.front().line, 0}, report.refused.front().why + " (no row of " + std::to_string(report.rows) + " can be used)");
  }
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  if (!here.ok()) return {};
  std::stable_sort(report.refused.begin(), report.refused.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  out.rows = report.rows, out.refused = std::move(report.refused);
  return out;
}

double Steps::at(double t) const {
  auto next = std::upper_bound(from.begin(), from.end(), t, [](double x, const auto& step) { return x < step.first; });
  return next == from.begin() ? 0 : std::prev(next)->second;
}

double Steps::least() const {
  return std::min_element(from.begin(), from.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->second;
}

double Steps::most() const {
  return std::max_element(from.begin(), from.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->second;
}

double Steps::mean() const {
  if (end <= 0) return first();
  double sum = 0;
  for (size_t i = 0; i < from.size(); ++i) sum += from[i].second * ((i + 1 < from.size() ? from[i + 1].first : end) - from[i].first);
  return sum / end;
}

std::vector<double> Steps::hourly() const {
  if (end <= 0) return {first()};
  std::vector<double> out(static_cast<size_t>(std::ceil(end / 3600)), 0.0);
  for (size_t i = 0; i < from.size(); ++i) {
    const double to = std::min(end, i + 1 < from.size() ? from[i + 1].first : end);
    for (double t = from[i].first; t < to;) {
      const auto hour = std::min(static_cast<size_t>(t / 3600), out.size() - 1);
      const double next = std::min(to, 3600.0 * static_cast<double>(hour + 1));
      out[hour] += from[i].second * (next - t), t = next;
    }
  }
  for (size_t h = 0; h < out.size(); ++h) out[h] /= std::min(3600.0, end - 3600.0 * static_cast<double>(h));
  return out;
}

Steps held(const Inventory& inventory, Side side, Held what, const std::string& app) {
  std::map<double, double> change{{0, 0}};
  for (const auto& i : inventory.instances) {
    if (i.side != side || (!app.empty() && i.app != app) || !(i.from() < i.to())) continue;
    change[i.from()] += amount_of(i, what);
    if (i.deleted) change[i.to()] -= amount_of(i, what);
  }
  Steps out;
  out.end = inventory.end;
  double value = 0;
  for (const auto& [t, by] : change)
    if (by != 0 || t == 0) out.from.emplace_back(t, value += by);
  return out;
}

std::vector<AppPool> pools_of(const Inventory& inventory) {
  std::vector<AppPool> out;
  for (const auto& app : inventory.apps()) {
    AppPool pool;
    pool.app = app;
    double instances = 0, chips = 0;
    for (const auto& i : inventory.instances)
      if (i.app == app && i.accelerators > 0) instances += 1, chips += i.accelerators;
    if (chips <= 0) continue;
    pool.chips_each = chips / instances;
    pool.chips = held(inventory, Side::accelerator, Held::accelerators, app);
    const double hosts = held(inventory, Side::host, Held::instances, app).mean(), each = held(inventory, Side::accelerator, Held::instances, app).mean();
    pool.hosts_each = each > 0 ? hosts / each : 0;
    out.push_back(std::move(pool));
  }
  return out;
}

}  // namespace capmix::import
