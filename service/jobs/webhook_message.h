// The message that tells a caller that a job is over: its JSON, and its headers as Standard Webhooks
// (https://www.standardwebhooks.com) has them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "flux/v1/jobs.pb.h"

namespace flux::service {

// Pictures that came as bytes are part of a message up to this many bytes of them all; larger ones are left
// to `GET /api/v1/jobs/{id}`, and the message says so.
inline constexpr std::size_t kMostWebhookPictures = std::size_t{256} << 10;

// {"type":"job.succeeded" or "job.failed","timestamp":…,"data":{…}} with the job as `GET /api/v1/jobs/{id}`
// tells it. `job` is over.
std::string WebhookBody(const v1::Job& job, WallTime ended);

// Whether all its pictures are part of its message, as URLs or as bytes.
bool HasAllPictures(const v1::Job& job);

// The id of the message about a job: the same for every attempt, so that receivers know it again.
std::string WebhookId(std::string_view job_id);

// The value of `webhook-signature`: one signature for each secret.
std::string WebhookSignature(const std::vector<std::string>& secrets, std::string_view id, WallTime sent,
                             std::string_view body);

// The value of `webhook-timestamp`: seconds since 1970.
std::string WebhookTimestamp(WallTime sent);

}  // namespace flux::service
