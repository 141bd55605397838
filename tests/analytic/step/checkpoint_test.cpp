// A checkpoint on SimGrid against what can be said of it without: the slowest of what its bytes pass.
#include "step/checkpoint.hpp"

#include <stdexcept>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// 405 billion parameters of 14 bytes on 2,048 nodes of eight 400 Gbit/s NICs, a store of 2 TB/s.
CheckpointShape llama() {
  CheckpointShape s;
  s.bytes = Bytes(405e9 * 14), s.nodes = 2048, s.nic = ByteRate(50e9);
  s.storage_write = s.storage_read = ByteRate(2e12);
  return s;
}

void same(const CheckpointTimes& a, const CheckpointTimes& b) {
  CHECK(a.stall.value() == test::Approx(b.stall.value()).epsilon(1e-6));
  CHECK(a.flush.value() == test::Approx(b.flush.value()).epsilon(1e-6));
  CHECK(a.reload.value() == test::Approx(b.reload.value()).epsilon(1e-6));
}

}  // namespace

TEST_CASE("a store that is the bottleneck: bytes over its rate") {
  // 5.67 TB / 2 TB/s = 2.835 s; a node's 2.77 GB over 400 GB/s would take 6.9 ms.
  const auto t = checkpoint_times(llama());
  CHECK(t.stall.value() == test::Approx(2.835));
  CHECK(t.reload.value() == test::Approx(2.835));
  CHECK(t.flush.value() == 0);
  same(t, checkpoint_closed_form(llama()));
}

TEST_CASE("what is not stopped for stands for the copy into memory alone") {
  auto s = llama();
  s.asynchronous = true;
  const auto t = checkpoint_times(s);
  CHECK(t.stall.value() == test::Approx(5.67e12 / 16384 / 50e9));  // 346 MB a chip
  CHECK(t.flush.value() == test::Approx(2.835));
  same(t, checkpoint_closed_form(s));
}

TEST_CASE("nodes that are the bottleneck, and uplinks of pods") {
  CheckpointShape s;
  s.bytes = Bytes(8e12), s.nodes = 16, s.chips_per_node = 4, s.nic = ByteRate(25e9), s.pod_nodes = 4;
  s.storage_write = ByteRate(10e12), s.storage_read = ByteRate(20e12);
  CHECK(checkpoint_times(s).stall.value() == test::Approx(5));  // 0.5 TB over 100 GB/s
  same(checkpoint_times(s), checkpoint_closed_form(s));
  s.oversubscription = 4;  // a pod's 2 TB over 4 x 100 / 4 GB/s
  CHECK(checkpoint_times(s).stall.value() == test::Approx(20));
  same(checkpoint_times(s), checkpoint_closed_form(s));
  s.storage_write = ByteRate(0.1e12);
  CHECK(checkpoint_times(s).stall.value() == test::Approx(80));
  CHECK(checkpoint_times(s).reload.value() == test::Approx(20));
}

TEST_CASE("a folded checkpoint is the unfolded one") {
  CheckpointShape s;
  s.bytes = Bytes(3e12), s.nodes = 48, s.nic = ByteRate(50e9), s.pod_nodes = 16, s.oversubscription = 3;
  s.storage_write = ByteRate(1e12), s.storage_read = ByteRate(1.5e12);
  same(checkpoint_times(s, 1), checkpoint_times(s, 48));
}

TEST_CASE("a last pod that is half full is done when the others are, or sooner") {
  // 6 nodes in pods of 4: 1.2 TB, 200 GB a node. With an uplink at half of its nodes' NICs, both pods take 200 / 200 GB/s x 2 = 2 s.
  CheckpointShape s;
  s.bytes = Bytes(1.2e12), s.nodes = 6, s.chips_per_node = 4, s.nic = ByteRate(50e9), s.pod_nodes = 4, s.oversubscription = 2;
  s.storage_write = s.storage_read = ByteRate(1e15);
  CHECK(checkpoint_times(s).stall.value() == test::Approx(2));
  same(checkpoint_times(s), checkpoint_closed_form(s));
}

TEST_CASE("into the memory of peers: every node sends to the next one at its own rate") {
  auto s = llama();
  s.to = CheckpointTo::peers, s.asynchronous = true, s.pod_nodes = 384, s.oversubscription = 7;
  const auto t = checkpoint_times(s);
  CHECK(t.flush.value() == test::Approx(5.67e12 / 2048 / 400e9));
  CHECK(t.reload.value() == test::Approx(t.flush.value()));
  same(t, checkpoint_closed_form(s));
  s.asynchronous = false;
  CHECK(checkpoint_times(s).stall.value() == test::Approx(5.67e12 / 2048 / 400e9 * 2));  // the copy at 8 x 50 GB/s besides
}

TEST_CASE("a checkpoint that cannot be: no rate, no peer, no bytes") {
  auto s = llama();
  s.storage_write = ByteRate(0);
  CHECK_THROWS_AS(checkpoint_times(s), std::invalid_argument);
  s = llama(), s.to = CheckpointTo::peers, s.nodes = 1;
  CHECK_THROWS_AS(checkpoint_times(s), std::invalid_argument);
  s = llama(), s.bytes = Bytes(0);
  CHECK(checkpoint_times(s).stall.value() == 0);
}
