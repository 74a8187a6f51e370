// Compiling a hot loop twice, for AVX2 and for the baseline, chosen when the program starts.
#pragma once

// Put before a function whose loops the compiler vectorises. AVX2 without fused multiply-add on purpose:
// every machine then computes the same bits, whichever copy it runs. AEDENOISE_NO_CLONES leaves the
// baseline's, for tests that compare.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(AEDENOISE_NO_CLONES)
#define AEDENOISE_CLONES [[gnu::target_clones("avx2", "default")]]
#else
#define AEDENOISE_CLONES
#endif
