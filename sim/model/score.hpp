// A prediction beside the published measurement that it is scored on.
#pragma once

#include <string>

namespace capmix {

struct Score {
  std::string case_id, group, workload, hardware, precision;
  std::string family;        // group x model x hardware x precision: seen by a fit as a whole or not at all
  std::string vote;          // rows that have one vote together; "": the row has its own
  std::string base;          // vote of the rows whose rate this one is a share of: the same system offline; "": none
  std::string curve;         // one scaling study: all but chips and batch
  std::string work_class;    // "dense", "NVFP4", "LoRA", "MoE", "Ascend": what the bars of accuracy name
  std::string chip_family;   // id of the efficiency
  std::string plan;          // parallel plan in words
  int chips = 0;
  double predicted = 0, measured = 0;  // in `unit`
  std::string unit;
  double ratio = 0;          // predicted / measured
  double log_error = 0;      // ln of the step's time, predicted to measured: positive when too slow
  double rate = 0;           // measured, tokens per second and chip
  double low = 0, high = 0;  // of the prediction: the trust range of its profile
  bool calibrated_on = false;  // the case was used to fit the values that it is predicted with
  bool in_range = false;       // low <= measured <= high
  bool suspect = false;        // marked so by the table that it stands in: shown, not counted
  std::string reason;        // why it is not scored; a suspect row's reason too
  std::string assumed;       // what was assumed where the row is blank
  bool scored() const { return predicted > 0; }
  bool counts() const { return scored() && !suspect; }
};

}  // namespace capmix
