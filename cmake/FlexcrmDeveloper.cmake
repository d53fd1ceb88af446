# What only those who work on flexcrm need: warnings as errors, sanitizers by preset, ccache. A project that embeds
# flexcrm by add_subdirectory gets none of it.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "Warnings are errors; packages turn it off")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 finds overlaps in "text" + std::string at -O2 and above that are not there (GCC bug 105651), and takes
  # members of an aggregate that is built in place for uninitialized. Clang's build judges the latter.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()

if(FLEXCRM_BUILD_TESTS AND NOT CMAKE_UNITY_BUILD)
  # Every public header compiles alone: a file for each, in every build that compiles the sources one by one.
  set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
  add_custom_target(flexcrm_headers ALL)
  add_dependencies(flexcrm_headers all_verify_interface_header_sets)
endif()

set(FLEXCRM_SANITIZE "" CACHE STRING "Value of -fsanitize= for all targets, e.g. address,undefined")
if(FLEXCRM_SANITIZE)
  add_compile_options(-fsanitize=${FLEXCRM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FLEXCRM_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Sanitized code confuses g++'s flow analysis (its manual says so); the other builds judge this warning. g++ warns of
    # each fence that ThreadSanitizer does not model; Asio has one. And it takes a source of a unity build for a header.
    add_compile_options(-Wno-maybe-uninitialized -Wno-tsan -Wno-subobject-linkage)
  elseif(FLEXCRM_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=function)  # clang 14 cannot write this check into a coroutine
  endif()
endif()

if(FLEXCRM_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "FLEXCRM_BUILD_FUZZERS needs clang")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)  # what libFuzzer steers by
endif()

find_program(FLEXCRM_CCACHE ccache)
if(FLEXCRM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FLEXCRM_CCACHE}")
endif()
