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
       {"", "+", "+1", "+0123", "+1234567890123456", "34911234567", "+34 911", "+34911x", "tel:+34911234567", "911", "*",
        "webpackHotUpdateabc123", "+34911234567\n", "＋34911234567", "sip", "SIP:a@b"})
    CHECK_MESSAGE(classify_destination(text, all).error().code == Errc::invalid_destination, std::string{text});

  for (std::string_view const text : {"sip:ana@pbx.example.com", "sips:ana@10.0.0.1:5061", "sip:+34911@[2001:db8::1]:5060"}) {
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
