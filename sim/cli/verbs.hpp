// What each verb is told. One file per verb holds what it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
};

struct StepOptions {
  std::string study, workload;        // campaign or service id; empty: all of the study
  std::vector<std::string> nodes;     // node ids, one per part of the gang; empty: every one that the study may need
};

struct CompareOptions {
  std::string study;
  std::vector<std::string> mixes, outcomes;  // ids; empty: all
  std::optional<int> draws;
  std::string out;                    // results file; empty: results/<study id>.db
  std::string csv;                    // also write the comparison here
};

struct ValidateOptions {
  std::string cases;                  // empty: the shipped points
  std::string catalogue;              // directory; empty: platforms/ of the checkout
  std::string csv;
};

struct FactsOptions {
  std::string db;
  bool hash = false;
};

// As typed, for the manifest.
std::string command_line();

int check(const Common&, const CheckOptions&);
int plan(const Common&, const PlanOptions&);
int step(const Common&, const StepOptions&);
int run_one(const Common&, CompareOptions);
int compare(const Common&, const CompareOptions&);
int validate(const Common&, const ValidateOptions&);
int facts(const Common&, const FactsOptions&);

}  // namespace capmix::cli
