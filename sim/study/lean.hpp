// Facts of a drawn run without what no metric of a draw reads: a third of the rows. Kept by month: the fleet, training, serving, energy,
// what binds. Summed: the ledger over sites and workloads, outages over workloads and causes. Kept of jobs: those of the reference campaign
// that finished; of dates: approvals.
// Left out: stages of services, hours in which requests were shed, chips that come online, market, blocked money, work on ports, waiting
// chips. Every metric of analysis/metrics.hpp is the same (tests/unit/cli/quick_test.cpp), and the run at modes keeps all.
#pragma once

#include <string>

#include "model/facts.hpp"

namespace capmix::study {

Facts lean(Facts facts, const std::string& reference);

}  // namespace capmix::study
