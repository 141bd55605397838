// A checkpoint on SimGrid against what can be said of it without: the slowest of what its bytes pass.
#include "step/checkpoint.hpp"

#include <stdexcept>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

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

TEST_CASE("a gang's checkpoint goes over all its NICs: one kind, two kinds, part of a node") {
  const Efficiency e = fixture::efficiency();
  const Software w = fixture::software();
  Chip fast = fixture::chip("fast", 1e15), slow = fixture::chip("slow", 1e15);   // 50 GB/s each
  slow.nic = ByteRate(25e9);
  Node node = fixture::node("box"), half = fixture::node("half");                // of 8
  half.chips = 4;
  Fabric fabric;
  fabric.pod_nodes = 4;
  const auto stall = [&](const std::vector<Group>& groups) { return checkpoint_times(checkpoint_shape(groups, fabric, Bytes(1e12))).stall.value(); };
  CHECK(stall({{fast, node, e, w, 64}}) == test::Approx(1e12 / (64 * 50e9)));
  CHECK(stall({{fast, node, e, w, 12}}) == test::Approx(1e12 / (12 * 50e9)));
  CHECK(stall({{fast, node, e, w, 32}, {slow, half, e, w, 64}}) == test::Approx(1e12 / (32 * 50e9 + 64 * 25e9)));  // 4 nodes and 16
  fabric.oversubscription = 2;  // of each pod's uplink
  CHECK(stall({{fast, node, e, w, 64}}) == test::Approx(2e12 / (64 * 50e9)));
}

TEST_CASE("a storage front end gives a gang what its pods or its nodes get; peers and unstopped checkpoints as the campaign says") {
  const Efficiency e = fixture::efficiency();
  const Software w = fixture::software();
  const Chip chip = fixture::chip("fast", 1e15);
  const Node node = fixture::node("box");
  Fabric fabric;
  fabric.pod_nodes = 4;
  fabric.storage = StorageFrontEnd{ByteRate(100e9), ByteRate(200e9), true};
  const std::vector<Group> gang{{chip, node, e, w, 80}};                         // 10 nodes, 3 pods: 300 and 600 GB/s
  auto t = checkpoint_times(checkpoint_shape(gang, fabric, Bytes(3e12)));
  CHECK(t.stall.value() == test::Approx(10));
  CHECK(t.reload.value() == test::Approx(5));
  fabric.storage->by_pod = false;                                                // 1 and 2 TB/s
  t = checkpoint_times(checkpoint_shape(gang, fabric, Bytes(3e12), CheckpointTo::storage, true));
  CHECK(t.stall.value() == test::Approx(3e12 / (80 * 50e9)));                    // the copy, at 50 GB/s a chip
  CHECK(t.flush.value() == test::Approx(3));
  CHECK(t.reload.value() == test::Approx(1.5));
  t = checkpoint_times(checkpoint_shape(gang, fabric, Bytes(3e12), CheckpointTo::peers, true));
  CHECK(t.flush.value() == test::Approx(3e12 / (80 * 50e9)));
  const auto alone = checkpoint_shape({{chip, node, e, w, 8}}, fabric, Bytes(1e12), CheckpointTo::peers);
  CHECK(alone.to == CheckpointTo::storage);                                      // no peer
  CHECK(checkpoint_times(alone).stall.value() == test::Approx(10));              // 100 GB/s by node
}

TEST_CASE("a training profile carries its checkpoint; one that writes none carries none") {
  const Efficiency e = fixture::efficiency();
  const Software w = fixture::software();
  const Chip chip = fixture::chip("fast", 1e15);
  const Node node = fixture::node("box");
  const LlmModel m = fixture::llm();
  Campaign c = fixture::campaign();
  const Fabric fabric;
  const auto profile = [&] { return train({m, c, {{chip, node, e, w, 64}}, fabric}); };
  CHECK(profile().checkpoint.none());
  const size_t before = profile().assumed.size();
  c.checkpoint = Bytes(14);
  const auto p = profile();
  CHECK(p.checkpoint.stall.value() == test::Approx(14 * m.parameters() / (64 * 50e9)).epsilon(1e-6));
  CHECK(p.checkpoint.reload.value() == test::Approx(p.checkpoint.stall.value()));
  CHECK(p.checkpoint.flush.value() == 0);
  CHECK(p.assumed.size() == before + 1);
}
