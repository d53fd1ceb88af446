#include <flexcrm/messages.hpp>

#include "messages/registry.hpp"

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

TEST_CASE("how long a request can get is known without writing it") {
  for (std::size_t i = 0; i < detail::message_entries().size(); ++i) {
    MessageType const type{i};
    auto const longest = Codec{}.encode_forwarded(RequestId::number(RequestId::max_number), type, "{}").value();
    CHECK(detail::longest_request(type, 2) == longest.size());
  }
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

TEST_CASE("a frame of ours has at most the limits of members and depth, attributes included") {
  Codec codec{{.limits = {.depth = 5, .members = 11}}};
  auto const id = RequestId::number(1);
  auto const with = [](std::string attributes) {
    return TaskSelected{.attributes = Attributes::from_text(std::move(attributes)).value(), .queue_name = "q"};
  };
  // jsonrpc, id, method, params, attributes, queueName: five are left for what is inside.
  auto const most = codec.encode(id, with(R"({"a":1,"b":{"c":2},"d":[{"e":3}]})"));
  REQUIRE(most.has_value());
  CHECK(std::holds_alternative<Request>(codec.decode(*most)));
  CHECK(codec.encode(id, with(R"({"a":1,"b":{"c":2},"d":[{"e":3}],"f":4})")).error() ==
        make_error(Errc::too_many_members));
  CHECK(codec.encode(id, with(R"({"a":[[]]})")).has_value());
  CHECK(codec.encode(id, with(R"({"a":[[[]]]})")).error().code == Errc::too_deep);
}

TEST_CASE("memory that is used again keeps nothing of what was in it") {
  Codec codec;
  auto whole = dial();
  whole.caller_id = "+34911234568";
  whole.queue_sid = "WQ" + std::string(32, '0');
  whole.task_attributes = Attributes::from_text(R"({"a":{"b":1}})").value();
  whole.customer = DialCustomer{.id = "C-1", .type = "lead"};
  Hello greeting{.agent = "ana", .instance = "i"};
  greeting.capabilities = {"one", "two"};
  Hello plain{.agent = "ana", .instance = "i"};
  std::vector<std::string> frames{codec.encode(RequestId::number(1), whole).value(),
                                  codec.encode(RequestId::number(2), dial()).value(),
                                  codec.encode(RequestId::hello(), greeting).value(),
                                  codec.encode(RequestId::hello(), plain).value(),
                                  codec.encode_answer(RequestId::ping(), NullResult{}).value(),
                                  "{",
                                  codec.encode(RequestId::ping(), Ping{}).value()};
  frames.insert(frames.begin() + 2, R"({"jsonrpc":"2.0","id":3,"method":"TaskDeselected"})");
  frames.insert(frames.begin() + 2,
                R"({"jsonrpc":"2.0","id":3,"method":"TaskDeselected","params":{"reservationSid":"new"}})");

  Frame decoded;
  std::string encoded;
  for (auto const& frame : frames) {
    codec.decode_into(decoded, frame);
    auto const fresh = codec.decode(frame);
    REQUIRE(decoded.index() == fresh.index());
    auto const* request = std::get_if<Request>(&decoded);
    if (!request) continue;
    CHECK(request->id == std::get<Request>(fresh).id);
    CHECK(request->message == std::get<Request>(fresh).message);
    CHECK(request->params == std::get<Request>(fresh).params);
    REQUIRE(codec.encode_to(encoded, request->id, request->message).has_value());
    CHECK(encoded == codec.encode(request->id, request->message).value());
    if (!request->id) continue;
    auto const type = MessageType::of(request->message);
    REQUIRE(codec.encode_forwarded_to(encoded, *request->id, type, request->params).has_value());
    CHECK(encoded == codec.encode_forwarded(*request->id, type, request->params).value());
  }
  std::string const too_much(codec.options().limits.frame_bytes, ' ');
  CHECK(codec.encode_forwarded_to(encoded, RequestId::number(1), type_of<TaskSelected>, too_much).has_error());
  CHECK(encoded.empty());
  encoded = "old";
  CHECK(codec.encode_to(encoded, std::nullopt, dial()).has_error());
  CHECK(encoded.empty());
  CHECK(codec.encode_to(encoded, RequestId::number(1), TaskDeselected{.task_sid = "\xff"}).has_error());
  CHECK(encoded.empty());
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
  auto const without_code = codec.decode(R"({"jsonrpc":"2.0","id":1,"error":{"message":"x"}})");
  CHECK(std::get<Refusal>(without_code).error == make_error(Errc::invalid_request, "/error/code"));
  CHECK(std::get<Refusal>(without_code).is_response);
}

TEST_CASE("local and foreign errors travel as internal_error") {
  Codec codec;
  auto const expected =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"the handler failed","data":{"reason":"internal_error"}}})";
  CHECK(codec.encode_error(RequestId::number(1), make_error(Errc::not_connected)) == expected);
  CHECK(codec.encode_error(RequestId::number(1),
                           Error{boost::system::errc::make_error_code(boost::system::errc::io_error)}) == expected);
}

TEST_CASE("an error fits into the shortest frame: a longer pointer is left out, escapes included") {
  Codec codec;
  auto const told = [&](std::string pointer) {
    auto const text =
        codec.encode_error(RequestId::number(RequestId::max_number), Error{.code = Errc::rate_limited,
                                                                           .pointer = std::move(pointer),
                                                                           .detail = std::string(64, 'x'),
                                                                           .retry_after = std::chrono::hours{24}});
    CHECK(text.size() < 1024);
    return std::get<Response>(codec.decode(text)).outcome.error().pointer;
  };
  auto const longest = "/" + std::string(255, 'a');
  CHECK(told(longest) == longest);
  CHECK(told(longest + "a").empty());
  auto const escaped = "/aaa" + std::string(42, '\x01');  // six bytes each
  CHECK(told(escaped) == escaped);
  CHECK(told(escaped + "a").empty());
}

TEST_CASE("bare has two messages") {
  Codec codec;
  CHECK(codec.encode_bare(TaskDeselected{}).error() == make_error(Errc::not_a_bare_message));
  CHECK(codec.encode_bare(DialRequest{.destination = "nobody"}).error().code == Errc::invalid_destination);
  auto const deep = Attributes::from_text("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}", {.depth = 40});
  CHECK(codec.encode_bare(TaskSelected{.attributes = deep.value()}).error().code == Errc::too_deep);
}

TEST_CASE("a codec can be moved") {
  Codec first{{.lenient_sids = true}};
  Codec second{std::move(first)};
  CHECK(second.options().lenient_sids);
  Codec third;
  third = std::move(second);
  CHECK(third.validate(TaskDeselected{.task_sid = "WTxxx"}).empty());
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

TEST_CASE("epoch seconds are times too") {
  Codec codec;
  auto const read = [&](std::string const& at) {
    return codec.decode(R"({"jsonrpc":"2.0","id":1,"method":"TaskChanged","params":{"taskSid":"WT)" +
                        std::string(32, '0') + R"(","status":"accepted","at":)" + at + "}}");
  };
  auto const milliseconds = [&](std::string const& at) {
    auto const frame = read(at);
    return std::get<TaskChanged>(std::get<Request>(frame).message).at.time_since_epoch().count();
  };
  CHECK(milliseconds("0") == 0);
  CHECK(milliseconds("-0") == 0);
  CHECK(milliseconds("1769860800") == 1769860800000);
  CHECK(milliseconds("1769860800.123") == 1769860800123);
  CHECK(milliseconds("0.001") == 1);
  CHECK(milliseconds("1.7698608e9") == 1769860800000);
  CHECK(milliseconds("253402300799") == 253402300799000);
  for (auto const* at : {"-1", "-0.001", "253402300800", "253402300799.9999", "1e300"})
    CHECK_MESSAGE(std::get<Refusal>(read(at)).error == make_error(Errc::invalid_time, "/at"), std::string{at});
  CHECK(std::get<Refusal>(read("true")).error == make_error(Errc::wrong_type, "/at"));
}

TEST_CASE("a moment outside the years 1970 to 9999 is not sent") {
  Codec codec;
  TaskChanged changed{.task_sid = "WT" + std::string(32, '0'), .status = TaskStatus::accepted};
  using std::chrono::milliseconds;
  for (auto const at : {milliseconds{0}, milliseconds{253402300799999}}) {
    changed.at = Timestamp{at};
    CHECK(codec.encode(RequestId::number(1), changed).has_value());
  }
  for (auto const at : {milliseconds{-1}, milliseconds{253402300800000}}) {
    changed.at = Timestamp{at};
    CHECK(codec.encode(RequestId::number(1), changed).error() == make_error(Errc::invalid_time, "/at"));
  }
}

TEST_CASE("digits are 1 to 32 tones") {
  Codec codec;
  CallControlRequest request{.task_sid = "WT" + std::string(32, '0'), .action = CallAction::dtmf};
  for (std::string_view const digits : {"0", "0123456789*#ABCDw", "11111111111111111111111111111111"}) {
    request.digits = digits;
    CHECK_MESSAGE(codec.validate(request).empty(), std::string{digits});
  }
  for (std::string_view const digits : {"", "111111111111111111111111111111111", "1E", "a", "W", "1 2", "+1", "١"}) {
    request.digits = digits;
    CHECK_MESSAGE(codec.encode(RequestId::number(1), request).error() == make_error(Errc::invalid_digits, "/digits"),
                  std::string{digits});
  }
}

TEST_CASE("a SID may have one of several prefixes") {
  Codec codec;
  CallControlRequest request{.task_sid = "WT" + std::string(32, '0'), .action = CallAction::transfer};
  for (std::string const prefix : {"WK", "WQ"}) {
    request.target_sid = prefix + std::string(32, 'a');
    CHECK(codec.validate(request).empty());
  }
  for (std::string const prefix : {"WT", "K|", "|W", "W", ""}) {
    request.target_sid = prefix + std::string(32, 'a');
    CHECK(codec.validate(request) == std::vector{make_error(Errc::invalid_sid, "/targetSid")});
  }
}

TEST_CASE("constraints on several members are told at the object that has them") {
  Codec codec;
  auto const fault = make_error(Errc::not_exactly_one);
  auto const read = [&](std::string const& params) {
    auto const frame = codec.decode(R"({"jsonrpc":"2.0","id":1,"method":"ContactLookupRequest")" + params + "}");
    auto const* refusal = std::get_if<Refusal>(&frame);
    return refusal ? refusal->error : Error{};
  };
  CHECK(read(R"(,"params":{"phone":"1"})") == Error{});
  CHECK(read("") == fault);
  CHECK(read(R"(,"params":{"limit":1})") == fault);
  CHECK(read(R"(,"params":{"phone":"1","text":"x"})") == fault);

  CHECK(codec.validate(ContactLookupRequest{.text = "x"}).empty());
  CHECK(codec.validate(ContactLookupRequest{}) == std::vector{fault});
  CHECK(codec.validate(SetAgentRequest{.availability = Availability::busy, .activity_name = "x"}) ==
        std::vector{fault});
  CHECK(codec.validate(TaskControlRequest{}) == std::vector{fault});
  CHECK(codec.validate(TaskControlRequest{.reservation_sid = "new"}).empty());
  CHECK(codec.validate(TaskControlRequest{.reservation_sid = "new", .task_sid = "WT" + std::string(32, '0')}).empty());
}

TEST_CASE("null is absence where it is allowed, and nowhere else") {
  Codec codec;
  auto const frame = codec.decode(
      R"({"jsonrpc":"2.0","id":1,"method":"Snapshot","params":{"agent":{"availability":"busy"},"selected":null,"reset":false}})");
  auto const& request = std::get<Request>(frame);
  CHECK_FALSE(std::get<Snapshot>(request.message).selected);
  CHECK(codec.encode(request.id, request.message).value() ==
        R"({"jsonrpc":"2.0","id":1,"method":"Snapshot","params":{"agent":{"availability":"busy"},"reset":false}})");
  auto const refused = codec.decode(
      R"({"jsonrpc":"2.0","id":1,"method":"Snapshot","params":{"agent":{"availability":"busy"},"calls":null,"reset":false}})");
  CHECK(std::get<Refusal>(refused).error == make_error(Errc::wrong_type, "/calls"));
}

TEST_CASE("the schema defines every message, its answer and every result") {
  auto const schema = json_schema();
  auto const& definitions = schema.at("$defs").as_object();
  CHECK(schema.at("oneOf").as_array().size() == std::variant_size_v<Message>);
  for (std::size_t i = 0; i < std::variant_size_v<Message>; ++i) {
    std::string const name{type_name(MessageType{i})};
    CHECK_MESSAGE(definitions.contains(name), name);
    CHECK_MESSAGE(definitions.contains(name + "Frame"), name);
    CHECK_MESSAGE(definitions.contains(name + "Answer") == (name != "Bye"), name);
  }
  for (auto const* name :
       {"HelloResult", "DialResult", "DialClaimResult", "ContactLookupResult", "WireLimits", "TaskCustomer"})
    CHECK_MESSAGE(definitions.contains(name), std::string{name});
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

TEST_CASE("an answer of null is one only to what is answered so, and with nothing else in it") {
  Codec codec;
  auto const read = [&](std::string_view members, std::optional<MessageType> type) {
    return codec.decode("{\"jsonrpc\":\"2.0\"," + std::string{members} + "}", [&](RequestId) { return type; });
  };
  auto const is_null = [](Frame const& frame) {
    auto const* answer = std::get_if<Response>(&frame);
    return answer && answer->id == RequestId::number(7) && answer->outcome == Result<Answer>{NullResult{}};
  };
  auto const fault = [](Frame const& frame) {
    auto const* refusal = std::get_if<Refusal>(&frame);
    return refusal ? std::pair{refusal->error.code.value(), refusal->error.pointer} : std::pair{0, std::string{}};
  };
  auto const is = [](Errc code, std::string pointer) { return std::pair{static_cast<int>(code), std::move(pointer)}; };
  auto const selected = std::optional{type_of<TaskSelected>};
  CHECK(is_null(read(R"("id":7,"result":null)", selected)));
  CHECK(is_null(read(R"("result":null,"id":7)", selected)));
  CHECK(is_null(read(R"("id":7,"result":null)", std::nullopt)));
  CHECK(is_null(read(R"("id":7,"result":null,"later":{"a":1})", selected)));
  CHECK(fault(read(R"("id":7,"result":null)", type_of<DialRequest>)) == is(Errc::wrong_type, ""));
  CHECK(fault(read(R"("id":7,"result":{})", selected)) == is(Errc::wrong_type, ""));
  CHECK(fault(read(R"("id":7,"result":null,"error":{"code":1,"message":""})", selected)) ==
        is(Errc::invalid_request, "/error"));
  CHECK(fault(read(R"("result":null)", selected)) == is(Errc::invalid_id, "/id"));
  CHECK(fault(read(R"("id":7,"result":null,"result":null)", selected)).first != 0);
  auto const request = read(R"("id":7,"method":"TaskDeselected","params":{},"result":null)", selected);
  CHECK(std::holds_alternative<Request>(request));
}

TEST_CASE("a request means the same whatever the order of its frame's members") {
  // With its params first a frame is read another way than peers write it.
  Codec codec{{.lenient_sids = true}};
  struct Case {
    bool valid;
    std::string method, params;
  };
  for (
      Case const& each : std::vector<Case>{
          {true, "TaskSelected",
           R"( { "attributes" : { "a":{"b":[{}]} , "\u0062":1 } , "later":{"x":[{"x":1}]},)"
           R"( "queueName":"\u00e9 " } )"},
          {true, "TaskSelected", R"({"later":1,"last":[[{"from":1}]],"attributes":{}})"},
          {false, "TaskSelected", R"({"later":1,"later":2,"attributes":{}})"},
          {false, "TaskSelected", R"({"attributes":{},"queueName":"a","queueName":"b"})"},
          {false, "TaskSelected", R"({"attributes":{"a":[{"b":1,"b":2}]}})"},
          {true, "TaskSelected", R"({"attributes":"{\"a\":1}","customer":{"name":"x","later":{}}})"},
          {false, "TaskSelected", R"({"attributes":{"a":1e400}})"},
          {true, "TaskSelected", R"({"\u0061ttributes":{}})"},
          {true, "DialRequest",
           R"({"destination":"+34911","dialId":"d","lifetimeMs":1e4,"taskAttributes":{"a":{"from":1}}})"},
          {false, "DialRequest",
           R"({"destination":"+34911","dialId":"d","lifetimeMs":10000,"taskAttributes":{"from":1}})"},
          {true, "Snapshot",
           R"({"agent":{"availability":"available","connected":true},"tasks":[{"taskSid":"WT0",)"
           R"("status":"accepted","at":1,"attributes":{"a":{}}} , {"attributes":{"b":1},"taskSid":"WT1","status":"x","at":1.5}],)"
           R"("selected":null,"reset":true})"},
          {false, "Snapshot",
           R"({"agent":{"availability":"available","connected":true},"tasks":[{}],"reset":true})"}}) {
    auto const& [valid, method, params] = each;
    CAPTURE(each.params);
    auto const usual = codec.decode(R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}");
    auto const other =
        codec.decode(R"({"params":)" + params + R"(,"method":")" + method + R"(","id":7,"jsonrpc":"2.0"})");
    REQUIRE(std::holds_alternative<Request>(usual) == valid);
    REQUIRE(usual.index() == other.index());
    if (!valid) {
      CHECK(std::get<Refusal>(usual).error == std::get<Refusal>(other).error);
      continue;
    }
    auto const& request = std::get<Request>(usual);
    CHECK(request.message == std::get<Request>(other).message);
    CHECK(request.params == std::get<Request>(other).params);
  }
}
