// Reads a study and all it names into one immutable Scenario, or reports every problem of every file at once.
// The schema of each kind of file is in platforms/README.md and workloads/README.md.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "model/study.hpp"

namespace capmix::scenario {

// `overrides` are "subject:path=value", such as "chips/h200-sxm:memory.bandwidth=4 TB/s"; they win over the
// study's [set]. Entries of the Scenario's tables are sorted by id, mixes and outcomes stand as in the file:
// permuting the tables of a file changes nothing else. Throws InputError with all problems.
Scenario load(const std::string& study_path, const std::vector<std::string>& overrides = {});

// What `capmix check` says of good input.
struct Summary {
  std::string file, kind;  // kind: "study", "platform", "chip", ...
  int chips = 0, sites = 0, halls = 0, offers = 0, mixes = 0, outcomes = 0, draws = 0, campaigns = 0, services = 0;
  int files = 0;           // read in all
  int facts = 0, assumptions = 0;  // sourced numbers, and those of them that are assumptions
  std::vector<std::string> notes{};  // what was done to what was recorded: hours without a value, rows left out
};
// Checks each file with all it names; the kind is found from its folder or its keys. Problems go to `out`.
std::vector<Summary> check(const std::vector<std::string>& files, Diagnostics& out);
std::string describe(const std::vector<Summary>& summaries, bool json);

// The chips, nodes, efficiencies, software and fabrics of a catalogue directory, and the models of a directory of
// workloads ("": none), all of them, for what needs no study.
Scenario load_catalogue(const std::string& directory, const std::string& workloads = "");

// The model of one file outside a catalogue, in the table of its kind; problems go to `out`.
struct Models {
  Table<LlmModel> llms;
  Table<RecModel> recommenders;
};
Models load_models(const std::string& path, Diagnostics& out);

// What fails, of one file outside the catalogue; problems go to `out`, and there is then no answer that holds.
Failures load_failures(const std::string& path, Diagnostics& out);

// A recorded log of ports (workloads/porting/logs/README.md), checked against `ports`; problems go to `out`, and rows
// that have one are left out. `as`: "stack/family" of the port that the log's only port stands for; "": its own name.
// Not `complete`: a port may be missing from `ports` because its file is broken, so an unknown one is no problem.
std::vector<PortLogEntry> read_port_log(const std::string& path, const std::vector<Port>& ports, const std::string& as,
                                        Diagnostics& out, bool complete = true);

// The efficiencies of a folder, with the facts of their files: where a calibration starts from.
Scenario load_efficiencies(const std::string& folder);

}  // namespace capmix::scenario
