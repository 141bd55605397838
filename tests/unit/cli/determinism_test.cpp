// Equal seed, equal facts: every shipped study and every published log, whatever the workers.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/hash.hpp"
#include "fleet/job_policy.hpp"
#include "fleet/schedule.hpp"
#include "house.hpp"
#include "results/dump.hpp"
#include "scenario/job_specs.hpp"
#include "unit/import/jobs_files.hpp"

using namespace capmix;

namespace {

std::string hash_of(const study::Worlds& worlds, int jobs) {
  const auto& study = worlds.study();
  study::RunOptions options;
  options.jobs = jobs, options.draws = 1;
  for (size_t i = 0; i < std::min<size_t>(2, study.mixes.size()); ++i) options.mixes.push_back(study.mixes[i].id);
  for (size_t i = 0; i < std::min<size_t>(2, study.outcomes.size()); ++i) options.outcomes.push_back(study.outcomes[i].id);
  options.cache_dir = test::profile_cache();
  options.db = test::scratch().file("determinism.db");
  options.progress = [](const std::string&, int, int) {};
  REQUIRE(study::run(worlds, options, {}).failures.empty());
  const std::string out = results::hash(options.db);
  std::filesystem::remove(options.db);
  return out;
}

std::vector<std::string> shipped_studies() {
  std::vector<std::string> out{"toy/toy.toml"};
  for (const auto& f : std::filesystem::directory_iterator(test::study_file("")))
    if (f.path().extension() == ".toml") out.push_back(f.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

// Of every start, end and chip-second, bit by bit.
uint64_t hash_of(const Schedule& s) {
  uint64_t h = 0;
  for (const auto& j : s.jobs)
    for (const double x : {j.start, j.end, j.held}) h = avalanche(h + std::bit_cast<uint64_t>(x));
  return h;
}

uint64_t scheduled(const import::JobLog& log, const char* policy, int nodes, int chips) {
  fleet::Scheduler scheduler({{"all", 4, (nodes + 3) / 4, chips, 1}}, scenario::specs_of(log, {}).jobs, fleet::find_job_policy(policy)->make());
  fleet::run_alone(scheduler);
  return hash_of(scheduler.take());
}

}  // namespace

TEST_CASE("every shipped study: the same facts twice, with one worker or two") {
  const auto studies = shipped_studies();
  REQUIRE(studies.size() >= 8);
  for (const auto& study : studies) {
    INFO(study);
    const auto worlds = study::load(test::study_file(study));
    CHECK(hash_of(worlds, 1) == hash_of(worlds, 2));
  }
}

TEST_CASE("failures as events: the same facts twice, another seed others") {
  const auto with = [](const std::string& seed) { return study::load(test::study_file("bytedance-2026.toml"), {"study:failures=events", "study:seed=" + seed}); };
  const auto one = with("1");
  const std::string hash = hash_of(one, 1);
  CHECK(hash_of(one, 2) == hash);
  CHECK(hash_of(with("2"), 2) != hash);
}

TEST_CASE("rates that are drawn: the same facts with one worker or two, others than as predicted") {
  const auto with = [](const std::string& rates) { return study::load(test::study_file("bytedance-2026.toml"), {"study:rates=" + rates}); };
  const std::string drawn = hash_of(with("drawn"), 1);
  CHECK(hash_of(with("drawn"), 2) == drawn);
  CHECK(hash_of(with("predicted"), 2) != drawn);
  CHECK(hash_of(with("predicted"), 2) == hash_of(study::load(test::study_file("bytedance-2026.toml")), 2));
}

// Two of these are quick on short logs alone.
TEST_CASE("every published log: the same schedule twice under every policy") {
  const std::string data = test::published_data();
  if (data.empty()) return;
  const struct { const char* file; int nodes, chips; bool is_short = false; } logs[] = {{"philly_jobs/philly_until_2017-10-31.csv.gz", 300, 8}, {"alibaba_openb_2023/openb_pod_list_default.csv", 1200, 8},
    {"elasticflow_deadlines/philly_103959.csv", 16, 8, true}, {"swf/alea_hpc2n_subset.swf", 120, 2}};
  for (const auto& l : logs) {
    const auto log = test::read_file(data + l.file);
    for (const char* policy : {"fifo", "easy", "priority-preempt", "fair-share", "srsf", "elastic", "conservative", "max-min"}) {
      const std::string name = policy;
      if (!l.is_short && (name == "conservative" || name == "max-min")) continue;
      INFO(l.file << " " << policy);
      const uint64_t first = scheduled(log, policy, l.nodes, l.chips);
      CHECK(first != 0);
      CHECK(scheduled(log, policy, l.nodes, l.chips) == first);
    }
  }
}
