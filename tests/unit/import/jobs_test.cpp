// Logs of jobs of real clusters: a few rows by hand in each format.
#include "import/jobs.hpp"

#include <algorithm>
#include <set>

#include "import/job_totals.hpp"
#include "jobs_files.hpp"

using namespace capmix;
using import::Job;
using import::JobEnd;
using import::JobLog;
using import::Span;
using test::check_round_trip, test::job_name, test::read_log;

namespace {

// What is told of a log that is not used, without its file.
std::string told(const std::string& text, const import::JobQuestion& question) {
  const test::JobFile file(text);
  Diagnostics problems;
  CHECK(!import::read_jobs(file.path(), question, problems));
  std::string out = problems.text();
  for (size_t at; (at = out.find(file.path() + ":")) != std::string::npos;) out.erase(at, file.path().size() + 1);
  return out;
}

std::string reasons(const std::vector<import::LeftOut>& rows) {
  std::string out;
  for (const auto& r : rows) out += std::to_string(r.line) + ": " + r.why + "\n";
  return out;
}

}  // namespace

// Job 1: 8 processors for 3,600 s, 8 chip-hours. Job 2 holds 4, of 16 asked for, for 1,800 s: 2 chip-hours, failed. Job 3 has no
// wait. The log's time 100 is second 0: 2002-07-28 07:04:05 UTC (1027839845 s) and 100 s. All together 8 + 2 + 0.5 chip-hours.
TEST_CASE("swf: 18 numbers a job, -1 where nothing is known") {
  const auto log = read_log("; Version: 2.2\n; UnixStartTime: 1027839845\n; MaxProcs: 240\n;\n"
                            "  1 100  60 3600  8 3590.5 -1  8 7200 -1 1 7 2 5 3 -1 -1 -1\n"
                            "  2 150   5 1800  4     -1 -1 16   -1 -1 0 8 2 -1 3 -1 -1 -1\n"
                            "  3 160  -1 1800 -1     -1 -1  1   -1 -1 5 -1 -1 -1 -1 -1 -1 -1\n", "swf");
  CHECK(log.fleet == 240.0);
  CHECK(log.epoch == 1027839945.0);
  CHECK(log.zone == 0.0);
  REQUIRE(log.jobs.size() == 3);
  const Job& j = log.jobs[0];
  CHECK(j.line == 5);
  CHECK(j.id == "1");
  CHECK(j.start == 60.0);
  CHECK(j.end == 3660.0);
  CHECK(j.wait() == 60.0);
  CHECK(j.asked == 7200.0);
  CHECK(job_name(log.users, j.user) == "7");
  CHECK(job_name(log.tenants, j.tenant) == "2");
  CHECK(job_name(log.works, j.work) == "5");
  CHECK(job_name(log.qos, j.qos) == "3");
  CHECK(j.state == JobEnd::completed);
  CHECK(log.jobs[1].submit == 50);
  CHECK(log.jobs[1].chips == 4);
  CHECK(log.jobs[1].state == JobEnd::failed);
  CHECK(!log.jobs[1].asked);
  CHECK(!log.jobs[2].start);
  CHECK(log.jobs[2].chips == 1);
  CHECK(log.jobs[2].state == JobEnd::cancelled);
  CHECK(log.jobs[2].user == -1);
  CHECK(log.chip_hours() == test::Approx(10.5));
  check_round_trip(log);
}

// The job ran 60 s in two parts: from 5 s after its submit for 40 s, and 7 s later for 20 s, so it ended 72 s after it. Of the
// second job the parts are 30 s where it says 60: the parts are left out.
TEST_CASE("swf: lines of parts are the attempts of the job above them") {
  const auto part = [](int id, int wait, int run, int status) { return std::to_string(id) + " -1 " + std::to_string(wait) + " " + std::to_string(run) + " 4 -1 -1 4 -1 -1 " + std::to_string(status) + " 1 1 -1 1 -1 -1 -1\n"; };
  const auto log = read_log("1 0 5 60 4 -1 -1 4 -1 -1 1 1 1 -1 1 -1 -1 -1\n" + part(1, 5, 40, 2) + part(1, 7, 20, 3) + "2 0 5 60 4 -1 -1 4 -1 -1 1 1 1 -1 1 -1 -1 -1\n" + part(2, 5, 30, 4), "swf");
  REQUIRE(log.jobs.size() == 2);
  CHECK(log.jobs[0].attempts == std::vector<Span>{{5, 45, 4}, {52, 72, 4}});
  CHECK(log.jobs[0].end == 72.0);
  CHECK(log.jobs[0].chip_seconds() == 240);
  CHECK(log.jobs[1].attempts.empty());
  CHECK(log.report.aside.size() == 3);
  CHECK(log.report.notes.size() == 1);
  check_round_trip(log);
}

TEST_CASE("swf: submit times that are counted from 1970 are the epoch, and a wide job is refused as it is asked for") {
  const std::string text = "1 1000000000 5 60 4 -1 -1 4 -1 -1 1 1 1 -1 1 -1 -1 -1\n2 1000000030 5 60 8 -1 -1 8 -1 -1 1 1 1 -1 1 -1 -1 -1\n";
  const auto log = read_log(text, "swf");
  CHECK(log.epoch == 1e9);
  CHECK(log.jobs[1].submit == 30);
  import::JobQuestion question;
  question.fleet = 4;
  const auto narrow = read_log(text, "swf", question);
  CHECK(narrow.jobs.size() == 1);
  CHECK(reasons(narrow.report.refused) == "2: asks for 8 chips (the fleet has 4, says --fleet)\n");
  CHECK(import::hours_of(narrow.report.refused) == test::Approx(8 * 60 / 3600.0));
}

// 60 s on 1 and 3,600 s on 8, in the wrong order: 1/60 + 8 chip-hours. The two equal rows have nothing that tells them apart.
TEST_CASE("philly: times are dates, rows are in any order, equal rows are used and told") {
  const auto log = read_log("timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,60.0,1,60.0,aa\n2017-10-09 06:01:55,3600.0,8,28800.0,bb\n2017-10-09 07:01:55,60.0,1,60.0,aa\n", "philly");
  CHECK(log.epoch == 1507528915.0);
  CHECK(!log.zone);
  REQUIRE(log.jobs.size() == 3);
  CHECK(log.jobs[0].line == 3);
  CHECK(log.jobs[1].submit == 3600);
  CHECK(log.report.unsorted == 1);
  CHECK(log.report.doubled == 1);
  CHECK(log.report.notes.back().find("1 row is equal to another one (line 4)") == 0);
  CHECK(log.chip_hours() == test::Approx(8 + 2 / 60.0));
  CHECK(log.jobs[0].state == JobEnd::unknown);
  CHECK(!log.jobs[0].start);
  check_round_trip(log);
}

// The publisher's own example: submitted 01:11:39, tried from 01:12:09 for 74 s, then from 01:13:30 for two days less an hour or
// so (193,182 s) on other 8 GPUs. The attempt of the other job that has no start is left out; the one that has one is an hour on 3 GPUs in 2
// machines. A job without an end at last was still running, with the hour that it had told.
TEST_CASE("philly-json: a job of several attempts is one job") {
  const std::string gpus = "\"gpus\": [\"gpu0\",\"gpu1\",\"gpu2\",\"gpu3\",\"gpu4\",\"gpu5\",\"gpu6\",\"gpu7\"]";
  const std::string example = "{\"status\": \"Pass\", \"vc\": \"ee9e8c\", \"jobid\": \"application_1506638472019_14199\", \"attempts\": [\n"
                              "{\"start_time\": \"2017-10-07 01:12:09\", \"end_time\": \"2017-10-07 01:13:23\", \"detail\": [{\"ip\": \"m47\", " + gpus + "}]},\n"
                              "{\"start_time\": \"2017-10-07 01:13:30\", \"end_time\": \"2017-10-09 06:53:12\", \"detail\": [{\"ip\": \"m412\", " + gpus + "}]}],\n"
                              "\"submitted_time\": \"2017-10-07 01:11:39\", \"user\": \"ce2f4c\"}";
  const std::string lost = "{\"status\": \"Killed\", \"vc\": \"a\", \"jobid\": \"b\", \"attempts\": [{\"start_time\": null, \"end_time\": \"2017-10-08 00:30:00\", \"detail\": []}, "
                           "{\"start_time\": \"2017-10-08 01:00:00\", \"end_time\": \"2017-10-08 02:00:00\", \"detail\": [{\"ip\": \"m1\", \"gpus\": [\"gpu0\"]}, {\"ip\": \"m2\", \"gpus\": [\"gpu1\", \"gpu2\"]}]}], "
                           "\"submitted_time\": \"2017-10-08 00:00:00\", \"user\": \"u\"}";
  const std::string running = "{\"status\": \"Failed\", \"vc\": \"a\", \"jobid\": \"c\", \"attempts\": [{\"start_time\": \"2017-10-08 01:00:00\", \"end_time\": \"2017-10-08 02:00:00\", \"detail\": [{\"ip\": \"m1\", \"gpus\": [\"gpu0\"]}]}, "
                              "{\"start_time\": \"2017-10-08 02:00:00\", \"end_time\": \"None\", \"detail\": []}], \"submitted_time\": \"2017-10-08 00:00:00\", \"user\": \"u\"}";
  const auto log = read_log("[" + example + ",\n" + lost + ",\n" + running + "]\n", "philly-json");
  REQUIRE(log.jobs.size() == 2);
  const Job& j = log.jobs[0];
  CHECK(j.line == 1);
  CHECK(j.chips == 8);
  CHECK(j.nodes == 1.0);
  CHECK(j.state == JobEnd::completed);
  CHECK(job_name(log.statuses, j.status) == "Pass");
  CHECK(job_name(log.tenants, j.tenant) == "ee9e8c");
  CHECK(j.attempts == std::vector<Span>{{30, 104, 8}, {111, 193293, 8}});
  CHECK(j.wait() == 30.0);
  CHECK(j.run == 74.0 + 193182);
  CHECK(j.end == 193293.0);
  CHECK(log.jobs[1].line == 5);
  CHECK(log.jobs[1].chips == 3);
  CHECK(log.jobs[1].nodes == 2.0);
  CHECK(log.jobs[1].state == JobEnd::cancelled);
  CHECK(log.jobs[1].attempts.size() == 1);
  CHECK(reasons(log.report.aside) == "6: has no end: it was still running\n");
  CHECK(log.report.aside[0].chip_hours == 1.0);
  CHECK(log.report.notes[0].find("1 attempts of used jobs have no start or no end") == 0);
  CHECK(log.chip_hours() == test::Approx(8 * (74 + 193182) / 3600.0 + 3));
  const auto totals = import::totals_of(log);
  CHECK(totals.retried == 1);
  CHECK(totals.attempts == 3);
  CHECK(totals.retried_hours == test::Approx(8 * 74 / 3600.0));
  check_round_trip(log);
}

TEST_CASE("philly-json: one object a line is the same, and one that is cut off is told") {
  const std::string job = "{\"status\":\"Pass\",\"vc\":\"a\",\"jobid\":\"%\",\"attempts\":[{\"start_time\":\"2017-10-08 01:00:00\",\"end_time\":\"2017-10-08 02:00:00\",\"detail\":[{\"ip\":\"m{1\\\"]\",\"gpus\":[\"gpu0\"]}]}],\"submitted_time\":\"2017-10-08 00:00:00\",\"user\":\"u\"}\n";
  const auto named = [&](const std::string& id) { std::string out = job; return out.replace(out.find('%'), 1, id); };
  const auto log = read_log(named("a") + named("b") + named("c").substr(0, 100), "philly-json");
  CHECK(log.jobs.size() == 2);
  CHECK(reasons(log.report.refused) == "3: is cut off: the file ends before the object that begins here does\n");
}

// The publisher's examples: 36,847 s (they say 36,848: within a second) on 1, 249 s on 4, and one on a CPU.
TEST_CASE("helios: run time is from start to end, jobs without GPUs are set aside") {
  const auto log = read_log("job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
                            "1425511,uXBbc,vcJkd,1,1,1,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:02,2020-06-10 04:55:09,36848,0\n"
                            "1425512,uVMrF,vchbv,4,16,1,NODE_FAIL,2020-06-09 18:41:27,2020-06-09 18:41:37,2020-06-09 18:45:46,249,10\n"
                            "1425513,uzqls,vcpDC,0,1,1,CANCELLED,2020-06-09 18:41:28,2020-06-09 18:41:28,2020-06-17 14:15:21,675233,0\n", "helios");
  REQUIRE(log.jobs.size() == 2);
  CHECK(log.jobs[0].run == 36847.0);
  CHECK(log.jobs[0].wait() == 1.0);
  CHECK(log.jobs[1].state == JobEnd::failed);
  CHECK(job_name(log.statuses, log.jobs[1].status) == "NODE_FAIL");
  CHECK(job_name(log.users, log.jobs[1].user) == "uVMrF");
  CHECK(log.jobs[1].nodes == 1.0);
  CHECK(reasons(log.report.aside) == "4: asks for no chip\n");
  CHECK(log.report.aside[0].chip_hours == 0.0);
  CHECK(log.chip_hours() == test::Approx((36847 + 4 * 249) / 3600.0));
  check_round_trip(log);
}

// The publisher's examples: in Kalos duration is 18 s from the submit on, of which 10 are the queue: 8 s on 64 GPUs.
// In Seren it is 117 s from the start on.
TEST_CASE("acme: duration holds the queue in Kalos and not in Seren; zones count") {
  const auto kalos = read_log("job_id,user,node_num,gpu_num,cpu_num,mem_per_pod_GB,shared_mem_per_pod,type,state,submit_time,start_time,end_time,fail_time,stop_time,duration,queue,gpu_time\n"
                              "dlctk696s0jbvitv,uf794,8,64,960,1000,100.0,Other,FAILED,2023-05-17 11:00:58+00:00,2023-05-17 11:01:08+00:00,2023-05-17 11:01:16+00:00,2023-05-17 11:01:16+00:00,,18,10.0,1152.0\n", "acme");
  CHECK(kalos.jobs[0].run == 8.0);
  CHECK(kalos.jobs[0].wait() == 10.0);
  CHECK(kalos.jobs[0].nodes == 8.0);
  CHECK(kalos.zone == 0.0);
  CHECK(kalos.epoch == 1684321258.0);
  CHECK(job_name(kalos.works, kalos.jobs[0].work) == "Other");
  CHECK(kalos.chip_hours() == test::Approx(64 * 8 / 3600.0));
  CHECK(kalos.report.notes.front() == "In 1 rows duration and gpu_time hold the queue too: run time here is end - start");
  check_round_trip(kalos);
  const auto seren = read_log("job_id,user,node_num,gpu_num,cpu_num,type,state,submit_time,start_time,end_time,duration,queue,gpu_time\n"
                              "5778432,u5907,1,8,128,Other,FAILED,2023-03-01 00:18:22+08:00,2023-03-01 00:18:54+08:00,2023-03-01 00:20:51+08:00,117,32,936.0\n"
                              "5778433,u5907,1,8,128,Pretrain,COMPLETED,2023-02-28 16:18:22+00:00,2023-03-01 00:18:54+08:00,2023-03-01 00:20:51+08:00,117,32,936.0\n", "acme");
  CHECK(seren.zone == 8 * 3600.0);
  CHECK(seren.epoch == 1677629902.0);  // 00:18:22 of the file's clock
  CHECK(seren.jobs[1].submit == 0);    // the same moment, told in another zone
  CHECK(seren.jobs[0].run == 117.0);
  CHECK(seren.report.notes.empty());
  check_round_trip(seren);
}

// Job j1: a worker task of 2 instances at half a GPU for an hour (1 chip-hour) and an evaluator of one whole GPU for half an hour
// from half past on (0.5): 2 chips, an hour. Its parameter server holds none. j2: 1 chip for 100 s.
TEST_CASE("pai: a job is its tasks, beside each other; submits stand in another table") {
  const std::string tasks = "j1,worker,2.0,Terminated,1000.0,4600.0,600.0,29.3,50.0,T4\nj2,worker,1.0,Failed,2000.0,2100.0,600.0,29.3,100.0,V100\nj1,ps,1.0,Terminated,1000.0,4600.0,600.0,29.3,,\nj1,evaluator,1.0,Terminated,2800.0,4600.0,600.0,29.3,100.0,P100\n";
  const auto log = read_log(tasks, "pai");
  REQUIRE(log.jobs.size() == 2);
  const Job& j = log.jobs[0];
  CHECK(j.chips == 2);
  CHECK(j.run == 3600.0);
  CHECK(j.tasks == std::vector<Span>{{0, 3600, 1}, {1800, 3600, 1}});
  CHECK(!j.wait());
  CHECK(job_name(log.chips, j.chip) == "T4");
  CHECK(log.jobs[1].tasks.empty());
  CHECK(log.jobs[1].state == JobEnd::failed);
  CHECK(log.report.used == 3);
  CHECK(log.chip_hours() == test::Approx(1.5 + 100 / 3600.0));
  CHECK(log.zone == 8 * 3600.0);
  check_round_trip(log);
  const test::JobFile jobs("job_name,inst_id,user,status,start_time,end_time\nj1,x,ann,Terminated,940.0,4600.0\nj2,y,bob,Failed,5000.0,5100.0\nj3,z,bob,Failed,,\n", "jobs");
  import::JobQuestion question;
  question.with = jobs.path();
  const auto with = read_log("job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type\n" + tasks, "pai", question);
  CHECK(with.jobs[0].wait() == 60.0);
  CHECK(job_name(with.users, with.jobs[0].user) == "ann");
  CHECK(!with.jobs[1].submitted);  // the table has it submitted after its start
  CHECK(with.epoch == 940.0 + 8 * 3600);
  CHECK(with.report.notes[0] == "1 rows of the job table have no start_time, or are no rows of it: they say nothing");
  CHECK(with.report.notes[1].find("1 jobs are not in the job table") == 0);
  check_round_trip(with);
}

// 0.46 chips for an hour, after 10 s; 2 whole ones for half an hour.
TEST_CASE("openb: thousandths of a GPU") {
  const auto log = read_log("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"
                            "p0,1,1,1,460,V100M16|V100M32,LS,Running,0,3610,10\np1,1,1,2,1000,,BE,Succeeded,5,1805,5\np2,1,1,1,1000,,BE,Pending,6,9,\n", "openb");
  REQUIRE(log.jobs.size() == 2);
  CHECK(log.jobs[0].chips == test::Approx(0.46));
  CHECK(log.jobs[0].wait() == 10.0);
  CHECK(log.jobs[0].state == JobEnd::unknown);
  CHECK(job_name(log.chips, log.jobs[0].chip) == "V100M16|V100M32");
  CHECK(job_name(log.qos, log.jobs[1].qos) == "BE");
  CHECK(log.jobs[1].state == JobEnd::completed);
  CHECK(log.jobs[1].nodes == 1.0);
  CHECK(log.chip_hours() == test::Approx(0.46 + 1));
  CHECK(!log.epoch);
  check_round_trip(log);
}

// The publisher's two rows: 16 workers of one A100 for 41,060 s, one A10 for 2,764,799 s.
TEST_CASE("spot: GPUs of a worker times workers") {
  const auto log = read_log("job_name,organization,gpu_model,cpu_request,gpu_request,worker_num,submit_time,duration,job_type\n437260,57,A100-SXM4-80GB,15,1,16,9589663,41060,Spot\n239255,13,A10,20,1,1,0,2764799,HP\n", "spot");
  CHECK(log.jobs[1].chips == 16);
  CHECK(job_name(log.qos, log.jobs[1].qos) == "Spot");
  CHECK(job_name(log.tenants, log.jobs[0].tenant) == "13");
  CHECK(log.chip_hours() == test::Approx((16 * 41060.0 + 2764799) / 3600));
  check_round_trip(log);
}

TEST_CASE("a second file, a chip or a format that does not belong is told") {
  const std::string philly = "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,60.0,1,60.0,aa\n";
  import::JobQuestion question;
  question.with = "x.json";
  CHECK(told(philly, question) == "--with: error: a format philly has no second file (only gavel and pai have)\n");
  question.with = "", question.chip = "v100";
  CHECK(told(philly, question) == "--chip: error: is for gavel's throughputs alone (--with)\n");
  question.chip = "", question.format = "swf";
  CHECK(told(philly, question) == "1: error: is not swf; this looks like philly\n");
  CHECK(told("instance_sn,role,app_name\na,CN,b\n", {}).find("this looks like an inventory of instances (capmix replay instances)") != std::string::npos);
}

TEST_CASE("formats are by name, each once") {
  const auto names = import::job_format_names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}
