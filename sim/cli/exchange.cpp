#include "cli/verbs.hpp"
namespace capmix::cli { int exchange(const Common&, const ExchangeOptions&) { return 2; } }
