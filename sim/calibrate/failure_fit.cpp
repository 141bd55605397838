#include "calibrate/failure_fit.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "calibrate/record.hpp"

namespace capmix::calibrate {
namespace {

constexpr double kLeastShape = 0.02, kGreatestShape = 20;

// Sums of the profile likelihood at one shape; ages in units of the greatest one, so that no power overflows.
class Profile {
 public:
  Profile(const std::vector<import::Spell>& spells, int cause) : spells_(spells) {
    for (const auto& s : spells) unit_ = std::max(unit_, s.exit);
    for (const auto& s : spells)
      if (s.cause >= 0 && (cause < 0 || s.cause == cause)) ++events_, logs_ += std::log(s.exit / unit_);
  }
  size_t events() const { return events_; }
  double scale(double k) const { return unit_ * std::pow(sums(k).power / static_cast<double>(events_), 1 / k); }
  double slope(double k) const {
    const Sums s = sums(k);
    const double d = static_cast<double>(events_);
    return d / k + logs_ - d * s.logarithm / s.power;
  }
  double likelihood(double k) const {
    const double d = static_cast<double>(events_);
    return d * std::log(k) + (k - 1) * logs_ + d * std::log(d / sums(k).power) - d;
  }

 private:
  struct Sums { double power = 0, logarithm = 0; };
  Sums sums(double k) const {
    Sums out;
    for (const auto& s : spells_) {
      const double b = s.exit / unit_, power = std::pow(b, k);
      out.power += power, out.logarithm += power * std::log(b);
      if (s.entry <= 0) continue;
      const double a = s.entry / unit_, before = std::pow(a, k);
      out.power -= before, out.logarithm -= before * std::log(a);
    }
    return out;
  }
  const std::vector<import::Spell>& spells_;
  size_t events_ = 0;
  double logs_ = 0, unit_ = 0;
};

// The likelihood of infants whose excess decays in `d`.
class Infants {
 public:
  Infants(const std::vector<import::Spell>& spells, int cause) {
    for (const auto& s : spells) {
      if (std::isnan(s.installed)) continue;
      const double to = s.installed + s.exit - s.entry;
      ages_.emplace_back(s.installed, to), time_ += to - s.installed;
      if (s.cause >= 0 && (cause < 0 || s.cause == cause)) failed_.push_back(to);
    }
  }
  size_t events() const { return failed_.size(); }
  double time() const { return time_; }

  struct Best { double share = 0, gain = 0, integral = 0; };  // gain: of the log-likelihood over a rate that does not change
  Best best(double d) const {
    Best out;
    for (const auto& [from, to] : ages_) out.integral += d * (std::exp(-from / d) - std::exp(-to / d));
    std::vector<double> over;  // e_i T / E
    for (const double t : failed_) over.push_back(std::exp(-t / d) * time_ / out.integral);
    const auto slope = [&](double s) {
      double sum = 0;
      for (const double x : over) sum += (x - 1) / (1 - s + s * x);
      return sum;
    };
    if (slope(0) <= 0) return out;
    constexpr double kMost = 0.999;
    if (slope(kMost) >= 0) out.share = kMost;
    else {
      std::uintmax_t rounds = 100;
      const auto [low, high] = boost::math::tools::toms748_solve(slope, 0.0, kMost, boost::math::tools::eps_tolerance<double>(40), rounds);
      out.share = (low + high) / 2;
    }
    for (const double x : over) out.gain += std::log(1 - out.share + out.share * x);
    return out;
  }

 private:
  std::vector<std::pair<double, double>> ages_;
  std::vector<double> failed_;
  double time_ = 0;
};

RateFit rate_of(const std::vector<import::Spell>& spells, int cause) {
  RateFit out;
  for (const auto& s : spells) {
    out.exposure += s.exit - s.entry;
    out.events += s.cause >= 0 && (cause < 0 || s.cause == cause);
  }
  out.interval = poisson_interval(static_cast<double>(out.events), kRateConfidence);
  out.interval.low /= out.exposure, out.interval.high /= out.exposure;
  return out;
}

CauseFit fit_cause(const import::FailureLog& log, const std::vector<import::Spell>& spells, int cause, int group) {
  CauseFit out;
  if (cause >= 0) out.cause = log.causes[static_cast<size_t>(cause)];
  else out.cause = {"all", "All causes", "node"};
  out.rate = rate_of(spells, cause);
  out.life = fit_weibull(spells, cause);
  out.infants = fit_infants(spells, cause);
  std::vector<double> seconds;
  for (const auto& o : log.outages)
    if ((cause < 0 || o.cause == cause) && (group < 0 || o.group == group)) seconds.push_back(o.seconds);
  out.repair = fit_lognormal(std::move(seconds));
  return out;
}

FailureFit fit_group(const import::FailureLog& log, int group) {
  std::vector<import::Spell> spells;
  for (const auto& s : log.spells)
    if (group < 0 || s.group == group) spells.push_back(s);
  FailureFit out;
  out.population = log.population, out.per = log.per, out.file = std::filesystem::path(log.file).filename().string();
  if (group >= 0) out.population += ", " + log.groups[static_cast<size_t>(group)];
  out.all = fit_cause(log, spells, -1, group);
  if (out.all.rate.events == 0) throw std::invalid_argument(log.file + ": no failure ends a time in service" + (group >= 0 ? " of those " + log.groups[static_cast<size_t>(group)] : ""));
  for (size_t c = 0; c < log.causes.size(); ++c)
    if (CauseFit fit = fit_cause(log, spells, static_cast<int>(c), group); fit.rate.events > 0) out.causes.push_back(std::move(fit));
  out.units = log.units;
  return out;
}

std::string in_hours(double seconds) { return "\"" + digits(seconds / 3600) + " h\""; }

std::string cause_table(const CauseFit& c, const std::string& unit) {
  std::string out = "\n[[cause]]\nid = \"" + c.cause.id + "\"\nname = \"" + c.cause.name + "\"\nclass = \"" + c.cause.kind + "\"\nper = \"" + unit + "\"\n";
  const RateFit& r = c.rate;
  const bool infants = c.infants.decay > 0;
  const double grown = infants ? c.infants.base / r.rate() : 1;  // rate of those that are no infants, over that of all
  out += "between = { low = " + in_hours(1 / r.interval.high / grown) + ", mode = " + in_hours(1 / r.rate() / grown) + ", high = " + in_hours(1 / r.interval.low / grown) + " }\n";
  if (infants) out += "infant = { factor = " + digits(c.infants.factor) + ", decay = \"" + digits(c.infants.decay / 86400) + " days\" }\n";
  out += "blast = \"node\"\nshape = " + digits(c.life.shape) + "\n";
  if (c.repair.times > 0) out += "repair = { mean = " + in_hours(c.repair.mean()) + ", median = " + in_hours(c.repair.median()) + ", distance = " + digits(c.repair.distance) + " }\n";
  std::string note = std::to_string(r.events) + " failures in " + digits(r.exposure / 3600) + " " + unit + "-hours; low and high: exact 90 % interval of the count. ";
  if (c.life.events < kFewestEvents) note += "Too few for a shape. ";
  else note += "Shape: Weibull, standard error " + digits(c.life.error) + ", twice the gain in log-likelihood over the exponential " + digits(c.life.ratio) + ". ";
  if (infants) note += "Infants: over all ages " + digits(1 / r.rate() / 3600) + " h between failures; twice the gain in log-likelihood " + digits(c.infants.ratio) + ". ";
  if (c.repair.times > 0)
    note += "Repair: log-normal to " + std::to_string(c.repair.times) + " times (" + std::to_string(c.repair.zeros) + " of 0 left out), whose mean is " + digits(c.repair.sample_mean / 3600) + " h.";
  while (note.back() == ' ') note.pop_back();
  return out + "note = \"" + note + "\"\n";
}

}  // namespace

WeibullFit fit_weibull(const std::vector<import::Spell>& spells, int cause) {
  const Profile profile(spells, cause);
  WeibullFit out;
  out.events = profile.events();
  if (out.events == 0) return out;
  out.scale = profile.scale(1);
  if (out.events < kFewestEvents) return out;
  // Out from the exponential, as far as the slope points, until its sign changes.
  double from = 1, to = 1;
  const bool up = profile.slope(1) > 0;
  do {
    from = to;
    to *= up ? 1.25 : 0.8;
  } while (to > kLeastShape && to < kGreatestShape && (profile.slope(to) > 0) == up);
  if (to <= kLeastShape || to >= kGreatestShape) throw std::invalid_argument("the shape of a Weibull law does not settle between 0.02 and 20");
  std::uintmax_t rounds = 200;
  const auto [low, high] = boost::math::tools::toms748_solve([&](double k) { return profile.slope(k); }, std::min(from, to), std::max(from, to),
                                                            boost::math::tools::eps_tolerance<double>(44), rounds);
  out.shape = (low + high) / 2;
  out.scale = profile.scale(out.shape);
  const double step = 1e-4 * out.shape, curvature = (profile.slope(out.shape - step) - profile.slope(out.shape + step)) / (2 * step);
  out.error = curvature > 0 ? 1 / std::sqrt(curvature) : 0;
  out.ratio = 2 * (profile.likelihood(out.shape) - profile.likelihood(1));
  return out;
}

InfantFit fit_infants(const std::vector<import::Spell>& spells, int cause) {
  const Infants infants(spells, cause);
  InfantFit out;
  out.events = infants.events();
  if (infants.time() > 0) out.base = static_cast<double>(out.events) / infants.time();
  if (out.events < kFewestEvents) return out;
  constexpr double kDay = 86400, kShortest = 7, kLongest = 730;
  constexpr int kSteps = 40;
  Infants::Best best;
  double decay = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double d = kDay * kShortest * std::pow(kLongest / kShortest, static_cast<double>(i) / kSteps);
    if (const auto found = infants.best(d); found.gain > best.gain) best = found, decay = d;
  }
  out.ratio = 2 * best.gain;
  if (out.ratio < kSureInfants) return out;
  const double n = static_cast<double>(out.events), b = best.share * n / best.integral;
  out.base = (1 - best.share) * n / infants.time();
  out.factor = 1 + b / out.base, out.decay = decay;
  return out;
}

double LogNormalFit::median() const { return std::exp(mu); }
double LogNormalFit::mean() const { return std::exp(mu + sigma * sigma / 2); }

LogNormalFit fit_lognormal(std::vector<double> seconds) {
  LogNormalFit out;
  if (seconds.empty()) return out;
  for (const double s : seconds) out.sample_mean += s / static_cast<double>(seconds.size());
  out.zeros = static_cast<size_t>(std::erase_if(seconds, [](double s) { return s <= 0; }));
  std::sort(seconds.begin(), seconds.end());
  out.times = seconds.size();
  const double n = static_cast<double>(out.times);
  for (const double s : seconds) out.mu += std::log(s) / n;
  for (const double s : seconds) out.sigma += std::pow(std::log(s) - out.mu, 2) / n;
  out.sigma = std::sqrt(out.sigma);
  if (out.sigma <= 0) return out;
  // Times are rounded to minutes, so many are equal: the distribution of the data jumps by all of them at once.
  for (size_t i = 0; i < seconds.size();) {
    size_t next = i;
    while (next < seconds.size() && seconds[next] == seconds[i]) ++next;
    const double f = 0.5 * std::erfc(-(std::log(seconds[i]) - out.mu) / (out.sigma * std::sqrt(2.0)));
    out.distance = std::max({out.distance, std::fabs(f - static_cast<double>(i) / n), std::fabs(f - static_cast<double>(next) / n)});
    i = next;
  }
  return out;
}

std::vector<FailureFit> fit_failures(const import::FailureLog& log) {
  std::vector<FailureFit> out;
  if (log.format == "titan") {
    for (const int g : {0, 1}) {
      out.push_back(fit_group(log, g));
      out.back().id = g == 0 ? "titan-k20x-old" : "titan-k20x-new";
      out.back().name = g == 0 ? "Titan's K20X, first batch" : "Titan's K20X, replacements from 2016 on";
    }
    return out;
  }
  out.push_back(fit_group(log, -1));
  out.back().id = log.format == "lanl" ? "lanl" : "grid5000";
  out.back().name = log.format == "lanl" ? "Machines of Los Alamos, 1996 to 2005" : "Grid'5000, 2005 to 2006";
  return out;
}

std::vector<GroupFit> fit_groups(const import::FailureLog& log) {
  std::vector<GroupFit> out;
  for (size_t g = 0; g < log.groups.size(); ++g) {
    std::vector<import::Spell> spells;
    for (const auto& s : log.spells)
      if (s.group == static_cast<int>(g)) spells.push_back(s);
    GroupFit fit{log.groups[g], rate_of(spells, -1), fit_infants(spells, -1)};
    if (fit.rate.exposure > 0) out.push_back(std::move(fit));
  }
  return out;
}

std::string failure_file(const FailureFit& f) {
  std::string out = "# Written by `capmix calibrate failures`. The log may not be shipped; what was fitted to it is.\n";
  out += "name = \"" + f.name + "\"\nsource = \"capmix calibrate failures on " + f.file + ": " + f.population + "\"\nconfidence = \"assumption\"\n";
  out += "note = \"Maximum likelihood with censored times; what was measured there is no rate of today's accelerators.\"\n";
  const bool told = std::all_of(f.causes.begin(), f.causes.end(), [](const auto& c) { return c.repair.times > 0; });
  if (!told) out += "\n[repair]\ntime = { low = \"4 h\", mode = \"24 h\", high = \"168 h\" }\nsource = \"Analyst estimate\"\nconfidence = \"assumption\"\nnote = \"The log does not tell how long a part was out.\"\n";
  for (const auto& c : f.causes) out += cause_table(c, f.per);
  return out;
}

}  // namespace capmix::calibrate
