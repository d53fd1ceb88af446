// Many writes as one, on a stream in memory: the test is the network.
#include "support.hpp"

#include "support/memory_stream.hpp"
#include "transport/batched_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <optional>
#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;
using detail::BatchedStream;
namespace asio = boost::asio;

namespace {

constexpr std::size_t full = 16 * 1024;  // such a batch does not wait for more

struct Batches final : detail::BatchObserver {
  explicit Batches(bool begin = true) {
    if (begin) stream->begin(this);
  }

  // One after the other, as Beast writes its frames.
  void write(std::vector<std::string> texts) {
    for (auto& text : texts) waiting.push_back(std::move(text));
    if (!writing) next();
  }
  void next() {
    if (waiting.empty()) return;
    writing = true;
    asio::const_buffer const buffer = asio::buffer(waiting.front());
    stream->write_some({&buffer, 1}, [this](error_code ec, std::size_t size) {
      writing = false;
      ++done;
      error = ec;
      if (ec) return;
      CHECK(size == waiting.front().size());
      waiting.erase(waiting.begin());
      next();
    });
  }
  void on_taken(error_code ec) override {
    ++told;
    told_error = ec;
    if (then) then();
  }
  void poll() {
    context.restart();
    context.poll();
  }

  asio::io_context context;
  MemoryPeer peer{context};
  std::unique_ptr<BatchedStream> stream = std::make_unique<BatchedStream>(peer.stream().release());
  std::vector<std::string> waiting;
  bool writing = false;
  int done = 0;
  error_code error;
  int told = 0;
  error_code told_error;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("a burst of writes goes out as one, in order, and each burst for itself") {
  Batches batches;
  batches.write({"a", "b", "c"});
  CHECK(batches.peer.writes() == 0);
  batches.poll();
  CHECK(batches.done == 3);
  CHECK(batches.peer.writes() == 1);
  CHECK(batches.peer.heard() == "abc");
  CHECK(batches.stream->written() == 3);
  CHECK(batches.stream->taken() == 3);
  CHECK(batches.told == 1);
  batches.write({"d"});
  batches.poll();
  CHECK(batches.peer.writes() == 2);
  CHECK(batches.peer.heard() == "d");
}

TEST_CASE("a write in several buffers is one, and an empty one is done") {
  Batches batches;
  std::array<asio::const_buffer, 3> const buffers{asio::buffer("he", 2), asio::const_buffer{}, asio::buffer("llo", 3)};
  std::size_t size = 0;
  batches.stream->write_some(buffers, [&](error_code, std::size_t written) { size = written; });
  batches.poll();
  CHECK(size == 5);
  CHECK(batches.peer.heard() == "hello");
  bool done = false;
  batches.stream->write_some({}, [&](error_code ec, std::size_t) { done = !ec; });
  batches.poll();
  CHECK(done);
  CHECK(batches.peer.writes() == 1);
}

TEST_CASE("before it begins to batch a write is done when it is taken") {
  Batches batches{false};
  batches.peer.stop_hearing();
  batches.write({"a"});
  batches.poll();
  CHECK(batches.done == 0);
  batches.peer.hear_again();
  batches.poll();
  CHECK(batches.done == 1);
  CHECK(batches.peer.heard() == "a");
}

TEST_CASE("a full batch does not wait, and beyond it the writer waits for the network") {
  Batches batches;
  batches.peer.stop_hearing();
  batches.write({std::string(full, 'a')});
  CHECK(batches.peer.writes() == 1);
  batches.poll();
  CHECK(batches.done == 1);
  batches.write({std::string(full - 1, 'b'), "cc", "d"});
  batches.poll();
  CHECK(batches.done == 2);  // "cc" is held
  CHECK(batches.stream->written() == 2 * full + 1);
  CHECK(batches.stream->taken() == 0);
  batches.peer.hear_again();
  batches.poll();
  CHECK(batches.done == 4);
  CHECK(batches.peer.heard() == std::string(full, 'a') + std::string(full - 1, 'b') + "ccd");
  CHECK(batches.peer.writes() == 3);
  CHECK(batches.stream->taken() == batches.stream->written());
}

TEST_CASE("a network that takes a little at a time loses nothing, and each little is told") {
  Batches batches;
  batches.peer.swallow(2);
  std::vector<std::uint64_t> taken;
  batches.then = [&] { taken.push_back(batches.stream->taken()); };
  batches.write({"abc", "de"});
  batches.poll();
  CHECK(batches.peer.heard() == "abcde");
  CHECK(taken == std::vector<std::uint64_t>{2, 4, 5});
}

TEST_CASE("what is written while a batch is under way waits for the next, which is one again") {
  Batches batches;
  batches.peer.stop_hearing();
  batches.write({"a"});
  batches.poll();
  batches.write({"b", "c"});
  batches.poll();
  CHECK(batches.done == 3);
  CHECK(batches.peer.writes() == 1);
  batches.peer.hear_again();
  batches.poll();
  CHECK(batches.peer.heard() == "abc");
  CHECK(batches.peer.writes() == 2);
}

TEST_CASE("the end comes after what was written") {
  for (bool const deaf : {false, true}) {
    CAPTURE(deaf);
    Batches batches;
    if (deaf) batches.peer.stop_hearing();
    batches.write({"a", "b"});
    if (deaf) batches.poll();
    std::optional<error_code> ended;
    batches.stream->teardown(boost::beast::role_type::server, [&](error_code ec) { ended = ec; });
    batches.peer.leave();
    batches.poll();
    if (deaf) {
      CHECK_FALSE(ended.has_value());
      batches.peer.hear_again();
      batches.poll();
    }
    CHECK(batches.peer.heard() == "ab");
    REQUIRE(ended.has_value());
    CHECK_FALSE(*ended);
  }
}

TEST_CASE("a stream that is closed sends what the network takes at once") {
  Batches batches;
  batches.write({"a"});
  batches.stream->close();
  batches.stream->close();
  CHECK(batches.peer.heard() == "a");
  CHECK(batches.peer.is_closed());
  batches.poll();
  CHECK(batches.told == 0);
  batches.write({"b"});
  batches.poll();
  CHECK(batches.error == asio::error::operation_aborted);
  CHECK(batches.peer.heard().empty());
}

TEST_CASE("whoever waits when the stream is closed is told") {
  Batches batches;
  batches.peer.stop_hearing();
  batches.write({std::string(full, 'a'), std::string(full, 'b')});
  std::optional<error_code> ended;
  batches.stream->teardown(boost::beast::role_type::server, [&](error_code ec) { ended = ec; });
  batches.poll();
  CHECK(batches.done == 1);
  CHECK_FALSE(ended.has_value());
  batches.stream->close();
  batches.poll();
  CHECK(batches.done == 2);
  CHECK(batches.error == asio::error::operation_aborted);
  REQUIRE(ended.has_value());
  CHECK(*ended == asio::error::operation_aborted);
}

TEST_CASE("a stream may be destroyed at any moment") {
  for (int steps = 0; steps < 12; ++steps) {
    CAPTURE(steps);
    Batches batches;
    if (steps % 2 == 1) batches.peer.stop_hearing();
    batches.write({"a", "b", std::string(full, 'c'), std::string(full, 'd'), "e"});
    for (int i = 0; i < steps; ++i) batches.context.poll_one();
    batches.stream.reset();
    batches.waiting.resize(std::min(batches.waiting.size(), std::size_t{1}));  // it writes no more
    int const told = batches.told;
    batches.poll();
    CHECK(batches.told == told);
    CHECK(batches.peer.is_closed());
  }
}

TEST_CASE("an observer may destroy the stream that it is told about") {
  Batches batches;
  batches.then = [&] { batches.stream.reset(); };
  batches.write({"a", "b"});
  batches.poll();
  CHECK(batches.told == 1);
  CHECK(batches.peer.heard() == "ab");
}

TEST_CASE("a write that fails is told, and so is every one after it") {
  Batches batches;
  batches.peer.refuse();
  batches.write({"a"});
  batches.poll();
  CHECK(batches.told_error == asio::error::connection_reset);
  batches.write({"b"});
  batches.poll();
  CHECK(batches.error == asio::error::connection_reset);
  std::optional<error_code> ended;
  batches.stream->teardown(boost::beast::role_type::server, [&](error_code ec) { ended = ec; });
  batches.peer.leave();
  batches.poll();
  CHECK(ended.has_value());
}

TEST_CASE("what a reader causes while it works on what came is one batch, however many turns it takes") {
  Batches batches;
  std::array<char, 8> buffer{};
  std::function<void(int)> later = [&](int turns) {
    if (turns > 0) return asio::post(batches.context, [&later, turns] { later(turns - 1); });
    batches.write({"b"});
    batches.stream->read_some(asio::buffer(buffer), [](error_code, std::size_t) {});
  };
  batches.stream->read_some(asio::buffer(buffer), [&](error_code, std::size_t) {
    batches.write({"a"});
    later(5);
  });
  batches.peer.say("x");
  batches.poll();
  CHECK(batches.peer.heard() == "ab");
  CHECK(batches.peer.writes() == 1);
}

TEST_CASE("a reader that does not ask again holds nobody up") {
  Batches batches;
  std::array<char, 8> buffer{};
  batches.stream->read_some(asio::buffer(buffer), [](error_code, std::size_t) {});
  batches.peer.say("x");
  batches.poll();
  batches.write({"a"});
  batches.poll();
  CHECK(batches.peer.heard() == "a");
}
