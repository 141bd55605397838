#include "plan/output.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace capmix::plan {
namespace {

constexpr int kMonths = 12;

Date day_after(Date day) { return Date(day.day() + 1); }

}  // namespace

Output::Output(const Producer& producer, const Draw& draw, Date first, Date end, Usd base, const Passage& passage,
               const std::vector<ApprovalPlan>& approvals)
    : share_(producer.share.at(draw)), elasticity_(producer.elasticity.at(draw)), limit_(producer.price_limit), end_(end) {
  make(producer, draw, first, end);
  if (producer.stock) speculate(*producer.stock, draw, passage);
  if (base.value() > 0) compete(producer, draw, base, approvals);
}

void Output::compete(const Producer& producer, const Draw& draw, Usd base, const std::vector<ApprovalPlan>& approvals) {
  for (const auto& rival : producer.rivals) {
    const double wants = rival.spend.at(draw) * rival.part.at(draw) / base;
    const auto refused = plan::passage(rival.approvals, approvals).refused;
    for (auto& month : months_)
      if (days_within(refused, month.first, day_after(month.first)) == 0) month.wants += wants;
  }
  for (size_t i = 0; i < months_.size(); ++i) {
    months_[i].rivals = months_[i].wants;
    for (size_t k = i > kMonths ? i - kMonths : 0; k < i; ++k) months_[i].rivals -= months_[k].dumped;
    months_[i].rivals = std::max(0.0, months_[i].rivals);
  }
}

void Output::make(const Producer& producer, const Draw& draw, Date first, Date end) {
  const double good = producer.realised.at(draw) * producer.yield.at(draw);
  const Date from = producer.from.at(draw);
  const Days ramp = producer.ramp.at(draw);
  double sum = 0;
  int64_t before = 0;
  for (Date m = month_of(first); m < end || later_.size() < kMonths; m = month_after(m)) {
    Month month;
    month.first = m;
    month.last = Date(month_after(m).day() - 1);
    const double units = planned_units(producer, m.year(), m.month());
    month.all = units * good * ramped(from, ramp, month.first, month.last);
    if (month.first >= end) {
      later_.push_back(month.all);
      continue;
    }
    sum += month.all * share_;
    month.made = month.left = whole(sum) - before;
    before += month.made;
    months_.push_back(month);
  }
}

void Output::speculate(const Producer::Stock& stock, const Draw& draw, const Passage& passage) {
  stock_lead_ = stock.lead.at(draw);
  const Date opens = passage.open.empty() ? Date::never() : passage.open.front().from;
  double on_hand = 0, sum = 0;
  int64_t before = 0;
  bool there = false;
  for (auto& month : months_) {
    if (month.last < stock.from) continue;
    const auto refusal = std::find_if(passage.refused.begin(), passage.refused.end(), [&](const Span& s) { return s.from <= month.last; });
    const bool decided = refusal != passage.refused.end() || opens <= month.first;
    if (!there) on_hand = stock.units.at(draw), there = true;
    else if (!decided) on_hand += stock.build;
    month.stock = on_hand;
    const double days = (month.last - month.first).n + 1;
    const int open = days_within(passage.open, std::max(month.first, stock.from), day_after(month.last));
    month.stock_open = open > 0;
    if (open > 0) month.leaves = stock.per_month ? std::min(on_hand, *stock.per_month * open / days) : on_hand;
    on_hand -= month.leaves;
    sum += month.leaves * share_;
    month.sold = month.sold_left = whole(sum) - before;
    before += month.sold;
    if (refusal != passage.refused.end()) month.dumped = on_hand, on_hand = 0;
  }
}

int Output::open_days(const Month& month, const Request& request) {
  return days_within(request.passage->open, std::max(month.first, request.begin), day_after(month.last));
}

int64_t Output::available(const Month& month, const Request& request, bool stock) const {
  const int64_t made = stock ? month.sold : month.made, left = stock ? month.sold_left : month.left;
  const int64_t ours = request.part < 1 ? std::max<int64_t>(0, whole(static_cast<double>(made) * request.part) - (made - left)) : left;
  if (stock) return request.begin <= month.last ? ours : 0;
  const double days = (month.last - month.first).n + 1;
  const int open = open_days(month, request);
  if (open >= days) return ours;
  return std::min(ours, static_cast<int64_t>(std::floor(static_cast<double>(made) * (open / days))) - month.partly);
}

std::vector<Lot> Output::find(const Request& request, int64_t wanted, Limits* limits) const {
  std::vector<Lot> lots;
  if (request.begin >= end_) return lots;
  const auto& schedule = request.offer->schedule;
  int64_t got = 0;
  const size_t first = at(request.begin);
  for (size_t i = first; i < months_.size() && got < wanted; ++i) {
    const Month& month = months_[i];
    int64_t most = wanted;
    if (!schedule.empty()) most = std::min(most, whole(schedule[std::min(i - first, schedule.size() - 1)] * static_cast<double>(request.asked)));
    for (const bool stock : {true, false}) {
      const Date docked = month.last + (stock ? stock_lead_ : request.lead);
      int64_t chips = std::min(most - got, available(month, request, stock));
      if (chips <= 0 || docked >= request.before) continue;
      if (limits != nullptr) chips = std::min(chips, limits->room(*request.offer, request.price, docked));
      if (chips <= 0) continue;
      if (limits != nullptr) limits->import(*request.offer, request.price, docked, chips);
      lots.push_back({i, stock, !stock && open_days(month, request) < (month.last - month.first).n + 1, docked, chips});
      got += chips;
    }
  }
  return lots;
}

void Output::take(const std::vector<Lot>& lots) {
  for (const auto& lot : lots) {
    Month& month = months_[lot.month];
    (lot.stock ? month.sold_left : month.left) -= lot.chips;
    if (lot.partly) month.partly += lot.chips;
  }
}

void Output::book(Date ordered, int64_t chips, const std::vector<Lot>& lots, Date cancelled, int64_t cancelled_chips, const Passage& passage) {
  if (ordered >= end_) return;
  if (cancelled <= ordered) chips -= cancelled_chips, cancelled_chips = 0;
  auto lot = lots.begin();
  for (size_t i = at(ordered); i < months_.size() && chips > 0; ++i) {
    Month& month = months_[i];
    if (cancelled < month.first) chips -= cancelled_chips, cancelled_chips = 0;
    month.open += chips;
    if (days_within(passage.open, month.last, day_after(month.last)) > 0) month.firm += chips;
    for (; lot != lots.end() && lot->month == i; ++lot) chips -= lot->chips;
  }
}

double Output::twelve_months(size_t month) const {
  double made = 0;
  for (size_t i = month; i < month + kMonths; ++i) made += i < months_.size() ? months_[i].all : later_[i - months_.size()];
  return made;
}

double Output::multiple(size_t month, int64_t chips) const {
  if (elasticity_ == 0) return 1;
  const double wanted = months_[month].rivals + static_cast<double>(months_[month].open + chips), there = supply(month);
  return there > 0 ? std::min(limit_, std::pow(std::max(1.0, wanted / there), elasticity_)) : limit_;
}

double Output::multiple(Date day, int64_t chips) const { return multiple(at(day), chips); }

double Output::part(Date day, int64_t chips) const {
  const size_t month = at(day);
  const double rivals = months_[month].rivals;
  if (rivals == 0 || share_ == 0) return 1;
  const double ours = static_cast<double>(months_[month].open + chips), wanted = ours + rivals;
  return wanted > supply(month) ? std::min(1.0, ours / wanted / share_) : 1;
}

size_t Output::at(Date day) const {
  const Date first = months_.front().first;
  const int month = (day.year() - first.year()) * kMonths + day.month() - first.month();
  return static_cast<size_t>(std::clamp(month, 0, static_cast<int>(months_.size()) - 1));
}

std::vector<MarketMonth> Output::market(Id<Producer> id) const {
  std::vector<MarketMonth> out;
  bool begun = false;
  double unmet = 0, before = 0;  // of other buyers
  for (size_t i = 0; i < months_.size(); ++i) {
    const Month& month = months_[i];
    begun = begun || month.all > 0 || month.stock > 0;  // nobody waits for what nobody makes yet
    if (!begun) unmet = 0;
    if (month.wants < before) unmet *= month.wants / before;  // who gives up leaves the queue
    before = month.wants;
    if (begun) unmet += month.wants / kMonths;
    MarketMonth m;
    m.producer = id, m.month = month.first;
    m.wanted = month.open, m.firm = month.firm;
    m.rivals = month.rivals, m.made = month.all, m.stock = month.stock;
    m.backlog = static_cast<double>(month.firm) + unmet;
    m.price = multiple(i, 0);
    const double made = twelve_months(i), queue = std::max(0.0, m.backlog - (month.stock_open ? m.stock : 0));
    m.lead = queue == 0 ? 0 : made > 0 ? kMonths * queue / made : std::numeric_limits<double>::quiet_NaN();
    const double ours = static_cast<double>(month.made - month.left + month.sold - month.sold_left);
    unmet = std::max(0.0, unmet - (month.all + month.leaves + month.dumped - ours));
    out.push_back(m);
  }
  return out;
}

}  // namespace capmix::plan
