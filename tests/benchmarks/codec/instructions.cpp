// Exact figures, which no other load on the machine changes: under `valgrind --tool=callgrind` each operation becomes a
// dump of its own. The output says how often each ran, and how many allocations it makes. instructions.mjs reads both.
// With an argument: only flexcrm, the reference, and what the goals name.

#include "documents.hpp"

#include <gnu/libc-version.h>
#include <valgrind/callgrind.h>
#include <boost/version.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

std::size_t allocations = 0;

}  // namespace

// glibc lets a program have a malloc of its own that uses glibc's. What is behind operator new gets here too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) { return ++allocations, __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) { return ++allocations, __libc_calloc(count, size); }
void* realloc(void* block, std::size_t size) { return ++allocations, __libc_realloc(block, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return ++allocations, __libc_memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  ++allocations;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
}

int main(int argc, char**) {
  using namespace flexcrm::bench;
  constexpr std::size_t warm_up = 3, measured = 10;
  bool const few = argc > 1;
  std::printf("made by %s, Boost %s, glibc %s\n", __VERSION__, BOOST_LIB_VERSION, gnu_get_libc_version());
  for (auto const& document : documents()) {
    for (auto const& operation : operations(document)) {
      if (few && operation.library != "flexcrm" && operation.library != reference_library) continue;
      auto const label =
          std::string{document.name} + "|" + std::string{operation.library} + "|" + std::string{operation.name};
      for (std::size_t i = 0; i < warm_up; ++i) operation.run();
      auto const before = allocations;
      CALLGRIND_ZERO_STATS;
      for (std::size_t i = 0; i < measured; ++i) operation.run();
      CALLGRIND_DUMP_STATS_AT(label.c_str());
      auto const made = allocations - before;
      std::printf("%s|%zu|%g\n", label.c_str(), measured, static_cast<double>(made) / measured);
    }
  }
}
