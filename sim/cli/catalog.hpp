// capmix catalog: what the shipped data say and who says so; a fabric as a file for SimGrid.
#pragma once

#include <string>
#include <vector>

#include "cli/verbs.hpp"

namespace capmix::cli {

struct CatalogOptions {
  std::string catalogue;              // directory; empty: platforms/ of the checkout
  std::string subject;                // show: "chips/h200-sxm", or an id alone
  // Export.
  bool simgrid = false;
  std::string fabric, node, study, site;  // of a study: the fabric of that site
  int chips = 0;
  std::string file = "-";             // "-": standard output
};

int catalog_list(const Common&, const CatalogOptions&);
int catalog_show(const Common&, const CatalogOptions&);
int catalog_export(const Common&, const CatalogOptions&);

}  // namespace capmix::cli
