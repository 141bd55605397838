// The search over shares against functions whose optimum is known.
#include "study/share_search.hpp"

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "catch.hpp"

using capmix::study::clipped_shares;
using capmix::study::share_id;
using capmix::study::ShareSearch;

namespace {

using Shares = std::vector<double>;

size_t best_of(const ShareSearch& search, const std::function<double(const Shares&)>& gain) {
  size_t best = 0;
  for (size_t i = 1; i < search.mixes().size(); ++i)
    if (gain(search.mixes()[i]) > gain(search.mixes()[best])) best = i;
  return best;
}

Shares optimum(ShareSearch& search, const std::function<double(const Shares&)>& gain) {
  while (search.next({best_of(search, gain)})) {
  }
  return search.mixes()[best_of(search, gain)];
}

double sum(const Shares& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

}  // namespace

TEST_CASE("an offer's share may be its limit, also one below a step") {
  // Quarters of two with at most 0.6 of the first: 0.75 and 1 are cut to 0.6, and the second has the rest.
  CHECK(clipped_shares({0.6, 1}, 4) == std::vector<Shares>{{0.6, 0.4}, {0.5, 0.5}, {0.25, 0.75}, {0, 1}});
  // A tenth of the third in steps of a quarter: none of it, or all of its limit, which the largest other one makes room for.
  const auto three = clipped_shares({1, 1, 0.1}, 4);
  std::set<std::string> ids;
  for (const auto& x : three) {
    CHECK(sum(x) == test::Approx(1));
    CHECK(x[2] <= 0.1);
    ids.insert(share_id(x));
  }
  CHECK(ids.size() == three.size());
  CHECK(ids.count("90-0-10") == 1);
  CHECK(ids.count("65-25-10") == 1);
  CHECK(ids.count("75-25-0") == 1);
  CHECK(clipped_shares({0.3, 0.3}, 4).empty());
  const auto thirds = clipped_shares({0.5, 0.5}, 3);  // a half is no third
  REQUIRE(thirds.size() == 1);
  CHECK(share_id(thirds[0]) == "50-50");
  CHECK(clipped_shares({1, 1, 1}, 4).size() == 15);
}

TEST_CASE("ids are by content, to a hundredth of a point") {
  CHECK(share_id({0.6, 0.275, 0.125}) == "60-27.5-12.5");
  CHECK(share_id({1, 0}) == "100-0");
  CHECK(share_id({0.0625, 0.9375}) == "6.25-93.75");
}

TEST_CASE("a search comes to within a point of the optimum") {
  // - sum (x - t)^2 with t on the simplex: the optimum is t. From tenths it is 3 to 4 points away at best.
  const Shares t{0.37, 0.41, 0.22};
  const auto gain = [&](const Shares& x) {
    double out = 0;
    for (size_t i = 0; i < 3; ++i) out -= (x[i] - t[i]) * (x[i] - t[i]);
    return out;
  };
  ShareSearch search({1, 1, 1}, 10, 200);
  CHECK(search.mixes().size() == 66);
  const Shares x = optimum(search, gain);
  for (size_t i = 0; i < 3; ++i) CHECK(std::fabs(x[i] - t[i]) <= 0.01);
  CHECK(search.step() <= 0.01);
  CHECK_FALSE(search.spent());
  CHECK(search.mixes().size() < 120);
  // No more than 0.083 of the third: it takes all of that, and of the 0.137 that are over each other one gets half.
  ShareSearch bound({1, 1, 0.083}, 10, 200);
  const Shares y = optimum(bound, gain);
  CHECK(y[2] == 0.083);
  CHECK(std::fabs(y[0] - 0.4385) <= 0.01);
  CHECK(std::fabs(y[1] - 0.4785) <= 0.01);
  // An optimum in a corner, and one with a kink: the least of two, 2 a and b, is greatest at a third.
  ShareSearch corner({1, 1}, 4, 200);
  CHECK(optimum(corner, [](const Shares& s) { return s[0]; }) == Shares{1, 0});
  ShareSearch kink({1, 1}, 4, 200);
  CHECK(std::fabs(optimum(kink, [](const Shares& s) { return std::min(2 * s[0], s[1]); })[0] - 1.0 / 3) <= 0.01);
}

TEST_CASE("two rules search around two mixes, the same way every time, and stop where they must") {
  const auto a = [](const Shares& x) { return -std::fabs(x[0] - 0.13); };
  const auto b = [](const Shares& x) { return -std::fabs(x[1] - 0.33); };
  std::vector<std::string> first;
  for (const int again : {0, 1}) {
    ShareSearch search({1, 1, 1}, 5, 200);
    while (search.next({best_of(search, a), best_of(search, b)})) {
    }
    CHECK(std::fabs(search.mixes()[best_of(search, a)][0] - 0.13) <= 0.01);
    CHECK(std::fabs(search.mixes()[best_of(search, b)][1] - 0.33) <= 0.01);
    std::vector<std::string> ids;
    for (const auto& x : search.mixes()) ids.push_back(share_id(x));
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
    if (again == 0) first = ids;
    CHECK(ids == first);
  }
  ShareSearch few({1, 1, 1}, 5, 25);  // 21 of them are the grid
  while (few.next({best_of(few, a)})) {
  }
  CHECK(few.spent());
  CHECK(few.mixes().size() == 25);
  ShareSearch one({1}, 10, 200);
  CHECK(one.mixes() == std::vector<Shares>{{1}});
  CHECK_FALSE(one.next({0}));
}
