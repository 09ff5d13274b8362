// text: UTF-8 for people's eyes: cut to size between characters, and without what could deceive a reader.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux {

// At most `bytes` (3 or more) of `text`, cut between characters; what was cut shows as "…". UTF-8 that was
// valid stays valid.
std::string Shorten(std::string_view text, std::size_t bytes);

// `text` with U+FFFD in place of each character that a terminal or viewer may obey instead of showing it: DEL
// and the C1 controls (U+007F to U+009F), line and paragraph separators, and what turns the direction of
// writing (bidirectional marks, embeddings, overrides, isolates). C0 controls and invalid UTF-8 stay as they
// are: JSON escapes or replaces them.
std::string Printable(std::string_view text);

}  // namespace flux
