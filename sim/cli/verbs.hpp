// What each verb is told. One file per group of verbs holds what they do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "results/info.hpp"

namespace capmix::cli {

struct Common {
  bool json = false;
  bool quiet = false;                 // no progress, no summary on standard error
  int jobs = 0;                       // worker processes; 0: one per core
  std::optional<uint64_t> seed;       // instead of the study's
  std::vector<std::string> set;       // "subject:path=value"
  std::string cache;                  // directory of step profiles; "none" keeps none
};

struct CheckOptions {
  std::vector<std::string> files;
};

struct PlanOptions {
  std::string study, mix, outcome;    // ids; empty: the study's first
  int draw = -1;                      // -1: at modes
  int draws = 0;                      // > 0: so many draws together instead of one plan
  bool binding = true;                // with draws: also what binds
  bool gantt = false;                 // the build-out chart alone
};

// Either a study's workloads, or one model on one kind of node (or two) without a study.
struct StepOptions {
  std::string study, workload;        // campaign or service id; empty: all of the study
  std::vector<std::string> nodes;     // node ids, one per part of the gang; empty: every one that the study may need
  std::string catalogue;              // directory; empty: platforms/ of the checkout
  std::string model;                  // id, or path of a file
  std::string plan = "auto", precision = "bf16", software, fabric, second_node, span = "data";
  int seq = 4096, lora = 0;
  std::optional<int> chips, second_chips, batch;
  bool block_scaled = false, stragglers = true;
  std::string platform;               // SimGrid file whose hosts are the nodes
  std::string trace;                  // file for a timeline
  // Serving. 0 or "": nothing was said.
  bool serve = false;
  std::optional<double> prompt, output, candidates;
  double cached = 0, percentile = 0.99;
  std::string ttft, tpot, objective, phase, cache_precision;
  int curve = 0;                      // loads of a ranking cell, 0: no curve
  int requests = 0;                   // of each of them
};

struct AuditOptions {
  std::string study;
};

struct CompareOptions {
  std::string study;
  std::vector<std::string> mixes, outcomes;  // ids; empty: all
  std::optional<int> draws;
  std::string sampling = "random";    // random, lhs or sobol
  std::string out;                    // results file; empty: results/<study id>.db
  std::string csv;                    // also write the comparison here
  std::string report, scores;         // also write the HTML report here; with these scores (CSV of validate) in it
  bool months = false;                // tables by month in full
  bool fresh = false;                 // run all, whatever the results file holds
  bool quick = false;                 // coarse steps, lean facts of draws
  std::string shard;                  // "3/8": that part of the runs; empty: all
};

struct SweepOptions : CompareOptions {
  std::vector<std::string> vary;      // "subject:path=from:to:step" or "subject:path=a,b,c"
  int sampled = 0;                    // > 0: so many sampled points instead of the grid
  std::string metric;                 // empty: the objective
};

struct MergeOptions {
  std::vector<std::string> files;
  std::string out;
  bool partial = false;               // join what there is
};

// From runs to a decision. `runs.study` may be a results file.
struct DecideVerbOptions {
  CompareOptions runs;
  std::string without;                // mix of which each supplier is also left out; empty: none
  std::vector<std::string> weights;   // "outcome=0.3"
  std::vector<std::string> signals;   // "outcome=0.8/0.7": sensitivity / specificity
  std::vector<std::string> pairs;     // "with,without": ids of mixes
  double level = 0.9, slack = 0.05, discount = 0.08, life = 5;
  int search = 0;                     // > 0: mixes of shares in steps of 1 / search instead of the study's, then finer ones around the best
  std::optional<int> search_runs;     // mixes that a search runs at most; absent: 200
  std::vector<std::string> most;      // "offer=0.5": at most that share of the chip budget
};

struct SensitivityOptions {
  std::string study, mix, against, outcome;  // ids; empty: the study's first mix, the next one, the first outcome
  std::string metric;                 // empty: the objective
  std::vector<std::string> vary;      // inputs by the beginning of their path, or groups by name; empty: all
  bool each = false;                  // every input by itself
  int trajectories = 0, pairs = 0;    // of Morris and of Sobol'; 0: only one at a time
  double low = 0.1, high = 0.9;
  std::string evidence;               // results file of the study: from its draws alone, no runs
};

// Where two mixes, or two outcomes, are equal over two inputs.
struct EqualVerbOptions {
  std::string study, mix, against;    // ids; empty: the study's first mix; the next one, or the same where the outcomes differ
  std::string outcome, against_outcome;  // ids; empty: the study's first; the same
  std::string x, y;                   // "subject:path=USD {}k": {} is the number
  double low = 0, high = 0;           // of x
  std::vector<double> at;             // of y
  int places = 5, draws = 0;          // draws 0: at modes
  double tolerance = 0.01;            // of high - low
  std::string metric;                 // empty: the objective
};

struct ValueOptions {
  std::string study, mix, outcome;    // ids; empty: the study's first
  std::optional<int> draws;
  std::string metric;                 // empty: the objective
};

struct ValidateOptions {
  std::vector<std::string> cases;     // files; empty: the shipped tables
  std::string catalogue;              // directory; empty: platforms/ of the checkout
  std::string csv;                    // also write the scores; "": no file
  std::string summary = {};           // likewise the errors by class (JSON), which reports show
  bool check = false;                 // with `summary`: write nothing, say whether the file is as it would be written
};

struct CalibrateOptions {
  std::vector<std::string> cases;     // files; empty: the shipped tables
  std::vector<std::string> hold_out;  // groups that are not fitted
  std::string catalogue;              // directory to start from; empty: platforms/ of the checkout
  std::string out;                    // directory to write to; empty: the catalogue
  std::string measured;               // table of operators: only set beside the model
  int splits = 10;
  bool check = false;                 // write nothing: say whether the files are as they would be written
};

// Logs of failures to fit; "": none of that kind.
struct CalibrateFailuresOptions {
  std::string lanl, titan, fta;
  std::string out;                    // directory to write to; empty: platforms/ of the checkout
  bool check = false;                 // write nothing: say whether the files are as they would be written
};

// One gang under failures. Quantities as people write them; "": not said.
struct GoodputOptions {
  std::string failures, node, model;  // ids; failures: or the path of a file
  std::string catalogue;              // directory; empty: platforms/ of the checkout
  double chips = 0;
  int chips_per_node = 0;             // 0: the node's, or 8
  std::string nic, bytes, storage, interval, host_copy;
  std::string to = "storage";
  bool asynchronous = false;
  double spares = -1, days = 30;
  int lives = 0, draws = 1000;
  bool published = false;             // the published runs instead
  std::string runs;                   // their file; empty: the shipped one
};

struct ReportOptions {
  std::string db;
  std::string html, scores;           // page to write, with these scores (CSV of validate) in it; empty: tables
  std::string sensitivity;            // and with this (JSON of sensitivity)
  bool months = false;                // tables by month in full
  std::string study = {};             // that the results are of: with its sensitivity and its evidence
};

struct FactsOptions {
  std::string db;
  bool hash = false;
};

// How many of one chip replace another at equal work.
struct ExchangeOptions {
  std::string study, of, by;          // of, by: ids of offers or of nodes
  std::string outcome;                // id; empty: the study's first
  std::string model;                  // that is decoded: id or path of a file; empty: the reference campaign's
  std::string tpot = "50 ms";         // objective of decode: time per token of one sequence
  std::string precision = "bf16";     // of decode: weights and cache
  int context = 4096;                 // of decode: tokens of a sequence that each new one attends to
};

struct CrossoverOptions {
  std::string study, mix, fast, slow; // ids; empty: the first mix, the first and the second outcome
};

struct TimelinesOptions {
  std::string file, site, as_of;      // site "": all; as_of "": every row is taken as recorded
};

struct DemandOptions {
  std::string file, format;           // format: a name of import/series.hpp
  std::string select;                 // which kind of request, where the format has several
  std::string out;                    // demand file to write; empty: none
};

struct InstancesOptions {
  std::string file, app;              // app "": all
};

struct JobsOptions {
  std::string file, format;           // format "": recognised
  std::string with, chip;             // second file of formats that have one; whose throughputs
  std::optional<double> fleet;        // chips: wider jobs are refused
  std::string csv;                    // the log in our own format to write; empty: none
  // Scheduled on a cluster, once for each policy; no policy: only what the log holds.
  std::vector<std::string> policies;
  int nodes = 0, pods = 1;
  std::optional<int> node_chips;      // default: 8, or those of --node
  std::string cluster;                // parts of a cluster (CSV), instead of these
  std::string map = "duration";
  std::optional<double> ratio;        // of --map
  double guess = 1, restart = 0;
  std::optional<double> spine;        // default: 1
  std::string model, node, fabric, catalogue;  // whose steps on what, for gangs over several pods and for --map steps
  std::optional<int> batch, seq;      // of a step
  double least = 1, most = 1;         // of a gang's chips, for elastic gangs
  std::string tenants, half_life;     // of fair share: CSV of weights and quotas; a duration, empty: nothing is remembered
  std::string schedule, busy;         // CSV of who ran when, and of what was busy when; empty: none
  std::string why;                    // job, by its id or its line in the log
  std::optional<double> at;           // s from the first submit
};

struct ReplayOptions {
  std::string log, study;
  std::string mix, outcome;           // ids; empty: the study's first
  std::string as;                     // "stack/family"
  bool align = false;
  int draws = 0;
};

struct ExplainOptions {
  std::string study, mix, outcome;    // ids; empty: the study's first
  std::string date, port;             // port: "stack/family"; empty: all
  int draw = -1;                      // -1: at modes
};

// As typed, for the manifest.
std::string command_line();
int jobs(const Common&);              // worker processes
std::string cache_dir(const Common&); // of step profiles: the user's, unless told otherwise; "" keeps none
std::vector<std::string> overrides(const Common&);

// The unit of a metric that the study has; throws InputError with a suggestion.
std::string metric_unit(const results::StudyInfo&, const std::string& metric);

int check(const Common&, const CheckOptions&);
int plan(const Common&, const PlanOptions&);
int audit(const Common&, const AuditOptions&);
int step(const Common&, const StepOptions&);
int run_one(const Common&, CompareOptions);
int compare(const Common&, const CompareOptions&);
int decide(const Common&, const DecideVerbOptions&);
int sensitivity(const Common&, const SensitivityOptions&);
int equal(const Common&, const EqualVerbOptions&);
int sweep(const Common&, const SweepOptions&);
int merge(const Common&, const MergeOptions&);
int value(const Common&, const ValueOptions&);
int validate(const Common&, const ValidateOptions&);
int calibrate(const Common&, const CalibrateOptions&);
int calibrate_failures(const Common&, const CalibrateFailuresOptions&);
int goodput(const Common&, const GoodputOptions&);
int facts(const Common&, const FactsOptions&);
int report(const Common&, const ReportOptions&);
int exchange(const Common&, const ExchangeOptions&);
int crossover(const Common&, const CrossoverOptions&);
int replay_timelines(const Common&, const TimelinesOptions&);
int replay_demand(const Common&, const DemandOptions&);
int replay_instances(const Common&, const InstancesOptions&);
int replay_jobs(const Common&, const JobsOptions&);
int schedule_jobs(const Common&, const JobsOptions&);
std::string policy_list();              // of job schedulers, with what each does
int replay_porting(const Common&, const ReplayOptions&);
int explain(const Common&, const ExplainOptions&);

}  // namespace capmix::cli
