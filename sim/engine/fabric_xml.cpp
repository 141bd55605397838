#include "engine/fabric_xml.hpp"

#include <charconv>
#include <map>

namespace capmix::engine {
namespace {

// The shortest text that reads back as the same number.
std::string digits(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string link(const std::string& name, double bandwidth, double latency) {
  return "<link id=\"" + name + "\" bandwidth=\"" + digits(bandwidth) + "Bps\" latency=\"" + digits(latency) + "s\" sharing_policy=\"SPLITDUPLEX\"/>\n";
}

// Two hyphens would end the comment.
std::string harmless(std::string line) {
  for (size_t at; (at = line.find("--")) != std::string::npos;) line.replace(at, 2, "- -");
  return line;
}

// Hosts that are alike and numbered in a row are one tag. A cluster without a backbone is a star, as build_rail() makes it; its NICs have names
// of SimGrid's own.
std::string cluster_of(const std::string& pod, const std::vector<RailHost>& hosts, const std::vector<size_t>& members, double latency) {
  const size_t first = members.front(), last = members.back();
  const std::string radical = std::to_string(first) + (last > first ? "-" + std::to_string(last) : "");
  return "  <cluster id=\"" + pod + "\" prefix=\"h\" suffix=\"\" radical=\"" + radical + "\" speed=\"1Gf\" bw=\"" + digits(hosts[first].nic.value()) + "Bps\" lat=\"" + digits(latency) +
         "s\" router_id=\"router-" + pod + "\"/>\n";
}

// XML has no star zones; a cluster zone is one too.
std::string zone_of(const std::string& pod, const std::vector<RailHost>& hosts, const std::vector<size_t>& members, double latency) {
  std::string out = "  <zone id=\"" + pod + "\" routing=\"Cluster\">\n    <router id=\"router-" + pod + "\"/>\n";
  for (const size_t i : members) {
    const std::string name = "h" + std::to_string(i);
    out += "    <host id=\"" + name + "\" speed=\"1Gf\"/>\n    " + link("nic-" + name, hosts[i].nic.value(), latency) + "    <host_link id=\"" + name + "\" up=\"nic-" + name + "_UP\" down=\"nic-" + name +
           "_DOWN\"/>\n";
  }
  return out + "  </zone>\n";
}

}  // namespace

std::string rail_xml(const std::vector<RailHost>& hosts, double oversubscription, Seconds latency, const std::vector<std::string>& about) {
  std::map<int, std::vector<size_t>> pods;
  for (size_t i = 0; i < hosts.size(); ++i) pods[hosts[i].pod].push_back(i);
  std::string out = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<!--\n";
  for (const auto& line : about) out += "  " + harmless(line) + "\n";
  out += "-->\n<platform version=\"4.1\">\n<zone id=\"capmix\" routing=\"Floyd\">\n";
  // Over the pods, the way to any other leads over the spine.
  out += "  <zone id=\"spine\" routing=\"None\">\n    <router id=\"router-spine\"/>\n  </zone>\n";
  std::string uplinks, ways;
  for (const auto& [index, members] : pods) {
    const std::string pod = "pod" + std::to_string(index);
    double nics = 0;
    bool alike = true;
    for (size_t m = 0; m < members.size(); ++m) {
      nics += hosts[members[m]].nic.value();
      alike = alike && members[m] == members[0] + m && hosts[members[m]].nic == hosts[members[0]].nic;
    }
    out += (alike ? cluster_of : zone_of)(pod, hosts, members, latency.value() / 2);
    uplinks += "  " + link("uplink-" + pod, nics / oversubscription, 0);
    ways += "  <zoneRoute src=\"" + pod + "\" dst=\"spine\" gw_src=\"router-" + pod + "\" gw_dst=\"router-spine\"><link_ctn id=\"uplink-" + pod + "\" direction=\"UP\"/></zoneRoute>\n";
  }
  return out + uplinks + ways + "</zone>\n</platform>\n";
}

}  // namespace capmix::engine
