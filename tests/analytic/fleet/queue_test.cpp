// The scheduler against a queue with a closed form: M/M/c is a cluster of c nodes of one chip, first in, first out.
#include <cmath>
#include <vector>

#include "base/draw.hpp"
#include "catch.hpp"
#include "fleet/schedule.hpp"

using namespace capmix;

namespace {

// Erlang C: mean wait in units of the mean service, at offered load a = rho c.
double mmc_wait(int c, double rho) {
  const double a = rho * c;
  double term = 1, sum = 0;                       // a^k / k!
  for (int k = 0; k < c; ++k) sum += term, term *= a / (k + 1);
  const double queued = term / (1 - rho);
  return queued / (sum + queued) / (c * (1 - rho));
}

// Mean wait of jobs 2,000 to 20,000 of one run.
double simulated(int c, double rho, int run) {
  const Draw draw(11, run);
  std::vector<JobSpec> jobs(20000);
  double t = 0;
  for (size_t j = 0; j < jobs.size(); ++j) {
    const std::string path = "job/" + std::to_string(j);
    jobs[j].submit = t += -std::log(draw.uniform(path + "/gap")) / (rho * c);
    jobs[j].run = -std::log(draw.uniform(path + "/run"));
  }
  fleet::Scheduler scheduler({{"a", 1, c, 1}}, jobs, fleet::find_job_policy("fifo")->make());
  fleet::run_alone(scheduler);
  const Schedule s = scheduler.take();
  double sum = 0;
  for (size_t j = 2000; j < jobs.size(); ++j) sum += s.jobs[j].start - jobs[j].submit;
  return sum / static_cast<double>(jobs.size() - 2000);
}

}  // namespace

// M/M/1 at 0.5 waits 1 service (rho / (1 - rho)); M/M/2 at 0.5 a third of one.
TEST_CASE("the closed form is right where it is known by heart") {
  CHECK(mmc_wait(1, 0.5) == test::Approx(1));
  CHECK(mmc_wait(2, 0.5) == test::Approx(1.0 / 3));
}

// Twenty runs with streams of their own; Student's t of 19 degrees at 99 %: 2.861.
TEST_CASE("M/M/c waits as Erlang C says") {
  for (const auto& [c, rho] : {std::pair{1, 0.7}, {4, 0.8}, {32, 0.9}}) {
    std::vector<double> waits;
    double mean = 0, square = 0;
    for (int run = 0; run < 20; ++run) waits.push_back(simulated(c, rho, run)), mean += waits.back() / 20;
    for (const double w : waits) square += (w - mean) * (w - mean) / 19;
    const double half = 2.861 * std::sqrt(square / 20), exact = mmc_wait(c, rho);
    INFO("c " << c << ", rho " << rho << ": " << mean << " +- " << half << ", Erlang C " << exact);
    CHECK(std::fabs(mean - exact) <= half);
    CHECK(half < 0.2 * exact);   // and the interval says something
  }
}
