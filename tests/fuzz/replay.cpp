// A target without libFuzzer: runs each file of the given directories once. Its name is told before, so that
// the last one named is the one that crashed.

#include "fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace fs = std::filesystem;

int main(int count, char** arguments) {
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i)
    for (auto const& entry : fs::directory_iterator{arguments[i]}) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (auto const& path : files) {
    std::cout << path.string() << std::endl;
    std::ifstream file{path, std::ios::binary};
    std::string const input{std::istreambuf_iterator{file}, {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(input.data()), input.size());
  }
  return files.empty() ? 1 : 0;
}
