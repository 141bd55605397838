// A sweep: the study's outcomes at many points, each of which sets some inputs. A world is an outcome at a point, with an id of its own
// ("drawn@07"), so everything that knows mixes, outcomes and draws knows sweeps.
#pragma once

#include <string>
#include <vector>

#include "study/worlds.hpp"

namespace capmix::study {

// One input to vary, "subject:path=values". Values are a list ("a,b,c": TOML, or plain texts) or a range "from:to:step" of numbers, or of
// quantities of one unit ("100 MW:300 MW:50 MW", "USD 1bn:USD 3bn:USD 1bn"), its end included when a step falls on it; "from:to" for a sampled sweep.
struct Axis {
  std::string path;                 // "subject:path"
  std::vector<std::string> values;  // as TOML; of a list, or of the steps of a range
  bool range = false;
  double from = 0, to = 0;          // of a range
  std::string before, after;        // what stands about its numbers: "USD " and "bn", "" and " MW"
};

struct Point {
  std::vector<std::string> values;  // as TOML, by axis
};

// Throws InputError with every problem of every text: what has no such form, a range without a step or whose step never comes to its end,
// an input that is varied twice, no value at all.
std::vector<Axis> axes(const std::vector<std::string>& texts, bool sampled);

inline constexpr size_t kMostPoints = 100'000;
// All combinations, the last axis running fastest. Throws InputError beyond kMostPoints.
std::vector<Point> grid(const std::vector<Axis>& axes);
// A Latin hypercube of n points: of a range any number between its ends, of a list its values equally often.
std::vector<Point> sampled(const std::vector<Axis>& axes, int n, uint64_t seed);

// The worlds of those outcomes (ids; empty: all) at all points, outcome by outcome. The points win over `overrides`, over the study's own
// [set] and over an outcome's. Throws InputError with the problems of all worlds, each said once; and for an input that decides how results
// are judged, which all worlds must share: the horizon, the reference campaign and its work a token, the share that is to be served.
Worlds sweep(const std::string& study_path, const std::vector<std::string>& overrides, const std::vector<std::string>& outcomes,
             const std::vector<Axis>& axes, const std::vector<Point>& points);

}  // namespace capmix::study
