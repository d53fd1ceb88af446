#include <flexcrm/messages.hpp>

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include <limits>
#include <random>

using namespace flexcrm;
namespace json = boost::json;

TEST_CASE("attributes keep the sender's text and read from it") {
  std::string const text = R"({ "z": 12345678901234567890, "a": [0.1, 1.0], "account_data": {"first_name": "Zoé"} })";
  auto const attributes = Attributes::from_text(text).value();
  CHECK(attributes.text() == text);
  CHECK(attributes.find("/account_data/first_name").value() == "Zoé");
  CHECK(attributes.find("/z").value() == 12345678901234567890u);
  CHECK_FALSE(attributes.find("/account_data/last_name"));
  CHECK_FALSE(attributes.find("no pointer"));
  CHECK(attributes.object().begin()->key() == "z");
  CHECK(Attributes{}.text() == "{}");
}

TEST_CASE("attributes refuse what is no JSON object") {
  CHECK(Attributes::from_text("[]").error() == make_error(Errc::not_an_object));
  CHECK(Attributes::from_text("{").error().code == Errc::syntax);
  CHECK(Attributes::from_text(R"({"a":{"b":1,"b":2}})").error() == make_error(Errc::duplicate_key, "/a/b"));
  CHECK(Attributes::from_object({{"a", std::numeric_limits<double>::infinity()}}).error().code ==
        Errc::number_not_finite);
  CHECK(Attributes::from_object({{"a", json::array{std::numeric_limits<double>::quiet_NaN()}}}).error().code ==
        Errc::number_not_finite);
  CHECK(Attributes::from_object({{"a", "\xff"}}).error().code == Errc::syntax);
}

TEST_CASE("a DOM survives the way through attributes, bit for bit") {
  std::mt19937_64 random{20260101};
  for (int i = 0; i < 20000; ++i) {
    double real = 0;
    do {
      auto const bits = random();
      static_assert(sizeof bits == sizeof real);
      std::memcpy(&real, &bits, sizeof real);
    } while (!std::isfinite(real));
    auto const integer = static_cast<std::int64_t>(random());
    json::object const object{{"r", real}, {"i", integer}, {"u", random() | (std::uint64_t{1} << 63)}};
    auto const attributes = Attributes::from_object(object).value();
    REQUIRE(attributes.object() == object);
  }
}

TEST_CASE("destinations are a closed union") {
  DestinationKinds const all{.sip = true, .client = true};
  CHECK(classify_destination("+34911234567").value() == DestinationKind::phone_number);
  CHECK(classify_destination("+12").value() == DestinationKind::phone_number);
  CHECK(classify_destination("+123456789012345").value() == DestinationKind::phone_number);
  for (std::string_view const text :
       {"", "+", "+1", "+0123", "+1234567890123456", "34911234567", "+34 911", "+34911x", "tel:+34911234567", "911",
        "*", "webpackHotUpdateabc123", "+34911234567\n", "＋34911234567", "sip", "SIP:a@b"})
    CHECK_MESSAGE(classify_destination(text, all).error().code == Errc::invalid_destination, std::string{text});

  for (std::string_view const text :
       {"sip:ana@pbx.example.com", "sips:ana@10.0.0.1:5061", "sip:+34911@[2001:db8::1]:5060"}) {
    CHECK_MESSAGE(classify_destination(text, all).value() == DestinationKind::sip_uri, std::string{text});
    CHECK(classify_destination(text).error().code == Errc::destination_kind_disabled);
  }
  for (std::string_view const text :
       {"sip:", "sip:ana", "sip:@host", "sip:ana@", "sip:a b@host", "sip:a@ho st", "sip:a@host:0", "sip:a@host:65536",
        "sip:a@host:", "sip:a@b@c", "sip:a@[]", "sip:a@host?x=1"})
    CHECK_MESSAGE(classify_destination(text, all).error().code == Errc::invalid_destination, std::string{text});

  CHECK(classify_destination("client:ana", all).value() == DestinationKind::client);
  CHECK(classify_destination("client:ana").error().code == Errc::destination_kind_disabled);
  CHECK(classify_destination("client:", all).error().code == Errc::invalid_destination);
  CHECK(classify_destination("client:a b", all).error().code == Errc::invalid_destination);

  std::string const longest = "sip:" + std::string(255 - 4 - 5, 'a') + "@host";
  CHECK(classify_destination(longest, all).has_value());
  CHECK(classify_destination(longest + "x", all).error().code == Errc::invalid_destination);
  std::string const identity = "client:" + std::string(255 - 7, 'a');
  CHECK(classify_destination(identity, all).has_value());
  CHECK(classify_destination(identity + "x", all).error().code == Errc::invalid_destination);
}

TEST_CASE("numbers are redacted for logs") {
  CHECK(redact("+34911234556") == "+34*****56");
  CHECK(redact("+3491") == "+*****91");
  CHECK(redact("sip:ana@pbx.example.com") == "sip:***");
  CHECK(redact("client:ana") == "client:***");
  CHECK(redact("911 234") == "***");
  CHECK(redact("") == "***");
}

TEST_CASE("open enumerations keep words they do not know") {
  OpenEnum<Channel> const known{Channel::whatsapp};
  CHECK(known.word() == "whatsapp");
  CHECK(known.value() == Channel::whatsapp);
  CHECK(known == Channel::whatsapp);
  OpenEnum<Channel> const unknown{std::string{"carrier-pigeon"}};
  CHECK(unknown.word() == "carrier-pigeon");
  CHECK_FALSE(unknown.value());
}

TEST_CASE("times are read as RFC 3339 and written in one form") {
  struct Case {
    std::string_view text;
    std::string_view written;
  };
  for (auto const& row : {
           Case{"2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"},
           Case{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"},
           Case{"2026-01-31t12:00:00z", "2026-01-31T12:00:00.000Z"},
           Case{"2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500Z"},
           Case{"2026-01-31T12:00:00.123999999Z", "2026-01-31T12:00:00.123Z"},
           Case{"2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00.000Z"},
           Case{"2026-01-31T00:30:00+05:45", "2026-01-30T18:45:00.000Z"},
           Case{"2026-12-31T23:00:00-01:00", "2027-01-01T00:00:00.000Z"},
           Case{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},  // a leap second
           Case{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
           Case{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
           Case{"1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00.000Z"},
           Case{"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
       }) {
    CAPTURE(std::string{row.text});
    auto const at = from_iso8601(row.text);
    REQUIRE(at.has_value());
    CHECK(to_iso8601(*at) == row.written);
  }
  CHECK(from_iso8601("1970-01-01T00:00:01.5Z").value().time_since_epoch().count() == 1500);
}

TEST_CASE("what is no time is refused") {
  for (std::string_view const text : {"",
                                      "yesterday",
                                      "2026-01-31",
                                      "2026-01-31T12:00:00",
                                      "2026-01-31 12:00:00Z",
                                      "2026-1-31T12:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-02-30T00:00:00Z",
                                      "2025-02-29T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-31T24:00:00Z",
                                      "2026-01-31T12:60:00Z",
                                      "2026-01-31T12:00:61Z",
                                      "2026-01-31T12:00Z",
                                      "2026-01-31T12:00:00.Z",
                                      "2026-01-31T12:00:00,5Z",
                                      "2026-01-31T12:00:00.1234567890Z",
                                      "2026-01-31T12:00:00+2:00",
                                      "2026-01-31T12:00:00+0200",
                                      "2026-01-31T12:00:00+24:00",
                                      "2026-01-31T12:00:00+00:60",
                                      "2026-01-31T12:00:00Z ",
                                      "1969-12-31T23:59:59.999Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "0070-01-01T00:00:00Z",
                                      "10000-01-01T00:00:00Z",
                                      "9999-12-31T23:59:60Z",
                                      "9999-12-31T23:59:59-01:00"})
    CHECK_MESSAGE(from_iso8601(text).error() == make_error(Errc::invalid_time), std::string{text});
}
