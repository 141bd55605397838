// Recorded series and lists of requests: small ones by hand, one a format, then the published ones where they are at hand
// (CAPMIX_REFERENCE).
#include "import/series.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/calendar.hpp"
#include "catch.hpp"

using namespace capmix;
using import::Series;

namespace {

// A file with that text, packed or not, for as long as it lives.
class File {
 public:
  explicit File(const std::string& text, bool packed = false) : path_((std::filesystem::temp_directory_path() / ("capmix-series-" + std::to_string(::getpid()))).string()) {
    if (!packed) { std::ofstream(path_, std::ios::binary) << text; return; }
    gzFile out = gzopen(path_.c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Series read(const std::string& text, const std::string& format, const std::string& select = "", bool packed = false) {
  const File file(text, packed);
  Diagnostics problems;
  const auto out = import::read_series(file.path(), {format, select}, problems);
  INFO(problems.text());
  REQUIRE(out);
  CHECK(out->report.rows == out->report.used + out->report.aside + out->report.refused.size());
  return *out;
}

import::RequestList requests(const std::string& text, const std::string& format) {
  const File file(text);
  Diagnostics problems;
  const auto out = import::read_requests(file.path(), format, problems);
  INFO(problems.text());
  REQUIRE(out);
  CHECK(out->report.rows == out->report.used + out->report.refused.size());
  return *out;
}

std::string told(const std::string& text, const std::string& format) {
  const File file(text);
  Diagnostics problems;
  CHECK(!import::read_demand_series(file.path(), {format}, problems));
  std::string out = problems.text();
  for (size_t at; (at = out.find(file.path() + ":")) != std::string::npos;) out.erase(at, file.path().size() + 1);
  return out;
}

std::string refusals(const import::SeriesReport& report) {
  std::string out;
  for (const auto& r : report.refused) out += std::to_string(r.line) + ": " + r.why + "\n";
  return out;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

std::string data() {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  return reference == nullptr ? "" : std::string(reference) + "/data/";
}

Series published(const std::string& file, const std::string& format) {
  Diagnostics problems;
  const auto out = import::read_series(data() + file, {format}, problems);
  INFO(problems.text());
  REQUIRE(out);
  return *out;
}

}  // namespace

// Hours 0, 1, 2 and 4 are there: 360 + 720 + 0 + 1080 views in 4 known hours, 0.15 views a second. Hour 3 is a gap. The
// line that says hour 4 again, and the one that falls into hour 3 half an hour late, are told.
TEST_CASE("page views by the hour: a gap stays a gap, a second row of an hour is refused") {
  const auto s = read("ds,y\n2020-01-01 00:00:00,360\n2020-01-01 01:00:00,720\n2020-01-01 02:00:00,0\n2020-01-01 04:00:00,1080\n2020-01-01 04:00:00,5\n2020-01-01 04:10:00,7\n", "wikipedia-hourly");
  REQUIRE(s.values.size() == 5);
  CHECK(std::isnan(s.values[3]));
  CHECK(s.total() == 2160);
  CHECK(s.known() == 4);
  CHECK(s.rate() == test::Approx(0.15));
  CHECK(s.start == 1577836800.0);
  CHECK(s.calendar);
  REQUIRE(s.report.gaps.size() == 1);
  CHECK(s.report.gaps[0].from == 3);
  CHECK(s.report.gaps[0].windows == 1);
  REQUIRE(s.report.zeros.size() == 1);
  CHECK(s.report.zeros[0].from == 2);
  CHECK(s.report.doubled == 2);
  CHECK(refusals(s.report) == "6: has the time of line 5\n7: falls into the window of line 5\n");
}

TEST_CASE("rows out of order are used, and counted") {
  const auto s = read("ds,y\n2020-01-01 02:00:00,3\n2020-01-01 00:00:00,1\n2020-01-01 01:00:00,2\n", "wikipedia-hourly", "", true);
  CHECK(s.values == std::vector<double>{1, 2, 3});
  CHECK(s.report.unsorted == 2);
}

// 300 s is the commonest step; 600 s leave a gap of one window, 10 s late is still the window.
TEST_CASE("an irregular series is laid on its commonest step") {
  const auto s = read("timestamp,value\n2014-04-10 00:04:00,1\n2014-04-10 00:09:00,2\n2014-04-10 00:14:00,4\n2014-04-10 00:24:10,8\n2014-04-10 00:29:00,16\n", "nab");
  CHECK(s.step == 300);
  REQUIRE(s.values.size() == 6);
  CHECK(s.missing() == 1);
  CHECK(s.total() == 31);
  CHECK(s.report.off_grid == 1);
  CHECK(s.report.unsorted == 0);
}

TEST_CASE("a bad row is refused with its line, and its window is a gap") {
  const auto s = read("timestamp,value\n2014-04-10 00:00:00,1\n2014-04-10 00:05:00,-2\n2014-04-10 00:10:00,nan\n2014-04-10 00:15:00,4\n2014-04-10 00:20:00\nsoon,5\n2014-04-10 00:25:00,\n2014-04-10 00:20:00,6\n", "nab");
  CHECK(refusals(s.report) ==
        "3: value is -2 (expected at least 0)\n4: value is \"nan\" (expected a number)\n6: has 1 fields (expected 2, as in the header)\n"
        "7: timestamp is \"soon\" (expected a time such as 2026-01-31 18:30:00)\n8: has no value\n");
  CHECK(s.report.used == 3);
  REQUIRE(s.report.gaps.size() == 1);
  CHECK(s.report.gaps[0].from == 1);
  CHECK(s.report.gaps[0].windows == 2);
}

TEST_CASE("counts by the second, one a line or between blanks") {
  for (const char* text : {"5\n0\n0\n7\n", "5 0 0 7", "\xEF\xBB\xBF" "5\r\n0\r\n0\r\n7"}) {
    const auto s = read(text, "counts");
    CHECK(s.values == std::vector<double>{5, 0, 0, 7});
    CHECK(!s.start);
    CHECK(!s.calendar);
    REQUIRE(s.report.zeros.size() == 1);
    CHECK(s.report.zeros[0].windows == 2);
  }
  const auto s = read("5\n1.5\nx\n7\n", "counts");
  CHECK(refusals(s.report) == "2: the count is 1.5 (expected a whole number)\n3: the count is \"x\" (expected a number)\n");
  CHECK(s.missing() == 2);
}

// Two containers: 1 + 2 in the first window, 4 in the third; the API's row is another layer. 7 requests/s in windows of 57 s.
TEST_CASE("rates of containers add up in each window, whatever the order of the columns") {
  const std::string text = "value,request_type,container_ip,timestamp_anon\n1,Generative Requests,a,570.0\n2,Generative Requests,b,570.0\n9,API Requests,,570.0\n4,Generative Requests,a,684.0\n4,Generative Requests,a,684.0\n8,Generative Requests,b,741.0\n";
  const auto s = read(text, "genai-qps");
  CHECK(s.step == 57);
  REQUIRE(s.values.size() == 4);
  CHECK(s.values[0] == 3);
  CHECK(std::isnan(s.values[1]));
  CHECK(s.values[2] == 4);
  CHECK(s.total() == test::Approx(57 * 15));
  CHECK(s.rate() == test::Approx(5));
  CHECK(s.report.aside == 1);
  CHECK(refusals(s.report) == "6: has the time and the container of line 5\n");
  CHECK(read(text + "9,API Requests,,627.0\n", "genai-qps", "API Requests").values == std::vector<double>{9, 9});
}

TEST_CASE("lists of requests: seconds after the first, tokens") {
  const auto azure = requests("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8", "azure-llm");
  CHECK(azure.arrival[1] == test::Approx(0.052).epsilon(1e-9));
  CHECK(azure.prompt == std::vector<double>{4808, 3180});
  CHECK(azure.output == std::vector<double>{10, 8});
  const auto mooncake = requests("{\"timestamp\": 3000, \"input_length\": 10, \"output_length\": 5, \"hash_ids\": [1]}\n{\"timestamp\": 0, \"input_length\": 7, \"output_length\": 2, \"hash_ids\": []}\n{\"timestamp\": 1\n{\"timestamp\": -1, \"input_length\": 1, \"output_length\": 1}\n{\"timestamp\": 1, \"input_length\": \"1\", \"output_length\": 1}\n[]\n", "mooncake");
  CHECK(mooncake.arrival == std::vector<double>{0, 3});
  CHECK(mooncake.prompt == std::vector<double>{7, 10});
  CHECK(mooncake.report.unsorted == 1);
  CHECK(refusals(mooncake.report) == "3: is not a JSON object\n4: \"timestamp\" is -1 (expected at least 0)\n5: \"input_length\" is \"1\" (expected a number)\n6: is not a JSON object\n");
  const auto images = requests("gmt_create,predict_type,predict_status\n2024-11-15 16:57:50,TXT_2_IMG,SUCCEED\n2024-11-15 16:57:55,TXT_2_IMG,FAILED\n", "genai-requests");
  CHECK(images.arrival == std::vector<double>{0, 5});
  CHECK(images.prompt.empty());
  CHECK(images.states == std::vector<std::pair<std::string, size_t>>{{"FAILED", 1}, {"SUCCEED", 1}});
  // Counted by the second, both are there.
  const auto s = import::counted(images, 1);
  CHECK(s.values == std::vector<double>{1, 0, 0, 0, 0, 1});
  CHECK(s.report.zeros.size() == 1);
}

// From 00:04 on, 12 windows of 5 min begin in the hour 0 (04, 09, ... 59): it is whole. The next hour has only the windows
// 01:04 to 01:14. From 00:40 on, the first hour is not whole.
TEST_CASE("whole hours, a gap makes one of its hour") {
  Series s;
  s.step = 300, s.start = 240, s.values.assign(15, 6.0);
  auto hours = import::whole_hours(s);
  REQUIRE(hours);
  CHECK(hours->first == 0);
  REQUIRE(hours->rates.size() == 1);
  CHECK(hours->rates[0] == test::Approx(6.0 / 300));
  CHECK(hours->cut == 3);
  s.start = 2400, s.values.assign(30, 6.0), s.values[20] = std::nan("");
  hours = import::whole_hours(s);
  REQUIRE(hours);
  CHECK(hours->first == 1);
  REQUIRE(hours->rates.size() == 2);
  CHECK(hours->rates[0] == test::Approx(0.02));
  CHECK(std::isnan(hours->rates[1]));
  CHECK(hours->cut == 4 + 2);
  s.step = 86400;
  CHECK(!import::whole_hours(s));
}

TEST_CASE("a file of another format is told as what it is") {
  CHECK(told("ds,y\n2020-01-01 00:00:00,1\n", "nab") ==
        "1: error: the header has no column \"timestamp\" (expected of nab); this looks like wikipedia-hourly\n"
        "1: error: the header has no column \"value\" (expected of nab); this looks like wikipedia-hourly\n");
  CHECK(told("52\n55\n", "mooncake") == "1: error: is not JSON lines (expected an object a line); this looks like counts\n");
  CHECK(told("timestamp,value\n", "counts") == "1: error: does not begin with a number (expected one count a line); this looks like nab\n");
  CHECK(told("timestamp,valu\n2020-01-01 00:00:00,1\n", "nab") == "1: error: the header has no column \"value\" (expected of nab); did you mean \"valu\"?\n");
  CHECK(told("ds,y\n", "wikipedia-hourly") == " error: holds no row below its header\n");
  CHECK(told("ds,y\n2020-01-01 00:00:00,1\n", "wikipedia") == " error: there is no format \"wikipedia\"; this looks like wikipedia-hourly\n");
}

TEST_CASE("the published series are read whole") {
  if (data().empty()) return;
  const auto wiki = published("wikipedia_en_hourly/wiki_en_hourly_2020-2021.csv", "wikipedia-hourly");
  CHECK(wiki.values.size() == 17544);
  CHECK(wiki.report.gaps.empty());
  CHECK(wiki.report.used == 17544);
  CHECK(wiki.total() / 17544 == test::Approx(3.973e6).epsilon(2e-4));

  const auto qps = published("alibaba_genai_2026/qps.csv.gz", "genai-qps");
  CHECK(qps.report.rows == 24627);
  CHECK(qps.report.refused.empty());
  CHECK(qps.report.aside == 1114);
  CHECK(qps.step == 57);
  CHECK(qps.report.notes.front().rfind("107 containers", 0) == 0);
  // Its README: 297 is the greatest sum of values in an hour, 0.27 the last. An hour of its counting begins with the first
  // row of the file, an API row 228 s before the first of a container.
  std::vector<double> by_hour;
  const double begin = *qps.start - 1662859176.0;
  CHECK(begin == 228);
  for (size_t i = 0; i < qps.values.size(); ++i) {
    if (std::isnan(qps.values[i])) continue;
    by_hour.resize(std::max(by_hour.size(), static_cast<size_t>((begin + static_cast<double>(i) * 57) / 3600) + 1));
    by_hour[static_cast<size_t>((begin + static_cast<double>(i) * 57) / 3600)] += qps.values[i];
  }
  CHECK(*std::max_element(by_hour.begin(), by_hour.end()) == test::Approx(297.45));
  CHECK(by_hour.back() == test::Approx(0.27));

  const auto tweets = published("twitter_stream_rps_2021/twitter_rps_day1-7.txt.gz", "counts");
  CHECK(tweets.values.size() == 604800);
  CHECK(tweets.total() / 604800 == test::Approx(63.7).epsilon(2e-4));
  size_t zeros = 0, longest = 0;
  for (const auto& run : tweets.report.zeros) zeros += run.windows, longest = std::max(longest, run.windows);
  CHECK(zeros == 12577);
  CHECK(longest == 1740);
  CHECK(*std::max_element(tweets.values.begin(), tweets.values.end()) == 338);

  const auto elb = published("nab/elb_request_count_8c0756.csv", "nab");
  CHECK(elb.report.used == 4032);
  CHECK(elb.report.gaps.size() == 8);
  CHECK(elb.missing() == 8);
  CHECK(elb.total() / 4032 == test::Approx(61.8).epsilon(1e-3));
  const auto goog = published("nab/Twitter_volume_GOOG.csv", "nab");
  CHECK(goog.values.size() == 15842);
  CHECK(goog.report.gaps.empty());
  // A clock that was set forward, it seems: an hour is missing, and 11 more rows have the time of its end.
  const auto ec2 = published("nab/ec2_request_latency_system_failure.csv", "nab");
  CHECK(ec2.report.rows == 4032);
  CHECK(ec2.report.doubled == 11);
  CHECK(ec2.report.refused.front().why == "has the time of line 558");
}

TEST_CASE("the published lists of requests are read whole") {
  if (data().empty()) return;
  Diagnostics problems;
  const auto azure = import::read_requests(data() + "azure_llm_2023/AzureLLMInferenceTrace_code.csv", "azure-llm", problems);
  const auto mooncake = import::read_requests(data() + "mooncake_fast25/conversation_trace.jsonl.gz", "mooncake", problems);
  const auto images = import::read_requests(data() + "alibaba_genai_2026/lora_request_trace.csv.gz", "genai-requests", problems);
  INFO(problems.text());
  REQUIRE((azure && mooncake && images));
  CHECK(azure->arrival.size() == 8819);
  CHECK(azure->arrival.back() == test::Approx(3435.948056).epsilon(1e-9));  // 19:14:19.9280160 - 18:17:03.9799600
  CHECK(median(azure->prompt) == 1469);
  CHECK(*std::max_element(azure->prompt.begin(), azure->prompt.end()) == 7437);
  CHECK(median(azure->output) == 13);
  CHECK(*std::max_element(azure->output.begin(), azure->output.end()) == 1899);
  CHECK(mooncake->arrival.size() == 12031);
  CHECK(median(mooncake->prompt) == 6909);
  CHECK(*std::max_element(mooncake->prompt.begin(), mooncake->prompt.end()) == 126195);
  CHECK(std::accumulate(mooncake->output.begin(), mooncake->output.end(), 0.0) / 12031 == test::Approx(343).epsilon(2e-3));
  auto distinct = mooncake->arrival;
  CHECK(std::unique(distinct.begin(), distinct.end()) - distinct.begin() == 1180);
  CHECK(images->arrival.size() == 26823);
  CHECK(images->states == std::vector<std::pair<std::string, size_t>>{{"FAILED", 398}, {"PENDING", 30}, {"PROCESSING", 3}, {"SUCCEED", 26392}});
  // Nothing is lost in counting.
  CHECK(import::counted(*azure, 1).total() == 8819);
  CHECK(import::counted(*mooncake, 60).total() == 12031);
}

// workloads/demand/series/README.md: 13 whole weeks from Monday 2021-03-01, mean 4.010 million an hour, least 0.604 and greatest
// 1.519 of it; by hour of the day 0.750 at 07 to 1.278 at 16, by weekday 0.824 on Saturday to 1.102 on Monday.
TEST_CASE("the series that ships is what its README says, and the published one's rows") {
  Diagnostics problems;
  const auto s = import::read_series(std::string(CAPMIX_SOURCE_DIR) + "/workloads/demand/series/wikipedia-en-2021-03.csv", {"wikipedia-hourly"}, problems);
  INFO(problems.text());
  REQUIRE(s);
  CHECK(s->start == Date::of(2021, 3, 1).day() * 86400.0);
  REQUIRE(s->values.size() == 13 * 168);
  CHECK(s->missing() == 0);
  CHECK(s->report.refused.empty());
  const double mean = s->total() / 2184;
  CHECK(mean == test::Approx(4.010e6).epsilon(2e-4));
  CHECK(*std::min_element(s->values.begin(), s->values.end()) / mean == test::Approx(0.604).margin(5e-4));
  CHECK(*std::max_element(s->values.begin(), s->values.end()) / mean == test::Approx(1.519).margin(5e-4));
  std::vector<double> hours(24), days(7);
  for (size_t i = 0; i < s->values.size(); ++i) hours[i % 24] += s->values[i] / mean / 91, days[i / 24 % 7] += s->values[i] / mean / 312;
  CHECK(hours[7] == test::Approx(0.750).margin(5e-4));
  CHECK(hours[16] == test::Approx(1.278).margin(5e-4));
  CHECK(days[5] == test::Approx(0.824).margin(5e-4));
  CHECK(days[0] == test::Approx(1.102).margin(5e-4));
  if (data().empty()) return;
  const auto whole = published("wikipedia_en_hourly/wiki_en_hourly_2020-2021.csv", "wikipedia-hourly");
  const auto at = static_cast<size_t>((*s->start - *whole.start) / 3600);
  for (size_t i = 0; i < s->values.size(); ++i) CHECK(s->values[i] == whole.values[at + i]);
}
