// The exported fabric, loaded by SimGrid, against the one that the engine builds, for every pair of hosts.
#include "engine/fabric_xml.hpp"

#include "catch.hpp"
#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "engine/platform.hpp"

using namespace capmix;
using namespace capmix::engine;

namespace {

// Three pods, the last with one host and a NIC of its own.
const std::vector<RailHost> kHosts = {{0, ByteRate(50e9)}, {0, ByteRate(50e9)}, {1, ByteRate(50e9)}, {1, ByteRate(25e9)}, {1, ByteRate(50e9)}, {2, ByteRate(12.5e9)}};
constexpr double kOversubscription = 2;

std::vector<double> facts(const std::vector<compat::sg4::Host*>& hosts) {
  std::vector<double> out;
  for (const auto* from : hosts) {
    for (const auto* to : hosts) {
      if (from == to) continue;
      std::vector<compat::sg4::Link*> links;
      double latency = 0;
      from->route_to(to, links, &latency);
      for (const auto* l : links) out.push_back(l->get_bandwidth());
      out.push_back(static_cast<double>(links.size()));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("SimGrid loads an exported fabric with the hosts, links and routes of the engine's own") {
  const PlatformText file{".", rail_xml(kHosts, kOversubscription, Seconds(5e-6), {"of a test -- with hyphens"})};
  const auto found = survey(file, kHosts.size());
  INFO(found.reason);
  CHECK(found.hosts == kHosts.size());
  REQUIRE(found.taken == std::vector<std::string>{"h0", "h1", "h2", "h3", "h4", "h5"});
  const auto built = in_child([] { return facts(build_rail(kHosts, kOversubscription)); });
  const auto loaded = in_child([&] { return facts(load_hosts(file, found.taken)); });
  CHECK(built == loaded);
}

// What a fabric takes of a file: a line for a pod's hosts, one for its uplink, one for its way to the spine.
TEST_CASE("pods of equal hosts are a tag each") {
  const auto size = [](int nodes) {
    std::vector<RailHost> hosts;
    for (int i = 0; i < nodes; ++i) hosts.push_back({i / 128, ByteRate(400e9)});
    return rail_xml(hosts, 1, Seconds(5e-6), {}).size();
  };
  CHECK(size(125000) < 500'000);  // a million chips, 977 pods
}

// h0 to h1: two NICs of one pod. h1 to h2: NIC, uplink of 100 / 2, uplink of 125 / 2, NIC. h5's pod is as narrow as its NIC by 2.
TEST_CASE("hops and bandwidths of an exported fabric") {
  const PlatformText file{".", rail_xml(kHosts, kOversubscription, Seconds(5e-6), {})};
  const auto r = routes(file, {{"h0", "h1"}, {"h1", "h2"}, {"h3", "h4"}, {"h0", "h5"}});
  REQUIRE(r.size() == 4);
  CHECK(r[0].hops == 2);
  CHECK(r[1].hops == 4);
  CHECK(r[0].bandwidth == test::Approx(50e9));
  CHECK(r[1].bandwidth == test::Approx(50e9));
  CHECK(r[2].bandwidth == test::Approx(25e9));
  CHECK(r[3].bandwidth == test::Approx(6.25e9));
  for (const auto& way : r) CHECK(way.latency == test::Approx(5e-6));
}

TEST_CASE("a platform that SimGrid does not load is told, and the process lives") {
  const auto broken = survey({".", "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"\">\n<platform version=\"4.1\"><nonsense/></platform>\n"}, 2);
  CHECK(broken.crashed);
  CHECK_FALSE(broken.reason.empty());
  CHECK(broken.taken.empty());
}
