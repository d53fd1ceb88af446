# Debian packages, by CPack:
#
#     cmake --preset deb && cmake --build --preset deb && cpack --preset deb
#
# libflexcrm<soname> has the shared libraries, libflexcrm-dev what others build with, flexcrm-examples the programs of `tools`.
# tests/packaging/debian.sh installs them into a system that has nothing else.
set(FLEXCRM_DEBIAN_MAINTAINER "flexcrm maintainers <flexcrm@localhost.localdomain>" CACHE STRING "Maintainer of the Debian packages")

set(abi ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(library libflexcrm${abi})
set(release 1)
set(full ${PROJECT_VERSION}-${release})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME flexcrm)
set(CPACK_PACKAGE_CONTACT "${FLEXCRM_DEBIAN_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(libraries messages transport browser)
if(FLEXCRM_WITH_PHONE)
  list(APPEND libraries phone)
endif()
if(TARGET flexcrm_nats)
  list(APPEND libraries nats)
endif()
set(CPACK_COMPONENTS_ALL runtime ${libraries} tools)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
foreach(component IN LISTS libraries)
  string(TOUPPER ${component} key)
  set(CPACK_COMPONENT_${key}_GROUP dev)
endforeach()

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${libraries})
list(TRANSFORM CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS PREPEND "${PROJECT_BINARY_DIR}/src/")

# flexcrm_package(<component or group> <package> <section> <shlibdeps> <depends> <what it has> <a component of it>)
function(flexcrm_package group name section shlibdeps depends has component)
  string(TOUPPER ${group} key)
  foreach(field NAME SECTION SHLIBDEPS DEPENDS)
    string(TOLOWER ${field} value)
    set(CPACK_DEBIAN_${key}_PACKAGE_${field} "${${value}}" PARENT_SCOPE)
  endforeach()
  set(CPACK_DEBIAN_${key}_DESCRIPTION "Flex, Twilio's contact centre, runs in a browser. flexcrm connects it with
a CRM by typed and validated messages over WebSocket.
.
This package has ${has}." PARENT_SCOPE)  # below the project's own line, which CPack gives to all of them
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/packaging/debian/copyright" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}"
    COMPONENT ${component})
  install(FILES "${PROJECT_BINARY_DIR}/changelog.Debian.gz" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" COMPONENT ${component})
endfunction()

flexcrm_package(runtime ${library} libs ON "" "the shared libraries" runtime)
flexcrm_package(dev libflexcrm-dev libdevel OFF
  "${library} (= ${full}), libboost${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR}-dev, libboost-json${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR}-dev"
  "the C++ headers, the CMake package, and the browser modules
as an npm package in /usr/share/flexcrm/browser"
  messages)
flexcrm_package(tools flexcrm-examples comm ON "${library} (= ${full})"
  "a small CRM (flexcrm-crm), a stub of Flex without a browser
(flexcrm-plugin-stub) and a checker of frames (flexcrm-check)"
  tools)

# What other packages that link the libraries depend on, and the linker's cache.
set(shlibs "")
foreach(component IN LISTS libraries)
  string(APPEND shlibs "libflexcrm_${component} ${abi} ${library} (>= ${PROJECT_VERSION})\n")
endforeach()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/shlibs" CONTENT "${shlibs}")
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/triggers" CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_BINARY_DIR}/shlibs;${PROJECT_BINARY_DIR}/triggers")

# What changed is told in docs/changelog.md; Debian wants an entry of its own form.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/changelog.Debian" @ONLY CONTENT
"flexcrm (@full@) unstable; urgency=medium

  * See docs/changelog.md of the sources.

 -- @FLEXCRM_DEBIAN_MAINTAINER@  @date@
")
execute_process(COMMAND gzip -9nf "${PROJECT_BINARY_DIR}/changelog.Debian" COMMAND_ERROR_IS_FATAL ANY)

include(CPack)
