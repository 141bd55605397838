// genai-qps and genai-requests: serving of image generation at Alibaba (GenTD26).
//
// genai-qps: rates that containers report, about once a minute; columns timestamp_anon (s), value, container_ip,
// request_type, in whatever order (it differs between the files of the trace). Rates of all containers in one window add up.
// Times are shifted and quantised (57 s here): no hour of the day. Rates are scaled by an unknown factor, so their shape
// holds and their level does not. Rows of the API in front have no container and are another layer of the same requests:
// adding both would count twice, so one request type is read. A container that reports nothing in a window adds nothing,
// and a window in which none does is a gap.
//
// genai-requests: single requests, columns gmt_create, predict_status and others, all of them arrivals however they ended.
// Prompts are told in characters, and no tokens come out. The clock is shifted by an unknown offset.
#include <map>
#include <set>

#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

constexpr double kLatest = 1e11;  // s: the year 5138

}  // namespace

std::optional<Series> read_genai_qps(const std::string& path, const std::string& text, const std::string& type, Diagnostics& problems) {
  const std::string wanted = type.empty() ? "Generative Requests" : type;
  Series out;
  out.file = path, out.name = wanted, out.format = "genai-qps", out.unit = "requests/s (scaled)", out.counts = false;
  const auto columns = read_columns(path, text, out.format, {"timestamp_anon", "value", "container_ip", "request_type"}, out.report, problems);
  if (!columns) return {};
  std::vector<Sample> samples;
  std::map<std::string, size_t> others;
  std::map<std::pair<double, std::string>, int> seen;  // time, container: line
  std::set<std::string> containers;
  for (const auto& row : columns->table.rows) {
    const auto at = amount(out.report, row.line, columns->field(row, 0), "timestamp_anon");
    const auto rate = at ? amount(out.report, row.line, columns->field(row, 1), "value") : std::nullopt;
    if (!rate) continue;
    if (*at > kLatest) { refuse(out.report, row.line, "timestamp_anon is " + std::string(columns->field(row, 0)) + " (expected seconds)"); continue; }
    const std::string container(columns->field(row, 2)), kind(columns->field(row, 3));
    if (kind != wanted) { ++others[kind], ++out.report.aside; continue; }
    const auto [first, fresh] = seen.emplace(std::pair(*at, container), row.line);
    if (!fresh) {
      ++out.report.doubled;
      refuse(out.report, row.line, "has the time and the container of line " + std::to_string(first->second));
      continue;
    }
    containers.insert(container);
    const auto whole = static_cast<int64_t>(*at);
    samples.push_back({row.line, {whole, *at - static_cast<double>(whole)}, *rate});
  }
  if (samples.empty() && !others.empty()) {
    std::vector<std::string> names;
    for (const auto& [kind, n] : others) names.push_back(kind);
    problems.add({path, 0, 0}, "has no request type \"" + wanted + "\"" + did_you_mean(wanted, names));
    return {};
  }
  out.report.notes.push_back(std::to_string(containers.size()) + " containers, summed in each window; rates are scaled by a factor that the publisher keeps, and times are shifted");
  for (const auto& [kind, n] : others) out.report.notes.push_back(std::to_string(n) + " rows of \"" + kind + "\" are another layer of the same requests, and are not added");
  return lay(samples, 0, true, out, problems) ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<RequestList> read_genai_requests(const std::string& path, const std::string& text, Diagnostics& problems) {
  RequestList out;
  out.file = path, out.name = "requests for images", out.format = "genai-requests", out.start = 0;
  const auto columns = read_columns(path, text, out.format, {"gmt_create", "predict_status"}, out.report, problems);
  if (!columns) return {};
  std::vector<Request> requests;
  std::map<std::string, size_t> states;
  for (const auto& row : columns->table.rows) {
    const auto at = instant(out.report, row.line, columns->field(row, 0), "gmt_create");
    if (!at) continue;
    ++states[std::string(columns->field(row, 1))];
    requests.push_back({row.line, *at});
  }
  out.states.assign(states.begin(), states.end());
  out.report.notes.push_back("Every request is an arrival, however it ended. The clock is shifted by an unknown offset: hours of the day are not known");
  return finish(std::move(requests), false, out, problems) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace capmix::import
