// No descriptors left: the server waits and goes on. In a child process, whose limit is its own.
#include "support.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

using namespace flexcrm;
using namespace flexcrm::test;

namespace {

// Runs in the child; a number other than 0 says which step failed.
int survive() {
  LogLines log;
  auto options = server_options();
  options.addresses = {"127.0.0.1"};
  options.logger = log.logger(Level::error);
  Server server{options};
  server.on_http([](HttpRequest const&) { return HttpResponse{}; });
  if (!server.start()) return 1;
  auto const request = get("/", "127.0.0.1:" + std::to_string(server.port()));
  if (status_of(server.port(), request) != 200) return 2;

  // Take all descriptors but the one that the next connection's own end needs.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 64;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 3;
  std::vector<int> taken;
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY)) >= 0;) taken.push_back(fd);
  if (taken.empty()) return 4;
  ::close(taken.back());
  taken.pop_back();
  {
    RawPeer waiting{server.port()};  // the kernel accepts it, the server cannot
    // No macro of doctest's here: UBSan's look at its objects needs a descriptor.
    for (int failures = 0; failures < 2; ++failures) {
      auto const line = log.lines->try_take();
      if (!line || !line->starts_with("cannot accept: ")) return 5;
    }
    for (int const fd : taken) ::close(fd);
    waiting.write(request);
    if (!waiting.read_response().starts_with("HTTP/1.1 200")) return 6;
  }
  return status_of(server.port(), request) == 200 ? 0 : 7;
}

}  // namespace

TEST_CASE("an accept loop survives that there are no descriptors") {
  auto const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int result = 99;
    try {
      result = survive();
    } catch (...) {
      result = 98;
    }
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
