# Google's libphonenumber as PhoneNumber::PhoneNumber: by its own CMake package where there is one (vcpkg, Conan, later releases), by
# its files elsewhere (Debian). For building flexcrm::phone, and for whoever links a static one.
include(FindPackageHandleStandardArgs)
find_package(libphonenumber CONFIG QUIET)
foreach(phonenumber_target libphonenumber::phonenumber libphonenumber::phonenumber-shared)
  if(TARGET ${phonenumber_target})
    find_package_handle_standard_args(PhoneNumber REQUIRED_VARS libphonenumber_DIR)
    if(NOT TARGET PhoneNumber::PhoneNumber)
      add_library(PhoneNumber::PhoneNumber INTERFACE IMPORTED)
      target_link_libraries(PhoneNumber::PhoneNumber INTERFACE ${phonenumber_target})
    endif()
    return()
  endif()
endforeach()

find_path(PhoneNumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
find_library(PhoneNumber_LIBRARY phonenumber)
find_library(PhoneNumber_PROTOBUF_LIBRARY protobuf)  # its headers are partly protobuf's code
mark_as_advanced(PhoneNumber_INCLUDE_DIR PhoneNumber_LIBRARY PhoneNumber_PROTOBUF_LIBRARY)
find_package_handle_standard_args(PhoneNumber
  REQUIRED_VARS PhoneNumber_LIBRARY PhoneNumber_INCLUDE_DIR PhoneNumber_PROTOBUF_LIBRARY)
if(PhoneNumber_FOUND AND NOT TARGET PhoneNumber::PhoneNumber)
  add_library(PhoneNumber::PhoneNumber UNKNOWN IMPORTED)
  set_target_properties(PhoneNumber::PhoneNumber PROPERTIES
    IMPORTED_LOCATION "${PhoneNumber_LIBRARY}"
    INTERFACE_LINK_LIBRARIES "${PhoneNumber_PROTOBUF_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${PhoneNumber_INCLUDE_DIR}")
endif()
