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

TEST_CASE("communication hides behind the window, and what does not fit shows") {
  std::vector<step::RingHost> hosts;
  for (const auto& h : pods(1, 8, 50e9)) hosts.push_back({h, Seconds(1), Seconds(0.4)});
  // 4 buckets of 5e9 / 4 bytes take 0.025 s each; a slice is 0.1 s: each bucket is through before the next is
  // ready, and the last one shows: 1 + 0.4 + 0.025.
  CHECK(step::overlapped_ring(hosts, Bytes(5e9), 4, Seconds(0), 1).value() == test::Approx(1.425).epsilon(1e-6));
  // 40e9 bytes: 0.2 s a bucket, the first ready at 1.1: 1.1 + 4 * 0.2 = 1.9.
  CHECK(step::overlapped_ring(hosts, Bytes(40e9), 4, Seconds(0), 1).value() == test::Approx(1.9).epsilon(1e-6));
  // A slower group holds up the ring: its last bucket is ready at 2.4.
  hosts[5].before = Seconds(2);
  CHECK(step::overlapped_ring(hosts, Bytes(5e9), 4, Seconds(0), 1).value() == test::Approx(2.425).epsilon(1e-6));
}
