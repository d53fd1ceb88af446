# An overlay port: vcpkg install flexcrm --overlay-ports=cmake/packaging/vcpkg. It builds the sources that it lies in; a port for
# a registry takes a release in their place (vcpkg_from_github).
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES
  transport FLEXCRM_BUILD_TRANSPORT
  tls FLEXCRM_WITH_TLS
  phone FLEXCRM_WITH_PHONE
  nats FLEXCRM_WITH_NATS)

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${features} -DFLEXCRM_BUILD_TESTS=OFF -DFLEXCRM_BUILD_EXAMPLES=OFF -DCMAKE_COMPILE_WARNING_AS_ERROR=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/flexcrm)

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
