// The run matrix of a comparison: mixes x outcomes x draws on the same worlds, plus the run at modes of each.
// Runs are simulated in processes of their own; this process alone writes, one transaction per run. A command that was
// stopped, or killed, goes on where it was: runs that the results file holds whole are not run again, if the study, the
// choice of runs, the inputs, the seed and the build are the same.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/profile.hpp"
#include "results/store.hpp"
#include "study/rates.hpp"
#include "study/sampling.hpp"
#include "study/worlds.hpp"

namespace capmix::study {

struct RunOptions {
  int jobs = 1;
  int draws = 0;                      // besides the run at modes
  Sampling sampling = Sampling::random;
  std::vector<std::string> mixes;     // ids; empty: all
  std::vector<std::string> outcomes;  // ids; empty: all; of a sweep its worlds are all
  std::string cache_dir;              // of step profiles; "": none
  std::string db;                     // results file
  bool quick = false;                 // steps by closed form (step.hpp), strikes in expectation (fleet.hpp), lean facts of draws (lean.hpp)
  int shard = 1, shards = 1;          // of so many parts of the runs, the one to run
  bool fresh = false;                 // run all, whatever the results file holds
  std::set<std::string> held;         // mixes, ids, whose runs the file keeps as far as it has them, and which are not run
  Progress progress;
  // Called once, before or soon after the first run: how many runs are to come, and seconds until they are done - from what the file's
  // last command noted, else from the first runs.
  std::function<void(int, double)> estimate{};
};

struct RunReport {
  int runs = 0;                       // done or failed now, and
  int kept = 0;                       // whole in the file before
  std::vector<std::string> failures;  // "article/refused/3: why"
  std::vector<std::string> retried;   // likewise: how the first process was ended
};

// Dates and facts of one run. Pure but for the SimGrid engine: call it once per process.
Plan make_plan(const Worlds& worlds, const RunKey& key);
// `coarse`: as fleet::simulate says.
Facts simulate(const Worlds& worlds, const std::vector<RateTable>& rates, const RunKey& key, bool coarse = false);

// Whether coarse runs of the scenario take failures in expectation that full ones play as events.
bool coarse_failures(const Scenario& scenario);

// Facts of some runs in full, in processes of their own; `options` as of run(), of which quick, db and draws' facts do not matter.
std::vector<Facts> simulate_full(const Worlds& worlds, const RunOptions& options, const std::vector<RunKey>& keys);

// What the results file says of the study besides its facts, without the shares of outcomes.
results::StudyInfo describe(const Worlds& worlds, const RunOptions& options);
// Adds those: 10,000 draws of the approvals, which a results file holds and no run needs. The points of a sweep have none.
void weigh(results::StudyInfo& info, const Worlds& worlds);

// Runs everything that `options.db` does not hold yet, and writes it. The manifest's seed and inputs come from the study.
// Throws InputError for an unknown mix or outcome and for a results file that cannot be written - before any run.
RunReport run(const Worlds& worlds, const RunOptions& options, results::Manifest manifest);

}  // namespace capmix::study
