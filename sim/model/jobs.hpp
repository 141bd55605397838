// A log of jobs as a scheduler takes it, the nodes that it is scheduled on, and what became of it. Plain values: where the log came
// from is the importer's, who runs when is the scheduler's.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace capmix {

// Names of the policies that this program has, in the order of the alphabet: what a study may ask for. Filled by the scheduler's
// registry; empty in a program without it.
inline std::vector<std::string>& job_policy_names() {
  static std::vector<std::string> names;
  return names;
}

inline constexpr double kForever = std::numeric_limits<double>::infinity();

// Times are s from second 0 of the log.
struct JobSpec {
  double submit = 0;
  double run = 0;            // s on its gang at rate 1: all its nodes in one pod, of a part with rate 1
  double estimate = 0;       // s that its user asked for; 0: the run time itself
  double chips = 1;          // of the gang; below 1: a share of one chip
  double least = 0, most = 0;  // whole chips that an elastic gang can do with, and make use of; 0: as many as `chips`
  int tenant = -1;           // -1: of nobody
  double priority = 0;       // higher first
  std::vector<double> rates{};  // by part of the cluster, instead of the part's; 0: it cannot run there
  int work = -1;             // what it trains, of the works that its log knows; -1: not known
  double steps = 0;          // of that work, where its run time is to be found from them; `run` is then what holds without, 0: nothing
};

// What a tenant is entitled to, under fair share.
struct TenantShare {
  double weight = 1;
  double quota = kForever;   // chips that its running jobs hold together, at most
};
struct TenantTerms {
  std::vector<TenantShare> of{};  // by tenant; beyond: as the default
  double half_life = 0;      // s in which what a tenant has had counts half; 0: only what it holds counts
  const TenantShare& operator[](int tenant) const {
    static const TenantShare kAny;
    return tenant >= 0 && static_cast<size_t>(tenant) < of.size() ? of[static_cast<size_t>(tenant)] : kAny;
  }
};

// Nodes of one kind, in pods of equal size.
struct ClusterPart {
  std::string name;
  int pods = 1, nodes = 1, chips = 8;  // nodes of a pod, chips of a node
  double rate = 1;           // work of a second on it, against that which run times are told for
};

// What a job waits for.
enum class WaitFor { nothing, turn, room, reservation, share, round, quota };
inline constexpr const char* kWaitNames[] = {"nothing", "its turn", "room", "a reservation", "its tenant's share", "the next round", "its tenant's quota"};
inline constexpr size_t kWaits = std::size(kWaitNames);

enum class JobState { coming, waiting, running, finished, refused };
inline constexpr const char* kJobStateNames[] = {"coming", "waiting", "running", "finished", "refused"};

struct JobOutcome {
  JobState state = JobState::coming;
  double start = -1, end = -1;         // s: first start, last end; -1: none
  double held = 0;                     // chip-seconds
  int preempted = 0, resized = 0, failed = 0;  // times; failed: a node of it went down
  int pods = 0;                        // most that it spanned
  std::array<float, kWaits> waited{};  // s by what it waited for
};

// Between this moment and the next one nothing changes.
struct BusyMoment {
  double at = 0;                       // s
  double chips = 0;                    // in use
  int nodes = 0;                       // with at least one job
  int running = 0, waiting = 0;        // jobs
};

struct Schedule {
  std::vector<JobOutcome> jobs;        // as the log's
  std::vector<BusyMoment> busy;
  double chips = 0, until = 0;         // of the cluster; last moment
  int nodes = 0;
  int64_t events = 0;
};

}  // namespace capmix
