// Folding one ring into one flow per hop, held against the ring as it runs, before anything rests on it.
#include "step/ring.hpp"

#include "catch.hpp"

using namespace capmix;
using engine::RailHost;

namespace {

std::vector<RailHost> pods(int pods, int hosts_per_pod, double nic) {
  std::vector<RailHost> out;
  for (int p = 0; p < pods; ++p)
    for (int h = 0; h < hosts_per_pod; ++h) out.push_back({p, ByteRate(nic)});
  return out;
}

}  // namespace

TEST_CASE("a ring all-reduce takes 2(n-1)/n S/B") {
  // 16 hosts, S = 1 GB, B = 50 GB/s: 2 * 15/16 * 1e9 / 50e9 = 0.0375 s.
  const auto t = step::folded_ring(pods(1, 16, 50e9), step::hop_bytes(Bytes(1e9), 16), 1);
  CHECK(t.value() == test::Approx(0.0375).epsilon(1e-6));
}

TEST_CASE("folded, stepwise and unfolded rings agree") {
  const int n_pods = GENERATE(1, 2, 4);
  const auto hosts = pods(n_pods, 16 / n_pods, 50e9);
  const Bytes size(8e8);
  const double folded = step::folded_ring(hosts, step::hop_bytes(size, 16), 1).value();
  CHECK(step::stepwise_ring(hosts, size, 1, 1).value() == test::Approx(folded).epsilon(1e-3));
  CHECK(step::stepwise_ring(hosts, size, 8, 1).value() == test::Approx(folded).epsilon(1e-3));
}

TEST_CASE("the slowest hop sets the pace of the ring, folded or stepwise") {
  // One host at 25 GB/s among 50 GB/s: every step waits for it. 2 * 7/8 * 1e9 / 25e9 = 0.07 s.
  auto hosts = pods(1, 8, 50e9);
  hosts[3].nic = ByteRate(25e9);
  const double folded = step::folded_ring(hosts, step::hop_bytes(Bytes(1e9), 8), 1).value();
  CHECK(folded == test::Approx(0.07).epsilon(1e-6));
  CHECK(step::stepwise_ring(hosts, Bytes(1e9), 1, 1).value() == test::Approx(folded).epsilon(1e-3));
}

TEST_CASE("an uplink narrower than a NIC slows the ring that leaves the pod") {
  // Two pods of 4 hosts at 50 GB/s, 8:1 oversubscribed: uplink 4 * 50 / 8 = 25 GB/s, one flow each way.
  // 2 * 7/8 * 1e9 / 25e9 = 0.07 s. With 4:1 the uplink is as wide as a NIC and nothing is lost: 0.035 s.
  const auto hosts = pods(2, 4, 50e9);
  CHECK(step::folded_ring(hosts, step::hop_bytes(Bytes(1e9), 8), 8).value() == test::Approx(0.07).epsilon(1e-6));
  CHECK(step::folded_ring(hosts, step::hop_bytes(Bytes(1e9), 8), 4).value() == test::Approx(0.035).epsilon(1e-6));
}
