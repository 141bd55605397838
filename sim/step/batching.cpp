#include "step/batching.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/draw.hpp"
#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"

namespace capmix::step {
namespace {

namespace actor = simgrid::s4u::this_actor;
constexpr double kSpeed = 1;          // of the host that stands for a lane; nothing is executed on it
constexpr double kHalfPage = kPageTokens / 2;
constexpr double kFree = 0.02;        // of the cache that a new prompt leaves to those that grow

// Standard normal quantile by the rational approximation of Acklam (2003), relative error below 1.2e-9.
double normal_quantile(double p) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  const auto tail = [&](double q) { return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1); };
  if (p < 0.02425) return tail(std::sqrt(-2 * std::log(p)));
  if (p > 1 - 0.02425) return -tail(std::sqrt(-2 * std::log(1 - p)));
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

// Of a log-normal: ln x is normal with variance ln(1 + v^2).
int length(const Tokens& l, double u, double listed) {
  double x = l.mean;
  if (!l.recorded.empty()) x = l.recorded[std::min(l.recorded.size() - 1, static_cast<size_t>(listed * static_cast<double>(l.recorded.size())))];
  else if (l.variation > 0) {
    const double variance = std::log1p(l.variation * l.variation);
    x = l.mean * std::exp(std::sqrt(variance) * normal_quantile(u) - variance / 2);
  }
  return static_cast<int>(std::clamp(std::round(x), 1.0, static_cast<double>(l.most)));
}

}  // namespace

std::vector<LlmRequest> draw_requests(const std::string& stream, int count, double rate, const Tokens& prompt, const Tokens& output, double cached) {
  std::vector<LlmRequest> out;
  out.reserve(static_cast<size_t>(count));
  const Draw draw(hash64(stream), 0);
  double clock = 0;
  for (int i = 0; i < count; ++i) {
    const auto uniform = [&, key = avalanche(static_cast<uint64_t>(i) + 1)](uint64_t what) { return draw.uniform(key ^ (what * 0x9e3779b97f4a7c15ULL)); };
    LlmRequest r;
    const double listed = uniform(4);
    r.prompt = length(prompt, uniform(1), listed), r.output = length(output, uniform(2), listed);
    r.cached = std::min(r.prompt - 1, static_cast<int>(std::lround(cached * r.prompt)));
    if (rate > 0) clock -= std::log(uniform(3)) / rate;
    r.arrival = clock;
    out.push_back(r);
  }
  return out;
}

Batcher::Batcher(const BatchLimits& limits, const std::vector<LlmRequest>& requests)
    : limits_(limits), requests_(requests), said_(requests.size(), 0) {
  run_.served.assign(requests.size(), {-1, -1});
  for (const auto& r : requests)
    if (r.prompt + r.output + kPageTokens > limits.cache_tokens * (1 - kFree))
      throw std::invalid_argument("a request of " + std::to_string(r.prompt + r.output) + " tokens does not fit a cache of " + std::to_string(static_cast<long>(limits.cache_tokens)));
}

double Batcher::arrival() const { return next_ < requests_.size() ? requests_[next_].arrival : std::numeric_limits<double>::infinity(); }
bool Batcher::finished() const { return finished_ == requests_.size(); }
bool Batcher::fits(double tokens) const {
  return decoding_ + static_cast<double>(filling_.size()) < limits_.sequences && held_ + tokens + kHalfPage <= limits_.cache_tokens * (1 - kFree);
}

// Takes the oldest waiting request into the cache; false when none waits or it does not fit.
bool Batcher::admit_next(double now) {
  const bool evicted = !again_.empty();
  if (!evicted && arrival() > now) return false;
  const size_t i = evicted ? again_.back() : next_;
  const LlmRequest& r = requests_[i];
  const double prompt = r.prompt + said_[i];
  if (!fits(prompt)) return false;
  if (evicted) again_.pop_back();
  else ++next_;
  held_ += prompt + kHalfPage;
  if (limits_.phase == LlmPhase::decode && said_[i] == 0) {
    run_.served[i].first = r.arrival;
    said_[i] = 1;
    join(i, prompt, now);
  } else {
    filling_.push_back({i, prompt, evicted ? 0.0 : static_cast<double>(r.cached)});
  }
  return true;
}

void Batcher::join(size_t i, double tokens, double now) {
  const int left = requests_[i].output - said_[i];
  if (left <= 0 || limits_.phase == LlmPhase::prefill) return finish(i, tokens, now);
  running_[iteration_ + left].push_back({i, tokens, iteration_});
  ++decoding_, context_ += tokens;
}

void Batcher::finish(size_t i, double tokens, double now) {
  held_ -= tokens + kHalfPage;
  run_.served[i].done = now;
  ++finished_;
}

// The youngest give up their pages until every other one has room for a token.
void Batcher::make_room() {
  while (held_ + decoding_ > limits_.cache_tokens && decoding_ > 1) {
    auto youngest = running_.end();
    size_t at = 0;
    for (auto it = running_.begin(); it != running_.end(); ++it)
      for (size_t k = 0; k < it->second.size(); ++k)
        if (youngest == running_.end() || it->second[k].joined > youngest->second[at].joined ||
            (it->second[k].joined == youngest->second[at].joined && it->second[k].request > youngest->second[at].request))
          youngest = it, at = k;
    const Sequence s = youngest->second[at];
    youngest->second.erase(youngest->second.begin() + static_cast<long>(at));
    if (youngest->second.empty()) running_.erase(youngest);
    said_[s.request] += static_cast<int>(iteration_ - s.joined);
    held_ -= context(s) + kHalfPage, context_ -= context(s), --decoding_;
    again_.push_back(s.request);
    ++run_.evicted;
  }
}

LlmWork Batcher::begin(double now) {
  if (limits_.phase == LlmPhase::decode) while (again_.empty() && admit_next(now)) {}
  make_room();
  LlmWork w;
  double room = limits_.tokens - decoding_;
  for (size_t at = 0; room >= 1;) {
    if (at == filling_.size()) {
      if (!admit_next(now)) break;
      continue;  // in a pool for decode it has joined those that run
    }
    Piece& p = filling_[at++];
    const double take = std::min(room, p.prompt - p.done);
    w.prompt += take, w.pairs += take * (p.done + take / 2);
    p.done += take, room -= take;
    if (p.done >= p.prompt) ++w.ended;
  }
  w.decoding = decoding_, w.context = context_;
  return w;
}

void Batcher::end(double now) {
  ++iteration_;
  run_.ends.push_back(now);
  // Every sequence that runs has got a token; those that it was the last for leave.
  context_ += decoding_, held_ += decoding_;
  if (const auto last = running_.begin(); last != running_.end() && last->first == iteration_) {
    for (const auto& s : last->second) {
      const double tokens = context(s);
      --decoding_, context_ -= tokens;
      finish(s.request, tokens, now);
    }
    running_.erase(last);
  }
  size_t ended = 0;
  for (; ended < filling_.size() && filling_[ended].done >= filling_[ended].prompt; ++ended) {
    const Piece& p = filling_[ended];
    if (said_[p.request] == 0) run_.served[p.request].first = now;
    ++said_[p.request];
    join(p.request, p.prompt, now);
  }
  filling_.erase(filling_.begin(), filling_.begin() + static_cast<long>(ended));
}

BatchRun play(const std::function<LlmCost(const LlmWork&)>& cost, const BatchLimits& limits, const std::vector<LlmRequest>& requests) {
  Batcher batcher(limits, requests);
  const double start = engine::compat::sg4::Engine::get_clock();
  BatchRun& run = batcher.run();
  double now = 0;
  while (!batcher.finished()) {
    const LlmWork w = batcher.begin(now);
    if (w.decoding + w.prompt <= 0) {
      run.waited += batcher.arrival() - now;
      actor::sleep_until(start + batcher.arrival());
      now = batcher.arrival();  // not from the clock: a date that it rounds down would be waited for again
      continue;
    }
    const LlmCost c = cost(w);
    actor::sleep_for(c.total().value());
    now = engine::compat::sg4::Engine::get_clock() - start;
    batcher.end(now);
    ++run.iterations, run.busy += c.total().value();
    run.spent.products += c.products, run.spent.attention += c.attention, run.spent.streams += c.streams;
    run.spent.talk += c.talk, run.spent.host += c.host;
  }
  return std::move(run);
}

std::vector<double> on_simgrid(const std::function<std::vector<double>()>& body) {
  return engine::in_child([&] {
    auto& engine = engine::simgrid_engine();
    auto* zone = engine::compat::star_zone(engine::compat::root_zone(engine, "capmix"), "lane");
    auto* host = engine::compat::add_host(zone, "lane", kSpeed);
    zone->seal();
    std::vector<double> out;
    engine::compat::add_actor("engine", host, [&] { out = body(); });
    engine.run();
    return out;
  });
}

}  // namespace capmix::step
