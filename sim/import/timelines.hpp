// Recorded timelines of data centres: when a site was cleared, when power came, how it grew and where it fell.
//
// Three kinds of files are told apart by their header, whatever else stands in it and in whatever order: one row per
// site and date with a power (Epoch AI, "Frontier Data Centers", timelines); one row per site, date and type of chip with
// a number of units (the same publisher's chip quantities: types of one day add up, a later day restates the whole site);
// one row per date with a column per cluster and their total (Helios). Columns are found by name, with the names that
// vintages have used; letter case, blanks and punctuation do not matter.
//
// Every row is used or noted with its line and the reason. Capacity is a step function: it holds until the next row, and
// it may fall. Not modelled: what changed hands between two rows, and how sure the publisher is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/diagnostic.hpp"

namespace capmix::import {

// From this day on a site has so much in all.
struct TimelineRow {
  int line = 0;                    // of the file, 1-based; of several rows that add up: the first
  Date date;
  double capacity = 0;             // in the file's unit; of a blank: what the row before had
  std::optional<double> h100e{};   // H100 equivalents, where the file says them
  bool forecast = false;           // later than the date as of which the file is read
};

struct TimelineSite {
  std::string name;
  std::vector<TimelineRow> rows{};  // ascending by date, one per day, at least one
};

// A row that was left out, or used with a reservation.
struct TimelineNote {
  int line = 0;
  bool left_out = false;
  std::string why;
};

struct Timelines {
  std::string file, unit;               // unit: "MW", "H100e" or "chips"
  std::vector<TimelineSite> sites{};    // by name
  std::vector<TimelineNote> notes{};    // by line
  size_t rows = 0;                      // data rows of the file: used + left out
  size_t out_of_order = 0;              // of them, rows with an earlier date than a row of the site further up
  size_t left_out() const;
  const TimelineSite* find(const std::string& site) const;
};

// Rows later than `as_of` are marked as forecasts; without it none is. Problems (a header that names no date, site or
// amount; a field that is no date or number; a negative amount; a total that its columns do not sum to) go to
// `problems`, each with its line.
Timelines read_timelines(const std::string& path, std::optional<Date> as_of, Diagnostics& problems);

// What a site's steps say. A date is never() where the rows do not reach it.
struct SiteDates {
  Date start;                           // first row: land clearing, where the publisher saw it
  bool seen_from_start = false;         // the first row has no capacity: the months below are whole
  Date first = Date::never();           // first day with any capacity
  Date quarter = Date::never(), half = Date::never(), full = Date::never();  // 25, 50 and 100 % of the greatest of all rows
  Date gigawatt = Date::never();        // 1,000 MW; never for other units
  double greatest = 0, recorded = 0;    // of all rows, forecasts included; of the last row that is no forecast
  int falls = 0;                        // steps down among recorded rows
  double deepest_fall = 0;
  std::optional<double> months_to_first{};  // start to first; absent when not seen from the start or not yet happened, and of counts of chips, which tell no clearing
};
SiteDates dates_of(const Timelines& file, const TimelineSite& site);

}  // namespace capmix::import
