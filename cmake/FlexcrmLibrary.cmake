# flexcrm_library(<component> HEADERS <header>... SOURCES <source>...): one installable component, flexcrm::<component>.
# Headers are named relative to include/flexcrm, sources relative to the caller.
function(flexcrm_library component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES")
  set(target flexcrm_${component})
  list(TRANSFORM arg_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/flexcrm/")

  add_library(${target} ${arg_SOURCES})
  add_library(flexcrm::${component} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${component}
    OUTPUT_NAME flexcrm_${component}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_compile_definitions(${target} PRIVATE FLEXCRM_BUILDING)
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(${target} PUBLIC FLEXCRM_SHARED)
    # The templates of others that it instantiates are its own matter, whatever visibility they ask for.
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
      set(exported "${PROJECT_SOURCE_DIR}/cmake/exported.map")
      target_link_options(${target} PRIVATE "LINKER:--version-script=${exported}")
      set_target_properties(${target} PROPERTIES LINK_DEPENDS "${exported}")
    endif()
  endif()
endfunction()
