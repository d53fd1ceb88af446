# The C client of NATS, nats.c, as Nats::Nats: by its files where the library is shared (Debian), by its own CMake package elsewhere
# (vcpkg, Conan). In this order, since Debian's package names a static library that it does not have. For building flexcrm::nats, and
# for whoever links a static one.
include(FindPackageHandleStandardArgs)
find_path(Nats_INCLUDE_DIR nats/nats.h)
find_library(Nats_LIBRARY nats)
mark_as_advanced(Nats_INCLUDE_DIR Nats_LIBRARY)
if(Nats_INCLUDE_DIR AND Nats_LIBRARY)
  find_package_handle_standard_args(Nats REQUIRED_VARS Nats_LIBRARY Nats_INCLUDE_DIR)
  if(NOT TARGET Nats::Nats)
    add_library(Nats::Nats UNKNOWN IMPORTED)
    set_target_properties(Nats::Nats PROPERTIES
      IMPORTED_LOCATION "${Nats_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Nats_INCLUDE_DIR}")
  endif()
  return()
endif()

find_package(cnats CONFIG QUIET)
foreach(nats_target cnats::nats cnats::nats_static)
  if(TARGET ${nats_target} AND NOT TARGET Nats::Nats)
    add_library(Nats::Nats INTERFACE IMPORTED)
    target_link_libraries(Nats::Nats INTERFACE ${nats_target})
  endif()
endforeach()
find_package_handle_standard_args(Nats REQUIRED_VARS cnats_DIR)
