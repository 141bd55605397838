// The study file, and the order in which everything is read.
#include <algorithm>

#include "scenario/loader.hpp"
#include "scenario/scenario.hpp"

namespace capmix::scenario {
namespace {

template <class T>
void sort_by_id(Table<T>& table) {
  std::sort(table.begin(), table.end(), [](const T& a, const T& b) { return a.id < b.id; });
}

}  // namespace

void Loader::study(const std::string& path, const std::vector<std::string>& overrides) {
  // [set] first, so that the command line wins; in it what is extended first, so that the study itself wins.
  if (const auto merged = files_.merged(path, {})) {
    if (const Value* found = merged->find("set")) {
      Value set = *found;
      std::stable_sort(set.items.begin(), set.items.end(), [](const Value& a, const Value& b) { return a.depth > b.depth; });
      for (auto& item : set.items) settle_paths(item, path);
      files_.add_overrides(set);
    }
  }
  files_.add_overrides(overrides);

  Reader r = open_file(path, "study", {});
  if (r.absent()) return;
  s_.study.id = stem(path);
  s_.study.name = r.text("name");
  s_.study.question = r.text("question", "");
  // A rate that is wrong is reported once, not at every price.
  if (const double rate = r.number("cny_per_usd", kPositive, 0.0); r.has("cny_per_usd")) context.cny_per_usd = rate > 0 ? rate : 1;
  s_.study.cny_per_usd = context.cny_per_usd.value_or(0);
  r.table("set", false);
  const Date start = r.date("start"), last = r.date("end");
  if (r.has("start") && r.has("end") && last < start) r.error("end", "\"end\" is " + last.text() + ", before the start " + start.text());
  constexpr int kMostYears = 100;
  if (r.has("start") && r.has("end") && last.year() - start.year() > kMostYears) r.error("end", "\"end\" is " + last.text() + ", more than " + std::to_string(kMostYears) + " years after the start");
  s_.study.timeline = Timeline(start, last + Days{1});
  s_.study.seed = static_cast<uint64_t>(r.integer("seed", 0, 1));
  s_.study.draws = r.integer("draws", 0, 16);
  if (r.has("as_of")) s_.study.as_of = r.date("as_of");
  if (s_.study.as_of && r.has("end") && *s_.study.as_of >= last) r.error("as_of", "\"as_of\" is " + s_.study.as_of->text() + ": nothing would be decided by the end, " + last.text());
  r.also_knows({"as_of"});
  s_.study.failure_events = r.choice("failures", {"expected", "events"}, "expected") == "events";
  s_.study.draw_rates = r.choice("rates", {"predicted", "drawn"}, "predicted") == "drawn";

  const Ref on = r.ref("platform");
  if (on.text.empty()) gaps_.insert({"offer", "approval", "chip of this platform"});
  else platform(r.resolved(on), on.place);
  for (const auto& w : r.list("workloads")) workload(r.resolved(w), w.place);
  read_job_logs();
  for (const auto& p : r.list("porting")) porting(r.resolved(p), p.place);
  sort_by_id(s_.campaigns);
  sort_by_id(s_.services);
  sort_by_id(s_.logs);
  std::sort(s_.ports.begin(), s_.ports.end(), [](const Port& a, const Port& b) { return std::tie(a.stack, a.family) < std::tie(b.stack, b.family); });
  if (r.has("porting_log")) {
    const Ref log = r.ref("porting_log");
    if (!log.text.empty()) read_log(r.resolved(log), log.place);
  }
  check_ports(r);
  r.also_knows({"porting_log"});
  for (auto& c : s_.campaigns) c.earliest = std::max(c.earliest, start);

  Reader budget = r.table("budget"), objective = r.table("objective");
  s_.study.capex = budget.quantity<Usd>("capex");
  s_.study.chip_budget = budget.quantity<Usd>("chips");
  s_.study.order_date = budget.date("order_date", start);
  if (s_.study.capex.value() > 0 && s_.study.chip_budget > s_.study.capex) budget.error("chips", "the chip budget " + money(s_.study.chip_budget) + " is more than the capex " + money(s_.study.capex));
  budget.factual();
  budget.done();
  s_.study.reference = resolve(s_.campaigns, objective.ref("reference"), "campaign");
  s_.study.served_share = objective.number("served_share", kFraction, 0.99);
  objective.done();
  if (r.has("redirect")) read_redirect(r.table("redirect"));
  if (r.has("finance")) read_finance(r.table("finance"));
  if (r.has("loop")) read_loop(r.table("loop"));
  for (const auto& c : r.list("claims")) claims(r.resolved(c), c.place);
  r.also_knows({"redirect", "finance", "loop"});
  read_mixes(r);
  read_outcomes(r);
  r.done();
}

// A stack or family without a port would pass for a mature one: every chip's stack needs a file, native or
// not, and a port of each family of work that the chip may get.
void Loader::check_ports(Reader& r) {
  if (gaps_.count("port") > 0) return;
  const std::set<std::string> native(s_.native_stacks.begin(), s_.native_stacks.end());
  const auto need = [&](const Chip& chip, const std::string& family) {
    if (native.count(chip.stack) > 0 || stacks_.count(chip.stack) == 0) return;
    const bool ported = find_port(s_.ports, chip.stack, family) != nullptr;
    if (!ported && !family.empty()) r.error("porting", "family \"" + family + "\" is not ported to the stack \"" + chip.stack + "\" of chip \"" + chip.id + "\"");
  };
  for (size_t i = 0; i < s_.chips.size(); ++i) {
    const auto id = s_.chips.id_at(i);
    const Chip& chip = s_.chips[id];
    if (!chip.stack.empty() && stacks_.count(chip.stack) == 0)
      r.error("porting", "no porting file for stack \"" + chip.stack + "\" of chip \"" + chip.id + "\"");
    for (const auto& c : s_.campaigns)
      for (const auto& part : c.parts)
        if (part.any_of.empty() ? chip.trains : std::count(part.any_of.begin(), part.any_of.end(), id) > 0) need(chip, c.family);
    for (const auto& at : s_.stages())
      if (s_.may(s_.stage(at), id)) need(chip, s_.stage(at).family);
  }
}

Scenario Loader::finish() {
  read_job_logs();
  files_.finish();
  std::sort(s_.native_stacks.begin(), s_.native_stacks.end());
  s_.facts = std::move(context.facts);
  const auto key = [](const Fact& f) { return std::tie(f.subject, f.path, f.value); };
  std::sort(s_.facts.begin(), s_.facts.end(), [&](const Fact& a, const Fact& b) { return key(a) < key(b); });
  s_.facts.erase(std::unique(s_.facts.begin(), s_.facts.end(), [&](const Fact& a, const Fact& b) { return key(a) == key(b); }), s_.facts.end());
  s_.uncertain = std::move(context.uncertain);
  std::sort(s_.uncertain.begin(), s_.uncertain.end());
  s_.uncertain.erase(std::unique(s_.uncertain.begin(), s_.uncertain.end()), s_.uncertain.end());
  s_.inputs = files_.inputs();
  return std::move(s_);
}

Scenario load(const std::string& study_path, const std::vector<std::string>& overrides) {
  Loader loader;
  loader.study(study_path, overrides);
  Scenario scenario = loader.finish();
  if (!loader.context.problems.ok()) throw InputError(loader.context.problems);
  return scenario;
}

Scenario load_catalogue(const std::string& directory, const std::string& workloads) {
  Loader loader;
  loader.catalogue(directory, workloads);
  Scenario scenario = loader.finish();
  if (!loader.context.problems.ok()) throw InputError(loader.context.problems);
  return scenario;
}

Models load_models(const std::string& path, Diagnostics& out) {
  Loader loader;
  loader.model(path);
  Scenario scenario = loader.finish();
  for (const auto& d : loader.context.problems.sorted()) out.add(d.place, d.message);
  return {std::move(scenario.llms), std::move(scenario.recommenders)};
}

Failures load_failures(const std::string& path, Diagnostics& out) {
  Loader loader;
  loader.failures(path);
  Scenario scenario = loader.finish();
  for (const auto& d : loader.context.problems.sorted()) out.add(d.place, d.message);
  return scenario.failures.empty() ? Failures{} : *scenario.failures.begin();
}

Scenario load_efficiencies(const std::string& folder) {
  Loader loader;
  for (const auto& id : stems_in(folder)) loader.efficiency(folder + "/" + id + ".toml");
  Scenario scenario = loader.finish();
  if (!loader.context.problems.ok()) throw InputError(loader.context.problems);
  return scenario;
}

}  // namespace capmix::scenario
