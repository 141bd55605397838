#include "step/llm_load.hpp"

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"

namespace capmix::step {
namespace {

constexpr const char* kStream = "step/llm/requests";
constexpr int kSample = 4096;          // requests that means are taken over
constexpr double kMeasured = 2000, kLeast = 200;  // requests whose latencies count; of very long ones fewer, so that
constexpr double kMeasuredTokens = 2000 * 16384;  // they have no more tokens than that
constexpr double kTokens[] = {kSmallestIteration, 256, 512, 1024, 2048, 4096, 8192, kLargestIteration};  // of an iteration, as engines are set up
constexpr size_t kOffline = 3;         // limits of tokens that are played when nobody waits, the best by closed form
constexpr int kHalvings = 7;           // of the bracket around the largest load: to 1 % of it
constexpr double kWorthwhile = 1.01;   // another limit of tokens must give that much more

std::vector<LlmRequest> requests_of(const TextTraffic& t, int count, double rate) {
  return draw_requests(kStream, count, rate, t.prompt, t.output, t.cached);
}

// One play, and what came of it.
class Trial {
 public:
  Trial(const LlmEngine& engine, const TextTraffic& traffic, LlmPhase phase, Seconds hand_over)
      : engine_(engine), traffic_(traffic), phase_(phase), hand_over_(hand_over) {
    const auto m = means(traffic);
    measured_ = static_cast<int>(std::clamp(kMeasuredTokens / (m.computed + m.output), kLeast, kMeasured));
  }

  LlmLoad at(double rate, double tokens, double sequences) {
    const int lead = static_cast<int>(2 * sequences) + 50, tail = static_cast<int>(sequences);
    const BatchLimits limits{tokens, sequences, engine_.cache_tokens(tokens), phase_};
    const auto requests = requests_of(traffic_, lead + measured_ + tail, rate);
    const BatchRun run = play([&](const LlmWork& w) { return engine_.cost(w); }, limits, requests);
    LlmLoad out;
    out.tokens = tokens, out.sequences = sequences;
    out.rate = rate > 0 ? rate : middle_rate(run);
    std::vector<double> first, each;
    for (size_t i = static_cast<size_t>(lead); i < static_cast<size_t>(lead + measured_); ++i) {
      const auto& r = requests[i];
      first.push_back(run.served[i].first - r.arrival);
      if (r.output > 1) each.push_back((run.served[i].done - run.served[i].first) / (r.output - 1));
    }
    out.ttft = Seconds(quantile(first, traffic_.percentile)) + hand_over_;
    out.tpot = Seconds(each.empty() || phase_ == LlmPhase::prefill ? 0 : quantile(each, traffic_.percentile));
    const double n = run.iterations;
    out.iteration = Seconds((run.busy + run.waited) / n);
    out.spent = {run.spent.products / n, run.spent.attention / n, run.spent.streams / n, run.spent.talk / n, run.spent.host / n};
    out.evicted = run.evicted / static_cast<double>(requests.size());
    return out;
  }
  bool meets(const LlmLoad& l) const {
    return (traffic_.ttft.value() <= 0 || l.ttft <= traffic_.ttft) && (traffic_.tpot.value() <= 0 || l.tpot <= traffic_.tpot);
  }

 private:
  // Requests per second between the end of the first three tenths and of the seventh: neither filling nor draining.
  static double middle_rate(const BatchRun& run) {
    std::vector<double> done;
    for (const auto& s : run.served) done.push_back(s.done);
    std::sort(done.begin(), done.end());
    const size_t a = done.size() * 3 / 10, b = done.size() * 7 / 10;
    return static_cast<double>(b - a) / (done[b] - done[a]);
  }

  const LlmEngine& engine_;
  const TextTraffic& traffic_;
  LlmPhase phase_;
  Seconds hand_over_;
  int measured_ = 0;
};

std::vector<double> packed(const LlmLoad& l) {
  return {l.rate, l.tokens, l.sequences, l.ttft.value(), l.tpot.value(), l.iteration.value(), l.spent.products.value(), l.spent.attention.value(),
          l.spent.streams.value(), l.spent.talk.value(), l.spent.host.value(), l.evicted};
}

LlmLoad unpacked(const std::vector<double>& v) {
  return {v[0], v[1], v[2], Seconds(v[3]), Seconds(v[4]), Seconds(v[5]), {Seconds(v[6]), Seconds(v[7]), Seconds(v[8]), Seconds(v[9]), Seconds(v[10])}, v[11]};
}

// What a limit of tokens allows: sequences, and the rate that no queue lets a lane exceed.
struct Room {
  double tokens = 0, sequences = 0, rate = 0;
};

std::vector<Room> rooms(const LlmEngine& engine, const TextTraffic& traffic, const LlmMeans& m, LlmPhase phase, double most, Seconds hand_over) {
  std::vector<Room> out;
  for (const double tokens : kTokens) {
    if (phase != LlmPhase::decode && traffic.ttft.value() > 0 && first_alone(engine, m, tokens) + hand_over > traffic.ttft) continue;
    double b = std::min(most, fits(engine, m, tokens));
    if (phase == LlmPhase::prefill) b = std::min(b, std::max(1.0, std::ceil(tokens / m.computed)));
    if (traffic.tpot.value() > 0 && phase != LlmPhase::prefill) b = within(engine, m, phase, b, traffic.tpot);
    b = std::floor(b);
    if (b < 1) continue;
    // The tokens of a steady iteration must find room in it.
    while (b > 1 && steady(engine, m, phase, b).work.decoding + steady(engine, m, phase, b).work.prompt > tokens && phase != LlmPhase::prefill) b = std::floor(b * 0.95);
    if (const double rate = steady(engine, m, phase, b).rate(); rate > 0) out.push_back({tokens, b, rate});
  }
  return out;
}

}  // namespace

LlmMeans means(const TextTraffic& t) {
  LlmMeans m;
  double square = 0, weighted = 0, decoded = 0;
  std::vector<double> computed;
  for (const auto& r : requests_of(t, kSample, 0)) {
    const double p = r.prompt, c = r.cached, o = r.output;
    m.prompt += p / kSample, m.computed += (p - c) / kSample, m.output += o / kSample;
    m.pairs += (p - c) * (p + c) / 2 / kSample;
    // It is under way for o - 1 iterations, with p + 1 to p + o - 1 keys.
    weighted += (o - 1) * (p + o / 2), decoded += o - 1;
    square += o * o;
    computed.push_back(p - c);
    m.most = std::max(m.most, p + o);
    if (t.prompt.variation > 0 && r.prompt >= t.prompt.most) m.cut_prompt += 1.0 / kSample;
    if (t.output.variation > 0 && r.output >= t.output.most) m.cut_output += 1.0 / kSample;
  }
  m.context = decoded > 0 ? weighted / decoded : m.prompt;
  m.longest = quantile(computed, t.percentile);
  return m;
}

LlmSteady steady(const LlmEngine& engine, const LlmMeans& m, LlmPhase phase, double sequences) {
  LlmSteady s;
  s.sequences = sequences;
  if (phase == LlmPhase::prefill || m.output <= 1) {
    s.requests = sequences;  // prompts of one iteration
  } else {
    s.requests = sequences / (m.output - 1);
    s.work.decoding = sequences, s.work.context = sequences * m.context;
  }
  if (phase != LlmPhase::decode) s.work.prompt = s.requests * m.computed, s.work.pairs = s.requests * m.pairs, s.work.ended = s.requests;
  s.cost = engine.cost(s.work);
  return s;
}

double fits(const LlmEngine& engine, const LlmMeans& m, double iteration_tokens) {
  const double tokens = engine.cache_tokens(iteration_tokens) * 0.98;
  return tokens < m.most + kPageTokens ? 0 : std::floor(tokens / (m.context + kPageTokens / 2));
}

double within(const LlmEngine& engine, const LlmMeans& m, LlmPhase phase, double most, Seconds tpot) {
  double low = 0, high = std::floor(most);
  while (low < high) {
    const double middle = std::ceil((low + high) / 2);
    if (steady(engine, m, phase, middle).cost.total() <= tpot) low = middle;
    else high = middle - 1;
  }
  return low;
}

Seconds first_alone(const LlmEngine& engine, const LlmMeans& m, double iteration_tokens) {
  Seconds sum;
  for (double done = 0; done < m.longest;) {
    const double take = std::min(iteration_tokens, m.longest - done);
    sum += engine.cost({0, 0, take, take * (done + take / 2), done + take >= m.longest ? 1.0 : 0.0}).total();
    done += take;
  }
  return sum;
}

LlmLoad largest_load(const LlmEngine& engine, const TextTraffic& traffic, LlmPhase phase, double most_sequences, Seconds hand_over) {
  const auto m = means(traffic);
  auto all = rooms(engine, traffic, m, phase, most_sequences, hand_over);
  if (all.empty()) return {};
  std::stable_sort(all.begin(), all.end(), [](const Room& a, const Room& b) { return a.rate > b.rate; });
  return unpacked(on_simgrid([&] {
    Trial trial(engine, traffic, phase, hand_over);
    LlmLoad best;
    if (traffic.offline()) {
      for (size_t i = 0; i < std::min(kOffline, all.size()); ++i)
        if (const auto l = trial.at(0, all[i].tokens, all[i].sequences); l.rate > best.rate) best = l;
      return packed(best);
    }
    for (const Room& room : all) {
      double low = best.rate * kWorthwhile, high = room.rate;
      if (low >= high) break;
      if (best.rate > 0) {
        const auto l = trial.at(low, room.tokens, room.sequences);
        if (!trial.meets(l)) continue;
        best = l;
      }
      for (int i = 0; i < kHalvings; ++i) {
        const double rate = (low + high) / 2;
        const auto l = trial.at(rate, room.tokens, room.sequences);
        if (trial.meets(l)) best = l, low = rate;
        else high = rate;
      }
    }
    return packed(best);
  }));
}

}  // namespace capmix::step
