// An inventory of the instances of a serving fleet whose CPU and accelerator sides are apart (Alibaba, disaggregated DLRM
// serving 2025): columns instance_sn, role, app_name, cpu_request, gpu_request, rdma_request (% of one NIC),
// memory_request (GiB), creation_time, scheduled_time, deletion_time (s from the start of the trace). A role is CN (CPU node)
// or HN (node with accelerators). A blank creation: before the start; a blank deletion: after the end.
//
// It says what was held, not what was asked of it: there is no demand in it. Every row is used or refused, with its line
// and the reason.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "import/series.hpp"

namespace capmix::import {

enum class Side { host, accelerator };  // CN, HN
inline constexpr const char* kSideNames[] = {"CN", "HN"};

struct Instance {
  int line = 0;
  std::string id, app;
  Side side = Side::host;
  double cpus = 0, accelerators = 0, nic = 0, memory = 0;  // vCPU, chips, share of one NIC (0..1), bytes
  std::optional<double> created{}, scheduled{}, deleted{};  // s from the start of the trace; absent: blank
  // Holds what it asks for in [from, to). An instance that was created but never scheduled holds nothing.
  double from() const { return scheduled ? *scheduled : created ? std::numeric_limits<double>::infinity() : 0; }
  double to() const { return deleted ? *deleted : std::numeric_limits<double>::infinity(); }
  std::optional<double> wait() const { return created && scheduled ? std::optional(*scheduled - *created) : std::nullopt; }
};

struct Inventory {
  std::string file;
  size_t rows = 0;                      // instances + refused
  std::vector<Instance> instances{};    // as in the file
  std::vector<RefusedRow> refused{};    // by line
  double end = 0;                       // s: the latest time of the file
  std::vector<std::string> apps() const;  // by name; numbers at the end of a name count as numbers
};

// Problems (unreadable, other columns, no usable row) go to `problems`.
std::optional<Inventory> read_instances(const std::string& path, Diagnostics& problems);

// A value that holds from a time on until the next.
struct Steps {
  std::vector<std::pair<double, double>> from{};  // s, value; ascending, the first at 0
  double end = 0;                                 // s
  double at(double t) const;
  double first() const { return from.front().second; }
  double last() const { return from.back().second; }
  double least() const, most() const;
  double mean() const;                            // over time; the first value when there is no time
  std::vector<double> hourly() const;             // means of the hours from 0 on, the last over its part; one hour when there is no time
};

enum class Held { instances, accelerators, cpus };
// What the instances of a side hold over time; `app` "": of all apps.
Steps held(const Inventory& inventory, Side side, Held what, const std::string& app = "");

// One app as the pool of a service: what the fleet would have to give it, over time. `chips` are those that the app held,
// idle or busy; a service with this pool has so many chips from each step on.
struct AppPool {
  std::string app;
  double chips_each = 0;                // accelerators of one instance, mean
  double hosts_each = 0;                // instances on CPU nodes for one with accelerators, mean over time; 0: it has none
  Steps chips{};                        // accelerators held
};
// Pools of all apps that ever hold an accelerator, by name as of apps(). Their chips sum to held() of all, at every time.
std::vector<AppPool> pools_of(const Inventory& inventory);

}  // namespace capmix::import
