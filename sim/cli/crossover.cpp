#include "cli/verbs.hpp"
namespace capmix::cli { int crossover(const Common&, const CrossoverOptions&) { return 2; } }
