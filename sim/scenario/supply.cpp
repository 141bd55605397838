// Producers, approvals, offers; mixes and outcomes of a study, and where blocked money goes.
#include <algorithm>
#include <cmath>

#include "scenario/loader.hpp"

namespace capmix::scenario {

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

void Loader::read_redirect(Reader r) {
  s_.study.redirect.share = r.uncertain<double>("share", kFraction);
  s_.study.redirect.delay = r.uncertain<Days>("delay", kNotNegative);
  for (const auto& o : r.list("to")) {
    const auto id = resolve(s_.offers, o, "offer");
    if (id.valid()) s_.study.redirect.to.push_back(id);
  }
  r.factual();
  r.done();
}

void Loader::read_mixes(Reader& r) {
  auto mixes = r.tables("mix");
  if (mixes.empty()) r.error("mix", "a study needs at least one [[mix]]");
  for (auto& t : mixes) {
    Mix mix;
    mix.id = t.text("id");
    mix.name = t.text("name", mix.id);
    mix.spend.assign(s_.offers.size(), Usd(0));
    Reader spend = t.table("spend");
    Usd sum;
    for (const auto& key : spend.ids()) {
      const auto id = resolve(s_.offers, Ref{key, spend.value(key)->key_place}, "offer");
      // A number is a share of the chip budget, a text an amount.
      const bool share = spend.value(key)->is_number();
      const Usd amount = share ? s_.study.chip_budget * spend.number(key, kFraction) : spend.quantity<Usd>(key, kNotNegative);
      if (id.valid()) mix.spend[id.index] = amount;
      sum += amount;
    }
    if (s_.study.chip_budget.value() > 0 && sum.value() > s_.study.chip_budget.value() * (1 + 1e-9))
      t.error("spend", "the mix spends " + money(sum) + ", the chip budget is " + money(s_.study.chip_budget));
    for (const auto& ref : t.list("never")) {
      const auto id = resolve(s_.offers, ref, "offer");
      if (id.valid()) mix.never.push_back(id);
      if (id.valid() && mix.spend[id.index].value() > 0)
        context.problems.add(ref.place, "the mix never takes \"" + ref.text + "\", yet spends on it");
    }
    if (t.has("window")) read_window(t.table("window"), mix);
    t.also_knows({"window"});
    t.done();
    s_.study.mixes.push_back(std::move(mix));
  }
}

void Loader::read_outcomes(Reader& r) {
  auto outcomes = r.tables("outcome");
  if (outcomes.empty()) r.error("outcome", "a study needs at least one [[outcome]]");
  for (auto& t : outcomes) {
    Outcome o;
    o.id = t.text("id");
    o.name = t.text("name", o.id);
    Reader approvals = t.table("approvals", false);
    for (const auto& key : approvals.ids()) {
      Reader a = approvals.table(key);
      ForcedApproval f;
      f.approval = resolve(s_.approvals, Ref{key, approvals.value(key)->key_place}, "approval");
      if (a.has("granted")) f.granted = a.flag("granted", false);
      if (a.has("decided")) f.decided = a.date("decided");
      if (a.has("quota")) {
        f.unlimited = a.value("quota")->is(Value::Kind::text);
        if (f.unlimited) a.choice("quota", {"none"}, "");
        else f.quota = a.number("quota", kNotNegative);
      }
      a.also_knows({"granted", "decided", "quota"});
      a.done();
      if (f.approval.valid()) o.forced.push_back(f);
    }
    Reader set = t.table("set", false);
    for (const auto& key : set.ids()) o.set.push_back(key + "=" + written(*set.value(key)));
    t.done();
    s_.study.outcomes.push_back(std::move(o));
  }
}

}  // namespace capmix::scenario
