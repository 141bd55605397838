// Every kind of communication unfolded on SimGrid - each rank a host, each step and each message between two ranks a
// flow - against the closed form that prices it. Equal to 0.1 %, or told apart below and bounded:
//   all-reduce       ring: equal. Tree: between once and twice recursive halving and doubling on an ideal switch.
//   context ring     equal where it shows; where it hides the closed form keeps a tenth of it, which slows the passes.
//   all-to-all       equal where the NICs bind; latency between one hop and one per peer. Where a domain's links bind,
//                    the closed form has all messages handed on inside; else it is up to (n-1) / (local-1) times longer.
//   pods             equal where the uplinks bind, and where they do not.
//   de-duplication   equal to copies drawn one by one; different experts meet more domains, 1/15 at most.
//   ZeRO 3           short by the first gather and the last scatter of a pass, which have nothing to hide behind.
//   pipelines        equal while activations take less than a forward pass of a chunk; longer ones meet on a NIC.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "catch.hpp"
#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "step/iteration.hpp"
#include "step/ring.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

namespace sg4 = engine::compat::sg4;
namespace actor = simgrid::s4u::this_actor;
using engine::RailHost, engine::compat::add_actor;
using Hosts = std::vector<simgrid::s4u::Host*>;

constexpr double kTight = 1e-3;
test::Approx near(double x) { return test::Approx(x).epsilon(kTight); }
int payload = 0;

// When everything that `start` sets going on the hosts is through.
double played(const std::vector<RailHost>& hosts, double oversubscription, const std::function<void(const Hosts&)>& start) {
  return engine::in_child([&] {
           start(engine::build_rail(hosts, oversubscription));
           engine::simgrid_engine().run();
           return std::vector<double>{sg4::Engine::get_clock()};
         }).front();
}

// When `rank` is through on each of n alike hosts on one switch; it may set others going beside itself.
double on_each(size_t n, ByteRate rate, const std::function<void(size_t)>& rank) {
  return played(std::vector<RailHost>(n, RailHost{0, rate}), 1, [&](const Hosts& host) {
    for (size_t i = 0; i < n; ++i) add_actor("rank", host[i], [&rank, i] { rank(i); });
  });
}
void beside(const std::function<void()>& code) { add_actor("beside", actor::get_host(), code); }
std::string box(const char* kind, size_t from, size_t to) { return kind + std::to_string(from) + ">" + std::to_string(to); }

// For an actor: the part of rank `at` in a ring over n (first, first + stride, ...): `steps` dependent steps of `bytes`
// to the next one, each with its latency.
void ring(const char* kind, size_t n, size_t at, size_t steps, double bytes, Seconds latency, size_t first = 0, size_t stride = 1) {
  const auto rank = [&](size_t k) { return first + k % n * stride; };
  for (size_t i = 0; i < steps; ++i) {
    exchange(box(kind, rank(at + n - 1), rank(at)), box(kind, rank(at), rank(at + 1)), bytes);
    actor::sleep_for(latency.value());
  }
}

double ring_all_reduce(const Network& net, size_t n, double bytes) {
  return on_each(n, net.up, [&](size_t i) { ring("r", n, i, 2 * (n - 1), bytes / static_cast<double>(n), net.up_latency); });
}
// Recursive halving, then doubling: half of the bytes with the rank n/2 away, a quarter with that n/4 away, ...
double halving_all_reduce(const Network& net, size_t n, double bytes) {
  return on_each(n, net.up, [&](size_t i) {
    const auto turn = [&](const char* kind, size_t away) {
      exchange(box(kind, i ^ away, i), box(kind, i, i ^ away), bytes * static_cast<double>(away) / static_cast<double>(n));
      actor::sleep_for(net.up_latency.value());
    };
    for (size_t away = n / 2; away > 0; away /= 2) turn("h", away);
    for (size_t away = 1; away < n; away *= 2) turn("d", away);
  });
}

struct Message { size_t from, to; double bytes; };
// All messages at once, each a flow of its own.
double at_once(const std::vector<RailHost>& hosts, double oversubscription, const std::vector<Message>& messages) {
  return played(hosts, oversubscription, [&](const Hosts& host) {
    for (const auto& m : messages) {
      add_actor("from", host[m.from], [&m] {
        sg4::Mailbox::by_name(box("m", m.from, m.to))->put(&payload, static_cast<uint64_t>(m.bytes + 0.5));
      });
      add_actor("to", host[m.to], [&m] { sg4::Mailbox::by_name(box("m", m.from, m.to))->get<int>(); });
    }
  });
}

// Ranks in domains of `local`, each with its port into the domain (host r) and its NIC (host ranks + r); `per_pod`
// ranks to a pod.
std::vector<RailHost> ports(const Network& net, size_t ranks, size_t local, size_t per_pod) {
  std::vector<RailHost> out;
  for (size_t r = 0; r < ranks; ++r) out.push_back({static_cast<int>(r / local), net.up});
  for (size_t r = 0; r < ranks; ++r) out.push_back({static_cast<int>(ranks + r / per_pod), net.out});
  return out;
}

// An all-to-all over such ports, `each` bytes of every rank. `handed`: what goes to another domain first goes inside to
// the rank with the number of the one that it is for, and leaves on its rail; all in small pieces, so side by side.
std::vector<Message> all_pairs(size_t ranks, size_t local, double each, bool handed) {
  std::vector<Message> out;
  const double bytes = each / static_cast<double>(ranks);
  for (size_t a = 0; a < ranks; ++a)
    for (size_t b = 0; b < ranks; ++b) {
      if (a == b) continue;
      const size_t gate = handed ? a / local * local + b % local : a;
      if (a / local == b / local) out.push_back({a, b, bytes});
      else out.push_back({ranks + gate, ranks + b, bytes});
      if (a / local != b / local && gate != a) out.push_back({a, gate, bytes});
    }
  return out;
}

Network network(double up, double out, double up_latency = 0, double out_latency = 0) {
  return {ByteRate(up), ByteRate(out), Seconds(up_latency), Seconds(out_latency), 8};
}

// A pass over `layers` on each of 8 ranks with ZeRO 3, every ring step by step: a layer's weights are gathered while the
// layer before it runs, and its gradients, if any, scattered while the layer after it does.
double sharded_pass(const Network& net, int layers, double compute, double gather, double scatter) {
  return on_each(8, net.up, [&](size_t i) {
    const auto here = sg4::Semaphore::create(0), begun = sg4::Semaphore::create(0);
    beside([&, here, begun] {
      for (int l = 0; l < layers; ++l) here->acquire(), begun->release(), actor::sleep_for(compute);
      begun->release();  // for the last scatter
    });
    for (int l = -1; l <= layers; ++l) {
      if (l >= 0) begun->acquire();
      if (l + 1 < layers) ring("g", 8, i, 7, gather / 8, net.up_latency), here->release();
      if (l > 0 && scatter > 0) ring("s", 8, i, 7, scatter / 8, net.up_latency);
    }
  });
}

}  // namespace

TEST_CASE("unfolded: a tensor-parallel all-reduce of 8") {
  // A ring: 2 x 7 dependent steps of S/8 at 400 GB/s and 2 us each. It beats the tree at twice the time on the wire and
  // 2 x 3 hops where 2 x 7/8 S / 400e9 > 2 x (7 - 3) x 2 us: from 3.7 MB on.
  const Network net = network(400e9, 40e9, 2e-6, 5e-6);
  for (const double bytes : {8e6, 64e6, 512e6}) {
    CHECK(ring_all_reduce(net, 8, bytes) == near(14 * (bytes / 8 / 400e9 + 2e-6)));
    CHECK(all_reduce(net, {8, 1}, Bytes(bytes)).value() == near(14 * (bytes / 8 / 400e9 + 2e-6)));
  }
  // Below, the closed form's tree: 2 x (2 x 7/8 S/B + 3 hops). Recursive halving and doubling has 3 hops each way too
  // but sends each byte once, 2 x (7/8 S/B + 3 hops), if the switch is ideal: the closed form is between it and twice it.
  for (const double bytes : {8e3, 512e3, 2e6}) {
    const double closed = all_reduce(net, {8, 1}, Bytes(bytes)).value(), best = halving_all_reduce(net, 8, bytes);
    CHECK(best == near(2 * (7.0 / 8 * bytes / 400e9 + 6e-6)));
    CHECK(closed >= best * (1 - kTight));
    CHECK(closed <= 2 * best * (1 + kTight));
    CHECK(closed <= ring_all_reduce(net, 8, bytes) * (1 + kTight));
  }
}

TEST_CASE("unfolded: a context-parallel ring of 4") {
  // Each rank works on a quarter of the attention per turn and passes a block on beside it, 3 turns and a last quarter
  // without. With a block's time t and a pass of attention a: a + 3 max(0, t - a/4), so 3 max(0, t - a/4) shows; that
  // is the closed form's turn - a x 3/4, turn = 3 t. Backward the block comes with its gradients, 2 t, beside 2.5 / 0.85
  // of the attention. Flows on SimGrid take no matrix units: where they hide, nothing shows, while the closed form keeps
  // a tenth of the turns. So it is the larger of SimGrid's and a tenth: above it by 0.1 turn at most. (The first and
  // the fourth case show, the second is at the edge, the others hide.)
  struct Case { int tp; double up, out; };
  for (const auto& [tp, up, out] : {Case{1, 200e9, 40e9}, {1, 430e9, 40e9}, {1, 4e12, 40e9}, {8, 400e9, 40e9}, {8, 400e9, 4e12}}) {
    const LlmModel model = fixture::llm();  // 32 heads of 128
    ParallelPlan plan;
    plan.cp = 4, plan.tp = tp, plan.recompute = Recompute::none;
    const Network net = network(up, out, 2e-6, 5e-6);
    const Machine chip = machine(fixture::chip("one", 1e15), fixture::efficiency(), fixture::software());
    const LayerCosts costs = layer_costs({model, 8192, Precision::bf16, false, 0, plan, chip, net, 1, Seconds(0), false, true});
    // 2,048 tokens of a rank, keys and values of 32/tp heads, 16 bits. tp 8 fills the domain: neighbours are outside.
    const double block = 2.0 * 2048 * (32.0 / tp) * 2 * 128;
    const bool inside = tp == 1;
    const Seconds latency = inside ? net.up_latency : net.out_latency;
    for (const int times : {1, 2}) {
      const Work& pass = times == 1 ? costs.dense.forward : costs.dense.backward;
      const double attention = pass.attention.value(), turn = 3 * times * (block / (inside ? up : out) + latency.value());
      // The block that is sent is the one that is worked on; the next turn waits for both.
      const double end = on_each(4, inside ? net.up : net.out, [&](size_t i) {
        const auto sent = sg4::Semaphore::create(0), worked = sg4::Semaphore::create(0);
        beside([&, i, sent, worked] {
          for (int t = 0; t < 3; ++t) ring("k", 4, i, static_cast<size_t>(times), block, latency), sent->release(), worked->acquire();
        });
        for (int t = 0; t < 4; ++t) {
          actor::sleep_for(attention / 4);
          if (t < 3) worked->release(), sent->acquire();
        }
      });
      INFO("tp " << tp << ", up " << up << ", out " << out << ", pass " << times << ", attention " << attention << ", turn " << turn);
      CHECK(end == near(attention + std::max(0.0, turn - attention * 3 / 4)));
      const double shows = end - attention;
      CHECK(pass.context.value() == near(std::max(shows, 0.1 * turn)));
    }
  }
}

TEST_CASE("unfolded: an all-to-all of 8 in one domain") {
  // 56 flows of 1e8 B: 7 of them over each port, 7e8 / 400e9 = 1.75 ms.
  const double each = 8e8;
  const auto flows = [](double bytes) { return at_once(std::vector<RailHost>(8, {0, ByteRate(400e9)}), 1, all_pairs(8, 8, bytes, false)); };
  REQUIRE(all_pairs(8, 8, each, false).size() == 56);
  const double wire = flows(each);
  CHECK(wire == near(1.75e-3));
  CHECK(all_to_all(network(400e9, 40e9), {8, 1}, Bytes(each)).value() == near(wire));
  // Latency: one hop when all messages are under way at once, one per peer when ranks go through them in turn (with the
  // rank 1 away, 2 away, ...). The closed form counts log2(8) = 3: two more than the one, four less than the other.
  const Network net = network(400e9, 40e9, 2e-6, 5e-6);
  for (const double bytes : {8e4, each}) {
    const double turns = on_each(8, net.up, [&](size_t i) {
      for (size_t k = 1; k < 8; ++k) exchange(box("a", (i + 8 - k) % 8, i), box("a", i, (i + k) % 8), bytes / 8), actor::sleep_for(2e-6);
    });
    const double closed = all_to_all(net, {8, 1}, Bytes(bytes)).value(), once = flows(bytes) + 2e-6;
    CHECK(closed - once == near(2 * 2e-6));
    CHECK(turns - closed == near(4 * 2e-6));
  }
}

TEST_CASE("unfolded: an all-to-all of 16 in two domains, each rank with its NIC") {
  const double each = 16e8;
  const auto direct = [&](const Network& net) { return at_once(ports(net, 16, 8, 16), 1, all_pairs(16, 8, each, false)); };
  const auto handed = [&](const Network& net) { return at_once(ports(net, 16, 8, 16), 1, all_pairs(16, 8, each, true)); };
  // 8 of 16 parts leave the domain: 8e8 / 40e9 = 20 ms at the NIC, over which 7 of 16 at 400 GB/s hide, handed on or not.
  const Network usual = network(400e9, 40e9);
  for (const double t : {direct(usual), handed(usual), all_to_all(usual, {16, 1}, Bytes(each)).value()}) CHECK(t == near(20e-3));
  // With links inside as slow as the NICs: the closed form sends 15 of 16 parts over them. Handed on, 7 stay and 7 of
  // the 8 that leave go to another rank first: 14 of 16, so it is 15/14 of that. Directly the links carry 7, the NICs 8:
  // 15/8. With yet slower links (15 against 7 of 16) it is 15/7 = (n - 1) / (local - 1), the most there is.
  for (const auto& [up, by_hand] : {std::pair{40e9, 8e8 / 40e9}, {20e9, 7e8 / 20e9}}) {
    const Network slow = network(up, 40e9);
    const double all = all_to_all(slow, {16, 1}, Bytes(each)).value();
    CHECK(handed(slow) == near(14e8 / up));
    CHECK(all == near(handed(slow) * 15 / 14));
    CHECK(direct(slow) == near(by_hand));
    CHECK(all <= direct(slow) * 15 / 7 * (1 + kTight));
  }
}

TEST_CASE("unfolded: an all-to-all over two pods, 4:1 oversubscribed") {
  // Half of each rank's bytes cross the uplinks, which are a quarter of their pods' NICs: each / 2 x 4 / out.
  for (const size_t ranks : {8U, 16U, 32U}) {
    Network net = network(4e12, 40e9);
    net.domain = 4, net.pod = static_cast<int>(ranks / 2), net.oversubscription = 4;
    const double each = 1e8 * static_cast<double>(ranks);
    const auto unfolded_at = [&](double ratio) { return at_once(ports(net, ranks, 4, ranks / 2), ratio, all_pairs(ranks, 4, each, false)); };
    const auto closed_form = [&] { return all_to_all(net, {static_cast<int>(ranks), 1}, Bytes(each)).value(); };
    const double unfolded = unfolded_at(4), closed = closed_form();
    CHECK(unfolded == near(2 * each / 40e9));
    CHECK(closed == near(unfolded));
    // Uplinks as wide as the NICs: what leaves the domain, all but one part in as many as there are, at the NIC.
    net.oversubscription = 1;
    CHECK(unfolded_at(1) == near(closed_form()));
  }
}

TEST_CASE("unfolded: the domains that the copies of a token go to, drawn") {
  // Of c copies into d domains, d (1 - (1 - 1/d)^c) domains get one, (d - 1) / d of them not the token's own. One token
  // of c copies of a byte at 1 B/s: the closed form's time is their number. 20,000 tokens; domain 0 is home.
  struct Case { int domains, copies, experts; };
  for (const auto& [d, c, experts] : {Case{2, 2, 16}, {4, 8, 256}, {8, 8, 256}, {32, 8, 256}, {8, 2, 8}}) {
    const double closed = all_to_all(network(1e18, 1), {8 * d, 1}, Bytes(c), c).value();
    double drawn = 0;
    for (int token = 0; token < 20000; ++token) {
      std::set<int> domains;
      for (int k = 0; k < c; ++k) domains.insert(static_cast<int>(Draw(11, token).uniform("copy" + std::to_string(k)) * d));
      drawn += static_cast<double>(domains.size() - domains.count(0)) / 20000;
    }
    INFO(c << " copies into " << d << " domains, " << experts << " experts");
    CHECK(closed == test::Approx(d * (1 - std::pow(1 - 1.0 / d, c)) * (d - 1) / d));
    CHECK(closed == test::Approx(drawn).epsilon(0.01));
    // A token's experts are all different, so they meet more domains: of E experts, E/d to a domain,
    // d (1 - C(E - E/d, c) / C(E, c)). That is 2.2 % more for 2 of 16 in 2 domains, 0.4 to 1.2 % for 8 of 256, and most
    // for one expert to a domain and few copies: 2 of 8, 2 against 1.875, 1/15.
    double none = 1;
    for (int k = 0; k < c; ++k) none *= (experts - static_cast<double>(experts) / d - k) / (experts - k);
    const double different = d * (1 - none) * (d - 1) / d;
    CHECK(closed <= different);
    CHECK(closed >= different / (experts == 256 ? 1.0125 : experts == 16 ? 1.0225 : 16.0 / 15) * (1 - 1e-9));
  }
}

TEST_CASE("unfolded: ZeRO 3 gathers layer by layer, one ahead") {
  // A gather of 400 MB among 8: g = 7 x (50e6 / 400e9 + 2 us) = 0.889 ms; 10 layers of c each. The first gather has
  // nothing to hide behind, the last layer nothing to hide: g + 9 max(c, g) + c. Of it g + 9 max(0, g - c) shows; the
  // closed form says 10 max(0, g - c). The difference is min(g, c), at most one gather a pass. (One that
  // runs beside the pass before, as all but an iteration's first can, costs nothing.)
  const Network net = network(400e9, 40e9, 2e-6, 5e-6);
  const int layers = 10;
  const double weights = 400e6, g = 0.889e-3;
  const Seconds one = all_gather(net, {8, 1}, Bytes(weights));
  CHECK(one.value() == near(g));
  DataParallel d;  // without interference
  for (const double c : {2e-3, 0.95e-3, 0.5e-3}) {
    d.gather = one * layers, d.gather_hides = Seconds(c * layers);
    const double pass = sharded_pass(net, layers, c, weights, 0);
    CHECK(pass == near(g + 9 * std::max(c, g) + c));
    CHECK(pass == near(c * layers + d.gather_exposed().value() + std::min(g, c)));
  }
  // Backward also scatters gradients of 4 B: r = 7 x (100e6 / 400e9 + 2 us) = 1.764 ms. The rings take 10 (g + r) and the
  // passes 10 c, and the first gather and the last scatter stand alone: at least the closed form, which is the larger of
  // the two sums, and here at most g + r more; exactly that where all between is hidden (c >= g + r = 2.653 ms).
  const double r = 1.764e-3;
  for (const double c : {3e-3, 2e-3, 1e-3}) {
    d.reduce = (one + reduce_scatter(net, {8, 1}, Bytes(2 * weights))) * layers, d.reduce_hides = Seconds(c * layers);
    const double pass = sharded_pass(net, layers, c, weights, 2 * weights), closed = c * layers + d.reduce_exposed().value();
    if (c > g + r) CHECK(pass == near(closed + g + r));
    CHECK(pass >= closed * (1 - kTight));
    CHECK(pass <= (closed + g + r) * (1 + kTight));
  }
}

TEST_CASE("unfolded: pipelines with all their micro-batches") {
  // 4 stages, 32 micro-batches, passes of 1 and 2 s in v chunks; activations that take a share of a chunk's forward pass
  // on the NIC. Without any (32 + 3 / v) x 3 s (Narayanan et al. 2021). makespan() lays out 5 rounds of 4 and adds 3
  // more, and has a transfer take the same whatever else travels. From about a whole pass on a stage's activations go
  // out while its gradients do, and both take up to twice as long: SimGrid is above, but below doubled transfers.
  for (const auto& [v, share] : {std::pair{1, 0.0}, {1, 0.01}, {1, 0.1}, {1, 0.6}, {1, 1.2}, {2, 0.0}, {2, 0.01}, {2, 0.1}, {2, 0.6}, {2, 1.2}}) {
    Pipeline p;
    p.stages = 4, p.chunks = v, p.micro_batches = 32;
    p.forward.assign(static_cast<size_t>(4 * v), Seconds(1.0 / v)), p.backward.assign(static_cast<size_t>(4 * v), Seconds(2.0 / v));
    const Network net = network(400e9, 40e9, 0, share > 0 ? 5e-6 : 0);
    const Bytes activations = net.out * p.forward[0] * share;
    p.transfer = send(net, 8, activations);
    const int last = 4 * v - 1;
    const auto name = [](const PipelineTask& t, int at) { return (t.forward ? "f" : "b") + std::to_string(at) + "-" + std::to_string(t.micro_batch); };
    const double unfolded = on_each(4, net.out, [&](size_t s) {
      const auto tasks = order(p, static_cast<int>(s));
      std::vector<sg4::CommPtr> in(tasks.size());  // posted first, so that a transfer starts when its sender is done
      std::vector<int*> received(tasks.size());
      const auto place = [&](const PipelineTask& t) { return t.chunk * 4 + static_cast<int>(s); };
      for (size_t i = 0; i < tasks.size(); ++i)
        if (const int at = place(tasks[i]); tasks[i].forward ? at > 0 : at < last) in[i] = sg4::Mailbox::by_name(name(tasks[i], at))->get_async<int>(&received[i]);
      for (size_t i = 0; i < tasks.size(); ++i) {
        const PipelineTask& t = tasks[i];
        const int at = place(t), next = at + (t.forward ? 1 : -1);
        if (in[i]) in[i]->wait(), actor::sleep_until(in[i]->get_finish_time() + net.out_latency.value());
        actor::sleep_for((t.forward ? p.forward : p.backward)[static_cast<size_t>(at)].value());
        if (next >= 0 && next <= last) sg4::Mailbox::by_name(name(t, next))->put_init(&payload, static_cast<uint64_t>(activations.value() + 0.5))->detach();
      }
    });
    const double closed = makespan(p).value();
    INFO("v " << v << ", activations " << share << " of a pass: SimGrid " << unfolded << ", closed " << closed);
    if (share <= 0) CHECK(unfolded == near((32 + 3.0 / v) * 3));
    if (share < 1) CHECK(unfolded == near(closed));
    p.transfer = p.transfer * 2;
    CHECK(unfolded >= closed * (1 - kTight));
    CHECK(unfolded <= makespan(p).value() * (1 + kTight));
  }
}

TEST_CASE("unfolded: hybrid sharding over 4 of 8 replicas") {
  // tp 8 on 64 chips: a tensor rank's 8 replicas have a NIC each, attained 0.8 x 50 = 40 GB/s, no latency. P parameters
  // on the chip: (8 layers x (4 h^2 + 2 h x 16384) + 2 h x 32000) / 8 with h = 4096 = 234,094,592.
  const LlmModel model = fixture::llm();
  const Campaign campaign = fixture::campaign();
  const Chip chip = fixture::chip("one", 1e15);
  const Node node = fixture::node("box");
  const Efficiency efficiency = fixture::efficiency();
  const Software software = fixture::software();
  const Fabric fabric = fixture::no_latency();
  const TrainingSetup setup{model, campaign, {{chip, node, efficiency, software, 64}}, fabric, false};
  const double P = 234094592, out = 40e9;
  // In rings of 4 next to each other `steps` of `quarter` bytes, then between the two copies of a quarter 2 steps of half.
  const auto unfolded = [&](size_t steps, double quarter, double copied) {
    return on_each(8, ByteRate(out), [&](size_t i) {
      ring("s", 4, i % 4, steps, quarter, Seconds(0), i / 4 * 4);
      if (copied > 0) ring("c", 2, i / 4, 2, copied / 2, Seconds(0), i % 4, 4);
    });
  };
  for (const int zero : {1, 2, 3}) {
    ParallelPlan plan{8, zero, 1, Recompute::none};
    plan.shard = 4;
    std::string why;
    const auto it = lay_out(setup, plan, why);
    INFO("zero " << zero << " " << why);
    REQUIRE(it);
    const StagePlan& stage = it->lanes[0].stages[0];
    CHECK(stage.parameters == test::Approx(P));
    // Gradients of 4 B: scattered among 4, 3 steps of 4 P / 4 B; the quarters summed over 2 copies, 2 steps of half of
    // 4 P / 4 B: 3 P + P bytes at the NIC. Weights of 2 B: 3 steps of 2 P / 4 B = 1.5 P.
    const double scattered = unfolded(3, P, 0), summed = unfolded(3, P, P), gathered = unfolded(3, P / 2, 0);
    for (const auto& [time, bytes] : {std::pair{scattered, 3 * P}, {summed, 4 * P}, {gathered, 1.5 * P}}) CHECK(time == near(bytes / out));
    // Once an iteration: all of it, from ZeRO 2 on the sum over copies alone. Every micro-batch: ZeRO 2 scatters, ZeRO 3
    // also gathers before either pass.
    CHECK(stage.data.reduce.value() == near(zero == 1 ? summed : summed - scattered));
    CHECK(stage.data.gather.value() == near(zero == 3 ? 0 : gathered));
    CHECK(stage.shards.reduce.value() == near(zero == 1 ? 0 : zero == 2 ? scattered : gathered + scattered));
    CHECK(stage.shards.gather.value() == near(zero == 3 ? gathered : 0));
    // States of a quarter of the parameters: 30 B of each, and 6 B of every gradient, through 0.8 x 4 TB/s.
    CHECK(stage.optimizer.value() == near((30 * P / 4 + 6 * P) / 3.2e12));
  }
}
