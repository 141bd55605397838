// The platform file as a whole, and the fleet that exists.
#include <algorithm>
#include <cmath>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

Watts power_of(const Node& node, int64_t chips) {
  return node.chips > 0 ? node.power * std::ceil(static_cast<double>(chips) / node.chips) : Watts(0);
}

}  // namespace

void Loader::platform(const std::string& path, const Place& from) {
  Reader r = open_file(path, "platform", from);
  if (r.absent()) return void(gaps_.insert({"site", "producer", "approval", "offer", "chip of this platform"}));
  r.text("name");
  catalogue_ = r.has("catalogue") ? r.resolved(r.ref("catalogue")) : beside(files_.origin(path), ".");
  auto sites = r.tables_by_id("site"), existing = r.tables_by_id("existing"), producers = r.tables_by_id("producer"),
       approvals = r.tables_by_id("approval"), offers = r.tables_by_id("offer");

  std::map<std::string, Place> nodes, fabrics, buildouts;
  const auto want = [](std::map<std::string, Place>& list, const Reader& t, const char* key) {
    if (t.has(key) && !t.value(key)->text.empty()) list.emplace(t.value(key)->text, t.place(key));
  };
  for (const auto& t : existing) want(nodes, t, "node");
  for (const auto& t : offers) want(nodes, t, "node");
  for (const auto& t : sites) want(fabrics, t, "fabric"), want(buildouts, t, "buildout");
  r.also_knows({"catalogue"});
  load_nodes(nodes);
  for (const auto& [id, place] : fabrics) read_fabric(open(catalogue_, "fabrics", id, place), id);
  for (const auto& [id, place] : buildouts) read_buildout(open(catalogue_, "buildouts", id, place), id);
  if (r.has("home")) s_.home = r.text("home");  // a site may have a price of power for domestic chips
  for (auto& t : sites) read_site(t);
  read_home(r);
  for (auto& t : existing) read_existing(t);
  for (auto& t : approvals) read_approval(t);
  for (auto& t : producers) read_producer(t);
  for (auto& t : offers) read_offer(t);
  for (auto& t : approvals) link_approval(t);
  r.done();
}

// The buyer's country: domestic is whatever chip comes from there.
void Loader::read_home(Reader& r) {
  std::vector<std::string> known;
  const auto add = [&](const std::string& country) {
    if (!country.empty() && std::find(known.begin(), known.end(), country) == known.end()) known.push_back(country);
  };
  for (const auto& site : s_.sites) add(site.country);
  s_.home = r.text("home", known.empty() ? "" : known.front());
  for (const auto& chip : s_.chips) add(chip.country);
  if (!r.has("home") || std::find(known.begin(), known.end(), s_.home) != known.end()) return;
  std::string list;
  for (const auto& country : known) list += (list.empty() ? "one of " : ", ") + country;
  r.error("home", "\"" + s_.home + "\" is the country of no site and no chip (expected " +
                      (list.empty() ? "one that a site or a chip names" : list) + ")" + did_you_mean(s_.home, known));
}

void Loader::read_existing(Reader r) {
  ExistingFleet e;
  e.id = r.text("id");
  e.node = resolve(s_.nodes, r.ref("node"), "node");
  e.site = resolve(s_.sites, r.ref("site"), "site");
  e.chips = r.integer("chips", 1);
  e.since = r.date("since");
  e.retires = r.date("retires", Date::never());
  const Ref name = r.ref("hall");
  if (e.site.valid() && !name.text.empty()) {
    const auto& halls = s_.sites[e.site].halls;
    const auto at = std::find_if(halls.begin(), halls.end(), [&](const Hall& h) { return h.id == name.text; });
    if (at == halls.end()) unknown(name, "hall of site \"" + s_.sites[e.site].id + "\" called", ids_of(halls));
    else if (!at->existing) r.error("hall", "hall \"" + name.text + "\" is not there at the start (expected one with existing = true)");
    else e.hall = static_cast<int>(at - halls.begin()), check_hall_power(r, e, *at);
  }
  r.factual();
  r.done();
}

void Loader::check_hall_power(Reader& r, const ExistingFleet& e, const Hall& hall) {
  if (!e.node.valid()) return;
  Watts needed = power_of(s_.nodes[e.node], e.chips);
  for (const auto& other : s_.existing)
    if (other.site == e.site && other.hall == e.hall) needed += power_of(s_.nodes[other.node], other.chips);
  if (hall.power.value() > 0 && needed > hall.power)
    r.error("chips", "the chips in hall \"" + hall.id + "\" need " + si(needed.value(), "W") + ", the hall has " + si(hall.power.value(), "W"));
  s_.existing.push_back(e);
}

}  // namespace capmix::scenario
