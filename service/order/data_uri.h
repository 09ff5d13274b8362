// DataUri: a picture said as text with its bytes in it, read as leniently as programs write it, and written
// in one form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flux::service {

// Whether a text means to be a data URI: "data:", in capitals or not, white space before it aside.
bool IsDataUri(std::string_view text);

// What is wrong with a data URI, as a predicate that says what to change; nullopt where nothing is. Its media
// type may be missing, of any kind and in capitals, parameters may follow it, and white space may stand at
// the ends and in the base64; what counts is that the bytes begin as a picture.
std::optional<std::string> DataUriProblem(std::string_view uri);

// The first bytes that a data URI holds, at most `most` of them; none where it is no such URI.
std::string FirstBytes(std::string_view uri, std::size_t most);

// Appends a data URI without a problem in the one form that fal gets, "data:image/png;base64,…", with the
// type that the bytes are of and without white space. A text that is no such URI is appended as it is.
void AppendDataUri(std::string_view uri, std::string& out);

}  // namespace flux::service
