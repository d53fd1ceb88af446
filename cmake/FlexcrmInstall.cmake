# Install rules: components `messages`, `transport`, `browser`, `phone`, `nats` (each with its headers, library and export
# set; `browser` with the npm package too), and `tools` (the programs of examples/ that a vendor runs). What is installed may be moved.
include(CMakePackageConfigHelpers)

set(flexcrm_config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/flexcrm")
option(FLEXCRM_DEBIAN "Lay out the install as Debian's packages, which have shared libraries in one of their own" OFF)

function(flexcrm_install component)
  set(runtime ${component})
  if(FLEXCRM_DEBIAN)
    set(runtime runtime)
  endif()
  # Its libraries find each other.
  set_target_properties(${ARGN} PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${ARGN} EXPORT flexcrm-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${runtime} NAMELINK_COMPONENT ${component}
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT ${runtime}
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"  # for consumers with a CMake before 3.23, which has no file sets
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ${component})
  install(EXPORT flexcrm-${component} NAMESPACE flexcrm:: DESTINATION "${flexcrm_config_dir}"
    COMPONENT ${component})
endfunction()

# A program of examples/, which finds a shared library wherever the package was put.
function(flexcrm_install_tool program)
  set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
endfunction()

flexcrm_install(messages flexcrm_messages)
if(FLEXCRM_BUILD_TRANSPORT)
  flexcrm_install(transport flexcrm_transport flexcrm_flexcrm)
  flexcrm_install(browser flexcrm_browser)
endif()
if(FLEXCRM_WITH_PHONE)
  flexcrm_install(phone flexcrm_phone)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindPhoneNumber.cmake" DESTINATION "${flexcrm_config_dir}" COMPONENT phone)
endif()
if(TARGET flexcrm_nats)
  flexcrm_install(nats flexcrm_nats)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindNats.cmake" DESTINATION "${flexcrm_config_dir}" COMPONENT nats)
endif()

set(flexcrm_needs_openssl OFF)
if(FLEXCRM_WITH_TLS AND NOT BUILD_SHARED_LIBS)
  set(flexcrm_needs_openssl ON)
endif()
set(flexcrm_needs_phonenumber ON)
set(flexcrm_needs_nats ON)
if(BUILD_SHARED_LIBS)
  set(flexcrm_needs_phonenumber OFF)
  set(flexcrm_needs_nats OFF)
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/flexcrm-config.cmake.in"
  "${PROJECT_BINARY_DIR}/flexcrm-config.cmake" INSTALL_DESTINATION "${flexcrm_config_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/flexcrm-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/flexcrm-config.cmake" "${PROJECT_BINARY_DIR}/flexcrm-config-version.cmake"
  DESTINATION "${flexcrm_config_dir}" COMPONENT messages)
if(FLEXCRM_DEBIAN)
  include(packaging/debian/packages)
else()
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT messages)
endif()
