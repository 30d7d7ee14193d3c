#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// One fuzz target = one source file that defines both functions below. Built by clang it is a
/// libFuzzer program; built by another compiler fuzz_main.cpp drives it with a fixed number of
/// reproducible mutations of the seeds.

/// Must not crash, hang or leak whatever the bytes are; aborts when it finds a broken promise.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);

/// Valid inputs from which mutation starts.
std::vector<std::vector<uint8_t>> FuzzSeeds();
