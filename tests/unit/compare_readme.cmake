# Fails when README.md does not print a program of examples/readme as it is.
file(READ "${ROOT}/README.md" readme)
foreach(name codec server coroutine)
  file(READ "${ROOT}/examples/readme/${name}.cpp" program)
  string(FIND "${readme}" "```cpp\n${program}```" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "README.md does not print examples/readme/${name}.cpp as it is")
  endif()
endforeach()
