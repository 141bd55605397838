// The narrow seam of a scheduling policy: it sees requests and free chips, and says which job starts next and
// how. A policy is one file in policies/ that registers itself; it keeps no state and draws no numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace capmix::fleet {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

struct Need {
  int kind = 0;
  int64_t chips = 0;
};

// A way to run the request today: its ports are functional.
struct Option {
  int way = 0;
  std::vector<Need> needs;   // each kind once
  double rate = 0;           // tokens/s, > 0
};

// The first waiting job of a campaign; the others of that campaign are like it.
struct Request {
  int campaign = 0;          // in the order of the files
  int priority = 0;          // higher first
  int64_t submitted = 0;     // s; since when it waits in the first place
  int chips = 0;             // of its gang
  double tokens = 0;         // still to do
  std::vector<Option> options;  // in the order of the kinds
};

struct View {
  int64_t now = 0;
  std::vector<Request> requests;  // in the order of the files
  std::vector<int64_t> free;      // chips in whole free nodes, by kind
  // When the option's chips will be free if nothing else starts: by the ends of running jobs and the plan's
  // online dates; kNever when not within the horizon.
  std::function<int64_t(const Option&)> ready;
};

struct Start {
  size_t request = 0, option = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;
  // The next job to start now. Asked again after each start, with a new view, until it says none.
  virtual std::optional<Start> next(const View& view) const = 0;
};

// Policies by name. add() is called by the static objects of policies/*.cpp.
const Policy* find_policy(const std::string& name);
bool add_policy(const std::string& name, const Policy& policy);

}  // namespace capmix::fleet
