// What an exchange with fal has brought, as a priced result. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/fal/message.h"

namespace flux::service {

// What is told of a purchase of low priority that did not go through fal's queue.
inline constexpr char kNoQueue[] =
    "queue_priority had no effect: without an idempotency key and not as a job, fal is asked without its "
    "queue";

struct ExchangeTimes {
  SteadyTime arrived;   // the request for it
  SteadyTime sent;      // when the exchange began, waits included
  SteadyTime answered;  // when the answer was there
};

// Reads fal's answer to one purchase of this model; failures are fal::Classify's.
Result<v1::Generation> ReadExchange(const std::string& model, const UnitPrice& price,
                                    const v1::PriceEstimate& estimate, fal::FalReply reply,
                                    const ExchangeTimes& times);

// Whether fal may have made the pictures and only its answer did not come, or came from something before fal,
// or cannot be read.
bool IsLost(const Status& status);

// For messages.
google::protobuf::Duration ToProto(SteadyTime::duration duration);

}  // namespace flux::service
