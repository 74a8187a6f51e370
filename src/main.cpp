// The program aedenoise.
#include "cli/command.h"

int main(int argc, char** argv) { return aedenoise::cli::run(argc, argv); }
