// The published logs of jobs, where they are at hand (CAPMIX_REFERENCE): totals as their READMEs have them, and the way through
// our own format and back.
#include <algorithm>
#include <map>

#include "base/statistics.hpp"
#include "import/job_totals.hpp"
#include "import/jobs.hpp"
#include "jobs_files.hpp"

using namespace capmix;
using test::published_data;

namespace {

std::map<double, size_t> gangs(const import::JobLog& log) {
  std::map<double, size_t> out;
  for (const auto& j : log.jobs) ++out[j.chips];
  return out;
}

using Gangs = std::map<double, size_t>;

}  // namespace

TEST_CASE("the published Philly log: 52,849 jobs, 642,409 GPU-hours") {
  if (published_data().empty()) return;
  const auto log = test::read_file(published_data() + "philly_jobs/philly_until_2017-10-31.csv.gz");
  CHECK(log.format == "philly");
  CHECK(log.jobs.size() == 52849);
  CHECK(log.report.refused.empty());
  CHECK(log.report.doubled == 37);
  CHECK(log.chip_hours() == test::Approx(642409).margin(0.5));
  CHECK(log.epoch == 1504521041.0);  // 2017-09-04 10:30:41
  CHECK(gangs(log) == Gangs{{1, 50188}, {2, 904}, {4, 945}, {8, 713}, {12, 7}, {16, 65}, {24, 4}, {32, 23}});
  const auto t = import::totals_of(log);
  CHECK(t.tenants.size() == 12);
  CHECK(quantile(t.runs, 0.5) == 1486);
  CHECK(mean(t.runs) == test::Approx(13669).margin(0.5));
  CHECK(t.runs.back() == test::Approx(4628230).margin(5));  // rounded in the README; the file has 4,628,226
  CHECK(t.chip_hours * 3600 / t.span == test::Approx(465).margin(0.5));
  test::check_round_trip(log);
}

// 8,152 pods, of which 1,088 ask for no GPU and 861 of the 897 that were Pending ask for one.
TEST_CASE("the published pods of openb") {
  if (published_data().empty()) return;
  const auto log = test::read_file(published_data() + "alibaba_openb_2023/openb_pod_list_default.csv");
  CHECK(log.format == "openb");
  CHECK(log.report.rows == 8152);
  CHECK(log.report.refused.empty());
  std::map<std::string, size_t> aside;
  for (const auto& r : log.report.aside) ++aside[r.reason];
  CHECK(aside == std::map<std::string, size_t>{{"asks for no chip", 1088}, {"never ran", 861}});
  size_t shares = 0;
  for (const auto& j : log.jobs) shares += j.chips < 1 ? 1 : 0;
  CHECK(shares <= 3078);  // pods that share a GPU, those that never ran among them
  const auto t = import::totals_of(log);
  CHECK(t.waits.back() == 14330);
  CHECK(t.runs.back() == test::Approx(12537496));
  test::check_round_trip(log);
}

TEST_CASE("the published traces of Gavel") {
  if (published_data().empty()) return;
  const auto small = test::read_file(published_data() + "gavel_msr/msr_seed0_103959.trace.tsv"), large = test::read_file(published_data() + "gavel_msr/msr_seed0_ee9e8c.trace.tsv");
  CHECK(gangs(small) == Gangs{{1, 500}, {2, 40}, {4, 446}});
  CHECK(gangs(large) == Gangs{{1, 975}, {2, 47}, {4, 321}, {7, 2}, {8, 543}, {16, 106}, {20, 1}, {32, 5}});
  size_t recommenders = 0;
  for (const auto* log : {&small, &large})
    for (const auto& j : log->jobs) recommenders += test::job_name(log->works, j.work) == "Recommendation" ? 1 : 0;
  CHECK(recommenders == 388 + 182);
  // 1,627 of the 2,000 have a model and a gang that were measured; by hand (steps over throughput) they are 112,109.2 GPU-hours on V100.
  import::JobQuestion question;
  question.with = published_data() + "gavel_msr/simulation_throughputs.json.gz";
  const auto timed = test::read_file(published_data() + "gavel_msr/msr_seed0_ee9e8c.trace.tsv", question);
  CHECK(import::totals_of(timed).sized == 1627);
  CHECK(timed.chip_hours() == test::Approx(112109.2).margin(0.1));
  test::check_round_trip(timed);
}

TEST_CASE("the published traces of Muri and ElasticFlow") {
  if (published_data().empty()) return;
  const auto one = test::read_file(published_data() + "muri_philly/trace1.csv"), three = test::read_file(published_data() + "muri_philly/trace3.csv");
  CHECK(gangs(one) == Gangs{{1, 536}, {2, 5}, {4, 423}, {8, 465}, {16, 40}, {32, 25}});
  CHECK(three.jobs.size() == 992);
  CHECK(gangs(three)[8] == 691);
  CHECK(one.report.refused.empty());
  CHECK(one.jobs.back().submit / 86400 == test::Approx(125).margin(0.5));
  CHECK(quantile(import::totals_of(one).runs, 0.5) == test::Approx(1.4e4).epsilon(0.05));
  test::check_round_trip(one);
  const auto flow = test::read_file(published_data() + "elasticflow_deadlines/philly_103959.csv");
  CHECK(gangs(flow) == Gangs{{1, 513}, {2, 33}, {4, 330}});
  const auto t = import::totals_of(flow);
  CHECK(t.runs.front() == 602);
  CHECK(quantile(t.runs, 0.5) == test::Approx(24050).margin(1));
  CHECK(t.span / 86400 == test::Approx(91.6).margin(0.05));
  CHECK(std::all_of(flow.jobs.begin(), flow.jobs.end(), [](const auto& j) { return j.deadline.has_value(); }));
  test::check_round_trip(flow);
}

TEST_CASE("published logs in the Standard Workload Format") {
  if (published_data().empty()) return;
  const auto nasa = test::read_file(published_data() + "swf/NASA-iPSC-1993-3.1-cln.swf.gz");
  CHECK(nasa.report.rows == 18239);
  CHECK(nasa.report.refused.size() == 173);  // those that ran for 0 s
  CHECK(nasa.fleet == 128.0);
  CHECK(import::totals_of(nasa).waits.empty());
  test::check_round_trip(nasa);
  const auto hpc2n = test::read_file(published_data() + "swf/alea_hpc2n_subset.swf");
  CHECK(hpc2n.report.rows == 3170);
  CHECK(hpc2n.report.aside.size() == 25);  // without a run time
  const auto t = import::totals_of(hpc2n);
  REQUIRE(t.load);
  CHECK(t.load->peak <= 240);  // processors of the machine
  test::check_round_trip(hpc2n);
  const auto lublin = test::read_file(published_data() + "swf/lublin_256.swf.gz");
  CHECK(lublin.jobs.size() == 10000);
  CHECK(!lublin.epoch);
  test::check_round_trip(lublin);
}

TEST_CASE("published tables that hold no jobs are told as what they are") {
  if (published_data().empty()) return;
  const std::pair<const char*, const char*> all[] = {{"helios_earth/Earth_gpu_number.csv", "chips of a Helios cluster by day"},
                                                     {"helios_earth/Earth_vc6YE_cluster_sequence.csv.gz", "counts of a Helios cluster by minute"},
                                                     {"helios_earth/helios_cluster_summary.csv", "a summary of clusters"},
                                                     {"acme_summary/cluster_summary.csv", "a summary of clusters"},
                                                     {"alibaba_openb_2023/openb_node_list_gpu_node.csv", "a list of openb's nodes"}};
  for (const auto& [file, looks] : all) {
    Diagnostics problems;
    CHECK(!import::read_jobs(published_data() + file, {}, problems));
    INFO(problems.text());
    CHECK(problems.text().find(std::string("this looks like ") + looks) != std::string::npos);
  }
}
