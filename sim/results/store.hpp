// Writes a results file: SQLite, opened in place, one transaction per run, readable while runs are written
// (WAL). A file holds one comparison: the study as described, its manifest, the profiles it used and the facts
// of its runs. `begin` with another study, another choice of runs, other inputs, seed or versions replaces the
// content in one transaction; with the same it keeps finished runs until each is written anew.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/facts.hpp"
#include "model/profile.hpp"
#include "model/provenance.hpp"
#include "results/info.hpp"

namespace capmix::results {

class Store {
 public:
  // Throws InputError, and changes nothing on disk, when a results file cannot be made or written at `path`:
  // no such directory, not writable, in use, another program's file, another schema version, damaged.
  static void probe(const std::string& path);

  // Opens `path` for writing; makes it when it is missing. Throws as probe() does. The directory must exist.
  explicit Store(const std::string& path);
  // Leaves one plain file behind (no -wal, no -shm) unless somebody still reads it.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void begin(const StudyInfo& info, const Manifest& manifest, const std::vector<StepProfile>& profiles,
             const std::vector<Fact>& input_facts = {});
  // Runs that the file holds whole: after begin(), those that need not be run again.
  std::set<RunKey> complete();
  // Replaces what the file holds of this run, and marks it complete; all or nothing.
  void write(const RunKey& key, const Facts& facts);
  // Marks the run failed, and drops what the file held of it.
  void write_failed(const RunKey& key, const std::string& message);
  // Notes how far quick runs are from full ones, in words.
  void gap(const std::string& text);
  // Notes what a run took, seconds of one process, for the next one's estimate.
  void took(double seconds);

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace capmix::results
