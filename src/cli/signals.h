// Interruption by a person or the system: work stops at the next safe point and leaves nothing half-written.
#pragma once

namespace aedenoise::cli {

// From here on the first SIGINT or SIGTERM only makes interrupted() true; the second ends the process at
// once. Writing to a closed pipe or past a file-size limit becomes an error instead of ending the process.
void watch_signals();

bool interrupted();

}  // namespace aedenoise::cli
