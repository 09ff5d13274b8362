// fal_reply: what was bought, and what became of it, as fal's apps and its queue say it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "flux/v1/generation.pb.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/http/message.h"

namespace flux::gateway {

class JobWatcher;
using LogLines = std::vector<v1::JobLog>;

// {"images":[{"url","width","height","content_type"}],"timings":{…},"seed":N,"has_nsfw_concepts":[false],
// "prompt":"…"}; of apps that tell neither prompt nor times the images and the seed alone, as theirs is.
std::string RenderOutput(const v1::Generation& generation);

// x-fal-request-id, `request_id` where it is not empty and else fal's; x-fal-billable-units; and what
// AddParticulars has beside them.
void AddFalHeaders(const v1::Generation& generation, std::string_view request_id, HeaderList& headers);

// Where a job is for its client: the addresses of its queue, `base` being that of its owner and alias.
struct QueueUrls {
  std::string base;  // "https://queue.fal.run/fal-ai/flux"
};

// The answer to a submit.
std::string RenderSubmitted(const v1::Job& job, const QueueUrls& urls);

// How far a job is, as fal's queue says it. What is UNKNOWN is in progress while it is young, and completed
// with an error after that: its client would wait for ever.
struct QueueStatus {
  bool completed = false;
  std::string json;
};
// `logs`: what the model has written so far, where it is asked for.
QueueStatus RenderStatus(const v1::Job& job, const QueueUrls& urls, const LogLines* logs, WallTime now);

// The newest lines that are known of a job, at most 200: each status has them all again.
LogLines LinesOf(const JobWatcher& watcher);

}  // namespace flux::gateway
