// Training steps on platforms that others wrote: by hand where the time can be derived, then every published file
// (CAPMIX_REFERENCE) against SimGrid's own routes.
#include "step/platform.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "step/iteration.hpp"
#include "step/simulate.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;
namespace fs = std::filesystem;

namespace {

class File {
 public:
  explicit File(const std::string& body, const std::string& head = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\"><platform version=\"4.1\">\n")
      : path_((fs::temp_directory_path() / ("capmix-platform-" + std::to_string(::getpid()) + ".xml")).string()) {
    std::ofstream(path_) << head << body << "</platform>\n";
  }
  ~File() { fs::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Two hosts, one link.
std::string two_hosts(const std::string& policy, const std::string& before = "") {
  const std::string link = policy == "SPLITDUPLEX" ? "<link_ctn id=\"l\" direction=\"UP\"/>" : "<link_ctn id=\"l\"/>";
  return before + "<zone id=\"z\" routing=\"Full\">\n<host id=\"b\" speed=\"1Gf\"/>\n<host id=\"a\" speed=\"1Gf\"/>\n<link id=\"l\" bandwidth=\"10GBps\" latency=\"5us\" sharing_policy=\"" +
         policy + "\"/>\n<route src=\"b\" dst=\"a\">" + link + "</route>\n</zone>\n";
}

struct Gang : fixture::TrainingParts {
  ParallelPlan plan;
  int chips = 16;
  Gang() {
    chip.memory = Bytes(1e15);
    software.overlaps_data = false;  // so that all of it shows
    plan.recompute = Recompute::none;
  }
  double contention(const OnPlatform& on) const {
    const TrainingSetup parts = setup(chips);
    const TrainingSetup s{parts.model, parts.campaign, parts.groups, on.fabric};
    std::string why;
    const auto it = lay_out(s, plan, why);
    INFO(why);
    REQUIRE(it);
    const Simulation played = simulate(s, *it);
    closed_step = it->step, played_step = played.step;
    return played.contention;
  }
  mutable Seconds closed_step, played_step;
};

std::string refusal(const std::string& path, size_t hosts = 2) {
  try {
    on_platform({}, path, hosts);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hosts come in the file's order, with hops, bandwidth and latency of their routes") {
  const File file(two_hosts("SPLITDUPLEX"));
  const auto on = on_platform({}, file.path(), 2);
  CHECK(on.survey.taken == std::vector<std::string>{"b", "a"});
  REQUIRE(on.survey.ring.size() == 2);
  for (const auto& r : on.survey.ring) {
    CHECK(r.hops == 1);
    CHECK(r.bandwidth == test::Approx(1e10));
    CHECK(r.latency == test::Approx(5e-6));
  }
  CHECK(on.fabric.placement.slowest.value() == test::Approx(1e10));
  CHECK(on.fabric.nic_latency.value() == test::Approx(5e-6));
}

// Two hosts exchange: each sends to the other at once. A link of one capacity for each direction carries both at line
// rate, which is the closed form; one of one capacity for both takes twice as long.
TEST_CASE("a full-duplex link takes what the closed form says, a shared one twice that") {
  const Gang gang;
  {
    const File file(two_hosts("SPLITDUPLEX"));
    CHECK(gang.contention(on_platform({}, file.path(), 2)) == test::Approx(1).epsilon(1e-6));
    CHECK(gang.played_step.value() == test::Approx(gang.closed_step.value()).epsilon(1e-3));
  }
  const File file(two_hosts("SHARED"));
  CHECK(gang.contention(on_platform({}, file.path(), 2)) == test::Approx(2).epsilon(1e-3));
}

// A pipeline of two stages with one host each: every micro-batch's activations cross the link once, as do their
// gradients, on the full-duplex link at line rate. One micro-batch: nothing meets, and the closed form is exact.
TEST_CASE("a pipeline's activations cross the file's link, all ranks of a host at once") {
  Gang gang;
  gang.plan.pp = 2, gang.plan.tp = 8, gang.plan.micro_batch = 1, gang.campaign.global_batch = 1;
  const File file(two_hosts("SPLITDUPLEX"));
  gang.contention(on_platform({}, file.path(), 2));
  CHECK(gang.played_step.value() == test::Approx(gang.closed_step.value()).epsilon(1e-3));
}

// Four domains of two chips in a host: no link of the file leads from one of them to the next.
TEST_CASE("domains of one host never touch the file's links") {
  Gang gang;
  gang.chip.scale_up_domain = 2;
  const File file(two_hosts("SPLITDUPLEX"));
  CHECK(gang.contention(on_platform({}, file.path(), 2)) <= 1 + 1e-3);
  CHECK(gang.played_step <= gang.closed_step * 1.001);
}

TEST_CASE("keys of <config> and profiles are set aside, and lines stay") {
  const File file(two_hosts("SPLITDUPLEX", "<config>\n<prop id=\"network/TCP_gamma\" value=\"1\"/>\n<prop id=\"no/such\" value=\"2\"/>\n</config>\n"));
  const auto read = import::read_simgrid(file.path());
  CHECK(read.config == std::vector<std::string>{"network/TCP_gamma", "no/such"});
  CHECK_FALSE(has(read.text, "config"));
  CHECK(std::count(read.text.begin(), read.text.end(), '\n') == 13);  // 2 before it, 4 of <config>, 6 of the zone, 1 after it
  CHECK(on_platform({}, file.path(), 2).survey.taken.size() == 2);
  const File with("<zone id=\"z\" routing=\"Full\"><host id=\"a\" speed='1Gf' speed_file = \"no.trace\" note='speed_file=\"x\"'/></zone>");
  const auto profile = import::read_simgrid(with.path());
  CHECK(profile.profiles == 1);
  CHECK(has(profile.text, "speed='1Gf'"));
  CHECK(has(profile.text, "note='speed_file=\"x\"'"));
  CHECK_FALSE(has(profile.text, "no.trace"));
}

TEST_CASE("a study's fabric is settled for each gang, or says why it cannot be") {
  const File file(two_hosts("SPLITDUPLEX"));
  const auto read = import::read_simgrid(file.path());
  Fabric fabric;
  fabric.id = "theirs";
  std::string why;
  CHECK(settled(fabric, 2, why).placement.hosts.empty());  // one of our own stays as it is
  fabric.placement.folder = read.folder, fabric.placement.text = read.text;
  CHECK(settled(fabric, 2, why).placement.hosts.size() == 2);
  CHECK(why.empty());
  settled(fabric, 3, why);
  CHECK(why == "fabric theirs has 2 hosts with routes to each other (the gang needs 3)");
  fabric.placement.text = "<platform/>";
  settled(fabric, 2, why);
  CHECK(has(why, "SimGrid does not load it: "));
}

TEST_CASE("what cannot be used is refused with file, line and reason") {
  CHECK(has(refusal("/no/such.xml"), "/no/such.xml: cannot be read"));
  CHECK(has(refusal(fs::temp_directory_path().string()), "is a directory"));
  CHECK(has(refusal(File("<zone></host>").path()), ":3: error: is not well-formed XML"));
  CHECK(has(refusal(File("", "<platform version=\"3\">\n").path()), ":1: error: is of version \"3\" (expected 4 or 4.1; simgrid_update_xml"));
  CHECK(has(refusal(File("", "<platform version=\"5\">\n").path()), ":1: error: is of version \"5\" (expected 4 or 4.1)"));
  CHECK(has(refusal(File("<zone id=\"air\" routing=\"Wifi\"/>").path()), ":3: error: zone \"air\" is wireless"));
  const File lone("<zone id=\"z\" routing=\"Full\"><host id=\"a\" speed=\"1Gf\"/></zone>");
  CHECK(has(refusal(lone.path()), "it has 1 host"));
  const File apart("<zone id=\"z\" routing=\"None\"><host id=\"a\" speed=\"1Gf\"/><host id=\"b\" speed=\"1Gf\"/></zone>");
  CHECK(has(refusal(apart.path()), "no two of its 2 hosts have routes"));
  const File two(two_hosts("SHARED"));
  CHECK(has(refusal(two.path(), 3), "has 2 hosts with routes to each other, of 2 (the gang needs 3)"));
  const File nowhere("<zone id=\"z\" routing=\"Full\">\n<host id=\"a\" speed=\"1Gf\"/>\n<route src=\"a\" dst=\"nobody\"/>\n</zone>\n");
  CHECK(has(refusal(nowhere.path()), "SimGrid does not load it: "));
}

// Of each published file, all hosts that are connected, up to 16: one data-parallel step, and what it took for the way from
// each host to the next against what SimGrid says in another process, of the file as it is or, where it refuses that for its
// <config> or a missing profile, of what is left of it. The table goes to standard output.
TEST_CASE("every published platform runs with SimGrid's own hops and bandwidths, or says why not") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  const fs::path root = fs::path(reference) / "data/simgrid_platforms";
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".xml") files.insert(entry.path());
  CHECK(files.size() == 86);
  size_t ran = 0, as_it_is = 0, ways = 0, wordless = 0;
  for (const auto& path : files) {
    const std::string name = fs::relative(path, root).string();
    INFO(name);
    constexpr size_t kMost = 16;
    OnPlatform on;
    std::string why;
    try {
      on = on_platform({}, path.string(), 2);
      const auto most = engine::survey({on.file.folder, on.file.text}, kMost).taken.size();
      on = on_platform({}, path.string(), most);
    } catch (const InputError& e) {
      why = e.what();
      CHECK(why.size() > path.string().size() + 20);
      wordless += has(why, "signal") || has(why, "said nothing");
      std::cout << name << " refused: " << why.substr(why.find("error: ") + 7, why.find('\n') - why.find("error: ") - 7) << "\n";
      continue;
    }
    Gang gang;
    gang.chips = static_cast<int>(8 * on.survey.taken.size());
    gang.campaign.global_batch = gang.chips;
    const double contention = gang.contention(on);
    CHECK(gang.played_step.value() > 0);
    CHECK(std::isfinite(gang.played_step.value()));
    std::vector<std::pair<std::string, std::string>> pairs;
    for (size_t i = 0; i < on.survey.taken.size(); ++i) pairs.push_back({on.survey.taken[i], on.survey.taken[(i + 1) % on.survey.taken.size()]});
    std::vector<engine::Route> own;
    bool whole = true;
    try {
      std::ifstream in(path);
      own = engine::routes({on.file.folder, std::string(std::istreambuf_iterator<char>(in), {})}, pairs);
    } catch (const std::runtime_error&) {
      whole = false;
      own = engine::routes({on.file.folder, on.file.text}, pairs);
    }
    for (size_t i = 0; i < own.size(); ++i) {
      CHECK(own[i].hops == on.survey.ring[i].hops);
      CHECK(own[i].bandwidth == on.survey.ring[i].bandwidth);
      CHECK(own[i].latency == on.survey.ring[i].latency);
    }
    ++ran, as_it_is += whole ? 1 : 0, ways += own.size();
    std::cout << name << " " << on.survey.taken.size() << " of " << on.survey.hosts << " hosts, hops " << own[0].hops << ", " << on.fabric.placement.slowest.value() << " B/s, contention " << contention
              << ", step " << gang.played_step.value() << " s\n";
  }
  std::cout << ran << " of " << files.size() << " run; " << ways << " ways as SimGrid has them, in " << as_it_is << " of the files as they are\n";
  CHECK(ran >= 60);
  CHECK(wordless <= 1);  // SimGrid has been seen to abort before its message was out, once in hundreds
}
