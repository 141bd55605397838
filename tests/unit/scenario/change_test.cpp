// Overrides, `extends`, and what permuting a file's tables changes: nothing.
#include <algorithm>
#include <string_view>

#include "sandbox.hpp"
#include "scenario/files.hpp"

using namespace capmix;
using test::Approx;
using test::Sandbox;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// By view: for a temporary string GCC 14 warns that the reference may dangle.
const Chip& chip(const Scenario& s, std::string_view id) { return s.chips[s.chips.find(std::string(id))]; }

// The file's blocks that begin with a header of one level ("[[offer]]", not "[[site.hall]]") in reverse order;
// or the blocks of one lower header, in the first run of them.
std::string reversed(const std::string& text, const std::string& lower = "") {
  std::vector<std::string> blocks{""};
  std::string tail;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const bool top = line.rfind("[", 0) == 0 && line.find('.') == std::string::npos;
    if (!lower.empty() && top && blocks.size() > 1) tail = line + "\n" + std::string(std::istreambuf_iterator<char>(in), {});
    else if (lower.empty() ? top : line == lower) blocks.push_back(line + "\n");
    else blocks.back() += line + "\n";
  }
  std::reverse(blocks.begin() + 1, blocks.end());
  std::string out;
  for (const auto& b : blocks) out += b;
  return out + tail;
}

template <class Q>
std::string show(const Uncertain<Q>& u) {
  const auto n = [](auto q) { return std::to_string(detail::raw(q)); };
  return u.path.text() + " " + n(u.low) + " " + n(u.mode) + " " + n(u.high) + "\n";
}

// Everything whose order could depend on the order of a file's tables.
std::string dump(const Scenario& s) {
  std::string out;
  for (const auto& c : s.chips) out += c.id + " " + std::to_string(c.efficiency.index) + "\n" + show(c.price);
  for (const auto& n : s.nodes) out += n.id + " " + std::to_string(n.chip.index) + "\n";
  for (const auto& site : s.sites) {
    out += site.id + "\n" + show(site.energy_price);
    for (const auto& h : site.halls) {
      out += h.id + "\n";
      for (const auto& t : h.tasks) {
        out += t.id + " " + show(t.duration);
        for (const auto& d : t.after) out += " after " + std::to_string(d.task) + "\n";
      }
    }
  }
  for (const auto& e : s.existing) out += e.id + " " + std::to_string(e.hall) + " " + std::to_string(e.chips) + "\n";
  for (const auto& p : s.producers) out += p.id + std::to_string(p.years.front().year) + show(p.share);
  for (const auto& a : s.approvals) out += a.id + show(a.probability);
  for (const auto& o : s.offers) out += o.id + " " + std::to_string(o.producer.index) + show(o.price);
  for (const auto& m : s.llms) out += m.id + "\n";
  for (const auto& c : s.campaigns) out += c.id + " " + std::to_string(c.model.index) + "\n";
  for (const auto& p : s.ports) out += p.stack + p.family + show(p.stages.back().duration);
  for (const auto& r : s.services.begin()->demand.regions) out += r.id + "\n";
  for (const auto& f : s.facts) out += f.subject + ":" + f.path + " = " + f.value + "\n";
  for (const auto& m : s.study.mixes)
    for (const auto& usd : m.spend) out += std::to_string(usd.value()) + "\n";
  return out;
}

}  // namespace

TEST_CASE("permuting the tables of a file changes nothing") {
  Sandbox box;
  const std::string before = dump(box.load());
  CHECK(before.size() > 5000);
  for (const char* file : {"platform.toml", "buildouts/plain.toml", "chips/alpha.toml", "workloads/training/small.toml",
                           "workloads/porting/cann.toml", "workloads/demand/users.toml", "workloads/models/ranker.toml"}) {
    const std::string text = box.read(file), other = reversed(text);
    INFO(file);
    REQUIRE(other != text);
    box.write(file, other);
    CHECK(box.problems() == "");
    CHECK(dump(box.load()) == before);
    box.write(file, text);
  }
  CHECK(dump(box.load({"platform:site.north.hall.next.task.shell.duration=1 month"})) != before);  // it would show
}

TEST_CASE("permuting the halls of a site, and the years of a producer, changes nothing") {
  Sandbox box;
  const std::string before = dump(box.load()), text = box.read("platform.toml");
  for (const char* header : {"[[site.hall]]", "[[producer.year]]"}) {
    INFO(header);
    box.write("platform.toml", reversed(text, header));
    REQUIRE(box.read("platform.toml") != text);
    CHECK(box.problems() == "");
    CHECK(dump(box.load()) == before);
  }
}

TEST_CASE("the order of the workload files changes nothing") {
  Sandbox box;
  const std::string before = dump(box.load());
  box.replace("study.toml", "[\"workloads/training/small.toml\", \"workloads/recommendation/small.toml\"]",
              "[\"workloads/recommendation/small.toml\", \"workloads/training/small.toml\"]");
  CHECK(dump(box.load()) == before);
}

TEST_CASE("an override changes one input: quantities, numbers, dates, texts, inline tables") {
  const Sandbox box;
  CHECK(chip(box.load(), "beta").memory_bandwidth.value() == Approx(2e12));  // the study's [set]
  CHECK(chip(box.load(), "alpha").memory_bandwidth.value() == Approx(4e12));
  const Scenario s = box.load({"chips/beta:memory.bandwidth=3 TB/s", "chips/alpha:memory.bandwidth=\"5 TB/s\"",
                               "platform:offer.alpha.price={ low = \"USD 1k\", mode = \"USD 2k\", high = \"USD 3k\" }",
                               "platform:approval.export.quota=75000", "platform:existing.first.since=2025-03-01",
                               "study:mix.split.spend.beta=0.25", "platform:offer.beta.approvals=[\"export\"]",
                               "platform:site.north.hall.old.power=2 MW", "demand/users:region.west.utc_offset=-8",
                               "platform:producer.beta-maker.year.2026.units=80000",
                               "porting/cann:family.llm-training.stage.tuned.efficiency=0.85"});
  CHECK(chip(s, "beta").memory_bandwidth.value() == Approx(3e12));  // the command line wins
  CHECK(chip(s, "alpha").memory_bandwidth.value() == Approx(5e12));
  CHECK(s.offers[s.offers.find(std::string("alpha"))].price.high.value() == Approx(3e3));
  CHECK(s.approvals.begin()->quota->fixed());
  CHECK(s.approvals.begin()->quota->mode == 75000);
  CHECK(s.existing[0].since == Date::of(2025, 3, 1));
  CHECK(s.study.mixes[0].spend[1].value() == Approx(250e6));
  CHECK(s.offers[s.offers.find(std::string("beta"))].approvals.size() == 1);
  CHECK(s.sites.begin()->halls[2].power.value() == Approx(2e6));
  CHECK(s.services.begin()->demand.regions[1].utc_offset == -8);
  CHECK(s.producers[s.producers.find(std::string("beta-maker"))].years[0].units == 80000);
  CHECK(s.ports[0].stages[3].efficiency.mode == 0.85);
}

TEST_CASE("of two overrides of one input the later wins, and a part of a range can be changed") {
  const Scenario s = Sandbox().load({"chips/beta:power.tdp=1 W", "chips/beta:power.tdp=2 W", "platform:offer.alpha.price.mode=USD 19k"});
  CHECK(chip(s, "beta").tdp.value() == Approx(2));
  CHECK(s.offers.begin()->price.mode.value() == Approx(19e3));
  CHECK(s.offers.begin()->price.high.value() == Approx(25e3));
}

TEST_CASE("what an override sets is an assumption of whoever set it") {
  const Scenario s = Sandbox().load({"chips/alpha:memory.size=200 GB"});
  const Fact* size = test::find_fact(s, "chips/alpha", "memory.size");
  REQUIRE(size != nullptr);
  CHECK(size->value == "200 GB");
  CHECK(size->confidence == Confidence::assumption);
  CHECK(size->source == "changed: override chips/alpha:memory.size");
  CHECK(test::find_fact(s, "chips/alpha", "memory.bandwidth")->confidence == Confidence::vendor);
  CHECK(holds(test::find_fact(s, "chips/beta", "memory.bandwidth")->source, "study.toml:"));
}

TEST_CASE("bad overrides are problems with a suggestion, all at once") {
  const std::string all = Sandbox().problems({"nonsense", "chips/alpah:memory.size=1 GB", "chips/alpha:memroy.size=1 GB",
                                              "platform:offer.alpa.price=USD 3k", "chips/alpha:memory.size=1 MW", "study:mix.split.spend.alpha=1.5"});
  for (const char* part : {"\"nonsense\" is not an override", "this study reads no \"chips/alpah\"; did you mean \"chips/alpha\"?",
                           "unknown key \"memroy\"; did you mean \"memory\"?", "there is no \"alpa\"; did you mean \"alpha\"?",
                           "\"1 MW\" has the wrong dimension", "\"alpha\" is 1.5 (expected a value between 0 and 1)"}) {
    INFO(part << " in\n" << all);
    CHECK(holds(all, part));
  }
  CHECK(std::count(all.begin(), all.end(), '\n') == 6);
}

TEST_CASE("a file extends another one of its folder: own keys win, the rest is inherited") {
  Sandbox box;
  box.write("chips/gamma.toml", "extends = \"alpha\"\nname = \"Gamma\"\n\n[memory]\nbandwidth = \"6 TB/s\"\n\n[price]\nchip = \"USD 30k\"\nsource = \"its own list\"\nconfidence = \"verified\"\n");
  box.replace("nodes/alpha-8.toml", "chip = \"alpha\"", "chip = \"gamma\"");
  box.replace("workloads/training/small.toml", "any_of = [\"alpha\"]", "any_of = [\"gamma\"]");
  REQUIRE(box.problems() == "");
  const Scenario s = box.load();
  const Chip& gamma = chip(s, "gamma");
  CHECK(gamma.name == "Gamma");
  CHECK(gamma.memory_bandwidth.value() == Approx(6e12));
  CHECK(gamma.memory.value() == Approx(100e9));
  CHECK(gamma.price.path.text() == "chips/gamma:price.chip");
  CHECK_FALSE(s.chips.find(std::string("alpha")).valid());
  // A number that it changed without a source of its own is not what the inherited source says.
  CHECK(test::find_fact(s, "chips/gamma", "memory.bandwidth")->confidence == Confidence::assumption);
  CHECK(test::find_fact(s, "chips/gamma", "memory.size")->confidence == Confidence::vendor);
  CHECK(test::find_fact(s, "chips/gamma", "price.chip")->source == "its own list");
  // Both texts belong to the manifest.
  CHECK(std::count_if(s.inputs.begin(), s.inputs.end(), [](const auto& i) { return holds(i.path, "/chips/"); }) == 3);
}

TEST_CASE("an extended build-out changes one task by its id") {
  Sandbox box;
  box.write("buildouts/fast.toml", "extends = \"plain\"\nname = \"Fast\"\n\n[[task]]\nid = \"grid\"\nduration = \"4 months\"\n");
  box.replace("platform.toml", "buildout = \"plain\"", "buildout = \"fast\"");
  REQUIRE(box.problems() == "");
  const Scenario s = box.load();
  const auto& tasks = s.sites.begin()->halls[1].tasks;
  REQUIRE(tasks.size() == 5);
  CHECK(tasks[2].duration.mode.n == Approx(4 * kDaysPerMonth));
  CHECK(tasks[2].milestone == Milestone::power);
  CHECK(tasks[4].duration.high.n == Approx(12 * kDaysPerMonth));
}

TEST_CASE("what has no id in a list is changed by its place") {
  Sandbox box;
  box.replace("study.toml", "spend = {", "spend = { alpha = [{ money = \"USD 100m\" }, { money = \"USD 200m\", date = 2026-05-01 }], beta = 0.1 }\n#");
  const auto tranches = [&](const std::vector<std::string>& set) { return box.load(set).study.mixes[0].tranches; };
  const std::string id = box.load().study.mixes[0].id;
  const auto changed = tranches({"study:mix." + id + ".spend.alpha.2.money=USD 300m"});
  REQUIRE(changed.size() == 3);
  double most = 0;
  for (const auto& t : changed) most = std::max(most, t.money.value());
  CHECK(most == Approx(300e6));
  CHECK(holds(box.problems({"study:mix." + id + ".spend.alpha.3.money=USD 300m"}), "there is no \"3\""));
}

TEST_CASE("what a file leaves out of the one that it extends does not come along") {
  Sandbox box;
  const std::string mixes = "extends = \"study\"\n\n[[mix]]\nid = \"own\"\nspend = { alpha = 0.5 }\n";
  const size_t all = box.load().study.mixes.size();
  box.write("more.toml", mixes);
  CHECK(scenario::load(box.path("more.toml")).study.mixes.size() == all + 1);
  box.write("more.toml", "without = [\"mix\"]\n" + mixes);
  const auto s = scenario::load(box.path("more.toml"));
  REQUIRE(s.study.mixes.size() == 1);
  CHECK(s.study.mixes[0].id == "own");
  CHECK(s.study.outcomes.size() == box.load().study.outcomes.size());
  const auto problem = [&](const std::string& line) {
    box.write("more.toml", line + "\n" + mixes);
    Diagnostics out;
    scenario::check({box.path("more.toml")}, out);
    return out.text();
  };
  CHECK(holds(problem("without = [\"mxi\"]"), "more.toml:1:12: error: the extended file has no \"mxi\"; did you mean \"mix\"?"));
  CHECK(holds(problem("without = \"mix\""), "more.toml:1:11: error: \"without\" must be a list of keys of the extended file"));
}

TEST_CASE("paths stay as the user gave them, tidied") {
  CHECK(scenario::beside("analysis/studies/x.toml", "../../platforms/y.toml") == "platforms/y.toml");
  CHECK(scenario::beside("x.toml", "platforms/y.toml") == "platforms/y.toml");
  CHECK(scenario::beside("/a/b/x.toml", "../y.toml") == "/a/y.toml");
  CHECK(scenario::beside("a/x.toml", "/y.toml") == "/y.toml");
}

TEST_CASE("a suggestion also knows a word that was continued or cut short") {
  CHECK(did_you_mean("start_dat", {"end", "start"}) == "; did you mean \"start\"?");
  CHECK(did_you_mean("conf", {"confidence"}) == "; did you mean \"confidence\"?");
  CHECK(did_you_mean("zzz", {"confidence"}) == "");
}

TEST_CASE("prices in CNY need the study's rate, and a file on its own is checked without one") {
  Sandbox box;
  box.replace("chips/beta.toml", "\"USD 10k\"", "\"CNY 71k\"");
  CHECK(chip(box.load(), "beta").price.mode.value() == Approx(10e3));
  Diagnostics alone;
  scenario::check({box.path("chips/beta.toml")}, alone);
  CHECK(alone.text() == "");
  box.replace("study.toml", "cny_per_usd = 7.1\n", "");
  CHECK(holds(box.problems(), "chips/beta.toml:35:8: error: \"CNY 71k\" needs a stated exchange rate"));
}

TEST_CASE("a family of work without a port, and two files about one stack, are problems") {
  Sandbox box;
  box.replace("workloads/recommendation/small.toml", "model = \"ranker\"", "model = \"ranker\"\nfamily = \"rec-servin\"");
  CHECK(holds(box.problems(), "family \"rec-servin\" is not ported to the stack \"cann\" of chip \"beta\""));
  Sandbox two;
  two.replace("study.toml", "\"workloads/porting/cann.toml\"]", "\"workloads/porting/cann.toml\", \"workloads/porting/again.toml\"]");
  two.write("workloads/porting/again.toml", "stack = \"cuda\"\nnative = true\n");
  CHECK(holds(two.problems(), "again.toml:1:9: error: another porting file is about the stack \"cuda\""));
}

TEST_CASE("campaigns and services share one space of ids") {
  Sandbox box;
  box.replace("workloads/recommendation/small.toml", "id = \"feed\"", "id = \"both\"");
  CHECK(holds(box.problems(), "small.toml:2:6: error: another campaign, service or log has the id \"both\""));
}
