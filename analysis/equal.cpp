#include "analysis/equal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/json.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

int sign(double x) { return (x > 0) - (x < 0); }

struct Bracket {
  size_t row = 0;
  double low = 0, high = 0;
  int at_low = 0;                      // sign of the difference there
};

void check(const EqualOptions& o) {
  if (!(o.low < o.high) || !std::isfinite(o.low) || !std::isfinite(o.high)) throw std::invalid_argument("an input goes from a low to a high value");
  if (o.places < 2) throw std::invalid_argument("a sign cannot change between fewer than two places");
  if (!(o.tolerance > 0)) throw std::invalid_argument("a tolerance is above 0");
}

using Seen = std::map<double, double>;  // of one y: all differences that were asked for, by x

// Changes of sign between neighbouring places, to be halved.
std::vector<Bracket> brackets(const Seen& seen, size_t row) {
  std::vector<Bracket> out;
  for (auto b = seen.begin(), a = b++; b != seen.end(); a = b++)
    if (sign(a->second) * sign(b->second) < 0) out.push_back({row, a->first, b->first, sign(a->second)});
  return out;
}

struct Span {
  double low = 0, high = 0;
};

// All changes of sign: between two neighbours, or the neighbours that are 0.
std::vector<Span> changes(const Seen& seen) {
  std::vector<Span> out;
  const std::pair<const double, double>* before = nullptr;
  for (const auto& p : seen) {
    if (std::isnan(p.second)) continue;  // it lies somewhere between those that have a difference
    const bool zero = p.second == 0, after_zero = before && before->second == 0;
    if (zero && after_zero) out.back().high = p.first;
    else if (zero) out.push_back({p.first, p.first});
    else if (before && sign(before->second) * sign(p.second) < 0) out.push_back({before->first, p.first});
    before = &p;
  }
  return out;
}

// The points that are asked for, and what came of them.
class Asker {
 public:
  Asker(const Difference& difference, const std::vector<double>& ys) : difference_(difference), ys_(ys), seen(ys.size()) {}
  void want(size_t row, double x) {
    if (seen[row].count(x) == 0) wanted_.push_back({row, x});
  }
  void ask() {
    if (wanted_.empty()) return;
    std::vector<AskedPoint> points;
    for (const auto& [row, x] : wanted_) points.push_back({x, ys_[row]});
    const auto d = difference_(points);
    for (size_t i = 0; i < d.size(); ++i) seen[wanted_[i].first][wanted_[i].second] = d[i];
    wanted_.clear();
  }

 private:
  const Difference& difference_;
  const std::vector<double>& ys_;
  std::vector<std::pair<size_t, double>> wanted_;

 public:
  std::vector<Seen> seen;              // by row
};

// Halves all brackets together until they are no wider than the tolerance. One whose middle is 0 is found; one whose middle has no difference stays.
void halve(Asker& asker, std::vector<Bracket>& all, double tolerance) {
  std::vector<Bracket*> open;
  for (auto& b : all) open.push_back(&b);
  const auto wide = [&](const Bracket* b) { return b->high - b->low > tolerance; };
  while (open.erase(std::remove_if(open.begin(), open.end(), [&](const Bracket* b) { return !wide(b); }), open.end()), !open.empty()) {
    for (const Bracket* b : open) asker.want(b->row, (b->low + b->high) / 2);
    asker.ask();
    std::vector<Bracket*> next;
    for (Bracket* b : open) {
      const double middle = (b->low + b->high) / 2, d = asker.seen[b->row].at(middle);
      if (std::isnan(d)) continue;
      if (sign(d) == 0) b->low = b->high = middle;
      else (sign(d) == b->at_low ? b->low : b->high) = middle;
      next.push_back(b);
    }
    open = std::move(next);
  }
}

// x to the digits that the resolution carries.
std::string digits(double x, double resolution) {
  if (x == 0) return "0";
  const double own = std::floor(std::log10(std::fabs(x))), least = std::floor(std::log10(resolution));
  return fmt::format("{:.{}g}", x, std::clamp(static_cast<int>(own - least) + 1, 1, 12));
}

std::string where(const EqualAt& r, double resolution) {
  if (r.changes <= 1 && r.x.size() == 1) return digits(r.x.front(), resolution);
  if (r.changes > 0) return digits(r.from, resolution) + " to " + digits(r.to, resolution) + (r.changes > 1 ? fmt::format(", {} changes", r.changes) : "");
  return r.at_low > 0 ? "first ahead" : r.at_low < 0 ? "second ahead" : "-";
}

}  // namespace

std::vector<EqualAt> equal_surface(const Difference& difference, const std::vector<double>& ys, const EqualOptions& o) {
  check(o);
  const double span = o.high - o.low, step = span / static_cast<double>(o.places - 1), tolerance = o.tolerance * span;
  Asker asker(difference, ys);
  for (size_t r = 0; r < ys.size(); ++r)
    for (size_t i = 0; i < o.places; ++i) asker.want(r, i + 1 == o.places ? o.high : o.low + span * static_cast<double>(i) / static_cast<double>(o.places - 1));
  asker.ask();
  std::vector<Bracket> found;
  for (size_t r = 0; r < ys.size(); ++r)
    for (const auto& b : brackets(asker.seen[r], r)) found.push_back(b);
  halve(asker, found, tolerance);
  for (const auto& b : found)
    for (size_t i = 0; i < kProbes; ++i)
      if (const double x = (b.low + b.high) / 2 + ((static_cast<double>(i) + 0.5) / kProbes - 0.5) * step; x > o.low && x < o.high) asker.want(b.row, x);
  asker.ask();
  std::vector<EqualAt> out;
  for (size_t r = 0; r < ys.size(); ++r) {
    EqualAt row{ys[r], {}, asker.seen[r].at(o.low), asker.seen[r].at(o.high)};
    for (const auto& c : changes(asker.seen[r])) {
      const double middle = (c.low + c.high) / 2;
      const bool known = c.high - c.low <= tolerance * (1 + 1e-9);
      if (known) row.x.push_back(middle);
      if (row.changes++ == 0) row.from = known ? middle : c.low;
      row.to = known ? middle : c.high;
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::string render_equal(const results::StudyInfo& info, const EqualSurface& s, int width) {
  double most = 0;
  for (const auto& r : s.rows) most = std::max({most, std::fabs(r.at_low), std::fabs(r.at_high)});
  const Scale scale = token_scale(most);
  std::string out = wrap(fmt::format("{}: where `{}` and `{}` are equal, {}", info.name, s.first, s.second, s.outcome), width);
  out += wrap(fmt::format("{} of the first less the second, over {} and {}, {}. Equal at: values of {} where the difference changes its sign, between {} and {} to {:.2g} of that span; {} more points about each say whether it changes there once, as far as they tell.", s.metric, s.x_name,
                          s.y_name, s.draws > 0 ? "mean over " + count(s.draws, "draw") : "at modes", s.x_name, s.options.low, s.options.high, s.options.tolerance, kProbes), width);
  TextTable table(s.y_name);
  table.column("equal at"), table.column(fmt::format("difference at\n{:.4g}", s.options.low)), table.column(fmt::format("difference at\n{:.4g}", s.options.high));
  const double resolution = s.options.tolerance * (s.options.high - s.options.low);
  for (const auto& r : s.rows) table.row({fmt::format("{:.4g}", r.y), where(r, resolution), with_sign(r.at_low, scale), with_sign(r.at_high, scale)});
  out += "\n" + table.text(width);
  if (std::any_of(s.rows.begin(), s.rows.end(), [](const auto& r) { return r.changes > 1; }))
    out += wrap("A to B, n changes: the sign goes to and fro, at n places among the points that were asked; the band is from the first to the last, and no one number in it is where they are equal. More --places may find more.", width);
  return out;
}

std::string equal_to_json(const results::StudyInfo& info, const EqualSurface& s) {
  Json out{{"study", info.id}, {"outcome", s.outcome}, {"first", s.first}, {"second", s.second}, {"metric", s.metric}, {"x", s.x_name}, {"y", s.y_name}, {"low", s.options.low}, {"high", s.options.high}, {"tolerance", s.options.tolerance},
           {"points", s.asked}, {"draws", s.draws}};
  Json& rows = out["rows"] = Json::array();
  for (const auto& r : s.rows) rows.push_back({{"y", r.y}, {"equal_at", r.x}, {"changes", r.changes}, {"from", finite_or_null(r.from)}, {"to", finite_or_null(r.to)}, {"difference_low", finite_or_null(r.at_low)}, {"difference_high", finite_or_null(r.at_high)}});
  return json_text(out);
}

}  // namespace capmix::analysis
