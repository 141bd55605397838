// azure-llm: CSV with TIMESTAMP (7 decimals, zone not told), ContextTokens, GeneratedTokens (Azure LLM inference 2023).
// mooncake: a JSON object a line with timestamp (ms from the start), input_length, output_length (tokens) and hash_ids,
// which are not read (Mooncake, FAST 2025). Its times are quantised (3 s in the conversations): shorter bursts are the
// recorder's.
#include <nlohmann/json.hpp>

#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

using nlohmann::json;

// A member that is a number of at least 0; refuses the row otherwise.
std::optional<double> member(SeriesReport& report, int line, const json& row, const char* name) {
  const auto at = row.find(name);
  if (at == row.end()) refuse(report, line, std::string("has no \"") + name + "\"");
  else if (!at->is_number()) refuse(report, line, std::string("\"") + name + "\" is " + at->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40) + " (expected a number)");
  else if (at->get<double>() < 0) refuse(report, line, std::string("\"") + name + "\" is " + at->dump() + " (expected at least 0)");
  else return at->get<double>();
  return {};
}

}  // namespace

std::optional<RequestList> read_azure_llm(const std::string& path, const std::string& text, Diagnostics& problems) {
  RequestList out;
  out.file = path, out.name = "LLM requests", out.format = "azure-llm", out.start = 0, out.calendar = true;
  const auto columns = read_columns(path, text, out.format, {"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, out.report, problems);
  if (!columns) return {};
  std::vector<Request> requests;
  for (const auto& row : columns->table.rows) {
    const auto at = instant(out.report, row.line, columns->field(row, 0), "TIMESTAMP");
    const auto prompt = at ? amount(out.report, row.line, columns->field(row, 1), "ContextTokens") : std::nullopt;
    const auto output = prompt ? amount(out.report, row.line, columns->field(row, 2), "GeneratedTokens") : std::nullopt;
    if (output) requests.push_back({row.line, *at, *prompt, *output});
  }
  out.report.notes.push_back("The file does not tell the zone of its clock");
  return finish(std::move(requests), true, out, problems) ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<RequestList> read_mooncake(const std::string& path, const std::string& text, Diagnostics& problems) {
  RequestList out;
  out.file = path, out.name = "LLM requests", out.format = "mooncake";
  std::vector<Request> requests;
  const auto lines = lines_of(text);
  if (lines.empty() || lines.front().text.front() != '{')
    return problems.add({path, lines.empty() ? 0 : lines.front().line, 0}, "is not JSON lines (expected an object a line)" + not_this(text, out.format)), std::nullopt;
  out.report.rows = lines.size();
  for (const auto& [line, row] : lines) {
    const json object = json::parse(row.begin(), row.end(), nullptr, false);
    if (!object.is_object()) { refuse(out.report, line, "is not a JSON object"); continue; }
    const auto at = member(out.report, line, object, "timestamp");
    const auto prompt = at ? member(out.report, line, object, "input_length") : std::nullopt;
    const auto output = prompt ? member(out.report, line, object, "output_length") : std::nullopt;
    if (!output) continue;
    const double seconds = *at / 1000;
    if (seconds > 1e10) { refuse(out.report, line, "\"timestamp\" is " + object["timestamp"].dump() + " (expected milliseconds from the start)"); continue; }
    const auto whole = static_cast<int64_t>(seconds);
    requests.push_back({line, {whole, seconds - static_cast<double>(whole)}, *prompt, *output});
  }
  if (!finish(std::move(requests), true, out, problems)) return {};
  size_t times = 1;
  for (size_t i = 1; i < out.arrival.size(); ++i) times += out.arrival[i] > out.arrival[i - 1] ? 1 : 0;
  if (times < out.arrival.size()) out.report.notes.push_back("Only " + std::to_string(times) + " times are told apart: bursts within one are the recorder's");
  return out;
}

}  // namespace capmix::import
