// What the adapter is made of, without a broker.
#include <doctest/doctest.h>

#include "nats/envelope.hpp"
#include "nats/retry.hpp"
#include "nats/subject.hpp"

#include <flexcrm/nats.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::detail;
using namespace std::chrono_literals;

TEST_CASE("a plain word is its own token, everything else is encoded") {
  std::string const longest(128, 'a');
  for (auto const& word :
       {std::string{"anna"}, std::string{"WK0123456789abcdef0123456789abcdef"}, std::string{"a_b-C"}, longest})
    CHECK(token(word) == word);
  CHECK(token("") == "=");
  CHECK(token("*") == "=Kg");
  CHECK(token(">") == "=Pg");
  CHECK(token("a.b") == "=YS5i");
  CHECK(token("_in") == "=X2lu");
  CHECK(token("=Kg") == "=PUtn");
  CHECK(token("\xf0\x9f\x98\x80") == "=8J-YgA");
  CHECK(token(longest + 'a').starts_with("=YWFh"));
}

TEST_CASE("no two ids have one token, and no token has what means something in a subject") {
  std::set<std::string> tokens{token("")};
  std::size_t ids = 1;
  auto const put = [&](std::string const& id) {
    auto const made = token(id);
    if (made.empty() || made.front() == '_' || made.find_first_of(".*> \t\r\n") != std::string::npos) FAIL(made);
    tokens.insert(made);
    ++ids;
  };
  for (int a = 0; a < 256; ++a) {
    put({static_cast<char>(a)});
    for (int b = 0; b < 256; ++b) put({static_cast<char>(a), static_cast<char>(b)});
  }
  CHECK(tokens.size() == ids);
}

TEST_CASE("subjects") {
  AgentKey const agent{"acme", "anna.b"};
  CHECK(commands_subject(agent) == "flexcrm.v1.acme.=YW5uYS5i.cmd");
  CHECK(news_subject({"", "anna"}) == "flexcrm.v1.=.anna.news");
  CHECK(inbox_subject("5f", "17") == "flexcrm.v1._in.5f.17");
  CHECK(is_inbox("flexcrm.v1._in.5f.17"));
  CHECK_FALSE(is_inbox(""));
  CHECK_FALSE(is_inbox("flexcrm.v1.=.anna.cmd"));
  CHECK_FALSE(is_inbox("flexcrm.v1._in.*.17"));
  CHECK_FALSE(is_inbox("flexcrm.v1._in.5f.>"));
  CHECK(fits({std::string(512, 'x'), std::string(512, 'x')}));
  CHECK_FALSE(fits({"", std::string(513, 'x')}));
  CHECK_FALSE(fits({std::string(513, 'x'), ""}));
}

TEST_CASE("an envelope is a line before the frame") {
  CHECK(write({.from = "5f", .frame = "{}"}) == "{\"from\":\"5f\"}\n{}");
  CHECK(write({.from = "5f", .agent = AgentKey{"", "a\nb"}, .owner = Ownership{7, "s", "5f"}}) ==
        R"({"from":"5f","tenant":"","agent":"a\nb","owner":{"since":7,"session":"s","node":"5f"}})"
        "\n");
  for (Envelope const& envelope :
       {Envelope{.from = "5f", .frame = "a\nb"}, Envelope{.from = "", .agent = AgentKey{"t", ">"}, .frame = ""},
        Envelope{.from = "5f", .agent = AgentKey{}, .owner = Ownership{~0ull, "", "x"}, .frame = "f"}})
    CHECK(read_envelope(write(envelope)) == envelope);
}

TEST_CASE("what is no envelope is refused, and what is not known in one is ignored") {
  for (auto const* text : {"", "\n", "{}", "{}\n", "[]\n", "{\"from\":1}\n", "{\"from\":\"a\"}", "{\"from\":\"a\"\n",
                           "{\"from\":\"\xff\"}\n", "{\"from\":\"a\",\"owner\":1}\n",
                           "{\"from\":\"a\",\"owner\":{\"since\":-1,\"session\":\"s\",\"node\":\"n\"}}\n",
                           "{\"from\":\"a\",\"owner\":{\"since\":1,\"session\":\"s\"}}\n"})
    CHECK_MESSAGE(!read_envelope(text), text);
  auto const read = read_envelope("{\"from\":\"a\",\"agent\":\"no tenant\",\"later\":[1]}\nframe");
  REQUIRE(read);
  CHECK(*read == Envelope{.from = "a", .frame = "frame"});
}

TEST_CASE("nobody was there: again after 5, 20, 80, 250, 250 ms, for two seconds or as long as the asker waits") {
  auto const begin = Retry::Clock::now();
  auto const waits = [&](std::chrono::milliseconds timeout) {
    Retry retry{begin, timeout};
    std::vector<int> all;
    auto now = begin;
    while (auto const wait = retry.next(now)) {
      all.push_back(static_cast<int>(wait->count()));
      now += *wait;
    }
    return all;
  };
  CHECK(waits(10min) == std::vector{5, 20, 80, 250, 250, 250, 250, 250, 250, 250});
  CHECK(waits(2s) == waits(10min));
  CHECK(waits(106ms) == std::vector{5, 20, 80});
  CHECK(waits(105ms) == std::vector{5, 20});
  CHECK(waits(0ms).empty());
  CHECK_FALSE(Retry::never().next(begin));
}

TEST_CASE("options that cannot work are refused by name") {
  std::string const pem = "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n";
  struct Case {
    NatsOptions options;
    char const* detail;
  };
  for (auto const& refused : {
           Case{{.urls = {}}, "urls"},
           Case{{.urls = {"127.0.0.1:4222"}}, "urls"},
           Case{{.urls = {"nats://"}}, "urls"},
           Case{{.urls = {"nats://anna:secret@127.0.0.1"}}, "urls"},
           Case{{.urls = {"nats://127.0.0.1:0"}}, "urls"},
           Case{{.urls = {"nats://127.0.0.1:65536"}}, "urls"},
           Case{{.urls = {"nats://127.0.0.1:42x"}}, "urls"},
           Case{{.urls = {"nats://127.0.0.1,nats://b"}}, "urls"},
           Case{{.urls = {"nats://[::1"}}, "urls"},
           Case{{.urls = {"nats://127.0.0.1", "nats://10.0.0.1"}}, "allow_plaintext"},
           Case{{.urls = {"nats://127.example.com"}}, "allow_plaintext"},
           Case{{.name = ""}, "name"},
           Case{{.name = std::string(129, 'n')}, "name"},
           Case{{.name = "a\nb"}, "name"},
           Case{{.user = "u", .token = "t"}, "user"},
           Case{{.password = "p"}, "user"},
           Case{{.authorities = pem}, "authorities"},
           Case{{.authorities = "/nonexistent.pem"}, "authorities"},
           Case{{.certificate = pem}, "key"},
           Case{{.key = pem}, "key"},
           Case{{.certificate = pem, .key = "/nonexistent.pem"}, "key"},
           Case{{.certificate = pem, .key = pem}, "certificate"},
           Case{{.connect = 99ms}, "connect"},
           Case{{.connect = 60001ms}, "connect"},
       }) {
    INFO(refused.detail);
    auto const made = nats(refused.options);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == Errc::invalid_argument);
    CHECK(made.error().detail == refused.detail);
  }
  for (NatsOptions const& options :
       {NatsOptions{}, NatsOptions{.urls = {"nats://[::1]:1", "nats://localhost", "tls://10.0.0.1:65535"}},
        NatsOptions{.urls = {"nats://10.0.0.1"}, .allow_plaintext = true}, NatsOptions{.urls = {"tls://b.example.com"}},
        NatsOptions{.name = std::string(128, 'n'), .user = "u", .password = "p", .connect = 100ms},
        NatsOptions{.token = "t", .connect = 60s}}) {
    auto const made = nats(options);
    CHECK_MESSAGE(made.has_value(), (made.has_value() ? "" : made.error().detail));
  }
}
