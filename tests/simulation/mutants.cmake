# Shows that the simulation bites: for each rule of docs/protocol.md §4 and §5 that it can see, a copy of the sources in
# which the rule can be broken, and a test in which it is. The invariant that protects the rule must notice. All rules are
# switches of one program, so that there is one copy to compile. A text that is not found any more stops the
# configuration, so none goes stale.
#
# Not here, because two sessions that keep the rules never show a difference; tests/unit has them: messages against their
# direction, malformed frames, two claims for one dial, an uncertain answer without a grant, a request beyond the receiver's
# window, `resumed: true` of another session. And an age that becomes smaller, because it takes a sleep and a clock that is
# set back together, which the promise leaves out.
#
# Of the hub not here, because nobody sees a difference: TaskDeselected at the end of a session, which the Snapshot after it
# says too. And because no schedule gets there: a Snapshot that is too long, 64 open tasks, 16 tabs, and what is said
# between nodes.

set(mutated_sources messages/session.cpp messages/dial_ledger.cpp transport/hub.cpp transport/desk.cpp)
foreach(source IN LISTS mutated_sources)
  cmake_path(GET source FILENAME file)
  file(READ "${PROJECT_SOURCE_DIR}/src/${source}" text)
  set_property(DIRECTORY PROPERTY "mutated_${file}" "#include \"broken.hpp\"\n${text}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${source}")
endforeach()

# The scene that the rules which follow are tried in.
set(scene sessions)

# flexcrm_breaks(<rule> <invariant> [<file> <original> <changed>]...): in <changed>, BROKEN says whether the rule is to be
# broken. Without a text it is the simulation's own shell that breaks it. <invariant> is a regular expression.
function(flexcrm_breaks rule invariant)
  foreach(i RANGE 2 ${ARGC} 3)
    if(i EQUAL ARGC)
      break()
    endif()
    math(EXPR j "${i} + 1")
    math(EXPR k "${i} + 2")
    string(REPLACE "BROKEN" "flexcrm::test::broken(\"${rule}\")" changed "${ARGV${k}}")
    get_property(text DIRECTORY PROPERTY "mutated_${ARGV${i}}")
    string(FIND "${text}" "${ARGV${j}}" found)
    if(found EQUAL -1)
      message(FATAL_ERROR "${rule}: ${ARGV${i}} has no \"${ARGV${j}}\"")
    endif()
    string(REPLACE "${ARGV${j}}" "${changed}" text "${text}")
    set_property(DIRECTORY PROPERTY "mutated_${ARGV${i}}" "${text}")
  endforeach()
  add_test(NAME "simulation_catches_${rule}" COMMAND flexcrm_simulation_mutants --scene ${scene} --broken ${rule} --schedules 20000)
  set_tests_properties("simulation_catches_${rule}" PROPERTIES LABELS simulation TIMEOUT 600
    PASS_REGULAR_EXPRESSION "broken invariant: ${invariant}")
endfunction()

# -- opening (§4.1)

flexcrm_breaks(hello_first "nothing is sent before Hello is answered" session.cpp
  "if (phase == Phase::open) transmit(std::move(text), now);"
  "if (phase == Phase::open || BROKEN) transmit(std::move(text), now);")
flexcrm_breaks(hello_time "no livelock" session.cpp
  "connected.at(now) >= options.times.hello)"
  "connected.at(now) >= options.times.hello && !BROKEN)"
  session.cpp
  "reaching(connected, options.times.hello);"
  "reaching(connected, options.times.hello * (BROKEN ? 1000 : 1));")

# -- numbers and answers (§4.2)

flexcrm_breaks(consecutive_numbers "requests are numbered without a gap" session.cpp
  "auto const id = ++conversation.last_sent;"
  "auto const id = conversation.last_sent += BROKEN ? 2 : 1;")
flexcrm_breaks(gap "(no event is lost without being told|two sessions that keep the rules)" session.cpp
  "if (id == received.last() + 1) {"
  "while (BROKEN && id > received.last() + 1 && received.take_next()) {
    }
    if (id == received.last() + 1) {")
flexcrm_breaks(repeated_number
  "(events come once|a query is handled once|a command has at most one|newest state wins|a dial is delivered once|a request has one)"
  session.cpp
  "**known, now);\n    return false;"
  "**known, now);\n    return BROKEN && known;")
flexcrm_breaks(frozen_frame "one number never means two things" session.cpp
  "      }\n      transmit(request.frame, now);\n    }"
  "      }\n      transmit(BROKEN ? request.frame + ' ' : request.frame, now);\n    }")
flexcrm_breaks(window "memory is bounded: at most 64 requests are unanswered" session.cpp
  "- sent.begin()->first >= window) return false;"
  "- sent.begin()->first >= window) return BROKEN;")
flexcrm_breaks(window_for_claims "memory is bounded: 4 of 64 unanswered requests are for claims" session.cpp
  "return sent.size() - static_cast"
  "return BROKEN || sent.size() - static_cast")
flexcrm_breaks(bytes_of_unanswered "memory is bounded: the bytes of unanswered requests" session.cpp
  "conversation.sent_bytes >= options.queues.unanswered_bytes)"
  "conversation.sent_bytes >= options.queues.unanswered_bytes && !BROKEN)")
flexcrm_breaks(stored_answer "(no livelock|two sessions that keep the rules)" session.cpp
  "    conversation.received.keep(\n"
  "    if (!BROKEN) conversation.received.keep(\n")
flexcrm_breaks(bytes_of_stored_answers "memory is bounded: the bytes of a stored answer" session.cpp
  "text.size() <= options.queues.answer_bytes;"
  "BROKEN || text.size() <= options.queues.answer_bytes;")

# -- what waits (§4.3)

flexcrm_breaks(no_queue_for_commands "a command or query never waits for a connection" session.cpp
  "(phase != Phase::open && !is_ordered(type)))"
  "(phase != Phase::open && !is_ordered(type) && !BROKEN))")
flexcrm_breaks(newest_state_waits "newest state wins" session.cpp
  "        act(Answered{older->key, MessageType::of(older->message), make_error(Errc::superseded)});"
  "        if (BROKEN) return act(Answered{next.key, type, make_error(Errc::superseded)});
        act(Answered{older->key, MessageType::of(older->message), make_error(Errc::superseded)});")
flexcrm_breaks(superseded_is_told "(exactly one outcome|when a session ends|no livelock)" session.cpp
  "        act(Answered{older->key, MessageType::of(older->message), make_error"
  "        if (!BROKEN) act(Answered{older->key, MessageType::of(older->message), make_error")
flexcrm_breaks(slots "newest state wins" session.cpp
  "return is_state(other_type) && slot(other_type) == slot(type);"
  "return is_state(other_type) && (BROKEN || slot(other_type) == slot(type));")
flexcrm_breaks(bytes_of_events "memory is bounded: the bytes of events" session.cpp
  "if (conversation.waiting_event_bytes > options.queues.event_bytes)"
  "if (conversation.waiting_event_bytes > options.queues.event_bytes && !BROKEN)")

# -- handlers (§4.4) and times (§4.5)

flexcrm_breaks(handlers_in_line "handlers of events and state start one after the other" session.cpp
  "while (!line.empty() && !conversation.in_order) {"
  "while (!line.empty() && (BROKEN || !conversation.in_order)) {")
flexcrm_breaks(answer_after_the_handler "what was acknowledged was handled" session.cpp
  "    act(std::move(next.delivery));"
  "    if (BROKEN && is_ordered(type)) reply(next.id, codec.encode_answer(RequestId::number(next.id), NullResult{}).value(), now);
    act(std::move(next.delivery));")
flexcrm_breaks(answers_of_an_ended_session "(only what was asked is answered|an answer belongs to the session|a request has one answer)"
  session.cpp
  "    conversation = {};\n"
  "    conversation = {};\n    if (BROKEN) conversation.handling = old.handling;\n")
flexcrm_breaks(handler_time "no livelock" session.cpp
  "Handling{next.id, type, Age{now}, limit}"
  "Handling{next.id, type, Age{now}, limit * (BROKEN ? 1000 : 1)}")
flexcrm_breaks(answer_time "(an outcome comes in time|no livelock|exactly one outcome)" session.cpp
  "      request.limit = request.lifetime;"
  "      request.limit = request.lifetime * (BROKEN ? 1000 : 1);")
flexcrm_breaks(ping "a connection without faults stays" session.cpp
  "spoken.at(now) >= options.times.ping_after)"
  "spoken.at(now) >= options.times.ping_after * (BROKEN ? 1000 : 1))"
  session.cpp
  "reaching(spoken, options.times.ping_after);"
  "reaching(spoken, options.times.ping_after * (BROKEN ? 1000 : 1));")
flexcrm_breaks(idle_time "no livelock: a silent connection is closed" session.cpp
  "heard.at(now) >= idle)"
  "heard.at(now) >= idle * (BROKEN ? 1000 : 1))"
  session.cpp
  "reaching(heard, idle);"
  "reaching(heard, idle * (BROKEN ? 1000 : 1));")
flexcrm_breaks(sleep "a side that slept closes before it looks at a frame" session.cpp
  "if (!before || !is_attached()) return;"
  "if (!before || !is_attached() || BROKEN) return;")
flexcrm_breaks(time_before_frames "a side that slept closes before it looks at a frame" session.cpp
  "    // After a sleep or a silence the connection ends before another frame is looked at.\n    tick(now);"
  "    if (!BROKEN) tick(now);")

# -- ending (§4.6)

flexcrm_breaks(terminal_bye "a page that was turned away does not come back" session.cpp
  "return reason != ByeReason::shutdown;"
  "return reason != ByeReason::shutdown && !BROKEN;")
flexcrm_breaks(terminal_refusal "a page that was turned away does not come back" session.cpp
  "return error.code == Errc::unauthorized ||"
  "return (error.code == Errc::unauthorized && !BROKEN) ||")
flexcrm_breaks(lost_requests_are_told "when a session ends, whatever was open is told" session.cpp
  "        lose(request.key, request.type);"
  "        if (!BROKEN) lose(request.key, request.type);")
flexcrm_breaks(lost_waiting_is_told "when a session ends, whatever was open is told" session.cpp
  "        lose(waiting.key, type);"
  "        if (!BROKEN) lose(waiting.key, type);")
flexcrm_breaks(reset_is_told "a reset is always told" session.cpp
  "begin(result, had_session);"
  "begin(result, had_session && !BROKEN);")

# -- resume (§4.9)

flexcrm_breaks(repeat_after_resume "(no livelock|exactly one outcome|newest state wins|two sessions that keep)" session.cpp
  "      begin(result, false);\n      repeat(now);"
  "      begin(result, false);\n      if (!BROKEN) repeat(now);")
flexcrm_breaks(two_minutes "a session without a connection ends after two minutes" session.cpp
  "reaching(*lost, options.times.resume);"
  "reaching(*lost, options.times.resume * (BROKEN ? 1000 : 1));")
flexcrm_breaks(resume_in_time "a session goes on for two minutes only" session.cpp
  "bool const in_time = !state.lost ||"
  "bool const in_time = BROKEN || !state.lost ||")
flexcrm_breaks(resume_by_instance "a session goes on with its own instance only" session.cpp
  "newcomer.hello.instance == state.hello.instance;"
  "(BROKEN || newcomer.hello.instance == state.hello.instance);")
flexcrm_breaks(resume_by_agent "a session goes on with its own instance only" session.cpp
  "newcomer.hello.agent == state.hello.agent &&"
  "(BROKEN || newcomer.hello.agent == state.hello.agent) &&")
flexcrm_breaks(resume_by_role "a session goes on with its own instance only" session.cpp
  "newcomer.hello.role == state.hello.role &&"
  "(BROKEN || newcomer.hello.role == state.hello.role) &&")
flexcrm_breaks(fencing "(two sessions that keep the rules|what was acknowledged was handled|only what was asked is answered)")
flexcrm_breaks(void_for_replaced_state "a Void goes in place of what is no longer worth doing" session.cpp
  "superseded(id, request.type))"
  "(superseded(id, request.type) && !BROKEN))")
flexcrm_breaks(void_for_late_commands "a Void goes in place of what is no longer worth doing" session.cpp
  "if (request.done || late ||"
  "if ((request.done && !BROKEN) || (late && !BROKEN) ||")
flexcrm_breaks(void_for_nothing_else "a Void stands for nothing that is worth doing" session.cpp
  "bool const late = !is_ordered(request.type) &&"
  "bool const late = (BROKEN || !is_ordered(request.type)) &&")
flexcrm_breaks(void_is_answered_expired "what was acknowledged was handled" session.cpp
  "if (type == type_of<Void>) return reply_error"
  "if (type == type_of<Void> && BROKEN) return reply(id, codec.encode_answer(*request.id, NullResult{}).value(), now);
    if (type == type_of<Void>) return reply_error")
flexcrm_breaks(repeated_events_are_marked "an event that comes again in another session is marked" session.cpp
  "      mark_repeated(event.message);"
  "      if (!BROKEN) mark_repeated(event.message);")
flexcrm_breaks(repeated_events_in_order "(events come once and in order|no event is lost without being told)" session.cpp
  "    auto const events = std::exchange(unacknowledged, {});"
  "    auto events = std::exchange(unacknowledged, {});\n    if (BROKEN) std::reverse(events.begin(), events.end());")

# -- dials (§5)

flexcrm_breaks(claim_first "a dial is delivered when it was granted" session.cpp
  "if (is_dial && options.claims == Claims::endpoint) return"
  "if (is_dial && options.claims == Claims::endpoint && !BROKEN) return")
flexcrm_breaks(grant_within_lifetime "(a dial is granted once, within|no dial starts later than)" dial_ledger.cpp
  "|| age_.at(now) >= lifetime_)"
  "|| (!BROKEN && age_.at(now) >= lifetime_))")
flexcrm_breaks(age_by_the_wall_clock "(a dial is granted once, within|no dial starts later than)" dial_ledger.cpp
  "&& age_.at(now) >= lifetime_"
  "&& (BROKEN ? now.steady >= age_.reaches(lifetime_).steady : age_.at(now) >= lifetime_)")
flexcrm_breaks(age_by_the_steady_clock "(a dial is granted once, within|no dial starts later than)" dial_ledger.cpp
  ": age_.at(now) >= lifetime_)"
  ": BROKEN ? now.wall >= age_.reaches(lifetime_).wall : age_.at(now) >= lifetime_)")
flexcrm_breaks(grant_in_time "a dial is delivered while it may start" session.cpp
  "request.limit = options.times.grant;"
  "request.limit = options.times.grant * (BROKEN ? 1000 : 1);")
flexcrm_breaks(start_limit "no dial starts later than its lifetime" session.cpp
  "next.delivery.start_before = claim.age.reaches"
  "next.delivery.start_before = (BROKEN ? Age{now} : claim.age).reaches")
flexcrm_breaks(one_open_dial "one dial is open at a time" session.cpp
  "if (open_dial || "
  "if ((open_dial && (!BROKEN || conversation.claimed_dial)) || ")
flexcrm_breaks(open_dial_outlives_its_session "one dial is open at a time" session.cpp
  "if (old.claimed_dial) open_dial.reset();"
  "if (old.claimed_dial || BROKEN) open_dial.reset();")
flexcrm_breaks(open_dial_outlives_its_time "one dial is open at a time" session.cpp
  "      conversation.handling.erase(key);\n"
  "      conversation.handling.erase(key);\n      if (BROKEN && open_dial == key) open_dial.reset();\n")
flexcrm_breaks(ungranted_dial_ends "(an outcome comes in time|exactly one outcome)" dial_ledger.cpp
  "age_.reaches(lifetime_ + times.after_lifetime)"
  "age_.reaches(lifetime_ + times.after_lifetime * (BROKEN ? 1000 : 1))")
flexcrm_breaks(granted_dial_ends "(an outcome comes in time|exactly one outcome)" dial_ledger.cpp
  "granted_->reaches(times.after_grant)"
  "granted_->reaches(times.after_grant * (BROKEN ? 1000 : 1))"
  dial_ledger.cpp
  "if (granted_->at(now) < times.after_grant)"
  "if (granted_->at(now) < times.after_grant || BROKEN)")
flexcrm_breaks(ended_dials_are_forgotten "memory is bounded: open dials" session.cpp
  "      conversation.dials.erase(dial);\n    }\n    act(Answered"
  "      if (!BROKEN) conversation.dials.erase(dial);\n    }\n    act(Answered")
flexcrm_breaks(uncertain_after_a_grant "a dial that certainly was not placed" dial_ledger.cpp
  "  if (!granted_) {\n"
  "  if (!granted_ || BROKEN) {\n")
flexcrm_breaks(lost_after_a_grant_is_uncertain "a dial that certainly was not placed" dial_ledger.cpp
  "code != Errc::session_lost &&"
  "(BROKEN || code != Errc::session_lost) &&")
flexcrm_breaks(no_task_is_uncertain "a dial that certainly was not placed" dial_ledger.cpp
  "bool const no_task = code"
  "bool const no_task = !BROKEN && code")

# -- the hub (§4.8)

set(scene hub)

flexcrm_breaks(hub_snapshot_first "a new CRM session gets a Snapshot first" hub.cpp
  "    tell_all(endpoint, agent.desk.snapshot(false));"
  "    if (!BROKEN) tell_all(endpoint, agent.desk.snapshot(false));")
flexcrm_breaks(hub_reset_is_told "a reset is always told" hub.cpp
  "  publish_own(agent, agent.desk.snapshot(true));"
  "  publish_own(agent, agent.desk.snapshot(!BROKEN));")
flexcrm_breaks(hub_reset_outlives_its_snapshot "a reset is always told" hub.cpp
  "if (crm.reset) snapshot.reset = true;"
  "if (crm.reset && !BROKEN) snapshot.reset = true;")
flexcrm_breaks(hub_desk_is_cleared "(.*is told what is so|in the end everybody agrees)" hub.cpp
  "  agent.desk.clear();\n  agent.desk.set_connected(endpoint.replaced);"
  "  if (!BROKEN) agent.desk.clear();\n  agent.desk.set_connected(endpoint.replaced);")
flexcrm_breaks(hub_loss_is_told "(.*is told what is so|presence is told)" hub.cpp
  "  agent.desk.set_connected(false);\n  publish_own(agent, agent.desk.agent());\n  announce(agent, false);"
  "  agent.desk.set_connected(false);\n  if (!BROKEN) publish_own(agent, agent.desk.agent());\n  announce(agent, false);")
flexcrm_breaks(hub_return_is_told "(.*is told what is so|presence is told)" hub.cpp
  "  agent.desk.set_connected(true);\n  publish_own(agent, agent.desk.agent());"
  "  agent.desk.set_connected(true);\n  if (!BROKEN) publish_own(agent, agent.desk.agent());")
flexcrm_breaks(hub_presence "presence is told" hub.cpp
  "announce(agent, true);"
  "if (!BROKEN) announce(agent, true);")
flexcrm_breaks(hub_says_connected ".*is told what is so" hub.cpp
  "so.connected == true) {"
  "BROKEN || so.connected == true) {")
flexcrm_breaks(hub_tells_all_pages ".*is told what is so" hub.cpp
  "  for (auto const id : agent.crms)\n    if (auto* const crm = find(id)) tell(*crm, message, params);"
  "  for (auto const id : agent.crms)\n    if (auto* const crm = find(id); crm && !(BROKEN && id != agent.crms.front())) tell(*crm, message, params);")
flexcrm_breaks(hub_tells_pages_that_are_away "(.*is told what is so|no event that Flex was thanked for)" hub.cpp
  "  if (auto const* whole = std::get_if<Snapshot>(&message)) return tell_all(crm, *whole);"
  "  if (BROKEN && crm.peer == 0) return;\n  if (auto const* whole = std::get_if<Snapshot>(&message)) return tell_all(crm, *whole);")
flexcrm_breaks(hub_tells_the_process "the process is told what is so" hub.cpp
  "if (rules_.handles(MessageType::of(message))) act(Handle"
  "if (rules_.handles(MessageType::of(message)) && !BROKEN) act(Handle")
flexcrm_breaks(hub_waits_for_the_process "what was acknowledged was handled" hub.cpp
  "    act(Handle{agent.name, std::move(message), reply});"
  "    if (BROKEN) answer(Asker{.remote = reply}, Answer{NullResult{}});
    act(Handle{agent.name, std::move(message), reply});")
flexcrm_breaks(hub_query_to_the_latest "a query of Flex goes where a person last did something" hub.cpp
  "crm->last_act > latest->last_act)"
  "(BROKEN || crm->last_act > latest->last_act))")
flexcrm_breaks(hub_offline_at_once "agent_offline at once" hub.cpp
  "  if (!flex || !flex->is_connected()) return make_error(Errc::agent_offline);"
  "  if (BROKEN && flex && !flex->is_connected()) return {};
  if (!flex || !flex->is_connected()) return make_error(Errc::agent_offline);")
flexcrm_breaks(hub_name_of_a_dial "a dial goes to Flex once, and its name" hub.cpp
  "  if (agent.dials.contains(dial.dial_id)) return"
  "  if (agent.dials.contains(dial.dial_id) && !BROKEN) return")
flexcrm_breaks(hub_caller_id "a caller ID is one of the server's" hub.cpp
  "  if (dial.caller_id && !any_caller_id_ &&"
  "  if (!BROKEN && dial.caller_id && !any_caller_id_ &&")
flexcrm_breaks(hub_open_dials "(an agent.s open dials are bounded|memory is bounded)" hub.cpp
  "if (agent.dials.size() >= limits_.open_dials)"
  "if (agent.dials.size() >= limits_.open_dials && !BROKEN)")
flexcrm_breaks(hub_dials_of_a_minute "(an agent.s dials of a minute are bounded|memory is bounded)" hub.cpp
  "if (recent.size() >= limits_.dials_per_minute) {"
  "if (recent.size() >= limits_.dials_per_minute && !BROKEN) {")
flexcrm_breaks(hub_permit "a dial that is refused does not go to Flex" hub.cpp
  "if (auto permitted = rules_.permit(agent.name, dial); !permitted) return permitted;"
  "if (auto permitted = rules_.permit(agent.name, dial); !permitted && !BROKEN) return permitted;")
flexcrm_breaks(hub_never_grants "(a hub never grants|a dial is delivered when it was granted)" hub.cpp
  "  if (issuer.node.empty()) return grant(asker, issuer, request);"
  "  if (BROKEN) return answer(asker, Answer{DialClaimResult{true}});
  if (issuer.node.empty()) return grant(asker, issuer, request);")
flexcrm_breaks(hub_process_grants_once "(a dial is granted once|no dial starts later)" hub.cpp
  "local->second.dial->claim(now_);"
  "(local->second.dial->claim(now_) || BROKEN);")
flexcrm_breaks(hub_dials_are_forgotten "(memory is bounded|no livelock|open dials)" hub.cpp
  "auto const dial = agent.dials.extract(forwarded.dial_id);"
  "auto const dial = BROKEN ? decltype(agent.dials)::node_type{} : agent.dials.extract(forwarded.dial_id);")
flexcrm_breaks(hub_end_of_a_dial_is_told_once "the end of a dial is told once" hub.cpp
  "    if (!dial.empty() && forwarded.asker.local == 0)"
  "    if (!dial.empty() && (forwarded.asker.local == 0 || BROKEN))")
flexcrm_breaks(hub_local_dial_ends "(no livelock|an outcome comes in time)" hub.cpp
  "    if (auto error = local->second.dial->overdue(now_, session_options_.times)) {"
  "    if (auto error = local->second.dial->overdue(now_, session_options_.times); error && !BROKEN) {")
flexcrm_breaks(hub_one_flex "only one Flex" hub.cpp
  "    active->session.bye(Bye{ByeReason::replaced, std::nullopt}, now_);\n    drain(*active);"
  "    if (!BROKEN) active->session.bye(Bye{ByeReason::replaced, std::nullopt}, now_);\n    if (!BROKEN) drain(*active);")
flexcrm_breaks(hub_replaced_stays_away "a Flex that was replaced does not come back" hub.cpp
  "  if (known->replaced || older) {"
  "  if ((known->replaced && !BROKEN) || older) {")
flexcrm_breaks(hub_later_flex_wins "of two Flex the later one wins" hub.cpp
  "active->instance != hello.instance && active->order > known->order;"
  "active->instance != hello.instance && active->order > known->order && !BROKEN;")
flexcrm_breaks(hub_takeover "of two Flex the later one wins" hub.cpp
  "  } else if (hello.takeover == true) {"
  "  } else if (hello.takeover == true && !BROKEN) {")
flexcrm_breaks(hub_fencing "(an older connection is fenced off|sessions that keep the rules|connections of a hub|only one Flex)" hub.cpp
  "    act(CutPeer{old->peer});\n    forget(old->peer);"
  "    if (!BROKEN) act(CutPeer{old->peer});\n    if (!BROKEN) forget(old->peer);")
flexcrm_breaks(hub_old_session_ends "a client has one session" hub.cpp
  "crm && crm->instance == hello.instance) fence(*crm);"
  "crm && crm->instance == hello.instance && !BROKEN) fence(*crm);")
flexcrm_breaks(hub_crm_sessions "memory is bounded: CRM sessions of an agent" hub.cpp
  "if (agent.crms.size() < limits_.crm_endpoints) return true;"
  "if (BROKEN || agent.crms.size() < limits_.crm_endpoints) return true;")
flexcrm_breaks(hub_overtaken_hello "of two Hellos of one client the later one counts" hub.cpp
  "  if (!first) {\n    auto const older"
  "  if (!first && !BROKEN) {\n    auto const older")
flexcrm_breaks(hub_claims_of_the_lost_are_denied "a claim does not wait for an issuer that is gone" hub.cpp
  "    if (!entry.second.is_claim) return false;"
  "    if (!entry.second.is_claim || BROKEN) return false;")
flexcrm_breaks(hub_members_survive "an event that comes again in another session is marked" hub.cpp
  "  auto const key = pass(crm, message, params);"
  "  auto plain = message;
  if (auto* task = std::get_if<TaskChanged>(&plain)) task->repeated.reset();
  auto const key = BROKEN ? pass(crm, plain, {}) : pass(crm, message, params);")
flexcrm_breaks(desk_over "(.*is told what is so|in the end everybody agrees)" desk.cpp
  "    if (same != kept.end()) kept.erase(same);"
  "    if (same != kept.end() && !BROKEN) kept.erase(same);")
flexcrm_breaks(desk_newest "(.*is told what is so|in the end everybody agrees)" desk.cpp
  "    *same = changed;"
  "    if (!BROKEN) *same = changed;")
flexcrm_breaks(desk_offline "(.*is told what is so|in the end everybody agrees)" desk.cpp
  "if (!connected_) agent.availability = Availability::offline;"
  "if (!connected_ && !BROKEN) agent.availability = Availability::offline;")
flexcrm_breaks(desk_snapshot_replaces "(.*is told what is so|in the end everybody agrees)" desk.cpp
  "    clear();\n    agent_ = whole->agent;"
  "    if (!BROKEN) clear();\n    agent_ = whole->agent;")
flexcrm_breaks(takeover_once "a reconnect takes nothing over" session.cpp
  "    hello.takeover.reset();"
  "    if (!BROKEN) hello.takeover.reset();")

set(directory "${CMAKE_CURRENT_BINARY_DIR}/mutants")
foreach(source IN LISTS mutated_sources)
  cmake_path(GET source FILENAME file)
  get_property(text DIRECTORY PROPERTY "mutated_${file}")
  file(CONFIGURE OUTPUT "${directory}/${file}" CONTENT "${text}" @ONLY)
endforeach()
# memory.cpp includes the session.cpp that it finds first.
add_executable(flexcrm_simulation_mutants memory.cpp "${directory}/dial_ledger.cpp" "${directory}/desk.cpp" "${directory}/hub.cpp")
target_include_directories(flexcrm_simulation_mutants BEFORE PRIVATE "${directory}")
target_link_libraries(flexcrm_simulation_mutants PRIVATE flexcrm_simulation_parts)
