// `capmix check`: any file of the schema, with all it names.
#include <algorithm>
#include <filesystem>

#include "scenario/loader.hpp"
#include "scenario/scenario.hpp"

namespace capmix::scenario {
namespace {

// The kind of a file: its folder's name, or what its keys say.
std::string kind_of(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path().filename().string();
  for (const auto& [name, kind] : {std::pair{"chips", "chip"}, {"nodes", "node"}, {"fabrics", "fabric"},
                                   {"efficiency", "efficiency"}, {"software", "software"}, {"buildouts", "buildout"}, {"calendars", "calendar"}, {"failures", "failure model"}, {"fits", "failure model"}, {"models", "model"},
                                   {"training", "workload"}, {"recommendation", "workload"}, {"demand", "demand"},
                                   {"porting", "porting"}, {"claims", "claims file"}})
    if (folder == name) return kind;
  Diagnostics ignored;
  Files files(ignored);
  const auto merged = files.merged(path, {});  // what it is may stand in the file that it extends
  const Value* table = merged ? &*merged : files.raw(path, {});
  const auto has = [&](const char* key) { return table != nullptr && table->find(key) != nullptr; };
  if (has("campaign") || has("service") || has("log")) return "workload";
  if (!has("platform") && (has("site") || has("offer"))) return "platform";
  return "study";
}

void load_one(Loader& loader, const std::string& kind, const std::string& path) {
  if (kind != "study") loader.context.cny_per_usd = 1;  // the study states the rate; here any will do
  if (kind == "chip") loader.chip(path);
  else if (kind == "node") loader.node(path);
  else if (kind == "fabric") loader.fabric(path);
  else if (kind == "efficiency") loader.efficiency(path);
  else if (kind == "software") loader.software(path);
  else if (kind == "buildout") loader.buildout(path);
  else if (kind == "calendar") loader.calendar(path);
  else if (kind == "model") loader.model(path);
  else if (kind == "demand") loader.demand(path);
  else if (kind == "failure model") loader.failures(path);
  else if (kind == "porting") loader.porting(path, {});
  else if (kind == "claims file") loader.claims(path, {});
  else if (kind == "workload") loader.workload(path, {});
  else if (kind == "platform") loader.platform(path, {});
  else loader.study(path, {});
}

Summary summarise(const Scenario& s, const std::string& file, const std::string& kind) {
  Summary out;
  out.file = file, out.kind = kind;
  const auto n = [](size_t x) { return static_cast<int>(x); };
  out.chips = n(s.chips.size()), out.sites = n(s.sites.size()), out.offers = n(s.offers.size());
  for (const auto& site : s.sites) out.halls += n(site.halls.size());
  out.mixes = n(s.study.mixes.size()), out.outcomes = n(s.study.outcomes.size());
  out.draws = kind == "study" ? s.study.draws : 0;
  out.campaigns = n(s.campaigns.size()), out.services = n(s.services.size()), out.logs = n(s.logs.size());
  out.files = n(s.inputs.size()), out.facts = n(s.facts.size());
  for (const auto& f : s.facts) out.assumptions += f.confidence == Confidence::assumption;
  return out;
}

}  // namespace

std::vector<Summary> check(const std::vector<std::string>& files, Diagnostics& out) {
  std::vector<Summary> summaries;
  for (const auto& path : files) {
    if (!std::filesystem::is_regular_file(path)) {
      out.add({path, 0, 0}, "cannot be read");
      continue;
    }
    if (std::filesystem::path(path).extension() == ".csv") {
      out.add({path, 0, 0}, "is a table (expected TOML); try `capmix replay demand`, `capmix replay instances`, `capmix replay porting`, `capmix replay timelines` or `capmix validate --cases`");
      continue;
    }
    const std::string kind = kind_of(path);
    Loader loader;
    load_one(loader, kind, path);
    const Scenario s = loader.finish();
    for (const auto& d : loader.context.problems.sorted()) out.add(d.place, d.message);
    // An outcome's own overrides make another world: read that one too.
    if (loader.context.problems.ok() && kind == "study") {
      for (const auto& o : s.study.outcomes) {
        if (o.set.empty()) continue;
        Loader world;
        world.study(path, o.set);
        world.finish();
        for (const auto& d : world.context.problems.sorted()) out.add(d.place, d.message);
      }
    }
    summaries.push_back(summarise(s, path, kind));
    summaries.back().notes = loader.context.notes;
  }
  return summaries;
}

std::string describe(const std::vector<Summary>& summaries, bool json) {
  std::string out = json ? "[" : "";
  const auto field = [&](const char* name, int value) {
    if (json) out += std::string(", \"") + name + "\": " + std::to_string(value);
    else if (value > 0) out += std::string(", ") + std::to_string(value) + " " + name;
  };
  for (const auto& s : summaries) {
    if (json) out += std::string(out.size() > 1 ? ",\n " : "") + "{\"file\": " + quoted(s.file) + ", \"kind\": \"" + s.kind + "\"";
    else out += s.file + ": a good " + s.kind;
    field("files", s.files), field("chips", s.chips), field("sites", s.sites), field("halls", s.halls);
    field("offers", s.offers), field("campaigns", s.campaigns), field("services", s.services), field(json ? "logs" : "logs of jobs", s.logs);
    field("mixes", s.mixes), field("outcomes", s.outcomes), field("draws", s.draws);
    if (!json && s.mixes > 0) out += ", " + std::to_string(s.mixes * s.outcomes * (s.draws + 1)) + " runs";
    field(json ? "facts" : "sourced numbers", s.facts);
    if (json) field("assumptions", s.assumptions);
    else if (s.facts > 0) out += " (" + std::to_string(s.assumptions) + " of them assumptions)";
    if (json && !s.notes.empty()) {
      out += ", \"notes\": [";
      for (size_t i = 0; i < s.notes.size(); ++i) out += (i > 0 ? ", " : "") + quoted(s.notes[i]);
      out += "]";
    }
    out += json ? "}" : "\n";
    if (!json)
      for (const auto& note : s.notes) out += "  " + note + "\n";
  }
  return out + (json ? "]\n" : "");
}

}  // namespace capmix::scenario
