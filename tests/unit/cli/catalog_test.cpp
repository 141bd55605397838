// capmix catalog, and capmix step on a platform that it wrote: what is printed, and what is said of what was typed.
#include "cli/catalog.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed, test::written;

namespace {

constexpr const char* kHead = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n";

cli::CatalogOptions export_of(int chips, const std::string& file) {
  cli::CatalogOptions o;
  o.simgrid = true, o.fabric = "rail-fat-tree", o.node = "hgx-h100", o.chips = chips, o.file = file;
  return o;
}

// A model on H100 at one plan, so that nothing is searched.
cli::StepOptions on(const std::string& platform, int chips) {
  cli::StepOptions o;
  o.model = "llama-3.1-8b", o.nodes = {"hgx-h100"}, o.chips = chips, o.plan = "tp=8", o.batch = chips, o.platform = platform;
  return o;
}

double step_seconds(const cli::StepOptions& o) {
  cli::Common json;
  json.json = true;
  return nlohmann::json::parse(printed([&] { cli::step(json, o); })).at(0).at("step_s").get<double>();
}

}  // namespace

TEST_CASE("catalog list tells every subject, show every number of one") {
  cli::CatalogOptions o;
  cli::Common json;
  json.json = true;
  check_parts(printed([&] { cli::catalog_list({}, o); }), {"chips/h200-sxm", "nodes/hgx-h100", "fabrics/rail-fat-tree ", "assumption"});
  const auto list = nlohmann::json::parse(printed([&] { cli::catalog_list(json, o); }));
  o.subject = "hgx-h100";
  check_parts(printed([&] { cli::catalog_show({}, o); }), {"nodes/hgx-h100\n", "power.max = 10.2 kW", "assumption: ", "price.host = { low ="});
  const auto all = nlohmann::json::parse(printed([&] { cli::catalog_show(json, o); }));
  // As many numbers as the list counts for it, each with its source.
  size_t counted = 0;
  for (const auto& one : list)
    if (one.at("subject") == "nodes/hgx-h100")
      for (const auto& n : one.at("numbers")) counted += n.get<size_t>();
  CHECK(counted > 0);
  CHECK(all.size() == counted);
  for (const auto& fact : all) {
    CHECK(fact.at("subject") == "nodes/hgx-h100");
    CHECK_FALSE(fact.at("source").get<std::string>().empty());
    CHECK(fact.at("place").get<std::string>().find("hgx-h100.toml:") != std::string::npos);
  }
  o.subject = "nodes/hgx-h100";
  CHECK(nlohmann::json::parse(printed([&] { cli::catalog_show(json, o); })) == all);
}

TEST_CASE("catalog show and list say what is not there") {
  cli::CatalogOptions o;
  for (const char* wrong : {"h100-sxmm", "chips/h100-sxmm"}) {
    o.subject = wrong;
    check_parts(complaint([&] { cli::catalog_show({}, o); }), {"there is no \"" + std::string(wrong) + "\"; did you mean", "h100-sxm\"?", "capmix catalog list names all"});
  }
  o.catalogue = test::scratch().file("no-catalogue");
  check_parts(complaint([&] { cli::catalog_list({}, o); }), {"is not a catalogue (expected folders chips, nodes, ...)"});
}

TEST_CASE("catalog export says all that is wrong with what was typed") {
  auto o = export_of(64, "-");
  o.simgrid = false;
  check_parts(complaint([&] { cli::catalog_export({}, o); }), {"give --simgrid, the one format there is"});
  o = export_of(0, "-"), o.fabric = "rail-fat", o.node = "hgx-h1000", o.site = "x";
  check_parts(complaint([&] { cli::catalog_export({}, o); }), {"--chips: error: is 0 (expected at least 1)", "there is no fabric \"rail-fat\"; did you mean \"rail-fat-tree\"?",
                                                              "there is no node \"hgx-h1000\"; did you mean \"hgx-h100\"?", "--site: error: is of a study"});
  o = export_of(64, test::scratch().file("none") + "/x/y.xml");
  check_parts(complaint([&] { cli::catalog_export({}, o); }), {"cannot be written"});
  o = export_of(64, "-"), o.study = std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/bytedance-2026.toml";
  check_parts(complaint([&] { cli::catalog_export({}, o); }), {"--site: error: names no site", "--fabric: error: and --study are both given"});
}

// 2,056 chips are 257 nodes: two pods of 128 and one of one node.
TEST_CASE("catalog export tells what it wrote; a step on it is the step on the fabric") {
  const std::string file = test::scratch().file("pods.xml");
  printed([&] { cli::catalog_export({}, export_of(2056, file)); });
  const std::string xml = printed([&] { cli::catalog_export({}, export_of(2056, "-")); });
  check_parts(xml, {kHead, "257 nodes hgx-h100 of 8 h100-sxm, 128 nodes a pod", "<platform version=\"4.1\">", "pod0", "pod2", "(assumption; Planner's default"});
  CHECK(xml.find("pod3") == std::string::npos);
  check_parts(printed([&] { cli::step({}, on(file, 1040)); }), {"region:  outside: the network of a platform file", "130 of 257", "2 hops, 400 GB/s, 5.00 us", "not taken"});
  auto plain = on("", 1040);
  plain.fabric = "rail-fat-tree";
  CHECK(step_seconds(on(file, 1040)) == test::Approx(step_seconds(plain)).epsilon(1e-6));
}

TEST_CASE("capmix step says what is wrong with a platform") {
  const std::string file = test::scratch().file("few.xml");
  printed([&] { cli::catalog_export({}, export_of(64, file)); });
  check_parts(complaint([&] { cli::step({}, on(test::scratch().file("none.xml"), 64)); }), {"none.xml: cannot be read (expected a SimGrid platform file)"});
  check_parts(complaint([&] { cli::step({}, on(file, 8)); }), {"8 chips are one host of a platform, whose network they would not use (expected --chips beyond 8)"});
  check_parts(complaint([&] { cli::step({}, on(file, 128)); }), {"has 8 hosts with routes to each other, of 8 (the gang needs 16)"});
  auto o = on(file, 64);
  o.fabric = "rail-fat-tree";
  check_parts(complaint([&] { cli::step({}, o); }), {"--fabric: error: and --platform are both given"});
  o = on(file, 64), o.model = "dlrm-dcnv2";
  check_parts(complaint([&] { cli::step({}, o); }), {"--platform: error: is for training a language model (\"dlrm-dcnv2\" is a recommender)"});
  o = on(file, 64), o.model.clear(), o.study = "study.toml";
  check_parts(complaint([&] { cli::step({}, o); }), {"--platform is for a training step of --model"});
  check_parts(complaint([&] { cli::step({}, on(written("old.xml", "<platform version=\"3\"/>\n"), 64)); }), {"old.xml:1: error: is of version \"3\" (expected 4 or 4.1", "simgrid_update_xml"});
  check_parts(complaint([&] { cli::step({}, on(written("cut.xml", std::string(kHead) + "<platform version=\"4.1\">\n<zone id=\"z\""), 64)); }), {"cut.xml:"});
  const std::string apart = "<platform version=\"4.1\">\n<zone id=\"z\" routing=\"Full\">\n<host id=\"a\" speed=\"1Gf\"/>\n<host id=\"b\" speed=\"1Gf\"/>\n</zone>\n</platform>\n";
  check_parts(complaint([&] { cli::step({}, on(written("apart.xml", kHead + apart), 64)); }), {"apart.xml: error: no two of its 2 hosts have routes with links to each other"});
}
