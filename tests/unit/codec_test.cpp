#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <boost/json.hpp>

using namespace flexcrm;

namespace {

DialRequest dial() { return {.destination = "+34911234567", .dial_id = "d-1"}; }

std::string frame_of(std::size_t bytes) {
  std::string const empty = R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{"a":""}}})";
  auto frame = empty;
  frame.insert(frame.find("\"\"}") + 1, std::string(bytes - empty.size(), 'x'));
  return frame;
}

}  // namespace

TEST_CASE("a frame has at most the limit of bytes, both ways") {
  Codec codec;
  auto const longest = frame_of(codec.options().limits.frame_bytes);
  auto const decoded = codec.decode(longest);
  REQUIRE(std::holds_alternative<Request>(decoded));
  auto const& request = std::get<Request>(decoded);
  CHECK(codec.encode(request.id, request.message).value() == longest);
  CHECK(codec.encode_forwarded(*request.id, type_of<TaskSelected>, request.params).value() == longest);

  auto const refused = codec.decode(longest + " ");
  CHECK(std::get<Refusal>(refused).error.code == Errc::too_large);
  CHECK(codec.encode(RequestId::number(10), request.message).error().code == Errc::too_large);
  CHECK(codec.encode_forwarded(RequestId::number(10), type_of<TaskSelected>, request.params).error().code ==
        Errc::too_large);
}

TEST_CASE("the params of a request are kept as they came, so that a hub forwards what it does not know") {
  Codec codec;
  std::string const params = R"({ "attributes" : {"a":1.50}, "later" : {"x":[]} })";
  auto const frame = codec.decode(R"({"jsonrpc":"2.0","params":)" + params + R"(,"method":"TaskSelected","id":5})");
  auto const& request = std::get<Request>(frame);
  CHECK(request.params == params);
  CHECK(codec.encode_forwarded(RequestId::number(1), type_of<TaskSelected>, request.params).value() ==
        R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":)" + params + "}");
}

TEST_CASE("what the receiver would refuse is not sent") {
  Codec codec;
  auto const id = RequestId::number(1);
  auto bad = dial();
  bad.destination = "";
  CHECK(codec.encode(id, bad).error() == make_error(Errc::invalid_destination, "/destination"));
  bad = dial();
  bad.customer = DialCustomer{.id = "C-1", .type = "\xff"};
  CHECK(codec.encode(id, bad).error().code == Errc::syntax);
  bad = dial();
  bad.task_attributes = Attributes::from_text(R"({"from":"+1"})").value();
  CHECK(codec.encode(id, bad).error() == make_error(Errc::reserved_attribute, "/taskAttributes/from"));
  CHECK(codec.encode(std::nullopt, dial()).error().code == Errc::invalid_id);
  CHECK(codec.encode(RequestId::ping(), dial()).error().code == Errc::invalid_id);
  CHECK(codec.encode(id, AgentChanged{.availability = static_cast<Availability>(7)}).error() ==
        make_error(Errc::unknown_value, "/availability"));
  CHECK(codec.encode_answer(id, DialResult{.destination = "x"}).error() ==
        make_error(Errc::invalid_destination, "/destination"));
  auto const deep = Attributes::from_text("{\"a\":" + std::string(30, '[') + std::string(30, ']') + "}").value();
  CHECK(codec.encode(id, TaskSelected{.attributes = deep}).error().code == Errc::too_deep);
}

TEST_CASE("validate tells every fault") {
  Codec codec;
  auto bad = dial();
  bad.destination = "12";
  bad.lifetime_ms = 1;
  bad.customer = DialCustomer{};
  auto const faults = codec.validate(bad);
  REQUIRE(faults.size() == 3);
  CHECK(faults[0] == make_error(Errc::invalid_destination, "/destination"));
  CHECK(faults[1] == make_error(Errc::out_of_range, "/lifetimeMs"));
  CHECK(faults[2] == make_error(Errc::too_short, "/customer/id"));
  CHECK(codec.validate(dial()).empty());

  Hello hello{.agent = "ana", .instance = "i"};
  hello.capabilities.assign(100, "");
  CHECK(codec.validate(hello).size() == 32);
}

TEST_CASE("a fault of several levels is named outside in") {
  Codec codec;
  auto const frame = codec.decode(
      R"({"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":{"a/b":{"m~n":[0,{"x":1,"x":2}]}}}})");
  CHECK(std::get<Refusal>(frame).error == make_error(Errc::duplicate_key, "/attributes/a~1b/m~0n/1/x"));
}

TEST_CASE("errors of the peer keep code, pointer and Flex's detail, and nothing a person wrote") {
  Codec codec;
  auto const decode = [&](std::string const& error) {
    return std::get<Response>(codec.decode(R"({"jsonrpc":"2.0","id":1,"error":)" + error + "}")).outcome.error();
  };
  CHECK(decode(R"({"code":-32011,"message":"x","data":{"reason":"agent_busy","detail":"48427"}})") ==
        make_error(Errc::agent_busy, {}, "48427"));
  CHECK(decode(R"({"code":-32602,"message":"x","data":{"reason":"too_long","pointer":"/agent"}})") ==
        make_error(Errc::too_long, "/agent"));
  CHECK(decode(R"({"code":-32602,"message":"x","data":{"reason":"from the future"}})").code == Errc::invalid_params);
  CHECK(decode(R"({"code":-32602,"message":"x"})").code == Errc::invalid_params);
  CHECK(decode(R"({"code":-32600,"message":"x"})").code == Errc::invalid_request);
  CHECK(decode(R"({"code":-1,"message":"x"})").code == Errc::peer_error);
  CHECK(decode(R"({"code":-32020,"message":"x","data":{"detail":"+34911234567"}})").detail.empty());
  CHECK(decode(R"({"code":-32020,"message":"x","data":{"detail":"34911234567"}})").detail.empty());
  CHECK(decode(R"({"code":-32004,"message":"x","data":{"retryAfterMs":1500}})").retry_after.count() == 1500);
  CHECK(decode(R"({"code":-32004,"message":"x","data":{"retryAfterMs":-5}})").retry_after.count() == 0);
  CHECK(decode(R"({"message":"x"})").code == Errc::invalid_request);
}

TEST_CASE("local and foreign errors travel as internal_error") {
  Codec codec;
  auto const expected =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"the handler failed","data":{"reason":"internal_error"}}})";
  CHECK(codec.encode_error(RequestId::number(1), make_error(Errc::not_connected)) == expected);
  CHECK(codec.encode_error(RequestId::number(1), Error{boost::system::errc::make_error_code(
                                                     boost::system::errc::io_error)}) == expected);
}

TEST_CASE("lenient SIDs are for fixtures") {
  CodecOptions options;
  options.lenient_sids = true;
  Codec codec{options};
  auto const task = [](std::string sid) { return TaskDeselected{.task_sid = std::move(sid)}; };
  CHECK(codec.validate(task("WTxxx")).empty());
  CHECK(codec.validate(task("WT" + std::string(64, 'X'))).empty());
  CHECK(codec.validate(task("WT" + std::string(65, 'X'))).size() == 1);
  CHECK(codec.validate(task("WT")).size() == 1);
  CHECK(codec.validate(task("WRxxx")).size() == 1);
}

TEST_CASE("the vocabulary names every message once") {
  auto const data = vocabulary();
  CHECK(data.at("messages").as_object().size() == std::variant_size_v<Message>);
  auto const& dial_request = data.at("messages").at("DialRequest").as_object();
  CHECK(dial_request.at("class") == "command");
  CHECK(dial_request.at("from") == "crm");
  CHECK(dial_request.at("result") == "DialResult");
  CHECK(data.at("messages").at("TaskSelected").at("slot") == "selection");
  CHECK(slot(type_of<TaskDeselected>) == "selection");
  CHECK(data.at("errors").at("agent_busy") == -32011);
  CHECK_FALSE(data.at("errors").as_object().contains("outcome_unknown"));
}
