// The command line. Exit status: 0 done; 1 the run itself failed or a tolerance was exceeded; 2 bad input or
// usage. Never a stack trace.
#pragma once

namespace capmix::cli {

int run(int argc, char** argv);

}  // namespace capmix::cli
