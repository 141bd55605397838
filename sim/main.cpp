// capmix: which supplier mix gives how much throughput, when.
#include "cli/cli.hpp"

int main(int argc, char** argv) { return capmix::cli::run(argc, argv); }
