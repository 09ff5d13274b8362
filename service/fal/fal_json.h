// The bridge between orders and fal's JSON, both ways. fal_request.cc writes, fal_reply.cc reads.
#pragma once

#include <string>

#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/fal/message.h"
#include "service/order/order.h"

namespace flux::service {

// fal's request body for one purchase (split.h). What the caller did not set is not sent. Pictures handed in
// as bytes become data URIs, encoded straight into the result. The order has no violations on this row.
std::string ToFalJson(const ModelRow& row, const Order& order);

// fal's answer as a result, total over any reply: what is not 2xx is classified (fal/classify.h), a 2xx
// without pictures is UPSTREAM_NO_IMAGES, one that cannot be read is UPSTREAM_PROTOCOL. Tolerant of
// everything that fal may leave out: a picture needs nothing but its url. `estimate` is corrected by what fal
// says it billed. `model`, `timings.total` and `timings.upstream` are left to who knows them. Takes the reply
// so that its body can go before pictures are decoded.
Result<v1::Generation> FromFalJson(const UnitPrice& price, const v1::PriceEstimate& estimate,
                                   fal::FalReply reply);

}  // namespace flux::service
