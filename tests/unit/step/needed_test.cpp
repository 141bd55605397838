#include <algorithm>
#include <functional>
#include <type_traits>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// Two chips on three servers, two of them on offer and one standing; one site; a campaign of one part, one that
// spans both chips, and a service.
Scenario scenario() {
  Scenario s;
  const auto e = s.efficiencies.add(fixture::efficiency());
  s.software.add(fixture::software());
  Software other = fixture::software();
  other.id = "other", other.standard = false, other.factor = 0.5;
  s.software.add(other);
  Chip a = fixture::chip("a", 1e15), b = fixture::chip("b", 0.5e15);
  a.efficiency = b.efficiency = e;
  const auto ca = s.chips.add(a), cb = s.chips.add(b);
  for (const auto& [id, chip] : {std::pair{"a-box", ca}, {"b-box", cb}, {"b-old", cb}, {"b-unreachable", cb}}) {
    Node n = fixture::node(id);
    n.chip = chip;
    s.nodes.add(n);
  }
  Fabric f;
  f.id = "tree";
  Site site;
  site.id = "here", site.fabric = s.fabrics.add(f);
  const auto where = s.sites.add(site);
  for (const char* node : {"a-box", "b-box"}) {
    Offer o;
    o.id = std::string("offer-") + node, o.node = s.nodes.find(std::string(node));
    o.price = Uncertain<Usd>(Usd(1e4));
    s.offers.add(o);
  }
  ExistingFleet old;
  old.id = "old", old.node = s.nodes.find(std::string("b-old")), old.site = where, old.chips = 64;
  s.existing.push_back(old);
  const auto m = s.llms.add(fixture::llm());
  Campaign any = fixture::campaign(), both = fixture::campaign();
  any.id = "any", any.model = m;
  both.id = "both", both.model = m;
  both.parts = {{{ca}, 32}, {{cb}, 32}};
  s.campaigns.add(any);
  s.campaigns.add(both);
  Service feed;
  feed.id = "feed", feed.stages.push_back(fixture::service());
  feed.stages[0].recommender = s.recommenders.add(fixture::ranking());
  s.services.add(feed);
  return s;
}

// Changes of one member of what the campaign "any" runs on and with.
template <class T>
std::function<void(Scenario&)> chip(T Chip::*member, std::type_identity_t<T> value) { return [=](Scenario& t) { t.chips[t.chips.id_at(0)].*member = value; }; }
template <class T>
std::function<void(Scenario&)> family(T Efficiency::*member, std::type_identity_t<T> value) { return [=](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].*member = value; }; }
template <class T>
std::function<void(Scenario&)> software(T Software::*member, std::type_identity_t<T> value) { return [=](Scenario& t) { t.software[t.software.id_at(0)].*member = value; }; }
template <class T>
std::function<void(Scenario&)> llm(T LlmModel::*member, std::type_identity_t<T> value) { return [=](Scenario& t) { t.llms[t.llms.id_at(0)].*member = value; }; }

const RateKey kAny{"any", {"a-box"}, "tree"}, kBoth{"both", {"a-box", "b-box"}, "tree"}, kFeed{"feed", {"b-box"}, "tree"};

}  // namespace

TEST_CASE("a chip that stands in for held accelerators is worth what the study says, and only the chips that it names") {
  Scenario s = scenario();
  Service held;
  held.id = "rankers", held.held.emplace();
  auto& stage = held.stages.emplace_back();
  stage.kind = StageKind::hold, stage.cell_chips = 1, stage.any_of = {s.chips.id_at(1)}, stage.stands_for = {2.5};
  s.services.add(held);
  std::vector<std::string> nodes;
  for (const auto& key : needed(s))
    if (key.workload == "rankers") nodes.push_back(key.nodes.front());
  CHECK(nodes == std::vector<std::string>{"b-box", "b-old"});
  const RateKey key{"rankers", {"b-box"}, "tree"};
  const StepProfile p = profile(s, key);
  CHECK(p.feasible);
  CHECK(p.rate() == 2.5);
  CHECK(p.stall() == 0);
  CHECK(p.model_flop.value() == 0);
  const std::string before = content_key(s, key);
  s.services[s.services.id_at(1)].stages[0].stands_for = {3};
  CHECK(content_key(s, key) != before);
}

TEST_CASE("the rates needed: every workload on every reachable node, parts on nodes of their chips") {
  // any: 3 nodes; both: {a-box} x {b-box, b-old}; feed: 3 nodes.
  const auto keys = needed(scenario());
  CHECK(keys.size() == 8);
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  CHECK(std::count(keys.begin(), keys.end(), RateKey{"both", {"a-box", "b-old"}, "tree"}) == 1);
  for (const auto& k : keys)
    for (const auto& n : k.nodes) CHECK(n != "b-unreachable");
}

TEST_CASE("a profile carries its content key, of a campaign, a spanning campaign and a service") {
  const auto s = scenario();
  for (const auto& key : {kAny, kBoth, kFeed}) {
    const auto p = profile(s, key);
    CHECK(p.feasible);
    CHECK(p.reason == "");
    CHECK(p.key == content_key(s, key));
    CHECK(p.rate() > 0);
  }
  CHECK(content_key(s, kAny) != content_key(s, kBoth));
}

TEST_CASE("the content key ignores what a step does not depend on") {
  const auto s = scenario();
  auto t = s;
  for (auto& o : t.offers) o.price = Uncertain<Usd>(Usd(9e4));
  for (auto& c : t.chips) c.price = Uncertain<Usd>(Usd(9e4)), c.price_in_server = Uncertain<Usd>(Usd(9e4)), c.name = "renamed", c.supplier = "other";
  for (auto& c : t.campaigns) c.tokens = 1e13, c.runs = 7, c.priority = 3;
  for (auto& v : t.services) v.headroom = 0.5;
  t.study.seed = 99;
  for (const auto& key : {kAny, kBoth, kFeed}) CHECK(content_key(t, key) == content_key(s, key));
}

TEST_CASE("the content key follows everything that a step depends on") {
  const auto s = scenario();
  const std::vector<std::function<void(Scenario&)>> training{
      [](Scenario& t) { t.chips[t.chips.id_at(0)].peak[Precision::bf16] = FlopRate(2e15); },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].memory = Bytes(90e9); },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].memory_bandwidth = ByteRate(3e12); },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].scale_up = ByteRate(300e9); },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].scale_up_domain = 16; },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].nic = ByteRate(40e9); },
      [](Scenario& t) { t.nodes[t.nodes.id_at(0)].power = Watts(9e3); },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].gemm.low = 0.3; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].collective.high = 0.95; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].launch = Seconds(6e-6); },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].overlap = 0.5; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].gemm8.mode = 0.5; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].attention.mode = 0.4; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].scale_up.high = 0.99; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].grouped.mode = 0.7; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].depth_half = 100; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].routing = Seconds(1e-4); },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].iteration = Seconds(1e-2); },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].jitter = 0.01; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].trust_dense = 0.1; },
      [](Scenario& t) { t.efficiencies[t.efficiencies.id_at(0)].calibrated_on.clear(); },
      [](Scenario& t) { t.chips[t.chips.id_at(0)].matrix_units = 132; },
      [](Scenario& t) { t.software[t.software.id_at(0)].factor = 0.9; },
      [](Scenario& t) { t.software[t.software.id_at(0)].overlaps_tensor = true; },
      [](Scenario& t) { t.software[t.software.id_at(0)].gradient_bytes = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].software = "other"; },
      [](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].oversubscription = 2; },
      [](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].nic_latency = Seconds(6e-6); },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].layers = 9; },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].parallel_block = true; },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].kv_rank = 512; },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].window = 512; },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].shared_ffn = 512; },
      [](Scenario& t) { t.llms[t.llms.id_at(0)].capacity = 1.25; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].lora_rank = 16; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].checkpoint = Bytes(20); },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].checkpoint_to = CheckpointTo::peers; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].checkpoint_asynchronous = true; },
      [](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].storage = StorageFrontEnd{ByteRate(1e9), ByteRate(2e9), true}; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].block_scaled = true; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].pp = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].vpp = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].cp = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].ep = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].expert_tp = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].shard = 8; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].sequence_parallel = false; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].fused_attention = false; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].span = Span::pipeline; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].searched = true; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].recompute = Recompute::full; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].global_batch = 512; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].parts[0].chips = 128; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].micro_batch = 2; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].tp = 4; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].plans[0].zero = 3; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].seq = 4096; },
      [](Scenario& t) { t.campaigns[t.campaigns.id_at(0)].precision = Precision::fp16; },
      [](Scenario& t) { t.nodes[t.nodes.id_at(0)].chips = 4; },
      [](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].pod_nodes = 16; },
      [](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].scale_up_latency = Seconds(1e-6); },
      chip(&Chip::id, "c"), chip(&Chip::trains, false), chip(&Chip::tdp, Watts(700)),
      chip(&Chip::peak, {{Precision::fp16, FlopRate(1e15)}}), family(&Efficiency::calibrated_on, {"square"}),
      family(&Efficiency::id, "other"), family(&Efficiency::kin, "kin"), family(&Efficiency::memory, {0.6, 0.7, 0.8}),
      family(&Efficiency::gather, {0.1, 0.2, 0.3}), family(&Efficiency::gemm_half_flop, 2e9), family(&Efficiency::gemm4, {0.3, 0.4, 0.5}),
      family(&Efficiency::portable, {0.2, 0.3, 0.4}), family(&Efficiency::power, 0.3), family(&Efficiency::reference_watts, 7e-13),
      family(&Efficiency::hides, 0.7), family(&Efficiency::interference, 0.2), family(&Efficiency::trust_moe, 0.1),
      family(&Efficiency::trust_lora, 0.1), family(&Efficiency::reach_dense, 64), family(&Efficiency::reach_moe, 64), family(&Efficiency::reach_lora, 64),
      software(&Software::id, "third"), software(&Software::name, "Third"), software(&Software::stack, "two"), software(&Software::standard, false),
      software(&Software::fused, false), software(&Software::fused_attention, false), software(&Software::deduplicates, false),
      software(&Software::stops_early, true), software(&Software::portable_attention, true), software(&Software::sequence_parallel, false),
      software(&Software::overlaps_data, false), software(&Software::recomputes_scores, true), software(&Software::zero, 2),
      software(&Software::expected, 0.9), software(&Software::calibrated, true),
      [](Scenario& t) { t.software[t.software.id_at(0)].stack = t.chips[t.chips.id_at(0)].stack = "two"; },
      llm(&LlmModel::hidden, 8192), llm(&LlmModel::heads, 16), llm(&LlmModel::kv_heads, 8), llm(&LlmModel::ffn, 8192), llm(&LlmModel::vocab, 64000),
      llm(&LlmModel::gated, true), llm(&LlmModel::tied, true), llm(&LlmModel::experts, 8), llm(&LlmModel::top_k, 2), llm(&LlmModel::expert_ffn, 4096),
      llm(&LlmModel::shared_experts, 1), llm(&LlmModel::dense_layers, 1), llm(&LlmModel::eager_activation, true), llm(&LlmModel::head_dim, 64),
      llm(&LlmModel::q_rank, 1536), llm(&LlmModel::rope_dim, 64), llm(&LlmModel::nope_dim, 128), llm(&LlmModel::v_dim, 128), llm(&LlmModel::window_every, 2)};
  for (size_t i = 0; i < training.size(); ++i) {
    auto t = s;
    training[i](t);
    INFO("change " << i);
    CHECK(content_key(t, kAny) != content_key(s, kAny));
  }
  // Two nodes that differ in their names alone; software that is named, and so needs not be standard.
  CHECK(content_key(s, {"any", {"b-box"}, "tree"}) != content_key(s, {"any", {"b-old"}, "tree"}));
  auto named = s;
  named.campaigns[named.campaigns.id_at(0)].software = "plain";
  const auto standard = content_key(named, kAny);
  named.software[named.software.id_at(0)].standard = false;
  CHECK(content_key(named, kAny) != standard);
  auto t = s;
  t.services[t.services.id_at(0)].stages[0].objective = Seconds(0.05);
  CHECK(content_key(t, kFeed) != content_key(s, kFeed));
  CHECK(content_key(t, kAny) == content_key(s, kAny));
  t = s;
  t.recommenders[t.recommenders.id_at(0)].summary.cached = 0.5;
  CHECK(content_key(t, kFeed) != content_key(s, kFeed));
}

TEST_CASE("a campaign runs on the software that it names, where its stack is the chip's, else on what is standard there") {
  auto s = scenario();
  const double standard = profile(s, kAny).step.value();
  CHECK(profile(s, kAny).assumed == std::vector<std::string>{"software plain on a"});
  s.campaigns[s.campaigns.id_at(0)].software = "other";  // half as fast
  const auto slower = profile(s, kAny);
  CHECK(slower.step.value() > 1.5 * standard);
  CHECK(slower.assumed.empty());
  s.software[s.software.id_at(1)].stack = "two";  // not the chip's
  CHECK(profile(s, kAny).step.value() == test::Approx(standard));
}

TEST_CASE("a log's works want their steps by width, on nodes of the log's chip, and no more of them than widths that double") {
  Scenario s = scenario();
  JobLogWork log;
  log.id = "trace", log.chip = s.chips.id_at(1);  // on b-box and b-old
  log.works = {s.campaigns[s.campaigns.id_at(0)], s.campaigns[s.campaigns.id_at(0)]};
  log.works[1].id = "other";
  // 10,000 jobs: gangs of 9 to 200 chips of the first, whose spans alone are asked for; the second's run times are, from 2 chips on.
  for (int i = 0; i < 10000; ++i) {
    JobSpec j;
    j.chips = i % 2 == 0 ? 9 + i % 192 : 2 + i % 7, j.work = i % 2, j.steps = i % 2 == 0 ? 0 : 10;
    log.jobs.push_back(j);
  }
  s.logs.add(log);
  std::vector<RateKey> found;
  for (const auto& key : needed(s))
    if (key.chips > 0) found.push_back(key);
  std::vector<RateKey> wanted;
  for (const char* node : {"b-box", "b-old"}) {
    for (const int chips : {16, 32, 64, 128, 256}) wanted.push_back({"trace/any", {node}, "tree", chips});
    for (const int chips : {2, 4, 8}) wanted.push_back({"trace/other", {node}, "tree", chips});
  }
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
  const RateKey key{"trace/any", {"b-box"}, "tree", 64};
  const StepProfile p = profile(s, key);
  CHECK(p.feasible);
  CHECK(p.key == content_key(s, key));
  CHECK(p.by_pods.size() == 4);
  const auto without = [&](const std::function<void(Scenario&)>& change) {
    Scenario t = s;
    change(t);
    return content_key(t, key);
  };
  CHECK(content_key(s, {"trace/any", {"b-box"}, "tree", 128}) != p.key);
  CHECK(content_key(s, {"trace/other", {"b-box"}, "tree", 64}) != p.key);
  CHECK(without([](Scenario& t) { t.logs[t.logs.id_at(0)].works[0].global_batch = 512; }) != p.key);
  CHECK(without([](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].oversubscription = 3; }) != p.key);
  CHECK(without([](Scenario& t) { t.fabrics[t.fabrics.id_at(0)].pod_nodes = 3; }) == p.key);  // the pods that count are those that a gang spans
  CHECK(without([](Scenario& t) { t.logs[t.logs.id_at(0)].jobs.pop_back(); }) == p.key);
}
