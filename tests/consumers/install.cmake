# Installs what was built twice: into `messages` that component alone, into `all` everything that others build on. Both
# are moved afterwards, as a package may be. Fails when an installed file knows where it was built.
file(REMOVE_RECURSE "${TO}")
function(install_into prefix)
  foreach(component ${ARGN})
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env "DESTDIR=${TO}/staged"
      "${CMAKE_COMMAND}" --install "${BUILD}" --prefix /opt/flexcrm --component ${component}
      OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(RENAME "${TO}/staged/opt/flexcrm" "${TO}/${prefix}")
endfunction()
install_into(messages ${RUNTIME} messages)
install_into(all ${RUNTIME} ${COMPONENTS})

file(GLOB_RECURSE files "${TO}/all/*")
if(DEBUG)
  list(FILTER files EXCLUDE REGEX "[.](a|so[.0-9]*)$")  # debug information tells the sources
endif()
foreach(file IN LISTS files)
  foreach(place "${SOURCE}" "${BUILD}" "${TO}")
    string(REGEX REPLACE "([][+.*()^$?|\\\\])" "\\\\\\1" pattern "${place}")
    file(STRINGS "${file}" found REGEX "${pattern}" LIMIT_COUNT 1)
    if(found)
      message(FATAL_ERROR "${file} knows ${place}: ${found}")
    endif()
  endforeach()
endforeach()
