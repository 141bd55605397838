// Published runs under failures as a table: tests/published/reliability/runs.csv.
#pragma once

#include <vector>

#include "import/csv.hpp"
#include "study/gang.hpp"

namespace capmix::cli {

// Columns: id, quantity, relation, published, failures, causes (blank: all, or ids between blanks), chips, chips_per_node, days, bytes_TB,
// storage_TBps, to, asynchronous, interval_min, nic_Gbps, rests, source, note. Problems go to `problems` with file and line.
std::vector<study::PublishedRun> read_published_runs(const import::CsvTable& table, const Table<Failures>& failures, Diagnostics& problems);

}  // namespace capmix::cli
