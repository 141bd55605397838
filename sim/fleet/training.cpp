#include "fleet/training.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {
namespace {

// What a way takes from the pool: whole nodes, each kind once.
std::vector<Need> needs_of(const Way& way, const Pool& pool) {
  std::vector<Need> needs;
  for (const auto& g : way.groups) {
    const int64_t node = pool.kind(g.kind).node_chips, chips = (g.chips + node - 1) / node * node;
    const auto same = std::find_if(needs.begin(), needs.end(), [&](const Need& n) { return n.kind == g.kind; });
    if (same == needs.end()) needs.push_back({g.kind, chips});
    else same->chips += chips;
  }
  return needs;
}

}  // namespace

Turn Training::turn(int c) const { return turn_of(campaign(c).priority, campaign(c).earliest.day(), campaign(c).chips()); }

Training::Training(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, Ledger& ledger,
                   const Policy& policy, std::function<void(int64_t)> wake)
    : scenario_(scenario), rates_(rates), pool_(pool), months_(months), ledger_(ledger), policy_(policy),
      wake_(std::move(wake)), waiting_(scenario.campaigns.size()), submitted_(scenario.campaigns.size(), 0),
      releases_(pool.kinds().size()), on_pod_(pool.pods().size()), by_rank_(pool.kinds().size()), repairs_(pool.kinds().size()), shortage_(pool.kinds().size(), kNever) {
  for (int c = 0; c < static_cast<int>(scenario.campaigns.size()); ++c) by_turn_.push_back(c);
  std::stable_sort(by_turn_.begin(), by_turn_.end(),
                   [&](int a, int b) { return turn(a) < turn(b); });
  for (const auto& kind : pool.kinds()) {
    auto& arrivals = arrivals_.emplace_back();
    for (const int p : kind.pods)
      arrivals.push_back({pool.pod(p).online, pool.pod(p).chips / kind.node_chips * kind.node_chips});
    std::sort(arrivals.begin(), arrivals.end());
  }
}

void Training::add_job(int c, int64_t submitted) {
  Job job;
  job.campaign = c;
  job.number = ++submitted_[static_cast<size_t>(c)];
  job.submitted = submitted;
  jobs_.push_back(std::move(job));
  waiting_[static_cast<size_t>(c)].push_back(static_cast<int>(jobs_.size()) - 1);
}

// Campaigns whose earliest date has come: all their runs, or one more when the runs have no end.
void Training::submit(int64_t now) {
  for (int c = 0; c < static_cast<int>(scenario_.campaigns.size()); ++c) {
    const int64_t earliest = std::max<int64_t>(0, months_.second(campaign(c).earliest));
    if (earliest > now || campaign(c).borrows) continue;
    const int runs = campaign(c).runs;
    const int& submitted = submitted_[static_cast<size_t>(c)];
    if (runs == 0 && waiting_[static_cast<size_t>(c)].empty()) add_job(c, submitted == 0 ? earliest : now);
    while (submitted < runs) add_job(c, earliest);
  }
}

Request Training::request(int c) const {
  const Job& job = jobs_[static_cast<size_t>(waiting_[static_cast<size_t>(c)].front())];
  Request out{c, campaign(c).priority, job.submitted, campaign(c).chips(), campaign(c).tokens - job.done, {}};
  const auto& ways = rates_.ways(static_cast<size_t>(c));
  for (size_t w = 0; w < ways.size(); ++w) {
    const double speed = rates_.expected_speed(static_cast<size_t>(c), ways[w]);
    if (speed > 0) out.options.push_back({static_cast<int>(w), needs_of(ways[w], pool_), speed});
  }
  return out;
}

int64_t Training::ready(const Option& option, int64_t now) const {
  int64_t latest = now;
  for (const auto& need : option.needs) {
    const auto& ends = releases_[static_cast<size_t>(need.kind)];
    const auto& comes = arrivals_[static_cast<size_t>(need.kind)];
    auto end = ends.begin();
    auto come = std::upper_bound(comes.begin(), comes.end(), std::pair{now, kNever});
    const auto& repairs = repairs_[static_cast<size_t>(need.kind)];
    auto back = repairs.begin();
    int64_t free = pool_.kind(need.kind).usable, when = now;
    while (free < need.chips) {
      const int64_t ending = end == ends.end() ? kNever : end->first.first;
      const int64_t coming = come == comes.end() ? kNever : come->first;
      const int64_t mended = back == repairs.end() ? kNever : back->first;
      when = std::min({ending, coming, mended});
      if (when == kNever) return kNever;
      free += ending == when ? (end++)->second : coming == when ? (come++)->second : (back++)->second;
    }
    latest = std::max(latest, when);
  }
  return latest < months_.horizon() ? latest : kNever;
}

void Training::start(int64_t now) {
  fill(now);
  for (;;) {
    submit(now);
    View view;
    view.now = now;
    for (size_t c = 0; c < waiting_.size(); ++c)
      if (!waiting_[c].empty()) view.requests.push_back(request(static_cast<int>(c)));
    for (const auto& kind : pool_.kinds()) view.free.push_back(kind.usable);
    view.ready = [&](const Option& option) { return ready(option, now); };
    const auto next = policy_.next(view);
    if (!next) return note_shortages(view);
    const Request& r = view.requests[next->request];
    auto& queue = waiting_[static_cast<size_t>(r.campaign)];
    const int j = queue.front();
    queue.erase(queue.begin());
    launch(j, r.options[next->option], now);
  }
}

void Training::launch(int j, const Option& option, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  job.way = &rates_.ways(static_cast<size_t>(job.campaign))[static_cast<size_t>(option.way)];
  if (job.started < 0) job.started = now;
  job.settled = now;
  job.chips.clear();
  job.ready = std::max(now, job.found) + static_cast<int64_t>(std::ceil(std::exchange(job.owed, 0)));
  job.no_spare = 0;
  job.held.resize(job.way->groups.size());
  job.missing.assign(job.way->groups.size(), 0);
  job.place = active_.size();
  active_.push_back(j);
  for (size_t i = 0; i < job.way->groups.size(); ++i) {
    const Group& g = job.way->groups[i];
    hold(j, i, pool_.take(g.kind, g.chips));
    by_rank_[static_cast<size_t>(g.kind)].insert(rank(j));
    const std::string& chip = scenario_.chips[pool_.kind(g.kind).chip].id;
    job.chips += (job.chips.empty() ? "" : " + ") + chip + " x " + std::to_string(g.chips);
  }
  expect_end(j, kNever);
  set_speed(j, now);
}

void Training::set_speed(int j, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  job.speed = rates_.speed(static_cast<size_t>(job.campaign), *job.way);
  const double seconds = job.speed > 0 ? std::ceil((campaign(job.campaign).tokens - job.done) / job.speed) : HUGE_VAL;
  const int64_t from = std::max(now, job.ready);
  const bool within = !job.waits() && seconds <= static_cast<double>(months_.horizon() - from);
  expect_end(j, within ? from + std::max<int64_t>(1, static_cast<int64_t>(seconds)) : kNever);
  wake_for(j);
}

// One wake-up a job is under way: an end that moves later, as every strike moves it, is looked at again when the old one has come.
void Training::wake_for(int j) {
  Job& job = jobs_[static_cast<size_t>(j)];
  if (job.ends >= months_.horizon() || job.woken <= job.ends) return;
  job.woken = job.ends;
  wakes_.emplace(job.ends, j);
  wake_(job.ends);
}

// Keeps the orders by end of running jobs right.
void Training::expect_end(int j, int64_t end) {
  Job& job = jobs_[static_cast<size_t>(j)];
  running_.erase({job.ends, j});
  running_.insert({end, j});
  for (size_t g = 0; g < job.held.size(); ++g)
    releases_[static_cast<size_t>(job.way->groups[g].kind)].erase({job.ends, j});
  for (size_t g = 0; g < job.held.size(); ++g)
    releases_[static_cast<size_t>(job.way->groups[g].kind)][{end, j}] += chips_of(job.held[g]);
  job.ends = end;
}

void Training::change_speeds(int64_t now) {
  const auto running = running_;
  for (const auto& [end, j] : running) {
    const Job& job = jobs_[static_cast<size_t>(j)];
    const double speed = rates_.speed(static_cast<size_t>(job.campaign), *job.way);
    if (speed <= 0) wait_again(j, now);
    else if (speed != job.speed) set_speed(j, now);
  }
}

void Training::wait_again(int j, int64_t now) {
  release(j, now);
  auto& queue = waiting_[static_cast<size_t>(jobs_[static_cast<size_t>(j)].campaign)];
  queue.insert(std::lower_bound(queue.begin(), queue.end(), j), j);
}

void Training::release(int j, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  settle(job, now);
  running_.erase({job.ends, j});
  for (size_t g = 0; g < job.held.size(); ++g) {
    releases_[static_cast<size_t>(job.way->groups[g].kind)].erase({job.ends, j});
    pool_.give_back(job.held[g]);
    by_rank_[static_cast<size_t>(job.way->groups[g].kind)].erase(rank(j));
    for (const auto& h : job.held[g]) std::erase_if(on_pod_[static_cast<size_t>(h.pod)], [j](const Part& part) { return part.job == j; });
  }
  jobs_[static_cast<size_t>(active_.back())].place = job.place;
  active_[job.place] = active_.back();
  active_.pop_back();
  std::erase(short_, j);
  job.held.clear(), job.missing.clear();
  job.way = nullptr;
  job.speed = 0, job.ends = kNever;
}

void Training::finish(int64_t now) {
  while (!running_.empty() && running_.begin()->first <= now) {
    const auto [end, j] = *running_.begin();
    release(j, end);
    jobs_[static_cast<size_t>(j)].finished = end;
  }
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    const int j = wakes_.begin()->second;
    if (jobs_[static_cast<size_t>(j)].woken <= now) jobs_[static_cast<size_t>(j)].woken = kNever;
    wakes_.erase(wakes_.begin());
    wake_for(j);
  }
}

// Nothing done is lost: a retirement is known beforehand, and a checkpoint written in time.
void Training::vacate(int pod, int64_t now) {
  const auto running = running_;
  for (const auto& [end, j] : running) {
    const Job& job = jobs_[static_cast<size_t>(j)];
    const bool here = std::any_of(job.held.begin(), job.held.end(), [&](const auto& held) {
      return std::any_of(held.begin(), held.end(), [&](const Holding& h) { return h.pod == pod; });
    });
    if (here) wait_again(j, now);
  }
}

void Training::settle(int64_t now) {
  for (const auto& [end, j] : running_) settle(jobs_[static_cast<size_t>(j)], now);
}

void Training::settle(Job& job, int64_t now) {
  if (job.waits()) credit_failure(job, now, &TrainMonth::waiting);
  else credit_failure(job, std::min(now, job.ready), &TrainMonth::recovery);
  const double all = campaign(job.campaign).tokens, left = all - job.done;
  const int64_t seconds = now - job.settled;
  if (seconds <= 0) return;
  const bool ends = now >= job.ends;
  const double tokens = ends ? left : std::min(left, job.speed * static_cast<double>(seconds));
  credit(job, tokens, seconds);
  job.done = ends ? all : job.done + tokens;
  job.settled = now;
}

// Work that began in one month and was kept in a later one belongs to both.
void Training::credit(const Job& job, double tokens, int64_t seconds) {
  int64_t from = job.settled;
  const int64_t to = from + seconds;
  if (const int month = months_.of(from); to <= months_.end(month)) return credit(job, month, tokens, seconds);
  while (from < to) {
    const int month = months_.of(from);
    const int64_t part = std::min(to, months_.end(month)) - from;
    credit(job, month, tokens * static_cast<double>(part) / static_cast<double>(seconds), part);
    from += part;
  }
}

// A group's share of the tokens is its share of the batch: batch share x efficiency of its port, normalised.
void Training::credit(const Job& job, int month, double tokens, int64_t seconds) {
  const auto c = static_cast<size_t>(job.campaign);
  const double mean = rates_.efficiency(c, *job.way);
  for (size_t i = 0; i < job.held.size(); ++i) {
    const Group& group = job.way->groups[i];
    const Kind& kind = pool_.kind(group.kind);
    const double e = rates_.training_efficiency(c, group.kind);
    const double own = job.held.size() == 1 ? tokens : mean > 0 ? tokens * group.share * e / mean : 0;
    const int64_t held = chips_of(job.held[i]) * seconds;
    auto& fact = facts_[{month, job.campaign, static_cast<int>(kind.chip.index)}];
    fact.tokens += own;
    fact.model_flop += own * job.way->profile->flop_per_unit().value();
    fact.chip_seconds += held;
    fact.undone += std::llround(static_cast<double>(held) * job.way->undone), fact.recovery += std::llround(static_cast<double>(held) * job.way->recovery);
    const OwnerShares shares = busy(job.way->goodput, e, job.way->profile->stall());
    ledger_.add(month, {kind.chip, kind.site, job.campaign}, held, shares);
  }
}

int Training::waits_for(int kind, bool functional) const {
  for (const int c : by_turn_) {
    if (waiting_[static_cast<size_t>(c)].empty()) continue;
    for (const auto& way : rates_.ways(static_cast<size_t>(c))) {
      const auto uses = [&](const Group& g) { return g.kind == kind; };
      if (!std::any_of(way.groups.begin(), way.groups.end(), uses)) continue;
      if ((rates_.efficiency(static_cast<size_t>(c), way) > 0) == functional) return c;
    }
  }
  return -1;
}

}  // namespace capmix::fleet
