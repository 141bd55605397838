#include "cli/catalog.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "analysis/table.hpp"
#include "base/unit.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/typed.hpp"
#include "cli/version.hpp"
#include "engine/fabric_xml.hpp"
#include "scenario/scenario.hpp"
#include "study/worlds.hpp"

namespace capmix::cli {
namespace {

// "chips/h200-sxm" to its numbers, in order.
std::map<std::string, std::vector<const Fact*>> by_subject(const Scenario& s) {
  std::map<std::string, std::vector<const Fact*>> out;
  for (const auto& f : s.facts) out[f.subject].push_back(&f);
  return out;
}

std::string id_of(const std::string& subject) { return subject.substr(subject.find('/') + 1); }

nlohmann::ordered_json json_of(const Fact& f) {
  return {{"subject", f.subject}, {"path", f.path}, {"value", f.value}, {"confidence", text(f.confidence)}, {"source", f.source}, {"note", f.note}, {"place", f.place.text()}};
}

// The fabric as the user's words choose it; `from` tells which.
Fabric fabric_of(const Common& c, const CatalogOptions& o, const Scenario& s, Typed& typed, std::string& from) {
  if (!o.study.empty()) {
    const auto worlds = study::load(o.study, overrides(c));
    const Scenario& base = worlds.base();
    const bool only = base.sites.size() == 1 && o.site.empty();
    const auto site = only ? base.sites.find(base.sites.begin()->id) : typed.id(base.sites, "--site", o.site, "site");
    if (!o.fabric.empty()) typed.complain("--fabric", "and --study are both given (expected one of them)");
    if (!site.valid()) return {};
    const Fabric& f = base.fabrics[base.sites[site].fabric];
    from = "fabric " + f.id + " of site " + base.sites[site].id + " in " + o.study;
    return f;
  }
  if (!o.site.empty()) typed.complain("--site", "is of a study (expected --study, or --fabric)");
  const auto id = typed.id(s.fabrics, "--fabric", o.fabric, "fabric");
  from = "fabric " + o.fabric;
  return id.valid() ? s.fabrics[id] : Fabric{};
}

// How well the numbers of a subject are known, and where they come from: lines of a comment.
void cite(const Scenario& s, const std::string& subject, std::vector<std::string>& about) {
  for (const auto& f : s.facts)
    if (f.subject == subject && f.path.rfind("price", 0) != 0 && f.path.rfind("power", 0) != 0) about.push_back(subject + " " + f.path + " = " + f.value + " (" + text(f.confidence) + "; " + f.source + ")");
}

}  // namespace

int catalog_list(const Common& c, const CatalogOptions& o) {
  const Scenario s = load_catalogue(o.catalogue);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string lines;
  for (const auto& [subject, facts] : by_subject(s)) {
    int known[4] = {};
    for (const auto* f : facts) ++known[static_cast<int>(f->confidence)];
    std::string words;
    nlohmann::ordered_json counts;
    for (int i = 0; i < 4; ++i) {
      const char* name = text(static_cast<Confidence>(i));
      if (known[i] > 0) words += (words.empty() ? "" : ", ") + std::to_string(known[i]) + " " + name, counts[name] = known[i];
    }
    json.push_back({{"subject", subject}, {"numbers", counts}});
    lines += subject + std::string(subject.size() < 40 ? 40 - subject.size() : 1, ' ') + words + "\n";
  }
  print(c.json ? json.dump(2) + "\n" : lines);
  return 0;
}

int catalog_show(const Common& c, const CatalogOptions& o) {
  const Scenario s = load_catalogue(o.catalogue);
  std::vector<std::string> known;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string lines;
  for (const auto& [subject, facts] : by_subject(s)) {
    known.push_back(subject);
    if (subject != o.subject && id_of(subject) != o.subject) continue;
    lines += (lines.empty() ? "" : "\n") + subject + "\n";
    for (const auto* f : facts) {
      json.push_back(json_of(*f));
      lines += "  " + analysis::wrap(f->path + " = " + f->value, terminal_width() - 2, 6) + "      " +
               analysis::wrap(std::string(text(f->confidence)) + ": " + f->source + (f->note.empty() ? "" : " (" + f->note + ")"), terminal_width() - 6, 6);
    }
  }
  if (lines.empty()) {
    std::vector<std::string> ids = known;
    for (const auto& k : known) ids.push_back(id_of(k));
    throw InputError("capmix catalog show: there is no \"" + o.subject + "\"" + did_you_mean(o.subject, ids) + " (capmix catalog list names all)");
  }
  print(c.json ? json.dump(2) + "\n" : lines);
  return 0;
}

int catalog_export(const Common& c, const CatalogOptions& o) {
  if (!o.simgrid) throw InputError("capmix catalog export: give --simgrid, the one format there is");
  if (o.file != "-") probe_output(o.file);
  const Scenario s = load_catalogue(o.catalogue);
  Typed typed;
  std::string from;
  const Fabric fabric = fabric_of(c, o, s, typed, from);
  const auto node = typed.id(s.nodes, "--node", o.node, "node");
  typed.at_least("--chips", o.chips, 1);
  if (!typed.problems.ok()) throw InputError(typed.problems);

  const Node& n = s.nodes[node];
  const Chip& chip = s.chips[n.chip];
  const int nodes = (o.chips + n.chips - 1) / n.chips;
  std::vector<engine::RailHost> hosts;
  for (int i = 0; i < nodes; ++i) hosts.push_back({i / fabric.pod_nodes, chip.nic * n.chips});
  std::vector<std::string> about{
      "Written by " + version() + ": " + command_line(),
      from + "; " + std::to_string(nodes) + " nodes " + n.id + " of " + std::to_string(n.chips) + " " + chip.id + ", " + std::to_string(fabric.pod_nodes) + " nodes a pod",
      "A host is a node with the NICs of all its chips (" + si(chip.nic.value(), "B/s") + " each and direction, line rate). All rails are one; the spine",
      "itself is non-blocking, a pod's uplink is the sum of its NICs / " + analysis::fixed(fabric.oversubscription, 2) + ". Links inside a node and speeds are left out.",
      "Latency is half at either NIC. capmix shares links max-min fair at line rate: network/model CM02,",
      "network/crosstraffic 0, network/TCP-gamma 1e30, and equal latencies (CM02 shares a link by 1 / latency)."};
  cite(s, "fabrics/" + fabric.id, about);
  cite(s, "nodes/" + n.id, about);
  for (const auto& f : s.facts)
    if (f.subject == "chips/" + chip.id && f.path.find("nic") != std::string::npos) about.push_back(f.subject + " " + f.path + " = " + f.value + " (" + text(f.confidence) + "; " + f.source + ")");
  const std::string xml = engine::rail_xml(hosts, fabric.oversubscription, fabric.nic_latency, about);
  if (o.file == "-") print(xml);
  else write_whole(o.file, xml);
  return 0;
}

}  // namespace capmix::cli
