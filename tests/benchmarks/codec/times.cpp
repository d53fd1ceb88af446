// Times, with Google Benchmark. Meaningful are ratios inside one run; tests/benchmarks/run.sh makes several.
// `--documents DIRECTORY` writes the documents instead, for programs in other languages.

#include "documents.hpp"

#include <benchmark/benchmark.h>

#include <fstream>
#include <string>

int main(int argc, char** argv) {
  using namespace flexcrm::bench;
  if (argc == 3 && std::string_view{argv[1]} == "--documents") {
    for (auto const& document : documents())
      std::ofstream{std::string{argv[2]} + "/" + std::string{document.name}} << document.frame;
    return 0;
  }
  for (auto const& document : documents()) {
    for (auto const& operation : operations(document)) {
      auto const name =
          std::string{document.name} + "|" + std::string{operation.library} + "|" + std::string{operation.name};
      benchmark::RegisterBenchmark(name.c_str(), [run = operation.run](benchmark::State& state) {
        for ([[maybe_unused]] auto const& _ : state) run();
      });
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
