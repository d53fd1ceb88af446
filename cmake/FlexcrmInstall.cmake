# Install rules: components `messages`, `transport`, `browser` (each with its headers, library and export set; the last
# with the npm package too), and `tools` (the programs of examples/ that a vendor runs).
include(CMakePackageConfigHelpers)

set(flexcrm_config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/flexcrm")

function(flexcrm_install component)
  install(TARGETS ${ARGN} EXPORT flexcrm-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component}
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT ${component}
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ${component})
  install(EXPORT flexcrm-${component} NAMESPACE flexcrm:: DESTINATION "${flexcrm_config_dir}"
    COMPONENT ${component})
endfunction()

flexcrm_install(messages flexcrm_messages)
if(FLEXCRM_BUILD_TRANSPORT)
  flexcrm_install(transport flexcrm_transport flexcrm_flexcrm)
  flexcrm_install(browser flexcrm_browser)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/flexcrm-config.cmake.in"
  "${PROJECT_BINARY_DIR}/flexcrm-config.cmake" INSTALL_DESTINATION "${flexcrm_config_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/flexcrm-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/flexcrm-config.cmake" "${PROJECT_BINARY_DIR}/flexcrm-config-version.cmake"
  DESTINATION "${flexcrm_config_dir}" COMPONENT messages)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT messages)
