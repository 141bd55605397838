# Writes OUT, a source file with the page of the report in PAGE, or with none where that has not been built. Only when
# it changed, so that a build with the same page compiles nothing. The page is taken in by the assembler: as a
# literal it would take seconds to compile.
cmake_minimum_required(VERSION 3.22)
if(EXISTS ${PAGE})
  file(SHA256 ${PAGE} hash)
  set(data "// ${hash}\nasm(\".section .rodata\\n.global capmix_page_begin\\n.global capmix_page_end\\ncapmix_page_begin:\\n\"\n    \".incbin \\\"${PAGE}\\\"\\n\"\n    \"capmix_page_end:\\n.byte 0\\n.previous\\n\");\n")
  string(APPEND data "extern \"C\" const char capmix_page_begin[], capmix_page_end[];\n")
  set(body "std::string(capmix_page_begin, capmix_page_end)")
else()
  set(data "")
  set(body "\"\"")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
     "#include \"cli/report_page.hpp\"\n\n@data@\nnamespace capmix::cli {\nstd::string report_page() { return @body@; }\n}  // namespace capmix::cli\n")
