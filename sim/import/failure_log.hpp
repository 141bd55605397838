// Logs of failures: other people's machines, as spells in service and what ended them. One importer a format, in
// formats/failures_*.cpp, with what each log is at its head.
//
// Every row is used, set aside or refused, with its line and the reason; a row that says one time twice and differently is used
// and named.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix::import {

// A unit in service from one age to another, and why it ended. Ages count from where the format says: since the last repair
// (LANL, Failure Trace Archive), or since the unit first went into service (Titan).
struct Spell {
  int line = 0;                    // of the row that ended it; 0: nothing did
  int group = 0;
  double entry = 0, exit = 0;      // s of age; exit > entry
  double installed = std::numeric_limits<double>::quiet_NaN();  // s since the unit went into service for the first time, at `entry`; NaN: not told
  int cause = -1;                  // index into the log's causes; -1: still in service (censored)
};

// How long something was out of service, s.
struct Outage {
  int line = 0;
  int group = 0, cause = 0;
  double seconds = 0;
};

struct LoggedCause {
  std::string id, name;
  std::string kind;                // as model/failures.hpp names classes: "node", "software", ...
};

struct RowSaid {
  int line = 0;
  std::string why;
};

struct FailureLog {
  std::string file, format;
  std::string population;          // what was watched, in words
  std::string per = "node";        // what a unit is: "chip" or "node"
  std::vector<LoggedCause> causes;
  std::vector<std::string> groups; // systems, batches, clusters
  std::vector<Spell> spells;
  std::vector<Outage> outages;     // of those rows that tell it; 0 where the row says so
  size_t units = 0;                // that were watched
  size_t together = 0;             // used rows that share group and start with another: one outage of several units
  size_t rows = 0, used = 0;       // used + aside + refused = rows
  std::vector<RowSaid> aside, refused, disagree;  // by line; disagree: used all the same
  std::vector<std::string> notes;

  double exposure(int group = -1) const;        // s in service; -1: of all groups
  size_t events(int cause, int group = -1) const;  // spells that this cause ended
};

// "lanl", "titan" and "fta".
struct FailureFormat {
  std::string name, what;
};
const std::vector<FailureFormat>& failure_formats();

// `format` "": as the header tells. Problems (unreadable, cut off, of no or another format, no usable row) go to `problems`, and
// there is no answer.
std::optional<FailureLog> read_failure_log(const std::string& path, const std::string& format, Diagnostics& problems);

}  // namespace capmix::import
