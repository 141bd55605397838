// Traces that schedulers are tried on, the log in our own format, and what a log comes to.
#include <algorithm>

#include "import/job_totals.hpp"
#include "import/jobs.hpp"
#include "jobs_files.hpp"

using namespace capmix;
using import::Job;
using import::JobEnd;
using test::check_round_trip, test::job_name, test::read_log;

namespace {

std::string gavel(const std::string& type, const std::string& steps, const std::string& at, const std::string& gang) { return type + "\tcd %s && python3 main.py \t--num_steps\t1\t" + steps + "\t" + at + "\t" + gang + "\n"; }

}  // namespace

// 7,200 steps at 2 steps/s are 3,600 s, on 4 GPUs 4 chip-hours. A gang of 7 has no throughput, and a throughput of 0 is none.
TEST_CASE("gavel: run time is steps over throughput, where it is known") {
  const std::string text = gavel("ResNet-18 (batch size 32)", "7200", "100.0", "4") + gavel("A3C", "500", "130.000000", "7") + gavel("LM (batch size 5)", "500", "140.0", "1");
  const auto bare = read_log(text, "gavel");
  CHECK(bare.chip_hours() == 0);
  CHECK(std::none_of(bare.jobs.begin(), bare.jobs.end(), [](const Job& j) { return j.run.has_value(); }));
  check_round_trip(bare);
  const test::JobFile table("{\"v100\": {\"('ResNet-18 (batch size 32)', 4)\": {\"null\": 2.0, \"('LM (batch size 5)', 4)\": [1.0, 1.0]}, \"('LM (batch size 5)', 1)\": {\"null\": 0.0}}, \"k80\": {}}", "with");
  import::JobQuestion question;
  question.with = table.path();
  const auto log = read_log(text, "gavel", question);
  const Job& j = log.jobs[0];
  CHECK(j.run == 3600.0);
  CHECK(j.steps == 7200.0);
  CHECK(j.batch == 32.0);
  CHECK(job_name(log.works, j.work) == "ResNet-18");
  CHECK(job_name(log.chips, j.chip) == "v100");
  CHECK(log.jobs[1].submit == 30);
  CHECK(!log.jobs[1].run);
  CHECK(!log.jobs[1].batch);
  CHECK(!log.jobs[2].run);
  CHECK(log.chip_hours() == 4);
  CHECK(import::totals_of(log).sized == 1);
  CHECK(log.report.notes[0] == "2 jobs have a model and a gang whose throughput is not known: their run time is not either");
  check_round_trip(log);
  const auto complaint = [&](const std::string& chip) {
    question.chip = chip;
    const test::JobFile file(text);
    Diagnostics problems;
    CHECK(!import::read_jobs(file.path(), question, problems));
    return problems.text();
  };
  CHECK(complaint("h100").find("has no GPU \"h100\" (expected one of k80, v100)") != std::string::npos);
  CHECK(complaint("k80").find("has no throughputs of k80 alone") != std::string::npos);
  question.with += ".none";
  CHECK(complaint("").find("cannot be read") != std::string::npos);
}

// 5,853,661 iterations of 490 ms are 2,868,293.89 s; the file says 2,868,294,000 ms.
TEST_CASE("muri: milliseconds") {
  const auto log = read_log("job_id,num_gpu,submit_time,iterations,model_name,batch_size,duration,interval,iteration_time,resource_time_0,resource_time_1,resource_time_2,priority\n"
                            "0,1,1000,5853661,dqn,128,2868294000,46122000,490,446,8,0,1\n1,8,201695000,8787693,vgg16,16,4472936000,201694000,509,435,8,0.5,0\n", "muri");
  CHECK(log.jobs[0].run == 2868294.0);
  CHECK(log.jobs[0].priority == 1.0);
  CHECK(log.jobs[1].submit == 201694);
  CHECK(log.jobs[1].batch == 16.0);
  CHECK(job_name(log.works, log.jobs[1].work) == "vgg16");
  CHECK(log.chip_hours() == test::Approx((2868294 + 8 * 4472936.0) / 3600));
  check_round_trip(log);
}

TEST_CASE("elasticflow: deadlines are counted from the first submit") {
  const auto log = read_log("job_id,submit_time,real_iteration,model_name,ddl,batch_size,num_gpu,real_duration,duration,iteration\n0,100,10,vgg16,200,256,1,90,90,10\n1,150,26,bert,400,64,4,180,180,26\n", "elasticflow");
  CHECK(log.jobs[0].deadline == 100.0);
  CHECK(log.jobs[1].deadline == 300.0);
  CHECK(log.jobs[1].steps == 26.0);
  CHECK(log.chip_hours() == test::Approx((90 + 4 * 180) / 3600.0));
  check_round_trip(log);
}

// By hand, out of order and with few columns: second 0 is 2026-01-01 00:00 at UTC+8, the first submit 60 s later.
TEST_CASE("capmix: a log by hand") {
  const auto log = read_log("chips,submit_s,run_s,start_s,end_s,state,tenant,epoch,priority\n16,100,50,110,160,failed,\"a, b\"\"c\",2026-01-01 00:00:00.25+08:00,-3\n0.5,60,10,60,70,,,2026-01-01 00:00:00.25+08:00,\n", "capmix");
  CHECK(log.zone == 8 * 3600.0);
  CHECK(log.epoch == 1767225600.25 + 60);
  REQUIRE(log.jobs.size() == 2);
  CHECK(log.jobs[0].chips == 0.5);
  CHECK(log.jobs[1].start == 50.0);
  CHECK(log.jobs[1].state == JobEnd::failed);
  CHECK(log.jobs[1].priority == -3.0);
  CHECK(job_name(log.tenants, log.jobs[1].tenant) == "a, b\"c");
  CHECK(log.chip_hours() == test::Approx((16 * 50 + 5) / 3600.0));
  check_round_trip(log);
}

// Attempts of 10 s and 20 s on 2 chips run for 30 s; tasks from 0 to 10 on 1 and from 5 to 20 on 3 for 20 s: 60 and 55 chip-seconds.
// If both began at second 0: 2 + 1 chips, 2 + 1 + 3 from 5 to 10, 2 + 3 to 20, 2 to 30.
TEST_CASE("capmix: attempts and tasks say the run time where it is not told") {
  const auto log = read_log("id,submit_s,chips,attempts,tasks\na,0,2,0:10:2 100:120:2,\nb,0,4,,7:17:1 12:27:3\nc,0,4,0:10:2,0:10:2\n", "capmix");
  REQUIRE(log.jobs.size() == 2);
  CHECK(log.jobs[0].run == 30.0);
  CHECK(log.jobs[1].run == 20.0);
  CHECK(log.jobs[0].chip_seconds() == 60);
  CHECK(log.jobs[1].chip_seconds() == 55);
  CHECK(log.report.refused.at(0).why == "has attempts and tasks (expected one of them)");
  const auto t = import::totals_of(log);
  CHECK(!t.load);
  REQUIRE(t.at_once);
  CHECK(t.at_once->peak == 6);
  CHECK(t.at_once->peak_at == 5);
  CHECK(t.at_once->mean == test::Approx(115 / 30.0));
  check_round_trip(log);
}

// Four jobs: 4 chips over [0, 100), 8 over [50, 150), 1 over [150, 200), and half a one over [10, 30), waits 0, 40, 0, 0. In use:
// 4 to 10, 4.5 to 30, 4 to 50, 12 to 100, 8 to 150, 1 to 200: 400 + 800 + 50 + 10 chip-seconds over 200 s are 6.3 on average,
// 12 at most, from 50 on; at 150 the 8 go before the 1 comes. If each began when it was submitted, the 8 would be there over
// [10, 110): 4 + 8 + 0.5 = 12.5 from 10 on, over 200 s the same mean.
TEST_CASE("chips in use over time, by state, width and tenant") {
  const auto log = read_log("submit_s,start_s,end_s,run_s,chips,state,tenant\n0,0,100,100,4,completed,a\n10,50,150,100,8,failed,b\n150,150,200,50,1,completed,a\n10,10,30,20,0.5,cancelled,\n", "capmix");
  const auto t = import::totals_of(log);
  REQUIRE(t.load);
  CHECK(t.load->jobs == 4);
  CHECK(t.load->mean == test::Approx(6.3));
  CHECK(t.load->peak == 12);
  CHECK(t.load->peak_at == 50);
  REQUIRE(t.at_once);
  CHECK(t.at_once->peak == 12.5);
  CHECK(t.at_once->peak_at == 10);
  CHECK(t.at_once->mean == test::Approx(6.3));
  CHECK(t.span == 150);
  CHECK(t.chip_hours == test::Approx(1260 / 3600.0));
  CHECK(t.waits == std::vector<double>{0, 0, 0, 40});
  CHECK(t.runs == std::vector<double>{20, 50, 100, 100});
  CHECK(t.states[0].jobs == 2);
  CHECK(t.states[0].chip_hours == test::Approx(450 / 3600.0));
  CHECK(t.states[2].jobs == 1);
  CHECK(t.states[3].jobs == 0);
  REQUIRE(t.widths.size() == 4);
  CHECK(t.widths[0].name == "below 1");
  CHECK(t.widths[1].name == "1");
  CHECK(t.widths[2].name == "2-7");
  CHECK(t.widths[3].name == "8");
  CHECK(t.widths[3].chip_hours == test::Approx(800 / 3600.0));
  REQUIRE(t.tenants.size() == 2);
  CHECK(t.tenants[0].name == "b");
  CHECK(t.tenants[1].jobs == 2);
}

TEST_CASE("gangs are counted by width") {
  std::string text = "submit_s,run_s,chips\n";
  for (const char* chips : {"0.25", "1", "2", "7", "8", "9", "63", "64", "511", "512", "10000"}) text += std::string("0,36,") + chips + "\n";
  const auto widths = import::totals_of(read_log(text, "capmix")).widths;
  std::vector<std::pair<std::string, size_t>> found;
  for (const auto& w : widths) found.emplace_back(w.name, w.jobs);
  CHECK(found == std::vector<std::pair<std::string, size_t>>{{"below 1", 1}, {"1", 1}, {"2-7", 2}, {"8", 1}, {"9-63", 2}, {"64-511", 2}, {"512+", 2}});
}

// Two rows without a size, one with 2 chip-hours; the commonest reason first.
TEST_CASE("what was left out is counted by reason, with its first lines") {
  const auto log = read_log("id,submit_s,run_s,chips\na,0,3600,1\nb,0,x,1\nc,0,y,1\na,0,3600,2\nd,0,z,1\n", "capmix");
  const auto reasons = import::reasons_of(log.report.refused, 2);
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0].reason == "not a number");
  CHECK(reasons[0].rows == 3);
  CHECK(reasons[0].sized == 0);
  REQUIRE(reasons[0].first.size() == 2);
  CHECK(reasons[0].first[1]->line == 4);
  CHECK(reasons[1].sized == 1);
  CHECK(reasons[1].chip_hours == 2);
  CHECK(log.report.chip_hours == 3);
}
