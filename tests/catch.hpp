// The one place where Catch2 2 (Debian 12) and 3 (Debian 13) differ.
#pragma once
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
namespace test { using Catch::Approx; }
#else
#include <catch2/catch.hpp>
namespace test { using Approx = Catch::Detail::Approx; }
#endif
