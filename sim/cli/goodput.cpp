// capmix goodput: what failures leave of a gang's time, by closed form and simulated, or published runs beside what is predicted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "base/poisson.hpp"
#include "base/statistics.hpp"
#include "base/unit.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/published_runs.hpp"
#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "scenario/scenario.hpp"

namespace capmix::cli {
namespace {

namespace fs = std::filesystem;
using analysis::Json;
using fleet::kGangTimeNames, fleet::kGangTimes;

constexpr double kCheckpointBytes = 14;  // of a parameter: 16-bit weight, 32-bit master copy, two 32-bit moments

std::string percent(double x) { return fmt::format("{:.2f}", 100 * x); }

// --- what is typed --------------------------------------------------------------------------------------------------

template <class Q>
Q typed_quantity(Typed& typed, const std::string& option, const std::string& text, Q otherwise) {
  if (text.empty()) return otherwise;
  const auto read = parse_quantity(text, DimensionOf<Q>::value);
  if (!read.ok) typed.complain(option, read.problem);
  else if (read.value <= 0) typed.complain(option, "is " + text + " (expected more than 0)");
  return Q(read.value);
}

Failures failures_of(const Scenario& catalogue, const std::string& name, Typed& typed) {
  if (name.size() > 5 && name.compare(name.size() - 5, 5, ".toml") == 0) {
    Failures out = scenario::load_failures(name, typed.problems);
    return out;
  }
  const auto id = typed.id(catalogue.failures, "--failures", name, "failure model");
  return id.valid() ? catalogue.failures[id] : Failures{};
}

void read_checkpoint(const GoodputOptions& o, const Scenario& catalogue, Typed& typed, study::GangQuestion& q) {
  auto& c = q.checkpoint;
  c.nic = typed_quantity(typed, "--nic", o.nic, ByteRate(50e9));
  q.layout.chips_per_node = o.chips_per_node > 0 ? o.chips_per_node : 8;
  if (!o.node.empty()) {
    if (!o.nic.empty() || o.chips_per_node > 0) typed.complain("--node", "says the NIC and the chips of a node, so --nic and --chips-per-node cannot");
    if (const auto id = typed.id(catalogue.nodes, "--node", o.node, "node"); id.valid()) {
      q.layout.chips_per_node = catalogue.nodes[id].chips;
      c.nic = catalogue.chips[catalogue.nodes[id].chip].nic;
    }
  }
  if (o.bytes.empty() == o.model.empty()) typed.complain("--bytes", "a checkpoint's size is said by one of --bytes and --model");
  c.bytes = typed_quantity(typed, "--bytes", o.bytes, Bytes(0));
  if (!o.model.empty())
    if (const auto id = typed.id(catalogue.llms, "--model", o.model, "model"); id.valid()) c.bytes = Bytes(kCheckpointBytes * catalogue.llms[id].parameters());
  c.storage_write = c.storage_read = typed_quantity(typed, "--storage", o.storage, ByteRate(2e12));
  c.host_copy = typed_quantity(typed, "--host-copy", o.host_copy, c.host_copy);
  c.asynchronous = o.asynchronous;
  if (o.to == "peers") c.to = CheckpointTo::peers;
  else if (o.to != "storage") typed.complain("--to", "there is no \"" + o.to + "\"" + did_you_mean(o.to, {"storage", "peers"}));
  q.interval = typed_quantity(typed, "--interval", o.interval, Seconds(0));
}

study::GangQuestion question_of(const Common& c, const GoodputOptions& o, const Scenario& catalogue) {
  Typed typed;
  study::GangQuestion q;
  q.failures = failures_of(catalogue, o.failures, typed);
  q.chips = o.chips;
  if (o.chips <= 0) typed.complain("--chips", "is not said (expected the chips of the gang)");
  read_checkpoint(o, catalogue, typed, q);
  q.spares = o.spares, q.length = kDay * o.days, q.lives = o.lives, q.draws = o.draws, q.seed = c.seed.value_or(1);
  if (!typed.problems.ok()) throw InputError(typed.problems);
  return q;
}

// --- what is told ---------------------------------------------------------------------------------------------------

std::string range_text(const std::vector<double>& values, double unit, int digits) {
  return fmt::format("P5 {:.{}f}, P50 {:.{}f}, P95 {:.{}f}", quantile(values, 0.05) / unit, digits, quantile(values, 0.5) / unit, digits, quantile(values, 0.95) / unit, digits);
}

struct Played {
  std::array<double, kGangTimes> mean{};
  double open = 0, strikes = 0, low = 0, high = 0;  // low, high: 99 % interval of the mean useful share
};
Played played(const study::GangAnswer& a, double length) {
  Played out;
  std::vector<double> useful;
  const double n = static_cast<double>(a.lives.size());
  for (const auto& life : a.lives) {
    for (size_t i = 0; i < kGangTimes; ++i) out.mean[i] += life.of[i] / length / n;
    out.open += life.open / length / n;
    out.strikes += std::accumulate(life.strikes.begin(), life.strikes.end(), 0.0) / n;
    useful.push_back(life[fleet::GangTime::useful] / length);
  }
  double squares = 0;
  for (const double x : useful) squares += std::pow(x - out.mean[0], 2);
  const double half = n > 1 ? normal_quantile(0.995) * std::sqrt(squares / (n - 1) / n) : 0;
  out.low = out.mean[0] - half, out.high = out.mean[0] + half;
  return out;
}

std::string times_text(const study::GangQuestion& q, const study::GangAnswer& a, int width) {
  analysis::TextTable table("share of the gang's time, %");
  table.column("closed form");
  if (!a.lives.empty()) table.column("simulated");
  const Played p = played(a, q.length.value());
  for (size_t i = 0; i < kGangTimes; ++i) {
    std::vector<std::string> row{kGangTimeNames[i], percent(a.expected.of[i])};
    if (!a.lives.empty()) row.push_back(percent(p.mean[i]));
    table.row(std::move(row));
  }
  if (!a.lives.empty()) table.row({"at the end, not yet kept", "-", percent(p.open)});
  return table.text(width);
}

std::string causes_text(const study::GangQuestion& q, const study::GangAnswer& a, int width) {
  analysis::TextTable table("cause");
  table.column("class", true), table.column("in the run"), table.column("of all %");
  const double all = a.gang.rate().value(), in_run = a.expected.interruptions * q.length.value();
  for (size_t i = 0; i < a.gang.strikes.size(); ++i) {
    const auto& s = a.gang.strikes[i];
    const double share = all > 0 ? s.rate.value() / all : 0;
    table.row({q.failures.causes[i].name, text(s.kind), fmt::format("{:.1f}", in_run * share), fmt::format("{:.1f}", 100 * share)});
  }
  return table.text(width);
}

std::string report(const study::GangQuestion& q, const study::GangAnswer& a, int width) {
  const auto& g = a.gang;
  const double strikes = a.expected.interruptions * q.length.value(), days = q.length / kDay;
  const Interval count = poisson_range(strikes, 0.95);
  std::string out;
  const auto say = [&](const std::string& text) { out += analysis::wrap(text, width, 2); };
  say(fmt::format("{} chips, failures of {}: {} % of the time is effective ({} over the range of the inputs, %).",
                  q.chips, q.failures.name, percent(a.expected.goodput()),
                  a.goodputs.empty() ? "no draws" : range_text(a.goodputs, 0.01, 2)));
  if (g.rate().value() > 0) say(fmt::format("- Interrupted every {:.2f} h: {:.1f} times in {:.4g} days, {:.0f} to {:.0f} in 95 of 100 such runs.",
                                                1 / g.rate().value() / 3600, strikes, days, count.low, count.high));
  say(fmt::format("- A checkpoint of {} every {}: stall {}, flush {}, reload {}.", si(q.checkpoint.bytes.value(), "B"), si(g.interval.value(), "s"), si(g.stall.value(), "s"), si(g.flush.value(), "s"), si(g.reload.value(), "s")));
  if (g.rate().value() > 0 && g.stall.value() > 0) say(fmt::format("- The interval that loses least: {}.", si(std::max(fleet::best_interval(g.stall, 1 / g.rate()), g.flush).value(), "s")));
  say(fmt::format("- Spare nodes: {:.0f}.", g.spares));
  if (!a.lives.empty()) {
    const Played p = played(a, q.length.value());
    say(fmt::format("- Simulated {} times: {} % effective (99 % interval of the mean {} to {}), {:.1f} interruptions.", a.lives.size(), percent(p.mean[0]), percent(p.low), percent(p.high), p.strikes));
  }
  return out + "\n" + times_text(q, a, width) + "\n" + causes_text(q, a, width);
}

Json to_json(const study::GangQuestion& q, const study::GangAnswer& a) {
  Json out{{"chips", q.chips}, {"failures", q.failures.id}, {"days", q.length / kDay}, {"goodput", a.expected.goodput()}, {"interruptions", a.expected.interruptions * q.length.value()}};
  out["between_s"] = a.gang.rate().value() > 0 ? Json(1 / a.gang.rate().value()) : Json(nullptr);
  out["checkpoint"] = {{"bytes", q.checkpoint.bytes.value()}, {"interval_s", a.gang.interval.value()}, {"stall_s", a.gang.stall.value()}, {"flush_s", a.gang.flush.value()}, {"reload_s", a.gang.reload.value()}};
  for (size_t i = 0; i < kGangTimes; ++i) out["shares"][kGangTimeNames[i]] = a.expected.of[i];
  if (!a.goodputs.empty()) out["goodput_p5_p50_p95"] = {quantile(a.goodputs, 0.05), quantile(a.goodputs, 0.5), quantile(a.goodputs, 0.95)};
  for (const auto& s : a.gang.strikes) out["causes"].push_back({{"id", s.id}, {"class", text(s.kind)}, {"per_hour", 3600 * s.rate.value()}});
  if (a.lives.empty()) return out;
  const Played p = played(a, q.length.value());
  Json& of = out["simulated"] = {{"lives", a.lives.size()}, {"interruptions", p.strikes}, {"open", p.open}, {"goodput_99", {p.low, p.high}}};
  for (size_t i = 0; i < kGangTimes; ++i) of["shares"][kGangTimeNames[i]] = p.mean[i];
  return out;
}

// --- published runs -------------------------------------------------------------------------------------------------

std::string quantity_text(const std::string& quantity, double x) {
  if (quantity == "interruptions") return fmt::format("{:.0f}", x);
  if (quantity == "effective-time") return fmt::format("{:.1f} %", 100 * x);
  return quantity == "mttf" ? fmt::format("{:.3g} h", x) : fmt::format("{:.3g} s", x);
}

int published(const Common& c, const GoodputOptions& o, const Scenario& catalogue) {
  const std::string file = o.runs.empty() ? (fs::path(CAPMIX_DATA) / "tests/published/reliability/runs.csv").string() : o.runs;
  Diagnostics problems;
  const auto runs = read_published_runs(import::read_csv(file, problems), catalogue.failures, problems);
  if (!problems.ok()) throw InputError(problems);
  analysis::TextTable table("run");
  for (const char* column : {"published", "predicted", "range", "holds"}) table.column(column);
  Json json = Json::array();
  std::string rests;
  for (const auto& run : runs) {
    const auto s = study::score(run);
    const auto say = [&](double x) { return quantity_text(run.quantity, x); };
    const std::string said = (run.relation == "=" ? "" : run.relation + " ") + say(run.value);
    table.row({run.id, said, say(s.predicted), say(s.low) + " to " + say(s.high), s.holds ? "yes" : "no"});
    rests += analysis::wrap(fmt::format("- {}: rests on {}.{}", run.id, run.rests, run.note.empty() ? "" : " " + run.note), terminal_width(), 2);
    json.push_back({{"id", run.id}, {"quantity", run.quantity}, {"relation", run.relation}, {"published", run.value},
                    {"predicted", s.predicted}, {"low", s.low}, {"high", s.high}, {"holds", s.holds}, {"rests", run.rests}, {"source", run.source}});
  }
  print(c.json ? json.dump(1) + "\n" : table.text(terminal_width()) + analysis::heading("What each rests on") + rests);
  return 0;
}

}  // namespace

int goodput(const Common& c, const GoodputOptions& o) {
  const Scenario catalogue = load_catalogue(o.catalogue);
  if (o.published) return published(c, o, catalogue);
  const auto question = question_of(c, o, catalogue);
  try {
    const auto found = study::answer(question);
    print(c.json ? to_json(question, found).dump(1) + "\n" : report(question, found, terminal_width()));
  } catch (const std::invalid_argument& e) {
    throw InputError(e.what());
  }
  return 0;
}

}  // namespace capmix::cli
