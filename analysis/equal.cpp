#include "analysis/equal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

// Changes of sign between neighbouring places; a 0 at a place is a root there, once.
std::vector<Bracket> changes(const std::vector<double>& at, const std::vector<double>& d, size_t row, std::vector<double>& roots) {
  std::vector<Bracket> out;
  for (size_t i = 0; i < at.size(); ++i) {
    if (d[i] == 0) roots.push_back(at[i]);
    if (i > 0 && sign(d[i - 1]) * sign(d[i]) < 0) out.push_back({row, at[i - 1], at[i], sign(d[i - 1])});
  }
  return out;
}

}  // namespace

std::vector<EqualAt> equal_surface(const Difference& difference, const std::vector<double>& ys, const EqualOptions& o) {
  check(o);
  std::vector<double> at;
  for (size_t i = 0; i < o.places; ++i) at.push_back(o.low + (o.high - o.low) * static_cast<double>(i) / static_cast<double>(o.places - 1));
  std::vector<AskedPoint> ask;
  for (const double y : ys)
    for (const double x : at) ask.push_back({x, y});
  const auto first = difference(ask);
  std::vector<EqualAt> out;
  std::vector<Bracket> open;
  for (size_t r = 0; r < ys.size(); ++r) {
    const std::vector<double> d(first.begin() + static_cast<long>(r * at.size()), first.begin() + static_cast<long>((r + 1) * at.size()));
    EqualAt row{ys[r], {}, d.front(), d.back()};
    for (const auto& b : changes(at, d, r, row.x)) open.push_back(b);
    out.push_back(std::move(row));
  }
  for (double wide = (o.high - o.low) / static_cast<double>(o.places - 1); !open.empty() && wide > o.tolerance * (o.high - o.low); wide /= 2) {
    ask.clear();
    for (const auto& b : open) ask.push_back({(b.low + b.high) / 2, ys[b.row]});
    const auto d = difference(ask);
    for (size_t i = 0; i < open.size(); ++i) {
      Bracket& b = open[i];
      const double middle = ask[i].x;
      if (sign(d[i]) == 0) b.low = b.high = middle;  // it stays there: halving changes nothing more
      else (sign(d[i]) == b.at_low ? b.low : b.high) = middle;
    }
  }
  for (const auto& b : open) out[b.row].x.push_back((b.low + b.high) / 2);
  for (auto& row : out) std::sort(row.x.begin(), row.x.end());
  return out;
}

std::string render_equal(const results::StudyInfo& info, const EqualSurface& s, int width) {
  double most = 0;
  for (const auto& r : s.rows) most = std::max({most, std::fabs(r.at_low), std::fabs(r.at_high)});
  const Scale scale = token_scale(most);
  std::string out = wrap(fmt::format("{}: where `{}` and `{}` are equal, {}", info.name, s.first, s.second, s.outcome), width);
  out += wrap(fmt::format("{} of the first less the second, over {} and {}, {}. Equal at: values of {} where the difference changes its sign, between {} and {} to {:.2g} of that span.", s.metric, s.x_name,
                          s.y_name, s.draws > 0 ? "mean over " + count(s.draws, "draw") : "at modes", s.x_name, s.options.low, s.options.high, s.options.tolerance), width);
  TextTable table(s.y_name);
  table.column("equal at"), table.column(fmt::format("difference at\n{:.4g}", s.options.low)), table.column(fmt::format("difference at\n{:.4g}", s.options.high));
  for (const auto& r : s.rows) {
    std::vector<std::string> xs;
    for (const double x : r.x) xs.push_back(fmt::format("{:.4g}", x));
    table.row({fmt::format("{:.4g}", r.y), xs.empty() ? (r.at_low > 0 ? "first ahead" : r.at_low < 0 ? "second ahead" : "equal") : joined(xs), with_sign(r.at_low, scale), with_sign(r.at_high, scale)});
  }
  return out + "\n" + table.text(width);
}

std::string equal_to_json(const results::StudyInfo& info, const EqualSurface& s) {
  Json out{{"study", info.id}, {"outcome", s.outcome}, {"first", s.first}, {"second", s.second}, {"metric", s.metric}, {"x", s.x_name}, {"y", s.y_name}, {"low", s.options.low}, {"high", s.options.high}, {"tolerance", s.options.tolerance},
           {"points", s.asked}, {"draws", s.draws}};
  Json& rows = out["rows"] = Json::array();
  for (const auto& r : s.rows) rows.push_back({{"y", r.y}, {"equal_at", r.x}, {"difference_low", finite_or_null(r.at_low)}, {"difference_high", finite_or_null(r.at_high)}});
  return json_text(out);
}

}  // namespace capmix::analysis
