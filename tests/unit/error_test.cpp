#include <flexcrm/error.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace flexcrm;

TEST_CASE("every error has a name, a sentence and a group of its own") {
  std::set<std::string_view> names;
  for (Errc const code : all_errors()) {
    CHECK(names.insert(name(code)).second);
    CHECK(make_error_code(code).message() != "unknown flexcrm error");
    CHECK(make_error_code(code).default_error_condition().category() != make_error_code(code).category());
  }
  CHECK(all_errors().size() == static_cast<std::size_t>(Errc::invalid_argument));
}

TEST_CASE("codes are those of docs/protocol.md") {
  CHECK(rpc_code(Errc::syntax) == -32700);
  CHECK(rpc_code(Errc::invalid_request) == -32600);
  CHECK(rpc_code(Errc::unknown_method) == -32601);
  CHECK(rpc_code(Errc::missing_member) == -32602);
  CHECK(rpc_code(Errc::internal_error) == -32603);
  CHECK(rpc_code(Errc::unauthorized) == -32001);
  CHECK(rpc_code(Errc::handler_timeout) == -32021);
  CHECK(rpc_code(Errc::outcome_unknown) == 0);
}

TEST_CASE("errors are tested by group") {
  CHECK(error_code{Errc::agent_busy} == Condition::refused);
  CHECK(error_code{Errc::missing_member} == Condition::invalid_message);
  CHECK(error_code{Errc::not_connected} == Condition::connection_lost);
  CHECK(error_code{Errc::outcome_unknown} == Condition::uncertain);
  CHECK(error_code{Errc::invalid_argument} == Condition::misuse);
  CHECK_FALSE(error_code{Errc::agent_busy} == Condition::misuse);
}

TEST_CASE("every group has a sentence") {
  std::set<std::string> sentences;
  for (auto const group : {Condition::invalid_message, Condition::refused, Condition::connection_lost,
                           Condition::uncertain, Condition::misuse}) {
    auto const condition = make_error_condition(group);
    CHECK(condition.category().name() == std::string{"flexcrm.condition"});
    CHECK(condition.message() != "unknown flexcrm condition");
    CHECK(sentences.insert(condition.message()).second);
  }
}

TEST_CASE("a value that is no error of ours has a text too") {
  error_code const unknown{999, category()};
  CHECK(unknown.message() == "unknown flexcrm error");
  CHECK(unknown.default_error_condition() == error_condition{999, category()});
  CHECK(make_error_condition(static_cast<Condition>(999)).message() == "unknown flexcrm condition");
  for (auto const value : {0, -1, 999}) {
    CHECK(name(static_cast<Errc>(value)) == "unknown");
    CHECK(rpc_code(static_cast<Errc>(value)) == 0);
  }
}

TEST_CASE("value() throws an Exception with the whole error") {
  Result<int> const result = make_error(Errc::missing_member, "/destination", "why");
  try {
    (void)result.value();
    FAIL("did not throw");
  } catch (Exception const& exception) {
    CHECK(exception.error() == result.error());
    CHECK(exception.code() == Errc::missing_member);
    CHECK(std::string{exception.what()}.find("missing_member at /destination (why)") != std::string::npos);
  }
}

TEST_CASE("foreign codes are printed too") {
  Error const error{boost::system::errc::make_error_code(boost::system::errc::timed_out)};
  CHECK(to_string(error) == "generic:110");
}
