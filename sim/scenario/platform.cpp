// The platform file: sites with halls, the fleet that exists, producers, approvals and offers.
#include <algorithm>
#include <cmath>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

// Array elements in the order of their ids: permuting the tables of a file changes nothing.
std::vector<Reader> by_id(Reader& r, const std::string& key) {
  auto tables = r.tables(key);
  std::vector<std::pair<std::string, size_t>> order;
  for (size_t i = 0; i < tables.size(); ++i) order.emplace_back(tables[i].has("id") ? tables[i].text("id") : "", i);
  std::sort(order.begin(), order.end());
  std::vector<Reader> out;
  for (const auto& [id, i] : order) out.push_back(tables[i]);
  return out;
}

}  // namespace

void Loader::platform(const std::string& path, const Place& from) {
  Reader r = open_file(path, "platform", from);
  r.text("name");
  catalogue_ = beside(path, r.text("catalogue", "."));
  auto sites = by_id(r, "site"), existing = by_id(r, "existing"), producers = by_id(r, "producer"),
       approvals = by_id(r, "approval"), offers = by_id(r, "offer");

  std::map<std::string, Place> nodes, fabrics, buildouts;
  for (auto* list : {&existing, &offers})
    for (auto& t : *list)
      if (t.has("node")) nodes.emplace(t.text("node"), t.place("node"));
  for (auto& t : sites) {
    if (t.has("fabric")) fabrics.emplace(t.text("fabric"), t.place("fabric"));
    if (t.has("buildout")) buildouts.emplace(t.text("buildout"), t.place("buildout"));
  }
  load_nodes(nodes);
  for (const auto& [id, place] : fabrics) read_fabric(open("fabrics", id, place), id);
  for (const auto& [id, place] : buildouts) read_buildout(open("buildouts", id, place), id);
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
  site.fabric = resolve(s_.fabrics, r.text("fabric"), r, "fabric", "fabric");
  site.pue = r.number("pue", {1, 3, "between 1 and 3"});
  site.energy_price = r.uncertain<UsdPerJoule>("energy_price", kNotNegative);
  site.build_cost = r.uncertain<UsdPerWatt>("build_cost", kNotNegative);
  const Id<Buildout> id = r.has("buildout") ? resolve(s_.buildouts, r.text("buildout"), r, "buildout", "buildout") : Id<Buildout>{};
  const Buildout* buildout = id.valid() ? &s_.buildouts[id] : nullptr;
  auto halls = by_id(r, "hall");
  if (halls.empty()) r.error("id", "site \"" + site.id + "\" has no hall (expected at least one [[site.hall]])");
  for (auto& h : halls) read_hall(h, site, buildout);
  r.factual();
  r.done();
  s_.sites.add(std::move(site));
}

void Loader::read_hall(Reader r, Site& site, const Buildout* buildout) {
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

  if (!hall.existing && buildout == nullptr && !r.has("start"))
    r.error("id", "hall \"" + hall.id + "\" has no start");
  if (!hall.existing && buildout == nullptr)
    r.error("id", "hall \"" + hall.id + "\" is to be built, but its site names no buildout");
  if (!hall.existing && buildout != nullptr) {
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
  e.node = resolve(s_.nodes, r.text("node"), r, "node", "node");
  e.site = resolve(s_.sites, r.text("site"), r, "site", "site");
  e.chips = r.integer("chips", 1);
  e.since = r.date("since");
  e.retires = r.date("retires", Date::never());
  const std::string name = r.text("hall");
  if (e.site.valid()) {
    const auto& halls = s_.sites[e.site].halls;
    const auto at = std::find_if(halls.begin(), halls.end(), [&](const Hall& h) { return h.id == name; });
    if (at == halls.end() || !at->existing) {
      r.error("hall", "there is no existing hall \"" + name + "\" at site \"" + s_.sites[e.site].id + "\"");
    } else {
      e.hall = static_cast<int>(at - halls.begin());
      if (e.node.valid()) {
        const auto& node = s_.nodes[e.node];
        Watts needed = node.power * std::ceil(static_cast<double>(e.chips) / node.chips);
        for (const auto& other : s_.existing)
          if (other.site == e.site && other.hall == e.hall)
            needed += s_.nodes[other.node].power * std::ceil(static_cast<double>(other.chips) / s_.nodes[other.node].chips);
        if (needed > at->power)
          r.error("chips", "the chips in hall \"" + name + "\" need " + si(needed.value(), "W") + ", the hall has " + si(at->power.value(), "W"));
        s_.existing.push_back(std::move(e));
      }
    }
  }
  r.factual();
  r.done();
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
  o.node = resolve(s_.nodes, r.text("node"), r, "node", "node");
  o.producer = resolve(s_.producers, r.text("producer"), r, "producer", "producer");
  for (const auto& a : r.list("approvals")) {
    const auto id = resolve(s_.approvals, a, r, "approvals", "approval");
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
