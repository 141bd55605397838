# Writes OUT with the commit of the checkout in SOURCE, only when it changed, so that a build without a new
# commit compiles nothing.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=8 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#pragma once\n#define CAPMIX_COMMIT \"${commit}\"\n")
