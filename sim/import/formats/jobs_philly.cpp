// philly: the job log of Microsoft's Philly clusters (Jeon et al., ATC 2019) as the simulators of Pollux and Sia use it: CSV
// with timestamp (of the submit, no zone), duration (s), num_gpus, gpu_time (s x GPUs) and cluster (virtual cluster).
// num_gpus: whole GPUs of the gang, of a model that is not told. gpu_time is their product, so a row in another unit gives
// itself away. What failed and who waited how long is gone.
//
// philly-json: the log itself, cluster_job_log of https://github.com/msr-fiddle/philly-traces: an array of objects with
// status (Pass, Killed, Failed), vc, jobid, user, submitted_time and attempts, each with start_time, end_time and detail: the
// machines and the GPUs on each of them. GPUs of a job are those of its first attempt that has any (as the publisher's
// notebook counts them); each attempt keeps its own. Times are without a zone (its utilisation files say PST and PDT). A job
// whose last attempt has no end was still running; one without attempts never ran.
#include <cmath>
#include <nlohmann/json.hpp>

#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

using nlohmann::json;

// One value of a JSON array or of several one behind the other, by its brackets alone, so that one bad object spoils no other.
struct Piece {
  int line = 0;
  std::string_view text;
  bool whole = true;   // false: the text ends within it
};

class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}
  std::optional<Piece> next() {
    skip();
    if (at_ >= text_.size()) return {};
    const size_t from = at_;
    const int line = line_;
    int depth = 0;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (quoted) {
        if (c == '\\' && at_ + 1 < text_.size()) ++at_;
        else if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return at_ += at_ == from ? 1 : 0, Piece{line, text_.substr(from, at_ - from)};  // a bare word at the end of the array
        if (--depth == 0) return ++at_, Piece{line, text_.substr(from, at_ - from)};
      } else if (c == ',' && depth == 0) {
        return Piece{line, text_.substr(from, at_ - from)};
      }
    }
    return Piece{line, text_.substr(from), false};
  }

 private:
  void skip() {  // what stands between two values, and the brackets of the array
    for (; at_ < text_.size() && std::string_view(" \t\r\n,[]").find(text_[at_]) != std::string_view::npos; ++at_)
      if (text_[at_] == '\n') ++line_;
  }
  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

std::string text_of(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? std::string(trimmed(at->get_ref<const std::string&>())) : std::string();
}

struct Attempts {
  std::vector<Span> spans{};
  double chips = 0, nodes = 0;  // of the first with any
  size_t told = 0, cut = 0;     // how many there are, how many lack a time
  bool running = false;         // the last has no end
  std::string wrong{};
};

Attempts attempts_of(JobSink& sink, const json& object) {
  Attempts out;
  const auto list = object.find("attempts");
  if (list == object.end() || !list->is_array()) return out.wrong = "has no list \"attempts\"", out;
  for (const auto& a : *list) {
    if (!a.is_object()) return out.wrong = "has an attempt that is no object", out;
    ++out.told;
    Span span;
    double nodes = 0;
    const auto detail = a.find("detail");
    if (detail != a.end() && detail->is_array())
      for (const auto& machine : *detail)
        if (machine.is_object() && machine.contains("gpus") && machine["gpus"].is_array() && !machine["gpus"].empty()) ++nodes, span.chips += static_cast<double>(machine["gpus"].size());
    if (out.chips == 0) out.chips = span.chips, out.nodes = nodes;
    const std::string from = text_of(a, "start_time"), to = text_of(a, "end_time");
    const auto start = sink.time(from), end = sink.time(to);
    for (const auto& [text, time] : {std::pair{&from, &start}, {&to, &end}})
      if (!*time && !blank_cell(*text)) return out.wrong = "has an attempt at " + shown(*text) + " (expected a time such as 2026-01-31 18:30:00)", out;
    out.running = !end;
    if (!start || !end) { ++out.cut; continue; }
    if (*end < *start) return out.wrong = "has an attempt that ends " + plain(*start - *end) + " s before it starts", out;
    span.start = *start, span.end = *end;
    out.spans.push_back(span);
  }
  return out;
}

// What an object of the log is.
void read_object(JobSink& sink, const json& object, size_t& cut) {
  Attempts a = attempts_of(sink, object);
  double seconds = 0, run = 0;
  for (const auto& s : a.spans) seconds += s.chip_seconds(), run += s.end - s.start;
  if (a.wrong.empty() && !a.spans.empty()) sink.size_hours(seconds / 3600);
  const std::string submit = text_of(object, "submitted_time"), status = text_of(object, "status");
  Job job;
  job.id = text_of(object, "jobid");
  const auto at = sink.time(submit);
  if (!a.wrong.empty()) { sink.refuse("attempts that cannot be read", a.wrong); return; }
  if (!sink.has_time(at, submit, "submitted_time")) return;
  if (status != "Pass" && status != "Killed" && status != "Failed") { sink.refuse("an unknown state", "status is " + shown(status) + " (expected Pass, Killed or Failed)"); return; }
  if (a.told == 0) { sink.aside("never ran", "has no attempts: it never ran"); return; }
  if (a.running) { sink.aside("was still running", "has no end: it was still running"); return; }
  if (a.spans.empty()) { sink.aside("has no run time", "has no attempt with start and end"); return; }
  if (a.chips == 0) { sink.aside(kNotHeld, "holds no GPU in any attempt"); return; }
  cut += a.cut;
  job.submit = *at, job.start = a.spans.front().start, job.end = a.spans.back().end, job.run = run;
  job.chips = a.chips, job.nodes = a.nodes;
  job.tenant = sink.tenant(text_of(object, "vc")), job.user = sink.user(text_of(object, "user")), job.status = sink.status(status);
  job.state = status == "Pass" ? JobEnd::completed : status == "Killed" ? JobEnd::cancelled : JobEnd::failed;
  job.attempts = std::move(a.spans);
  sink.use(std::move(job), true);
}

}  // namespace

void read_philly(JobSink& sink, const std::string& text, Diagnostics& problems) {
  each_row(sink, text, {{"timestamp", "duration", "num_gpus", "gpu_time", "cluster"}, {}, {}}, problems, [&](const Cells& c) {
    const auto run = number(c[1]), chips = number(c[2]), product = number(c[3]);
    sink.size(chips, run);
    const auto at = sink.time(c[0]);
    if (!sink.has_time(at, c[0], "timestamp") || !sink.amount(run, c[1], "duration") || !sink.whole(chips, c[2], "num_gpus") || !sink.amount(product, c[3], "gpu_time")) return;
    if (*chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
    if (std::fabs(*product - *run * *chips) > 1e-6 * *product + 0.5) {
      sink.refuse("units that do not agree", "gpu_time is " + plain(*product) + " (expected duration x num_gpus, " + plain(*run * *chips) + "): is one of them in another unit?");
      return;
    }
    Job job;
    job.submit = *at, job.run = run, job.chips = *chips, job.tenant = sink.tenant(c[4]);
    sink.use(std::move(job), false);
  });
  sink.note("The file does not tell the zone of its clock, what failed, or when jobs started; duration is run time");
}

void read_philly_json(JobSink& sink, const std::string& text, Diagnostics& problems) {
  const std::string_view bare = std::string_view(text).substr(text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0), all = trimmed(bare);
  if (all.empty() || (all.front() != '[' && all.front() != '{'))
    return problems.add({sink.log.file, 1, 0}, "is not JSON (expected an array of objects)");
  Pieces pieces(bare);
  size_t cut = 0;
  while (const auto piece = pieces.next()) {
    sink.begin(piece->line);
    if (!piece->whole) { sink.refuse("is cut off", "is cut off: the file ends before the object that begins here does"); continue; }
    const json object = json::parse(piece->text.begin(), piece->text.end(), nullptr, false);
    if (!object.is_object()) { sink.refuse("not a JSON object", "is not a JSON object"); continue; }
    read_object(sink, object, cut);
  }
  if (cut > 0) sink.note(std::to_string(cut) + " attempts of used jobs have no start or no end (a fault of the recorder, its publisher says): they are left out");
  sink.note("The file does not tell the zone of its clock");
}

}  // namespace capmix::import
