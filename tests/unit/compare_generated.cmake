# Fails when a generated file in the tree differs from what its generator writes now.
execute_process(COMMAND ${GENERATE} ${WHAT} OUTPUT_VARIABLE generated COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} committed)
if(NOT generated STREQUAL committed)
  message(FATAL_ERROR "${EXPECTED} is stale: run flexcrm-generate ${WHAT} > ${EXPECTED}")
endif()
