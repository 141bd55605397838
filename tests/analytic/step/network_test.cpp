// Closed forms of collectives by hand.
#include "step/network.hpp"

#include <cmath>
#include <string>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// 400 GB/s inside a domain of 8, 40 GB/s out of it.
Network network(double up_latency = 0, double out_latency = 0) {
  return {ByteRate(400e9), ByteRate(40e9), Seconds(up_latency), Seconds(out_latency), 8};
}

}  // namespace

TEST_CASE("a ring all-reduce takes 2 (n - 1) / n S / B") {
  // 8 ranks in a domain: 2 x 7/8 x 1e9 / 400e9 = 4.375 ms.
  CHECK(all_reduce(network(), {8, 1}, Bytes(1e9)).value() == test::Approx(4.375e-3));
  // 4 ranks, each in a domain of its own: 2 x 3/4 x 1e9 / 40e9 = 37.5 ms.
  CHECK(all_reduce(network(), {4, 8}, Bytes(1e9)).value() == test::Approx(37.5e-3));
  // An all-gather and a reduce-scatter are a half of it each.
  CHECK(all_gather(network(), {4, 8}, Bytes(1e9)).value() == test::Approx(18.75e-3));
  CHECK(reduce_scatter(network(), {4, 8}, Bytes(1e9)).value() == test::Approx(18.75e-3));
}

TEST_CASE("ranks of one domain share the way out over all their NICs") {
  // 32 ranks, 8 to a domain, 4 domains: 2 x 3/4 x 1e9 / 8 / 40e9 = 4.6875 ms through each NIC, and 2 x 31/32 x 1e9 /
  // 400e9 = 4.84375 ms over the links inside: the longer of the two.
  CHECK(all_reduce(network(), {32, 1}, Bytes(1e9)).value() == test::Approx(4.84375e-3));
  // 32 ranks, 4 to a domain (2 apart), 8 domains: 2 x 7/8 x 1e9 / 4 / 40e9 = 10.9375 ms.
  CHECK(all_reduce(network(), {32, 2}, Bytes(1e9)).value() == test::Approx(10.9375e-3));
}

TEST_CASE("one rank or no bytes take no time") {
  CHECK(all_reduce(network(1e-6, 5e-6), {1, 1}, Bytes(1e9)).value() == 0);
  CHECK(all_gather(network(1e-6, 5e-6), {8, 1}, Bytes(0)).value() == 0);
  CHECK(all_to_all(network(1e-6, 5e-6), {1, 1}, Bytes(1e9)).value() == 0);
}

TEST_CASE("a large collective goes round a ring, a tiny one up and down a tree") {
  // 64 ranks, each in a domain of its own, 5 us a hop. A ring's 63 hops: 315 us + S 63/64 / 40e9; a tree: 6 hops,
  // 30 us, at half of the bandwidth.
  const Network n = network(0, 5e-6);
  // 64 B: 30 us and nothing to speak of.
  CHECK(all_gather(n, {64, 8}, Bytes(64)).value() == test::Approx(30e-6).epsilon(1e-3));
  // 6.4e9 B: 157.5 ms + 315 us by the ring, 315 ms by the tree.
  CHECK(all_gather(n, {64, 8}, Bytes(6.4e9)).value() == test::Approx(157.5e-3 + 315e-6));
  // They meet where 315 us - 30 us = S 63/64 / 40e9: 11.6 MB; on either side the faster one is taken.
  const double meet = (315e-6 - 30e-6) * 40e9 * 64 / 63;
  CHECK(all_gather(n, {64, 8}, Bytes(meet / 2)).value() == test::Approx(30e-6 + 285e-6));
  CHECK(all_gather(n, {64, 8}, Bytes(meet * 2)).value() == test::Approx(315e-6 + 570e-6));
}

TEST_CASE("an all-to-all sends (n - 1) / n of its bytes, those that stay in the domain over its links") {
  // 8 ranks in a domain: 7/8 x 8e8 / 400e9 = 1.75 ms.
  CHECK(all_to_all(network(), {8, 1}, Bytes(8e8)).value() == test::Approx(1.75e-3));
  // 32 ranks, 8 to a domain: 24/32 x 8e8 leave it: 6e8 / 40e9 = 15 ms; 7/32 x 8e8 / 400e9 beside it.
  CHECK(all_to_all(network(), {32, 1}, Bytes(8e8)).value() == test::Approx(15e-3));
  // log2(32) = 5 hops of latency.
  CHECK(all_to_all(network(1e-6, 4e-6), {32, 1}, Bytes(8e8)).value() == test::Approx(15e-3 + 20e-6));
}

TEST_CASE("a message goes over the domain's links or out through the NIC") {
  CHECK(send(network(1e-6, 5e-6), 4, Bytes(4e8)).value() == test::Approx(1e-3 + 1e-6));
  CHECK(send(network(1e-6, 5e-6), 8, Bytes(4e8)).value() == test::Approx(10e-3 + 5e-6));
}

TEST_CASE("a gang inside one PCIe server crosses its domains through the host, and no wider gang does") {
  Chip card;
  card.scale_up = ByteRate(300e9), card.scale_up_domain = 2, card.nic = ByteRate(50e9);
  Node server;
  server.chips = 8, server.host_path = ByteRate(12.6e9);
  Efficiency e;
  e.scale_up = Uncertain<double>(0.5), e.collective = Uncertain<double>(0.8);
  // A pair meets over its bridge. 4 and 8 cards cross pairs: two cards share 12.6 GB/s. 16 are in two servers: 0.8 x 50 GB/s.
  CHECK(std::string(meets_over(card, server, 2)) == "scale-up");
  for (const int gang : {4, 8}) {
    CHECK(std::string(meets_over(card, server, gang)) == "host path");
    CHECK(network(card, server, e, {}, gang).out.value() == test::Approx(6.3e9));
  }
  CHECK(std::string(meets_over(card, server, 16)) == "fabric");
  CHECK(network(card, server, e, {}, 16).out.value() == test::Approx(40e9));
  // A node that does not say: over the NICs.
  server.host_path = ByteRate(0);
  CHECK(std::string(meets_over(card, server, 4)) == "fabric");
  CHECK(network(card, server, e, {}, 4).out.value() == test::Approx(40e9));
}
