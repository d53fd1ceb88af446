# cmake -DOUTPUT=<file.cpp> "-DMODULES=<a.js>;<b.js>…" -P embed.cmake: the modules as arrays of characters, since string
# literals of their length are beyond what some compilers take.
set(arrays "")
set(rows "")
foreach(module IN LISTS MODULES)
  get_filename_component(name "${module}" NAME)
  string(MAKE_C_IDENTIFIER "${name}" array)
  file(READ "${module}" bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  file(SHA256 "${module}" hash)
  string(SUBSTRING "${hash}" 0 32 hash)
  string(APPEND arrays "constexpr char ${array}[] = {${bytes}};\n")
  string(APPEND rows "    EmbeddedModule{\"${name}\", \"\\\"${hash}\\\"\", {${array}, sizeof ${array}}},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#include "embedded.hpp"

namespace flexcrm::detail {
namespace {

@arrays@
constexpr EmbeddedModule modules[] = {
@rows@};

}  // namespace

std::span<EmbeddedModule const> embedded_modules() noexcept { return modules; }

}  // namespace flexcrm::detail
]])
