// Content: text with a name that changes when it does, and how it is asked for by browsers that may have it.
#pragma once

#include <string>
#include <string_view>

#include "gateway/doors/door.h"

namespace flux::gateway {

struct Content {
  std::string type;  // media type
  std::string text;
  std::string etag;  // strong, with its quotes
};

Content ContentOf(std::string_view type, std::string text);

// The first 16 hex digits of the text's SHA-256.
std::string ShortHashOf(std::string_view text);

// 200 with the content, or 304 where the request says that its caller has it. `cache` is the value of
// Cache-Control, `policy` that of Content-Security-Policy.
Served ServeContent(const Request& request, const Content& content, std::string_view cache,
                    std::string_view policy);

}  // namespace flux::gateway
