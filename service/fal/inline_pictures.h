// Inline pictures: what fal's answer holds as data URIs, cut out of its JSON before that is read. A parser
// would hold a picture of megabytes three times over, and look at each of its bytes. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flux::fal {

struct InlinePicture {
  std::string content_type;
  std::string bytes;
};

// The bytes of "data:TYPE;base64,CONTENT" and its type without parameters; false where it is not that, or
// empty.
bool ReadDataUri(std::string_view uri, InlinePicture& picture);

// Takes long data URIs out of `json` and leaves a short text in the place of each, by which FindCut knows it.
// Everything else stays as it was, also JSON that is none.
std::vector<InlinePicture> CutPictures(std::string& json);

// The picture that this text stands for; null where it is an ordinary one.
InlinePicture* FindCut(std::vector<InlinePicture>& pictures, std::string_view text);

}  // namespace flux::fal
