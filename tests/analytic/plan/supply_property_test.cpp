// What must hold in any world: 1,000 random studies of orders by day, options, approvals that are recorded, drawn, paused
// and turned, quotas once and a year, ratios, rivals, stock, schedules and redirects.
#include <cmath>
#include <map>
#include <random>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  double in(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  bool half() { return below(2) == 0; }
  Date day(int first, int last) { return kStart + Days{static_cast<double>(first + below(last - first))}; }  // days of the study
  std::string name(const char* what, int i) { return what + std::to_string(i); }

 private:
  std::mt19937 engine_;
};

void random_approval(Dice& dice, Scenario& s, int i) {
  Approval a;
  a.id = dice.name("key", i);
  a.probability = dice.in(0.2, 1);
  a.decided = Uncertain<Date>(dice.day(0, 200), dice.day(200, 400), dice.day(400, 4000), a.id + ".decided");
  if (dice.half()) a.quota = Uncertain<double>(1e3, 20e3, 300e3, a.id + ".quota");
  a.yearly = dice.half();
  if (dice.half()) a.pauses = Approval::Pauses{Days{dice.in(30, 600)}, Uncertain<Days>(Days{5}, Days{40}, Days{200}, a.id + ".lasts"), dice.in(0, 0.5)};
  Date day = dice.day(0, 100);
  for (int n = dice.below(4); n > 0; --n, day = day + Days{dice.in(1, 150)})
    a.history.push_back({day, static_cast<ApprovalState>(dice.below(4)), dice.half() ? std::optional<double>(std::floor(dice.in(1, 50e3))) : std::nullopt, ""});
  s.approvals.add(a);
}

void random_producer(Dice& dice, Scenario& s, int i) {
  Producer p;
  p.id = dice.name("maker", i);
  for (int year = 2026; year < 2029; ++year)
    if (year == 2026 || dice.half()) p.years.push_back({year, dice.in(0, 600e3), {}});
  p.from = dice.day(0, 300);
  p.realised = Uncertain<double>(0.2, 0.6, 1.0, p.id + ".realised");
  p.yield = dice.in(0.5, 1);
  p.share = Uncertain<double>(0.1, 0.4, 1.0, p.id + ".share");
  p.ramp = Days{dice.half() ? dice.in(0, 300) : 0};
  if (dice.half()) p.elasticity = Uncertain<double>(0.0, 0.3, 1.0, p.id + ".elasticity");
  if (dice.half()) p.rivals.push_back({"others", "", Uncertain<Usd>(Usd(dice.in(0, 20e9))), Uncertain<double>(0.0, 0.3, 1.0, p.id + ".part")});
  if (dice.half()) p.stock = Producer::Stock{Uncertain<double>(dice.in(0, 100e3)), dice.day(0, 300), dice.half() ? std::optional<double>(dice.in(1e3, 50e3)) : std::nullopt, dice.in(0, 3e3), Days{dice.in(0, 60)}};
  s.producers.add(p);
}

void random_offer(Dice& dice, Scenario& s, int i) {
  Offer o;
  o.id = dice.name("offer", i);
  o.node = s.nodes.id_at(static_cast<size_t>(dice.below(2)));
  o.producer = s.producers.id_at(static_cast<size_t>(dice.below(3)));
  o.price = Uncertain<Usd>(Usd(3e3), Usd(dice.in(4e3, 20e3)), Usd(30e3), o.id + ".price");
  o.lead_time = Uncertain<Days>(Days{10}, Days{60}, Days{200}, o.id + ".lead");
  o.opens = dice.day(0, 200);
  o.prepaid = dice.in(0, 1), o.refundable = dice.in(0, 1);
  if (dice.half()) o.schedule = {0.1, 0.2, 0.6, 1.0};
  if (i > 0)  // the first one needs nothing: it unlocks the others
    for (size_t a = 0; a < s.approvals.size(); ++a)
      if (dice.half()) o.approvals.push_back(s.approvals.id_at(a));
  s.offers.add(o);
}

Scenario random_study(Dice& dice) {
  auto s = study();
  s.approvals = {}, s.offers = {}, s.producers = {};
  s.study.reference = {};  // no bottleneck: it is not what this is about
  for (int i = 0; i < 3; ++i) random_approval(dice, s, i), random_producer(dice, s, i);
  for (int i = 0; i < 5; ++i) random_offer(dice, s, i);
  if (dice.half()) s.approvals[{0}].ratio = Approval::Ratio{{{0}}, Uncertain<double>(0.0, 0.5, 2.0, "ratio"), dice.half()};
  if (dice.half()) s.study.as_of = dice.day(0, 500);
  s.study.redirect.share = Uncertain<double>(0.2, 0.7, 1.0, "redirect.share");
  s.study.redirect.to = {{0}, {1}, {2}};
  if (dice.half()) s.study.redirect.patience = Uncertain<Days>(Days{30}, Days{200}, Days{600}, "patience");
  return s;
}

Mix random_mix(Dice& dice, const Scenario& s) {
  Mix m{"mix", "", std::vector<Usd>(s.offers.size())};
  for (int n = 1 + dice.below(12); n > 0; --n) {
    Tranche t{{static_cast<uint32_t>(dice.below(5))}, Usd(dice.in(0, 20e9 / 12)), dice.day(60, 1200)};
    t.option = dice.below(3) == 0;
    if (t.option) t.premium = dice.in(0, 0.3);
    m.spend[t.offer.index] += t.money;
    m.tranches.push_back(t);
  }
  return m;
}

// Money and chips of each order, and of all.
void check_conserved(const Plan& p, const Mix& m) {
  double planned = 0, final = 0, left = 0, arrived = 0, spend = 0;
  for (const auto money : m.spend) spend += money.value();
  for (const auto& o : p.orders) {
    INFO(o.offer << " " << o.origin << " " << o.status << " " << o.ordered.text());
    const double kept = (o.converted + o.lost + o.outstanding + o.stranded).value();
    REQUIRE(o.spend.value() == test::Approx(kept + o.redirected.value()).epsilon(1e-9).margin(1e-3));
    for (const Usd part : {o.converted, o.redirected, o.lost, o.outstanding, o.stranded}) REQUIRE(part.value() >= -1e-3);
    const int64_t due = o.price.value() > 0 && o.status != "pending" ? std::llround(o.outstanding / o.price) : o.chips;
    REQUIRE(o.delivered() <= o.allowed);
    REQUIRE(o.allowed <= o.chips);
    if (o.status != "pending" && o.status != "unused") REQUIRE(o.chips == o.delivered() + o.cancelled_chips + due);
    for (size_t i = 1; i < o.deliveries.size(); ++i) REQUIRE(o.deliveries[i - 1].date <= o.deliveries[i].date);
    (o.origin == "mix" ? planned : arrived) += o.spend.value();
    left += o.redirected.value(), final += kept;
  }
  REQUIRE(planned == test::Approx(spend).epsilon(1e-9));
  REQUIRE(final == test::Approx(spend).epsilon(1e-9));
  REQUIRE(left == test::Approx(arrived).epsilon(1e-9).margin(1e-3));
}

void check_flows(const Plan& p) {
  double blocked = 0, moved = 0, stranded = 0, converted = 0, received = 0;
  for (const auto& f : p.flows) {
    (f.kind == FlowKind::blocked ? blocked : f.kind == FlowKind::moved ? moved : f.kind == FlowKind::converted ? converted : stranded) += f.money.value();
    REQUIRE(f.left >= 0);
  }
  for (const auto& o : p.orders)
    if (o.origin != "mix") received += o.converted.value();
  REQUIRE(blocked == test::Approx(moved + stranded).epsilon(1e-9).margin(1e-3));
  REQUIRE(converted == test::Approx(received).epsilon(1e-9).margin(1e-3));
}

// At any day no more is at the dock than was made, or put into stock, for this buyer by then.
void check_made(const Scenario& s, const Plan& p, const Draw& draw) {
  for (size_t i = 0; i < s.producers.size(); ++i) {
    const Producer& producer = s.producers[s.producers.id_at(i)];
    std::map<Date, int64_t> docked;
    for (const auto& o : p.orders)
      if (s.offers[s.offers.find(o.offer)].producer.index == i)
        for (const auto& d : o.deliveries) docked[d.date] += d.chips;
    int64_t sum = 0;
    for (const auto& [date, chips] : docked) {
      sum += chips;
      double made = 0;
      int months = 0;
      for (const auto& m : p.market)
        if (m.producer.index == i && m.month < date) made += m.made, ++months;
      if (producer.stock) made += producer.stock->units.at(draw) + producer.stock->build * months;
      REQUIRE(static_cast<double>(sum) <= made * producer.share.at(draw) + 1e-3);
    }
  }
}

// Nothing comes on or after a day on which an approval is refused, and nothing before one is granted.
void check_refused(const Scenario& s, const Plan& p) {
  for (const auto& o : p.orders)
    for (const auto a : s.offers[s.offers.find(o.offer)].approvals)
      for (const auto& d : o.deliveries) {
        const auto& steps = p.approvals[a.index].steps;
        bool granted = false;
        for (const auto& step : steps) {
          granted = granted || (step.state == ApprovalState::granted && step.from <= d.date);
          REQUIRE_FALSE((step.state == ApprovalState::refused && step.from > o.ordered && step.from <= d.date));
        }
        REQUIRE(granted);
        REQUIRE(p.approvals[a.index].on(o.ordered) != ApprovalState::refused);
      }
}

void check_limits(const Scenario& s, const Plan& p, const Draw& draw) {
  for (size_t a = 0; a < s.approvals.size(); ++a) {
    const Approval& approval = s.approvals[s.approvals.id_at(a)];
    std::map<int, int64_t> by_year;
    int64_t all = 0;
    const int months = s.study.timeline.months();
    std::vector<double> imported(static_cast<size_t>(months), 0), domestic = imported;
    for (const auto& o : p.orders) {
      const auto id = s.offers.find(o.offer);
      const auto& needs = s.offers[id].approvals;
      const bool import = std::count(needs.begin(), needs.end(), s.approvals.id_at(a)) > 0;
      const double unit = approval.ratio && approval.ratio->by_value ? o.price.value() : 1;
      for (const auto& d : o.deliveries) {
        if (import) by_year[d.date.year()] += d.chips, all += d.chips;
        auto& side = import ? imported : domestic;
        if (!import && (!approval.ratio || approval.ratio->domestic[0] != id)) continue;
        for (int m = s.study.timeline.month(d.date); m < months; ++m) side[static_cast<size_t>(m)] += unit * static_cast<double>(d.chips);
      }
    }
    const double quota = p.approvals[a].quota;
    if (quota >= 0 && !approval.yearly) REQUIRE(static_cast<double>(all) <= quota);
    for (const auto& [year, chips] : by_year)
      if (quota >= 0 && approval.yearly) REQUIRE(static_cast<double>(chips) <= quota);
    if (!approval.ratio) continue;
    const double per_import = approval.ratio->per_import.at(draw);
    for (int m = 0; m < months; ++m) REQUIRE(imported[static_cast<size_t>(m)] * per_import <= domestic[static_cast<size_t>(m)] + 1e-3);
  }
}

}  // namespace

TEST_CASE("1,000 random studies: money and chips are conserved, and no limit is passed") {
  std::map<std::string, int> seen;
  for (unsigned i = 0; i < 1000; ++i) {
    INFO("study " << i);
    Dice dice(i);
    const auto s = random_study(dice);
    const auto m = random_mix(dice, s);
    const Draw draw(17, static_cast<int>(i));
    const auto p = plan::make(s, m, {}, draw);
    check_conserved(p, m);
    check_flows(p);
    check_made(s, p, draw);
    check_refused(s, p);
    check_limits(s, p, draw);
    for (const auto& o : p.orders) ++seen[o.status], ++seen[o.origin == "mix" ? "mix" : "moved"];
  }
  // The identities are about all of these.
  for (const char* status : {"delivered", "partly delivered", "production", "quota", "ratio", "refused", "reversed", "late", "lapsed", "pending", "unused", "moved"}) {
    INFO(status);
    CHECK(seen[status] > 10);
  }
}
