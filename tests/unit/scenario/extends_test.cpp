// A study of one's own in another folder than the one that it extends: what each file names is beside that file.
#include <algorithm>
#include <filesystem>

#include "sandbox.hpp"

using namespace capmix;
using test::Sandbox;

namespace {

namespace fs = std::filesystem;

const fs::path kStudies = fs::path(CAPMIX_SOURCE_DIR) / "analysis" / "studies";

// What a scenario says of its inputs, but for where it stands.
std::string said(const Scenario& s) {
  std::string out;
  for (const auto& f : s.facts) out += f.subject + ":" + f.path + " = " + f.value + " [" + std::string(text(f.confidence)) + "] " + f.note + "\n";
  for (const auto& u : s.uncertain) out += u + "\n";
  for (const auto& m : s.study.mixes) out += m.id + " ";
  for (const auto& o : s.study.outcomes) out += o.id + " ";
  return out + std::to_string(s.claims.size());
}

std::string problems_of(const std::string& path) {
  Diagnostics out;
  scenario::check({path}, out);
  return out.text();
}

// The corpus's good study, and a folder elsewhere.
struct Elsewhere : Sandbox {
  Elsewhere() { fs::create_directories(path("mine/deep")); }
  Scenario own(const std::string& text) {
    write("mine/own.toml", text);
    return scenario::load(path("mine/own.toml"));
  }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a study elsewhere extends a shipped one by an absolute and by a relative path, and says the same") {
  Elsewhere box;
  const std::string shipped = said(scenario::load((kStudies / "bytedance-2026.toml").string()));
  CHECK(shipped.size() > 50000);
  const std::string to = (kStudies / "bytedance-2026").string();
  CHECK(said(box.own("extends = \"" + to + "\"\n")) == shipped);
  CHECK(said(box.own("extends = \"" + fs::path(to).lexically_relative(fs::path(box.path("mine"))).string() + "\"\nname = \"x\"\n")) == shipped);
  CHECK(problems_of(box.path("mine/own.toml")).empty());
  // Over two steps, each of another folder, the second of which extends the shipped one itself.
  const std::string hedge = said(scenario::load((kStudies / "hedge.toml").string()));
  box.own("extends = \"" + (kStudies / "hedge").string() + "\"\n");
  box.write("mine/deep/own.toml", "extends = \"../own\"\nname = \"y\"\n");
  CHECK(said(scenario::load(box.path("mine/deep/own.toml"))) == hedge);
}

TEST_CASE("a serving study elsewhere reads recorded series and logs beside the files that name them") {
  Elsewhere box;
  CHECK(said(box.own("extends = \"" + (kStudies / "serving").string() + "\"\n")) == said(scenario::load((kStudies / "serving.toml").string())));
}

TEST_CASE("what a study of one's own names itself is beside itself, the rest beside what it extends") {
  Elsewhere box;
  const std::string there = said(box.load());
  CHECK(said(box.own("extends = \"../study\"\n")) == there);
  // A platform of one's own, which extends the other one: its catalogue is the other one's.
  box.write("mine/site.toml", "extends = \"../platform\"\nname = \"Mine\"\n\n[[existing]]\nid = \"first\"\nsince = 2025-04-01\n");
  const Scenario s = box.own("extends = \"../study\"\nplatform = \"site.toml\"\n");
  REQUIRE(!s.existing.empty());
  CHECK(s.existing[0].since == Date::of(2025, 4, 1));
  CHECK(s.campaigns.size() == box.load().campaigns.size());
  CHECK(problems_of(box.path("mine/site.toml")).empty());
  // Likewise workloads, whose models and demand stay where they were.
  box.write("mine/small.toml", "extends = \"../workloads/training/small\"\n");
  CHECK(box.own("extends = \"../study\"\nworkloads = [\"small.toml\", \"../workloads/recommendation/small.toml\"]\n").campaigns.size() == s.campaigns.size());
  // An override is relative to the file that it changes.
  CHECK(scenario::load(box.path("mine/own.toml"), {"study:platform=site.toml"}).existing[0].since == Date::of(2025, 4, 1));
  box.write("platform-2.toml", "extends = \"platform\"\n\n[[existing]]\nid = \"first\"\nsince = 2025-05-01\n");
  CHECK(box.load({"study:platform=platform-2.toml"}).existing[0].since == Date::of(2025, 5, 1));
}

TEST_CASE("[set] and an outcome's set come along, and name files beside the study that says them") {
  Elsewhere box;
  box.write("platform-2.toml", "extends = \"platform\"\n\n[[existing]]\nid = \"first\"\nsince = 2025-05-01\n");
  box.replace("study.toml", "\n[set]\n", "\n[set]\n\"study:platform\" = \"platform-2.toml\"\n");
  box.replace("study.toml", "set = {", "set = { \"study:platform\" = \"platform.toml\",");
  const auto beta = [](const Scenario& s) { return s.chips[s.chips.find(std::string("beta"))].memory_bandwidth.value(); };
  const Scenario own = box.own("extends = \"../study\"\n");
  CHECK(beta(own) == test::Approx(2e12));  // not the chip's own 4
  CHECK(own.existing[0].since == Date::of(2025, 5, 1));
  const auto& set = own.study.outcomes.back().set;
  CHECK(scenario::load(box.path("mine/own.toml"), set).existing[0].since == box.load(set).existing[0].since);
  CHECK(box.load(set).existing[0].since != Date::of(2025, 5, 1));
  CHECK(problems_of(box.path("mine/own.toml")).empty());
  // The study's own wins, whatever part of an input the other one sets.
  const Scenario mine = box.own("extends = \"../study\"\n[set]\n\"chips/beta:memory\" = { size = \"64 GB\", bandwidth = \"3 TB/s\", source = \"me\", confidence = \"assumption\" }\n");
  CHECK(beta(mine) == test::Approx(3e12));
  CHECK(beta(box.own("extends = \"../study\"\nwithout = [\"set\"]\n")) != test::Approx(2e12));
}

TEST_CASE("a problem of a path names the file and line that say it") {
  Elsewhere box;
  box.replace("study.toml", "\"workloads/porting/cann.toml\"", "\"workloads/porting/cnan.toml\"");
  box.write("mine/own.toml", "extends = \"../study\"\n");
  std::string all = problems_of(box.path("mine/own.toml"));
  CHECK(holds(all, box.path("study.toml") + ":5:"));
  CHECK(holds(all, "cannot read " + box.path("workloads/porting/cnan.toml") + "; did you mean \"cann\"?"));
  CHECK_FALSE(holds(all, "mine/workloads"));
  box.write("mine/own.toml", "extends = \"../study\"\nplatform = \"no.toml\"\n");
  all = problems_of(box.path("mine/own.toml"));
  CHECK(holds(all, box.path("mine/own.toml") + ":2:12: error: cannot read " + box.path("mine/no.toml")));
}

TEST_CASE("a number changed two files up beside a source that stays is not what the source says") {
  Elsewhere box;
  box.write("chips/beta-2.toml", "extends = \"beta\"\n\n[memory]\nsize = \"96 GB\"\n");
  box.write("chips/beta-3.toml", "extends = \"beta-2\"\nname = \"Beta 3\"\n");
  box.replace("nodes/beta-8.toml", "chip = \"beta\"", "chip = \"beta-3\"");
  box.replace("study.toml", "\"chips/beta:memory.bandwidth\"", "\"chips/beta-3:memory.bandwidth\"");
  const std::string text = box.read("workloads/training/small.toml");
  if (holds(text, "\"beta\"")) box.replace("workloads/training/small.toml", "\"beta\"", "\"beta-3\"");
  REQUIRE(box.problems() == "");
  const Scenario s = box.load();
  CHECK(test::find_fact(s, "chips/beta-3", "memory.size")->confidence == Confidence::assumption);
  CHECK(holds(test::find_fact(s, "chips/beta-3", "memory.size")->source, "beta-2.toml:4"));
}
