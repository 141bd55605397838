// The platform file: sites with halls, the fleet that exists, producers, approvals and offers.
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
  catalogue_ = beside(path, r.text("catalogue", "."));
  auto sites = r.tables_by_id("site"), existing = r.tables_by_id("existing"), producers = r.tables_by_id("producer"),
       approvals = r.tables_by_id("approval"), offers = r.tables_by_id("offer");

  std::map<std::string, Place> nodes, fabrics, buildouts;
  const auto want = [](std::map<std::string, Place>& list, const Reader& t, const char* key) {
    if (t.has(key) && !t.value(key)->text.empty()) list.emplace(t.value(key)->text, t.place(key));
  };
  for (const auto& t : existing) want(nodes, t, "node");
  for (const auto& t : offers) want(nodes, t, "node");
  for (const auto& t : sites) want(fabrics, t, "fabric"), want(buildouts, t, "buildout");
  load_nodes(nodes);
  for (const auto& [id, place] : fabrics) read_fabric(open(catalogue_, "fabrics", id, place), id);
  for (const auto& [id, place] : buildouts) read_buildout(open(catalogue_, "buildouts", id, place), id);
  for (auto& t : sites) read_site(t);
  for (auto& t : existing) read_existing(t);
  for (auto& t : producers) read_producer(t);
  for (auto& t : approvals) read_approval(t);
  for (auto& t : offers) read_offer(t);
  r.done();
}

void Loader::read_site(Reader r) {
  Site site;
  site.id = r.text("id");
  site.name = r.text("name", site.id);
  site.country = r.text("country", "");
  site.fabric = resolve(s_.fabrics, r.ref("fabric"), "fabric");
  site.pue = r.number("pue", {1, 3, "between 1 and 3"});
  site.energy_price = r.uncertain<UsdPerJoule>("energy_price", kNotNegative);
  site.build_cost = r.uncertain<UsdPerWatt>("build_cost", kNotNegative);
  const Id<Buildout> id = r.has("buildout") ? resolve(s_.buildouts, r.ref("buildout"), "buildout") : Id<Buildout>{};
  const Buildout* buildout = id.valid() ? &s_.buildouts[id] : nullptr;
  auto halls = r.tables_by_id("hall");
  if (halls.empty()) r.error("id", "site \"" + site.id + "\" has no hall (expected at least one [[site.hall]])");
  for (auto& h : halls) read_hall(h, site, buildout, r.has("buildout"));
  r.factual();
  r.done();
  s_.sites.add(std::move(site));
}

void Loader::read_hall(Reader r, Site& site, const Buildout* buildout, bool has_buildout) {
  Hall hall;
  hall.id = r.text("id");
  hall.power = r.quantity<Watts>("power");
  hall.start = r.date("start");
  hall.existing = r.flag("existing", false);
  auto phases = r.tables("phases");
  double sum = 0;
  for (auto& p : phases) {
    PowerPhase phase;
    phase.share = p.number("share", kFraction);
    phase.delay = p.quantity<Days>("delay", kNotNegative, Days{0});
    p.done();
    sum += phase.share;
    hall.phases.push_back(phase);
  }
  if (hall.phases.empty()) hall.phases.push_back({1, {0}});
  else if (std::fabs(sum - 1) > 1e-9) r.error("phases", "the shares of the phases sum to " + std::to_string(sum) + " (expected 1)");
  std::sort(hall.phases.begin(), hall.phases.end(), [](const auto& a, const auto& b) { return a.delay < b.delay; });

  r.also_knows({"task"});
  if (hall.existing && r.has("task")) r.error("task", "an existing hall has no tasks");
  if (!hall.existing && !has_buildout) r.error("id", "hall \"" + hall.id + "\" is to be built, but its site names no buildout");
  if (!hall.existing && buildout != nullptr && !buildout->tasks.empty()) {
    hall.tasks = buildout->tasks;
    Reader own = r.table("task", false);
    for (auto& task : hall.tasks) {
      // A stream of its own, so that two halls of one template are built independently.
      task.duration.path = own.stream(task.id + ".duration");
      Reader o = own.table(task.id, false);
      task.duration = o.uncertain<Days>("duration", kNotNegative, task.duration);
      o.done();
    }
    own.done();
  }
  r.factual();
  r.done();
  site.halls.push_back(std::move(hall));
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

void Loader::read_producer(Reader r) {
  Producer p;
  p.id = r.text("id");
  p.name = r.text("name", p.id);
  p.from = r.uncertain<Date>("from");
  p.realised = r.uncertain<double>("realised", kFraction, Uncertain<double>(1.0));
  p.share = r.uncertain<double>("share", kFraction, Uncertain<double>(1.0));
  for (auto& y : r.tables("year")) {
    Producer::Year year;
    year.year = y.integer("year", 2000);
    year.units = y.number("units", kNotNegative);
    year.monthly = y.numbers("monthly");
    double sum = 0;
    for (const double w : year.monthly) sum += w;
    if (year.monthly.empty()) year.monthly.assign(12, 1.0), sum = 12;
    if (year.monthly.size() != 12 || sum <= 0)
      y.error("monthly", "\"monthly\" holds " + std::to_string(year.monthly.size()) + " weights (expected 12, not all 0)");
    else for (double& w : year.monthly) w /= sum;
    year.monthly.resize(12);
    y.done();
    p.years.push_back(std::move(year));
  }
  if (p.years.empty()) r.error("id", "producer \"" + p.id + "\" has no [[producer.year]]");
  std::sort(p.years.begin(), p.years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
  r.factual();
  r.done();
  s_.producers.add(std::move(p));
}

void Loader::read_approval(Reader r) {
  Approval a;
  a.id = r.text("id");
  a.name = r.text("name", a.id);
  a.authority = r.choice("authority", {"exporter", "importer"}, "") == "exporter" ? Authority::exporter : Authority::importer;
  a.probability = r.uncertain<double>("probability", kFraction);
  a.decided = r.uncertain<Date>("decided");
  if (r.has("quota")) a.quota = r.uncertain<double>("quota", kNotNegative);
  r.also_knows({"quota"});
  r.factual();
  r.done();
  s_.approvals.add(std::move(a));
}

void Loader::read_offer(Reader r) {
  Offer o;
  o.id = r.text("id");
  o.name = r.text("name", o.id);
  o.node = resolve(s_.nodes, r.ref("node"), "node");
  o.producer = resolve(s_.producers, r.ref("producer"), "producer");
  for (const auto& a : r.list("approvals")) {
    const auto id = resolve(s_.approvals, a, "approval");
    if (id.valid()) o.approvals.push_back(id);
  }
  o.lead_time = r.uncertain<Days>("lead_time", kNotNegative);
  o.opens = r.date("opens");
  o.prepaid = r.number("prepaid", kFraction, 0.0);
  o.refundable = r.number("refundable", kFraction, 1.0);
  Uncertain<Usd> price;
  if (o.node.valid() && s_.nodes[o.node].chip.valid()) price = s_.chips[s_.nodes[o.node].chip].price;
  o.price = r.uncertain<Usd>("price", kPositive, price);
  r.factual();
  r.done();
  s_.offers.add(std::move(o));
}

}  // namespace capmix::scenario
