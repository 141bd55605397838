// capmix goodput and capmix calibrate failures, as they are typed.
#include <fstream>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "cli/verbs.hpp"
#include "shipped.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;

namespace {

cli::GoodputOptions llama() {
  cli::GoodputOptions o;
  o.failures = "llama3-h100", o.node = "hgx-h100", o.bytes = "5.67 TB", o.chips = 16384, o.days = 54, o.draws = 50;
  return o;
}

std::string written(const std::string& name, const std::string& text) {
  const std::string path = test::scratch().file(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace

TEST_CASE("goodput tells what is left, where the rest went, and what struck") {
  auto o = llama();
  o.lives = 4;
  const std::string text = printed([&] { cli::goodput({}, o); });
  check_parts(text, {"93.69 % of the time is effective", "Interrupted every 3.09 h: 419.0 times in 54 days, 379 to 460 in 95 of 100", "stall 2.83 s, flush 0.00 s, reload 2.83 s", "Spare nodes: 62.", "Simulated 4 times",
                     "checkpoint stall                     1.06       1.06", "Faulty GPU                        chip           148.0      35.3"});
  cli::Common json;
  json.json = true;
  const auto told = nlohmann::json::parse(printed([&] { cli::goodput(json, o); }));
  CHECK(told["goodput"].get<double>() == test::Approx(0.9369).margin(1e-4));
  CHECK(told["causes"].size() == 18);
  double sum = told["simulated"]["open"].get<double>();
  for (const auto& [name, x] : told["simulated"]["shares"].items()) sum += x.get<double>();
  CHECK(sum == test::Approx(1));
}

TEST_CASE("goodput says all that is wrong at once") {
  cli::GoodputOptions o;
  o.failures = "llama3-h10", o.node = "hgx-h10", o.nic = "400 GB", o.to = "disk", o.interval = "-5 min";
  check_parts(complaint([&] { cli::goodput({}, o); }), {"there is no failure model \"llama3-h10\"; did you mean \"llama3-h100\"?", "there is no node \"hgx-h10\"; did you mean \"hgx-h", "--chips: error: is not said", "--to: error: there is no \"disk\"", "is -5 min (expected more than 0)",
                                                        "--nic: error: ", "one of --bytes and --model", "so --nic and --chips-per-node cannot"});
  o = llama(), o.node.clear(), o.chips = 8, o.to = "peers";
  check_parts(complaint([&] { cli::goodput({}, o); }), {"a gang of one node has no peer"});
}

TEST_CASE("goodput takes a failure model from a file, and bytes from a model") {
  auto o = llama();
  o.failures = (test::kRoot / "platforms/failures/fits/lanl.toml").string(), o.bytes.clear(), o.model = "llama-3.1-405b", o.node.clear();
  bool known = false;
  for (const auto& m : test::catalogue().llms) known = known || m.id == o.model;
  if (!known) o.model = test::catalogue().llms[test::catalogue().llms.id_at(0)].id;
  check_parts(printed([&] { cli::goodput({}, o); }), {"Machines of Los Alamos, 1996 to 2005", "Hardware"});
}

TEST_CASE("goodput --published sets each run beside what is predicted, and says what it rests on") {
  cli::GoodputOptions o;
  o.published = true;
  check_parts(printed([&] { cli::goodput({}, o); }), {"llama3-interruptions", "379 to 460", "> 90.0 %", "up to 97.0 %", "rsc-mttf-1024", "a check of the arithmetic, no prediction"});
  o.runs = "no/such/file.csv";
  CHECK(!complaint([&] { cli::goodput({}, o); }).empty());
}

TEST_CASE("calibrate failures writes a file that it then agrees with, and names rows that disagree") {
  cli::CalibrateFailuresOptions o;
  o.lanl = written("lanl.csv", "System,nodes,nodenumz,node prod,node decom,Prob Started,Prob Fixed,Down Time,Facilities,Hardware,Human Error,Network,Undetermined,Software\n"
                               "3,2,0,3-Sep,current,9/2/2003 0:00,9/2/2003 6:00,300,,CPU,,,,\n3,2,1,3-Sep,current,9/11/2003 0:00,9/11/2003 1:00,60,,,,,,OS\n3,2,1,3-Sep,current,x,9/11/2003 1:00,60,,,,,,OS\n");
  o.out = test::scratch().file("fitted");
  cli::Common quiet;
  quiet.quiet = true;
  const std::string text = printed([&] { cli::calibrate_failures(quiet, o); });
  check_parts(text, {"3 rows, of which 2 used, 0 set aside, 1 refused", "Line 4 Prob Started is \"x\"", "Line 2 Down Time is 300 min, from start to end are 360 min", "Hardware"});
  o.check = true;
  int code = 1;
  printed([&] { code = cli::calibrate_failures(quiet, o); });
  CHECK(code == 0);
  Diagnostics problems;
  const Failures back = scenario::load_failures(o.out + "/failures/fits/lanl.toml", problems);
  CHECK(problems.text() == "");
  REQUIRE(back.causes.size() == 2);
  // One hardware failure in 24 h and 210 h (node 0) and 240 h (node 1).
  CHECK(back.causes[0].between.mode.value() == test::Approx((24 + 210 + 240) * 3600.0).epsilon(1e-3));
  o.lanl.clear();
  check_parts(complaint([&] { cli::calibrate_failures(quiet, o); }), {"expected at least one of --lanl, --titan and --fta"});
  o.titan = written("other.csv", "date,total\n2020-01-01,3\n");
  check_parts(complaint([&] { cli::calibrate_failures(quiet, o); }), {"other.csv"});
}
