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

}  // namespace

std::string rail_xml(const std::vector<RailHost>& hosts, double oversubscription, Seconds latency, const std::vector<std::string>& about) {
  std::map<int, std::vector<size_t>> pods;
  for (size_t i = 0; i < hosts.size(); ++i) pods[hosts[i].pod].push_back(i);
  std::string out = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<!--\n";
  for (const auto& line : about) out += "  " + harmless(line) + "\n";
  out += "-->\n<platform version=\"4.1\">\n<zone id=\"capmix\" routing=\"Floyd\">\n";
  // XML has no star zones. A cluster zone without a backbone is one; over the pods, the way to any other leads over the spine.
  out += "  <zone id=\"spine\" routing=\"None\">\n    <router id=\"router-spine\"/>\n  </zone>\n";
  std::string uplinks, ways;
  for (const auto& [index, members] : pods) {
    const std::string pod = "pod" + std::to_string(index);
    double nics = 0;
    out += "  <zone id=\"" + pod + "\" routing=\"Cluster\">\n    <router id=\"router-" + pod + "\"/>\n";
    for (const size_t i : members) {
      const std::string name = "h" + std::to_string(i);
      nics += hosts[i].nic.value();
      out += "    <host id=\"" + name + "\" speed=\"1Gf\"/>\n    " + link("nic-" + name, hosts[i].nic.value(), latency.value() / 2) + "    <host_link id=\"" + name + "\" up=\"nic-" + name + "_UP\" down=\"nic-" +
             name + "_DOWN\"/>\n";
    }
    out += "  </zone>\n";
    uplinks += "  " + link("uplink-" + pod, nics / oversubscription, 0);
    ways += "  <zoneRoute src=\"" + pod + "\" dst=\"spine\" gw_src=\"router-" + pod + "\" gw_dst=\"router-spine\"><link_ctn id=\"uplink-" + pod + "\" direction=\"UP\"/></zoneRoute>\n";
  }
  return out + uplinks + ways + "</zone>\n</platform>\n";
}

}  // namespace capmix::engine
