// What one curve of a serving cell costs: 20 loads of 100,000 requests on two processes. Prints figures; asserts nothing.
#include <chrono>
#include <cstdio>

#include "step/cell.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

void row(const char* what, const ServingCell& cell, double most) {
  std::vector<double> loads;
  for (int i = 1; i <= 20; ++i) loads.push_back(most * i / 21);
  const auto begin = std::chrono::steady_clock::now();
  const auto runs = curve(cell, loads, {}, 2);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%-52s %8.2f s, p99 at half load %.3g s\n", what, seconds, runs[9].quantiles[3].value());
}

}  // namespace

int main() {
  ServingCell cell;
  CellStage s;
  s.name = "rank", s.max_batch = 32, s.max_delay = Seconds(1e-3);
  s.service = [](const Batch& b) { return Seconds(1e-3 + 1e-4 * b.work); };
  cell.stages = {s};
  row("20 loads x 100,000 requests, batches of up to 32", cell, 32 / 4.2e-3);
  CellStage fetch;
  fetch.name = "fetch", fetch.servers = 8, fetch.max_batch = 32, fetch.fetched = Bytes(20e6);
  s.servers = 8;
  cell.stages = {fetch, s};
  row("the same on 8 replicas, with fetches over the fabric", cell, 8 / 4e-4 * 0.9);
  s.servers = 1, s.max_batch = 1;
  cell.stages = {s};
  row("20 loads x 100,000 requests, one at a time", cell, 1 / 1.1e-3);
  return 0;
}
