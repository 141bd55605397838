// What fails: platforms/failures. A cause says the time between two failures of one unit, or how many were counted while
// the population of [observed] ran.
#include <cmath>

#include "base/poisson.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

constexpr double kInterval = 0.90;  // of a count: low and high of the time between two failures
constexpr Bounds kFactor{1, 1000, "of at least 1"};

// The population that was watched, in seconds of each unit.
struct Watched {
  double seconds[4] = {0, 0, 0, 0};
};

Watched read_observed(Reader r) {
  Watched out;
  if (r.absent()) return out;
  const double over = r.quantity<Days>("duration").n * kDay.value();
  for (int u = 0; u < 4; ++u) {
    const std::string key = std::string(kFailureUnitNames[u]) + "s";
    out.seconds[u] = over * r.number(key, kNotNegative, u < 2 ? 0 : 1);
  }
  r.factual(), r.done();
  return out;
}

RepairTime read_repair(Reader& r, const std::string& key) {
  RepairTime out;
  const Value* value = r.value(key);
  if (value == nullptr || value->find("median") == nullptr) {
    out.range = r.uncertain<Seconds>(key, kNotNegative);
    return out;
  }
  Reader t = r.table(key);
  out.lognormal = true;
  out.mean = t.quantity<Seconds>("mean"), out.median = t.quantity<Seconds>("median");
  if (t.has("distance")) out.distance = t.number("distance", kFraction);
  if (out.mean < out.median) t.error("mean", "the mean of a log-normal time is below its median (expected at least as much)");
  t.done();
  return out;
}

Uncertain<Seconds> read_between(Reader& r, FailureUnit per, const Watched& watched) {
  if (r.has("between") == r.has("events")) {
    r.also_knows({"between", "events"});
    r.error("id", "a cause says either \"between\" or \"events\"");
    return Uncertain<Seconds>(Seconds(1));
  }
  if (r.has("between")) return r.uncertain<Seconds>("between", kPositive);
  const int events = r.integer("events", 1);
  const double seconds = watched.seconds[static_cast<int>(per)];
  if (seconds <= 0) {
    r.error("events", std::string("[observed] does not say how many ") + kFailureUnitNames[static_cast<int>(per)] + "s were watched, and for how long");
    return Uncertain<Seconds>(Seconds(1));
  }
  if (events < 1) return Uncertain<Seconds>(Seconds(1));
  const Interval i = poisson_interval(events, kInterval);
  return {Seconds(seconds / i.high), Seconds(seconds / events), Seconds(seconds / i.low), r.stream("events")};
}

// `otherwise`: the repair of causes that say none of their own.
FailureCause read_cause(Reader r, const Watched& watched, const std::optional<RepairTime>& otherwise) {
  FailureCause c;
  c.id = r.text("id"), c.name = r.text("name", c.id);
  c.kind = r.one_of<FailureClass>("class", kFailureClassNames, "");
  c.per = r.one_of<FailureUnit>("per", kFailureUnitNames, "node");
  c.between = read_between(r, c.per, watched);
  c.blast = r.one_of<Blast>("blast", kBlastNames, c.per == FailureUnit::chip ? "node" : c.per == FailureUnit::site ? "site" : "node");
  const bool can = c.blast != Blast::job && c.blast < Blast::pod;
  c.hot = r.flag("hot", can);
  if (c.hot && !can) r.error("hot", std::string("no spare takes over for a blast of \"") + text(c.blast) + "\" (expected chip, node or rack)");
  c.shape = r.number("shape", kPositive, 1);
  if (r.has("infant")) {
    Reader t = r.table("infant");
    c.infant = t.uncertain<double>("factor", kFactor);
    c.infant_decay = t.quantity<Days>("decay").n * kDay;
    t.done();
  }
  if (c.blast == Blast::job) {
    const Value* said = r.value("blast");
    if (r.has("repair") && said != nullptr && said->text != text(Blast::job)) read_repair(r, "repair");  // of an unknown word
    else if (r.has("repair")) r.also_knows({"repair"}), r.error("repair", "nothing is out of service after a blast of \"job\", so there is nothing to repair");
  } else c.repair = !r.has("repair") && otherwise ? *otherwise : read_repair(r, "repair");
  if (r.has("detect")) c.detect = r.uncertain<Seconds>("detect", kNotNegative);
  if (r.has("source")) r.factual();
  else r.text("note", "");
  r.done();
  return c;
}

}  // namespace

void Loader::failures(const std::string& path) { read_failures(open_file(path, "failures/" + stem(path), {}), stem(path)); }

Id<Failures> Loader::need_failures(const Ref& ref) {
  if (ref.text.empty()) return {};
  if (!s_.failures.find(ref.text).valid()) read_failures(open(catalogue_, "failures", ref.text, ref.place), ref.text);
  return s_.failures.find(ref.text);
}

void Loader::read_failures(Reader r, const std::string& id) {
  if (r.absent()) return;
  Failures f;
  f.id = id, f.name = r.text("name");
  const Watched watched = read_observed(r.table("observed", false));
  std::optional<RepairTime> otherwise;
  if (Reader t = r.table("repair", false); !t.absent()) otherwise = read_repair(t, "time"), t.factual(), t.done();
  for (auto& t : r.tables("cause")) f.causes.push_back(read_cause(t, watched, otherwise));
  if (f.causes.empty()) r.error("cause", "a file of failures has no [[cause]]");
  if (Reader t = r.table("slow", false); !t.absent()) {
    f.slow.share = t.uncertain<double>("share", kFraction);
    f.slow.slowdown = t.uncertain<double>("slowdown", kFraction);
    f.slow.detect = t.uncertain<Seconds>("detect", kPositive);
    t.factual(), t.done();
  }
  if (Reader t = r.table("recovery", false); !t.absent()) {
    f.recovery.detect = t.uncertain<Seconds>("detect", kNotNegative);
    f.recovery.in_place = t.uncertain<Seconds>("in_place", kNotNegative);
    f.recovery.requeue = t.uncertain<Seconds>("requeue", kNotNegative);
    f.recovery.warm_up = t.uncertain<Seconds>("warm_up", kNotNegative);
    f.recovery.spares = t.number("spares", kFraction, 0);
    t.factual(), t.done();
  }
  r.factual();
  r.done();
  s_.failures.add(std::move(f));
}

}  // namespace capmix::scenario
