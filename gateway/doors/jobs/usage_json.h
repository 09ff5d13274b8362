// usage_json: what a caller has spent, as public JSON; and for how many days it is asked. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// {"success":true,"usage":{"caller","days":[{"day","spent_usd","reserved_usd","purchases"}],"budgets":[{"name",
// "per","limit_usd","spent_usd","reserved_usd","left_usd","resets_at"}]}}; and where the service asks fal
// what it charged, beside budgets
// "bill":{"fetched_at","lines":[{"day","model","purchases","estimated_usd","settled_usd",
// "charges","charged_usd"}],"findings":[{"kind","at","fal_request_id","endpoint","model","job","believed_usd",
// "charged_usd"}]}. What nobody bought here is no caller's concern. Amounts are numbers, written with all
// their decimal digits: they are exact for whoever reads them as decimals.
std::string RenderUsage(const v1::GetUsageResponse& usage);

// The value of `days` in a query: 1 to 366; 0, for the service's default, where there is none or it is blank.
// Other names are not looked at. INVALID_FIELD.
Result<std::uint32_t> ReadDays(const HeaderList& query);

}  // namespace flux::gateway
