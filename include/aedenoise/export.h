// Marks what libaedenoise.so offers to programs that link it; everything else stays hidden.
#pragma once

#define AEDENOISE_API __attribute__((visibility("default")))
