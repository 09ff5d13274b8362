// web_url: whether a text is a URL that a program could call. Pure; resolves nothing.
#pragma once

#include <string_view>

namespace flux::gateway {

// What is wrong with an https URL (or http, for hosts that flux-service allows it for), such as
// "must be a URL that begins with https://"; empty: nothing. Refused are other schemes, no host, a user or
// password, a port that is none, a fragment, bytes that no URL holds, and more than 2,048 bytes.
std::string_view FaultOfWebUrl(std::string_view url);

}  // namespace flux::gateway
