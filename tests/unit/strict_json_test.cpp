#include "messages/strict_json.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include <string>

using namespace flexcrm;
using detail::Node;
using detail::Outline;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

Error read_error(std::string_view text, Limits const& limits = {}) {
  Outline outline;
  auto error = outline.read(text, limits);
  REQUIRE_MESSAGE(error, "accepted: ", std::string{text});
  return *error;
}

}  // namespace

TEST_CASE("every value of the outline has its exact text") {
  std::string_view const text =
      R"( { "a" : [ 1 , -2.5e+3 , "x\u0041\"y" , { } ] , "b\/\u0062":null,"c": true ,"":"" } )";
  Outline outline;
  REQUIRE_FALSE(outline.read(text, {}));
  auto const& root = outline.root();
  CHECK(root.kind == Node::Kind::object);
  CHECK(root.members == 4);
  CHECK(root.raw == text.substr(1, text.size() - 2));

  Node const* a = outline.member(root, "a");
  REQUIRE(a);
  CHECK(a->raw == R"([ 1 , -2.5e+3 , "x\u0041\"y" , { } ])");
  Node const* item = outline.begin(*a);
  CHECK(item->raw == "1");
  item = outline.after(*item);
  CHECK(item->raw == "-2.5e+3");
  item = outline.after(*item);
  CHECK(item->text == "xA\"y");
  CHECK(item->raw == R"("x\u0041\"y")");
  CHECK(outline.pointer(root, *item) == "/a/2");
  item = outline.after(*item);
  CHECK(item->raw == "{ }");
  CHECK(outline.after(*item) == outline.end(*a));

  Node const* b = outline.member(root, "b/b");
  REQUIRE(b);
  CHECK(b->kind == Node::Kind::null);
  CHECK(outline.pointer(root, *b) == "/b~1b");
  CHECK(outline.member(root, "c")->raw == "true");
  CHECK(outline.member(root, "")->text.empty());
  CHECK_FALSE(outline.member(root, "d"));
}

TEST_CASE("long strings with escapes are unescaped whole") {
  std::string const body(5000, 'x');
  std::string const text = R"({"k\n)" + body + R"(":")" + body + R"(\u00e9)" + body + "\"}";
  Outline outline;
  REQUIRE_FALSE(outline.read(text, {}));
  Node const& value = *outline.begin(outline.root());
  CHECK(value.key == "k\n" + body);
  CHECK(value.text == body + "\xc3\xa9" + body);
}

TEST_CASE("what Boost.JSON lets pass is refused, with its place") {
  CHECK(read_error(R"({"a":1,"b":{"c":1,"c":2}})") == make_error(Errc::duplicate_key, "/b/c"));
  CHECK(read_error(R"({"a":1,"\u0061":2})") == make_error(Errc::duplicate_key, "/a"));
  CHECK(read_error(R"({"a":[1,1e400]})") == make_error(Errc::number_not_finite, "/a/1"));
  CHECK(read_error(R"([-1e309])") == make_error(Errc::number_not_finite, "/0"));
  CHECK(read_error(R"([1.797693134862315808e308])") == make_error(Errc::number_not_finite, "/0"));
}

TEST_CASE("finite numbers pass, however odd") {
  for (std::string_view const text : {"0e400", "1e-400", "-0", "1.7976931348623157e308", "12345678901234567890123"}) {
    Outline outline;
    CHECK_MESSAGE(!outline.read(text, {}), std::string{text});
    CHECK(outline.root().raw == text);
  }
}

TEST_CASE("bad text is refused") {
  for (std::string_view const text : {"",
                                      " ",
                                      "{",
                                      "{}x",
                                      "{} {}",
                                      "[1,]",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "'a'",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\u12\"",
                                      "\"\xff\"",
                                      "\"\xc3\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"a\nb\"",
                                      "01",
                                      "1.",
                                      ".5",
                                      "+1",
                                      "NaN",
                                      "Infinity",
                                      "nul",
                                      "// c\n1",
                                      "\xef\xbb\xbf{}"})
    CHECK(read_error(text).code == Errc::syntax);
  CHECK(read_error("[1,}").detail == "byte 3");
}

TEST_CASE("limits hold at n and not at n + 1") {
  Outline outline;
  Limits limits;
  SUBCASE("bytes") {
    limits.frame_bytes = 10;
    CHECK_FALSE(outline.read(R"("12345678")", limits));
    CHECK(read_error(R"("123456789")", limits).code == Errc::too_large);
  }
  SUBCASE("depth") {
    CHECK_FALSE(outline.read(nested(limits.depth), limits));
    CHECK(read_error(nested(limits.depth + 1), limits).code == Errc::too_deep);
  }
  SUBCASE("members of all objects together") {
    limits.members = 3;
    CHECK_FALSE(outline.read(R"({"a":{"b":1,"c":2}})", limits));
    CHECK(read_error(R"({"a":{"b":1,"c":2,"d":3}})", limits).code == Errc::too_many_members);
  }
}

TEST_CASE("a DOM has the exact doubles") {
  // Boost.JSON 1.81's own parser is an ulp off on each of these.
  for (double const value : {0.1, 1.0 / 3, 123456.789e-7, 2.2250738585072014e-308, 9007199254740993.5, 5e-324}) {
    Outline outline;
    auto const text = boost::json::serialize(boost::json::value(value));
    REQUIRE_FALSE(outline.read(text, {}));
    CHECK(detail::to_value(outline, outline.root()).as_double() == value);
  }
}

TEST_CASE("a root that nobody looks into has one node, with its exact text and how much is in it") {
  for (std::string_view const after : {"", " ", "\n\t\r"}) {
    std::string const text = R"({"b":[{"c":1,"d":"\"}"},[]],"e":{},"\u0062b":"\\"})" + std::string{after};
    Outline outline;
    REQUIRE_FALSE(outline.read_root(text, {}));
    Outline whole;
    REQUIRE_FALSE(whole.read(text, {}));
    CHECK(outline.nodes().size() == 1);
    CHECK(outline.root().raw == whole.root().raw);
    CHECK(outline.root().members == 3);
    CHECK(outline.root().extent.members == 5);
    CHECK(outline.root().extent.depth == 3);
    CHECK(whole.root().extent.members == 5);
    CHECK(whole.root().extent.depth == 3);
  }
  for (std::string_view const text : {R"([{"a":[1]},{}])", R"("x")", "1"}) {
    Outline outline;
    Outline whole;
    REQUIRE_FALSE(outline.read_root(text, {}));
    REQUIRE_FALSE(whole.read(text, {}));
    CHECK(outline.nodes().size() == whole.nodes().size());
    CHECK(outline.root().raw == text);
  }
}

TEST_CASE("a fault inside a root that nobody looks into is found, and in the same place") {
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  for (std::string const& text : {std::string{R"({"a":[{"b":1,"c":2,"b":3}]})"}, std::string{R"({"a":1,"\u0061":2})"},
                                  std::string{R"({"a":1e400})"}, many + "\"k7\":1}", std::string{R"({"":1,"":2})"}}) {
    Outline outline;
    auto const error = outline.read_root(text, {});
    CHECK_MESSAGE(error == read_error(text), text);
    CHECK_FALSE(outline.empty());
  }
  many.back() = '}';
  Outline outline;
  CHECK_FALSE(outline.read_root(many, {}));
  CHECK(outline.read_root(many, {.members = 99}) == make_error(Errc::too_many_members));
  CHECK_FALSE(outline.read_root(many, {.members = 100}));
  CHECK(outline.read_root(R"({"a":[]})", {.depth = 1})->code == Errc::too_deep);
  CHECK(outline.read_root(R"({"a":1} })", {})->code == Errc::syntax);
}

TEST_CASE("a string is written as Boost.JSON writes it") {
  for (std::string_view const text : {"", "plain", "\xc3\xa9", "\"", "\\", "/", "\x1f", "a\nb", "\x7f", "\xff"}) {
    std::string out;
    bool const certain = detail::append_string(out, text);
    CHECK(out == boost::json::serialize(boost::json::string{text}));
    CHECK((!certain || !Outline{}.read(out, {})));
  }
}
