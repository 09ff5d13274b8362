// InlinePictures: how large a reply is going to be that carries its pictures itself, told before it is paid
// for. Pure.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "gateway/backend/generation_request.h"

namespace flux::gateway {

// The most that a reply to this request should come to, in bytes of JSON, where the pictures are in it: as
// many as were asked for, of the size that was asked for, hardly compressed. Zero where it carries URLs.
std::uint64_t InlineBytes(const GenerationRequest& request);

// OVERLOADED: nothing was bought, since the reply would have found no room.
Status NoRoomForPictures();

}  // namespace flux::gateway
