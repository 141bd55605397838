#include "study/plans.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include "base/statistics.hpp"
#include "engine/workers.hpp"
#include "plan/plan.hpp"

namespace capmix::study {
namespace {

constexpr int kChunk = 50;  // draws of one task: small against 1,000, long against a fork

// Of each draw, and summed over the draws of a chunk.
constexpr size_t kHallDates = 4, kApprovalDates = 2, kPortDates = 2, kOfferNumbers = 6, kTaskSums = 3;
struct Sample {
  std::vector<int32_t> dates;    // by draw: halls, approvals, ports; days since 1970
  std::vector<double> numbers;   // by draw: offers
  std::vector<double> sums;      // by task: critical, slack, days
  std::vector<std::pair<std::string, double>> binding;  // "2026-Q1\tname", draws; sorted
};

void put(std::string& out, const void* data, size_t size) { out.append(static_cast<const char*>(data), size); }

template <class T>
void put(std::string& out, const std::vector<T>& values) {
  const uint64_t size = values.size();
  put(out, &size, sizeof size);
  put(out, values.data(), values.size() * sizeof(T));
}

template <class T>
std::vector<T> take(const char*& at) {
  uint64_t size = 0;
  std::memcpy(&size, at, sizeof size);
  at += sizeof size;
  std::vector<T> out(size);
  if (size > 0) std::memcpy(out.data(), at, size * sizeof(T));
  at += size * sizeof(T);
  return out;
}

std::string pack(const Sample& s) {
  std::string out;
  put(out, s.dates), put(out, s.numbers), put(out, s.sums);
  std::vector<double> counts;
  std::vector<char> names;
  for (const auto& [name, count] : s.binding) {
    counts.push_back(count);
    names.insert(names.end(), name.begin(), name.end()), names.push_back('\0');
  }
  put(out, counts), put(out, names);
  return out;
}

Sample unpack(const std::string& bytes) {
  const char* at = bytes.data();
  Sample s;
  s.dates = take<int32_t>(at), s.numbers = take<double>(at), s.sums = take<double>(at);
  const auto counts = take<double>(at);
  const auto names = take<char>(at);
  const char* name = names.data();
  for (const double count : counts) s.binding.emplace_back(name, count), name += std::strlen(name) + 1;
  return s;
}

class Sampler {
 public:
  Sampler(const Scenario& s, size_t mix, size_t outcome, bool binding)
      : s_(s), sites_(s), first_hall_(plan::first_halls(s)), mix_(s.study.mixes[mix]), outcome_(s.study.outcomes[outcome]), binding_(binding), first_(make(0)) {}

  // The plan of draw 0: every draw has the same halls, tasks, approvals and ports.
  const Plan& first() const { return first_; }
  const Scenario& scenario() const { return s_; }

  Sample chunk(int from, int to) const {
    Sample out;
    out.sums.assign(kTaskSums * first_.tasks.size(), 0);
    std::map<std::string, double> binding;
    for (int draw = from; draw < to; ++draw) {
      const Plan plan = make(draw);
      add_halls(plan, out.dates);
      add_approvals(plan, out.dates);
      add_ports(plan, out.dates);
      add_offers(plan, out.numbers);
      for (size_t i = 0; i < plan.tasks.size(); ++i) {
        const TaskPlan& t = plan.tasks[i];
        double* of = &out.sums[kTaskSums * i];
        of[0] += t.critical ? 1 : 0, of[1] += t.slack.n, of[2] += (t.end - t.start).n;
      }
      for (const auto& b : plan.bottlenecks)  // of a quarter: its last month
        if (!b.binding.empty() && b.month.month() % 3 == 0) ++binding[quarter_name(b.month) + "\t" + b.binding.front().first];
    }
    out.binding.assign(binding.begin(), binding.end());
    return out;
  }

 private:
  Plan make(int draw) const { return plan::make(s_, sites_, mix_, outcome_, Draw(s_.study.seed, draw), binding_); }

  void add_halls(const Plan& plan, std::vector<int32_t>& out) const {
    std::vector<int32_t> first(plan.halls.size(), Date::never().day());
    for (const auto& pod : plan.pods) {
      if (!pod.site.valid() || pod.offer.rfind("existing:", 0) == 0) continue;
      int32_t& day = first[first_hall_[pod.site.index] + static_cast<size_t>(pod.hall)];
      day = std::min(day, pod.online.day());
    }
    for (size_t h = 0; h < plan.halls.size(); ++h) {
      const HallPlan& hall = plan.halls[h];
      out.push_back(hall.power.front().first.day());
      out.push_back(hall.power.back().first.day());
      out.push_back(hall.network.day());
      out.push_back(first[h]);
    }
  }

  static void add_approvals(const Plan& plan, std::vector<int32_t>& out) {
    for (const auto& a : plan.approvals) out.push_back(a.decided.day()), out.push_back(a.granted ? a.decided.day() : Date::never().day());
  }

  static void add_ports(const Plan& plan, std::vector<int32_t>& out) {
    for (const auto& port : plan.ports) {
      Date functional = Date::never(), production = Date::never();
      for (const auto& step : port.steps) {
        if (step.functional) functional = std::min(functional, step.date);
        if (step.functional && step.efficiency >= 1 - 1e-9) production = std::min(production, step.date);
      }
      out.push_back(functional.day()), out.push_back(production.day());
    }
  }

  void add_offers(const Plan& plan, std::vector<double>& out) const {
    const size_t base = out.size();
    out.resize(base + kOfferNumbers * s_.offers.size(), 0);
    for (const auto& o : plan.orders) {
      double* of = &out[base + kOfferNumbers * s_.offers.find(o.offer).index];
      of[0] += static_cast<double>(o.delivered());
      of[1] += o.converted.value(), of[2] += o.redirected.value(), of[3] += o.stranded.value();
      of[4] += o.lost.value(), of[5] += o.outstanding.value();
    }
  }

  const Scenario& s_;
  const plan::Sites sites_;
  const std::vector<size_t> first_hall_;  // in the plan, by site
  const Mix& mix_;
  const Outcome& outcome_;
  const bool binding_;
  const Plan first_;
};

// All chunks side by side: column i of a table with one row per draw.
class Columns {
 public:
  Columns(const std::vector<Sample>& chunks, int draws) : chunks_(chunks), draws_(static_cast<size_t>(draws)) {}

  DateSpread date(size_t i) const {
    auto sorted = column<int32_t>(&Sample::dates, i);
    std::sort(sorted.begin(), sorted.end());
    // Nearest rank: the least day by which it has happened in that share of the draws.
    const auto at = [&](double p) {
      const double rank = std::ceil(p * static_cast<double>(sorted.size()) - 1e-9);  // p n may lack the last bit
      return Date(sorted[static_cast<size_t>(std::max(1.0, rank)) - 1]);
    };
    const auto happens = std::lower_bound(sorted.begin(), sorted.end(), Date::never().day()) - sorted.begin();
    return {at(0.1), at(0.5), at(0.9), static_cast<double>(happens) / static_cast<double>(sorted.size())};
  }
  NumberSpread number(size_t i) const {
    auto values = column<double>(&Sample::numbers, i);
    const double all = capmix::mean(values);
    std::sort(values.begin(), values.end());
    return {quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9), all};
  }
  double mean(size_t i) const {  // of a sum
    double sum = 0;
    for (const auto& c : chunks_) sum += c.sums[i];
    return sum / static_cast<double>(draws_);
  }

 private:
  template <class T>
  std::vector<T> column(std::vector<T> Sample::*table, size_t i) const {
    const size_t width = (chunks_.front().*table).size() / std::min<size_t>(draws_, kChunk);
    std::vector<T> out;
    out.reserve(draws_);
    for (const auto& c : chunks_)
      for (size_t at = i; at < (c.*table).size(); at += width) out.push_back((c.*table)[at]);
    return out;
  }
  const std::vector<Sample>& chunks_;
  size_t draws_;
};

std::string hall_name(const Scenario& s, const HallPlan& h) { return s.sites[h.site].id + "/" + s.sites[h.site].halls[static_cast<size_t>(h.hall)].id; }

void reduce_tables(const Sampler& sampler, const Columns& columns, PlanDraws& out) {
  const Scenario& s = sampler.scenario();
  const Plan& plan = sampler.first();
  size_t date = 0, number = 0;
  for (const auto& h : plan.halls) {
    out.halls.push_back({hall_name(s, h), columns.date(date), columns.date(date + 1), columns.date(date + 2), columns.date(date + 3)});
    date += kHallDates;
  }
  for (const auto& a : plan.approvals) {
    const DateSpread granted = columns.date(date + 1);
    out.approvals.push_back({a.approval, granted.share, columns.date(date), granted});
    date += kApprovalDates;
  }
  for (const auto& p : plan.ports) {
    out.ports.push_back({p.stack + "/" + p.family, columns.date(date), columns.date(date + 1)});
    date += kPortDates;
  }
  for (const auto& o : s.offers) {
    const auto of = [&](size_t i) { return columns.number(number + i); };
    out.offers.push_back({o.id, of(0), of(1), of(2), of(3), of(4), of(5)});
    number += kOfferNumbers;
  }
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    const HallPlan& h = plan.halls[static_cast<size_t>(plan.tasks[i].hall)];
    const Task& task = s.sites[h.site].halls[static_cast<size_t>(h.hall)].tasks[static_cast<size_t>(plan.tasks[i].task)];
    out.tasks.push_back({hall_name(s, h), task.id, task.name, columns.mean(kTaskSums * i), columns.mean(kTaskSums * i + 1), columns.mean(kTaskSums * i + 2)});
  }
}

void reduce_binding(const std::vector<Sample>& chunks, PlanDraws& out) {
  std::map<std::string, double> counts;
  for (const auto& c : chunks)
    for (const auto& [name, count] : c.binding) counts[name] += count;
  for (const auto& [name, count] : counts) {
    const size_t tab = name.find('\t');
    out.binding.push_back({name.substr(0, tab), name.substr(tab + 1), count / out.draws});
  }
  std::stable_sort(out.binding.begin(), out.binding.end(), [](const auto& a, const auto& b) {
    return a.quarter != b.quarter ? a.quarter < b.quarter : a.share > b.share;
  });
}

}  // namespace

PlanDraws draw_plans(const Worlds& worlds, const PlanDrawsOptions& options) {
  const size_t outcome = outcome_index(worlds, options.outcome), mix = mix_index(worlds, options.mix);
  const Sampler sampler(*worlds.scenarios.at(outcome), mix, outcome, options.binding);
  std::vector<Sample> chunks(static_cast<size_t>((options.draws + kChunk - 1) / kChunk));
  engine::Workers workers(std::min<int>(options.jobs, static_cast<int>(chunks.size())), [&](int i) {
    return pack(sampler.chunk(i * kChunk, std::min(options.draws, (i + 1) * kChunk)));
  });
  int done = 0;
  workers.run(chunks.size(), [&](engine::TaskResult r) {
    if (!r.ok) throw std::runtime_error("a draw of the plan failed: " + r.bytes);
    chunks[static_cast<size_t>(r.task)] = unpack(r.bytes);
    options.progress("plans", std::min(options.draws, ++done * kChunk), options.draws);
  });
  PlanDraws out;
  out.mix = options.mix, out.outcome = options.outcome, out.draws = options.draws, out.bound = options.binding;
  reduce_tables(sampler, Columns(chunks, options.draws), out);
  reduce_binding(chunks, out);
  return out;
}

}  // namespace capmix::study
