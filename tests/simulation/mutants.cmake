# Shows that the simulation bites: each mutant is the session with one rule broken, and its simulation must name the
# invariant that no longer holds. A text that is not found any more stops the configuration, so none goes stale.
#
# flexcrm_mutant(<name> <file> <original> <broken> <invariant>)
function(flexcrm_mutant name file original broken invariant)
  set(source "${PROJECT_SOURCE_DIR}/src/messages/${file}")
  set(mutated "${CMAKE_CURRENT_BINARY_DIR}/mutants/${name}/${file}")
  file(READ "${source}" text)
  string(REPLACE "${original}" "${broken}" changed "${text}")
  if(changed STREQUAL text)
    message(FATAL_ERROR "mutant ${name}: ${file} has no \"${original}\"")
  endif()
  file(CONFIGURE OUTPUT "${mutated}" CONTENT "${changed}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  add_executable(flexcrm_mutant_${name} $<TARGET_OBJECTS:flexcrm_simulation_objects> "${mutated}")
  target_include_directories(flexcrm_mutant_${name} PRIVATE "${PROJECT_SOURCE_DIR}/src/messages")
  target_link_libraries(flexcrm_mutant_${name} PRIVATE flexcrm::messages)
  # A broken rule leaves code that nobody calls.
  target_compile_options(flexcrm_mutant_${name} PRIVATE -Wno-unused -Wno-unused-parameter)
  add_test(NAME simulation_catches_${name} COMMAND flexcrm_mutant_${name} --schedules 5000)
  set_tests_properties(simulation_catches_${name} PROPERTIES TIMEOUT 600
    PASS_REGULAR_EXPRESSION "broken invariant: ${invariant}")
endfunction()

flexcrm_mutant(forgotten_numbers session.cpp
  "else if (known->second)\n      transmit(*known->second, now);\n    return false;"
  "return known != received.end();"
  "(events come once|a query is handled once|a command has at most one effect|newest state wins|exactly one outcome|handlers of)")
flexcrm_mutant(nothing_repeated session.cpp
  "      begin(result, false);\n      repeat(now);" "      begin(result, false);"
  "(no livelock|exactly one outcome|newest state wins)")
flexcrm_mutant(late_grant dial_ledger.cpp
  "granted_ || age_.at(now) >= lifetime_" "granted_"
  "no dial starts later")
flexcrm_mutant(older_state_wins session.cpp
  "act(Answered{older->key, MessageType::of(older->message), make_error(Errc::superseded)});\n        waiting.erase(older);"
  "return act(Answered{next.key, type, make_error(Errc::superseded)});"
  "newest state wins")
flexcrm_mutant(silent_reset session.cpp
  "begin(result, had_session)" "begin(result, false)"
  "a reset is always told")
flexcrm_mutant(no_window session.cpp
  "constexpr std::int64_t window = 64;\nconstexpr std::size_t window_for_all_but_claims = 60;"
  "constexpr std::int64_t window = 100000;\nconstexpr std::size_t window_for_all_but_claims = 90000;"
  "memory is bounded")
flexcrm_mutant(no_line session.cpp
  "while (!line.empty() && !conversation.in_order)" "while (!line.empty())"
  "handlers of events and state start one after the other")
flexcrm_mutant(uncertain_told_as_certain dial_ledger.cpp
  "if (!granted_) {" "if (true) {"
  "a dial that certainly was not placed")
flexcrm_mutant(lost_without_a_word session.cpp
  "        lose(request.key, request.type);\n      }\n    }" "      }\n    }"
  "exactly one outcome")
