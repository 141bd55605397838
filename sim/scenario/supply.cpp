// Producers, approvals, offers; mixes and outcomes of a study, and where blocked money goes.
#include <algorithm>
#include <cmath>

#include "scenario/loader.hpp"

namespace capmix::scenario {

namespace {

std::vector<double> monthly_weights(Reader& y) {
  auto weights = y.numbers("monthly");
  double sum = 0;
  for (const double w : weights) sum += w;
  if (weights.empty()) weights.assign(12, 1.0), sum = 12;
  if (weights.size() != 12 || sum <= 0)
    y.error("monthly", "\"monthly\" holds " + std::to_string(weights.size()) + " weights (expected 12, not all 0)");
  else for (double& w : weights) w /= sum;
  weights.resize(12);
  return weights;
}

Producer::Stock read_stock(Reader r) {
  Producer::Stock stock;
  stock.units = r.uncertain<double>("units", kNotNegative);
  stock.from = r.date("from");
  if (r.has("per_month")) stock.per_month = r.number("per_month", kPositive);
  r.also_knows({"per_month"});
  stock.build = r.number("build", kNotNegative, 0.0);
  stock.lead = r.uncertain<Days>("lead", kNotNegative, Uncertain<Days>(Days{0}));
  r.factual();
  r.done();
  return stock;
}

// Whoever reads its approvals also calls done().
Producer::Rival read_rival(Reader& r) {
  Producer::Rival rival;
  rival.id = r.text("id");
  rival.name = r.text("name", rival.id);
  rival.spend = r.uncertain<Usd>("spend", kNotNegative);
  rival.part = r.uncertain<double>("part", kFraction, Uncertain<double>(1.0));
  r.factual();
  return rival;
}

std::vector<Approval::Event> read_history(Reader& r) {
  std::vector<Approval::Event> history;
  for (auto& t : r.tables("event")) {
    Approval::Event e;
    e.date = t.date("date");
    e.state = t.one_of<ApprovalState>("state", kApprovalStates, "");
    if (t.has("quota")) e.quota = t.number("quota", kNotNegative);
    t.also_knows({"quota"});
    e.note = t.text("note", "");
    t.factual();
    t.done();
    if (!history.empty() && e.date <= history.back().date && e.date > Date())
      t.error("date", "the event of " + e.date.text() + " comes after that of " + history.back().date.text() +
                          " (expected ascending dates, one event a day)");
    history.push_back(std::move(e));
  }
  return history;
}

Approval::Pauses read_pauses(Reader r) {
  Approval::Pauses pauses;
  pauses.every = r.uncertain<Days>("every", kPositive);
  pauses.lasts = r.uncertain<Days>("lasts", kPositive);
  pauses.final = r.number("final", kFraction, 0.0);
  r.factual();
  r.done();
  return pauses;
}

}  // namespace

void Loader::read_producer(Reader r) {
  Producer p;
  p.id = r.text("id");
  p.name = r.text("name", p.id);
  p.from = r.uncertain<Date>("from");
  p.ramp = r.uncertain<Days>("ramp", kNotNegative, Uncertain<Days>(Days{0}));
  p.realised = r.uncertain<double>("realised", kFraction, Uncertain<double>(1.0));
  p.yield = r.uncertain<double>("yield", kFraction, Uncertain<double>(1.0));
  p.share = r.uncertain<double>("share", kFraction, Uncertain<double>(1.0));
  p.elasticity = r.uncertain<double>("elasticity", kNotNegative, Uncertain<double>(0.0));
  p.price_limit = r.number("price_limit", {1, kPositive.high, "of at least 1"}, 2.0);
  for (auto& y : r.tables("year")) {
    Producer::Year year;
    year.year = y.integer("year", 2000);
    year.units = y.number("units", kNotNegative);
    year.monthly = monthly_weights(y);
    y.done();
    p.years.push_back(std::move(year));
  }
  if (p.years.empty()) r.error("id", "producer \"" + p.id + "\" has no [[producer.year]]");
  std::sort(p.years.begin(), p.years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
  for (auto& t : r.tables_by_id("rival")) {
    p.rivals.push_back(read_rival(t));
    p.rivals.back().approvals = resolve_all(s_.approvals, t.list("approvals"), "approval");
    t.done();
  }
  if (r.has("stock")) p.stock = read_stock(r.table("stock"));
  r.also_knows({"stock"});
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
  a.yearly = r.choice("quota_per", {"firm", "year"}, "firm") == "year";
  a.history = read_history(r);
  if (r.has("pauses")) a.pauses = read_pauses(r.table("pauses"));
  r.also_knows({"quota", "pauses", "ratio"});
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
  const auto needed = r.list("approvals");
  o.approvals = resolve_all(s_.approvals, needed, "approval");
  if (o.approvals.size() < needed.size()) gaps_.insert("use of approvals");
  o.lead_time = r.uncertain<Days>("lead_time", kNotNegative);
  o.opens = r.date("opens");
  o.prepaid = r.number("prepaid", kFraction, 0.0);
  o.refundable = r.number("refundable", kFraction, 1.0);
  o.schedule = r.numbers("schedule");
  if (!o.schedule.empty() && (!std::is_sorted(o.schedule.begin(), o.schedule.end()) || std::abs(o.schedule.back() - 1) > 1e-9))
    r.error("schedule", "\"schedule\" is " + shown(*r.value("schedule")) + " (expected cumulative shares by month, ascending to 1, such as [0.2, 0.6, 1])");
  Uncertain<Usd> price;
  if (o.node.valid() && s_.nodes[o.node].chip.valid()) price = s_.chips[s_.nodes[o.node].chip].price;
  o.price = r.uncertain<Usd>("price", kPositive, price);
  r.factual();
  r.done();
  s_.offers.add(std::move(o));
}

// What an approval says of offers, once these are known.
void Loader::link_approval(Reader r) {
  const Id<Approval> id = s_.approvals.find(r.value("id") == nullptr ? "" : r.value("id")->text);
  if (!id.valid()) return;
  Approval& a = s_.approvals[id];
  const auto needs = [&](const Offer& o) { return std::count(o.approvals.begin(), o.approvals.end(), id) > 0; };
  if (gaps_.count("use of approvals") == 0 && gaps_.count("approval") == 0 && std::none_of(s_.offers.begin(), s_.offers.end(), needs))
    r.error("id", "no offer needs the approval \"" + a.id + "\" (expected it in the \"approvals\" of an [[offer]])");
  if (!r.has("ratio")) return;
  Reader t = r.table("ratio");
  Approval::Ratio ratio;
  const auto domestic = t.list("domestic");
  if (domestic.empty()) t.error("domestic", "\"domestic\" is empty (expected ids of offers whose chips unlock imports)");
  for (const auto& ref : domestic) {
    const auto offer = resolve(s_.offers, ref, "offer");
    if (!offer.valid()) continue;
    if (!needs(s_.offers[offer])) ratio.domestic.push_back(offer);
    else context.problems.add(ref.place, "the ratio of \"" + a.id + "\" counts \"" + ref.text + "\" as domestic, which itself needs this approval");
  }
  ratio.per_import = t.uncertain<double>("per_import", kNotNegative);
  ratio.by_value = t.choice("by", {"value", "chips"}, "value") == "value";
  t.factual();
  t.done();
  a.ratio = std::move(ratio);
}

void Loader::read_redirect(Reader r) {
  s_.study.redirect.share = r.uncertain<double>("share", kFraction);
  s_.study.redirect.delay = r.uncertain<Days>("delay", kNotNegative);
  if (r.has("patience")) s_.study.redirect.patience = r.uncertain<Days>("patience", kNotNegative);
  r.also_knows({"patience"});
  s_.study.redirect.to = resolve_all(s_.offers, r.list("to"), "offer");
  r.factual();
  r.done();
}

// A number is a share of the chip budget, a text an amount, a list of tables money by day.
std::vector<Tranche> Loader::read_spend(Reader& spend, const std::string& key, Id<Offer> offer) {
  const Value& value = *spend.value(key);
  if (value.is_number()) return {{offer, s_.study.chip_budget * spend.number(key, kFraction), s_.study.order_date}};
  if (!value.is(Value::Kind::array)) return {{offer, spend.quantity<Usd>(key, kNotNegative), s_.study.order_date}};
  std::vector<Tranche> out;
  for (auto& t : spend.tables(key)) {
    Tranche tranche;
    tranche.offer = offer;
    const bool share = t.has("money") && t.value("money")->is_number();
    tranche.money = share ? s_.study.chip_budget * t.number("money", kFraction) : t.quantity<Usd>("money", kNotNegative);
    tranche.date = t.date("date", s_.study.order_date);
    if (t.has("date") && tranche.date >= s_.study.timeline.end()) t.error("date", "\"date\" is " + tranche.date.text() + ", after the study's end");
    tranche.option = t.flag("option", false);
    tranche.premium = t.number("premium", kFraction, 0.0);
    if (t.has("premium") && !tranche.option) t.error("premium", "\"premium\" is paid for an option alone (expected option = true beside it)");
    if (tranche.option && tranche.date <= s_.study.order_date)
      t.error("date", "the option is exercised on " + tranche.date.text() + ", not after it is bought on " + s_.study.order_date.text() +
                          " (expected a date after the study's order date)");
    t.done();
    out.push_back(tranche);
  }
  return out;
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
    bool dated = false;
    Usd sum;
    for (const auto& key : spend.ids()) {
      const auto id = resolve(s_.offers, Ref{key, spend.value(key)->key_place}, "offer");
      dated = dated || spend.value(key)->is(Value::Kind::array);
      for (const auto& tranche : read_spend(spend, key, id)) {
        sum += tranche.money;
        if (!id.valid()) continue;
        mix.spend[id.index] += tranche.money;
        if (tranche.money.value() > 0) mix.tranches.push_back(tranche);
      }
    }
    if (!dated) mix.tranches.clear();
    if (s_.study.chip_budget.value() > 0 && sum.value() > s_.study.chip_budget.value() * (1 + 1e-9))
      t.error("spend", "the mix spends " + money(sum) + ", the chip budget is " + money(s_.study.chip_budget));
    for (const auto& ref : t.list("never")) {
      const auto id = resolve(s_.offers, ref, "offer");
      if (id.valid()) mix.never.push_back(id);
      if (id.valid() && mix.spend[id.index].value() > 0)
        context.problems.add(ref.place, "the mix never takes \"" + ref.text + "\", yet spends on it");
    }
    if (t.has("window")) read_window(t.table("window"), mix);
    if (t.has("patience")) mix.patience = t.quantity<Days>("patience", kNotNegative);
    t.also_knows({"window", "patience"});
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
    for (const auto& key : set.ids()) {
      Value value = *set.value(key);
      settle_paths(value, set.file());
      o.set.push_back(key + "=" + written(value));
    }
    t.done();
    s_.study.outcomes.push_back(std::move(o));
  }
}

}  // namespace capmix::scenario
