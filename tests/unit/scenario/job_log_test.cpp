// A log of jobs in a study: what its jobs train. tests/errors has more of what a broken one is told.
#include <algorithm>

#include "sandbox.hpp"

using namespace capmix;

namespace {

// Two jobs of a known model, the second with half the batch of the default and without a run time; one of a campaign; one of a recommender, which has
// no step that counts; one of an unknown name; one without a name and a run time.
const std::string kRows =
    "submit_s,chips,work,steps,batch,run_s,asked_s\n0,16,llm,100,,500,900\n1,8,llm,100,512,,\n2,64,llm-a,10,,,\n3,8,ranker,10,,60,\n4,8,resnet50,10,,60,\n5,8,,10,,,\n";

// The good study with a log of its own file.
struct Box : test::Sandbox {
  explicit Box(const std::string& keys, const std::string& rows = kRows) {
    write("workloads/training/log.csv", rows);
    write("workloads/training/log.toml", "[[log]]\nid = \"trace\"\nfile = \"log.csv\"\npolicy = \"easy\"\nchip = \"alpha\"\nchips = 64\n" + keys + "source = \"me\"\nconfidence = \"assumption\"\n");
    replace("study.toml", "\"workloads/recommendation/small.toml\"]", "\"workloads/recommendation/small.toml\", \"workloads/training/log.toml\"]");
  }
};

const JobLogWork& trace(const Scenario& s) { return s.logs[s.logs.find("trace")]; }

}  // namespace

TEST_CASE("jobs of a log run for their steps where their model is known, and by duration where it is not") {
  const Box box("map = \"steps\"\nratio = 2\n");
  const Scenario s = box.load();
  const JobLogWork& log = trace(s);
  REQUIRE(log.works.size() == 2);
  CHECK(log.works[0].id == "llm");
  CHECK(log.works[0].global_batch == 1024);
  CHECK(log.works[0].seq == 4096);
  CHECK(log.works[0].plans.front().searched);
  CHECK(log.works[1].id == "llm-a");
  CHECK(log.works[1].plans.size() == 2);
  CHECK(log.work_name(1) == "trace/llm-a");
  REQUIRE(log.jobs.size() == 5);       // the last has nothing to go by
  CHECK(log.jobs[0].work == 0);
  CHECK(log.jobs[0].steps == 100);
  CHECK(log.jobs[0].run == 250);       // without a rate: what the log says, at its ratio
  CHECK(log.jobs[0].estimate == 450);
  CHECK(log.jobs[1].steps == 50);      // 512 of 1,024 sequences
  CHECK(log.jobs[1].run == 0);
  CHECK(log.jobs[2].work == 1);
  for (const size_t j : {3, 4}) {
    CHECK(log.jobs[j].work == -1);
    CHECK(log.jobs[j].steps == 0);
    CHECK(log.jobs[j].run == 30);
  }
  Diagnostics problems;
  const auto told = scenario::check({box.path("study.toml")}, problems);
  REQUIRE(told.size() == 1);
  const auto& notes = told[0].notes;
  INFO(notes.front());
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& n) { return n.find("3 jobs run for their steps; 3 for as long as the log says: no name (1), ranker (1), resnet50 (1)") != std::string::npos; }));
}

TEST_CASE("a log's model is that of all its gangs: a model with its batch and length, or a campaign") {
  const Scenario s = Box("model = \"llm\"\nbatch = 256\nseq = 2048\n").load();
  REQUIRE(trace(s).works.size() == 1);
  CHECK(trace(s).works[0].global_batch == 256);
  CHECK(trace(s).works[0].seq == 2048);
  REQUIRE(trace(s).jobs.size() == 3);  // those with a run time
  for (const auto& j : trace(s).jobs) {
    CHECK(j.work == 0);
    CHECK(j.steps == 0);
  }
  const Scenario by_campaign = Box("model = \"llm-a\"\n").load();
  CHECK(trace(by_campaign).works[0].global_batch == 1024);
  CHECK(trace(by_campaign).works[0].plans.size() == 2);
  CHECK(by_campaign.campaigns.size() == 2);  // it is no campaign of its own
}

TEST_CASE("a log's model that is none is told what there is") {
  CHECK(Box("model = \"ranker\"\n").problems().find("\"ranker\" is a recommender (expected a campaign of this file or a language model)") != std::string::npos);
  CHECK(Box("model = \"llm-b\"\n").problems().find("there is no campaign or model \"llm-b\"; did you mean \"llm-a\"?") != std::string::npos);
  CHECK(Box("spine = 0.9\nmodel = \"llm\"\n").problems().find("\"spine\" and \"model\" both say") != std::string::npos);
}
