// postgres_read: rows become what the store speaks of. Pure.
#pragma once

#include <vector>

#include "service/store/postgres_connection.h"
#include "service/store/store.h"

namespace flux::service {

// Of a statement that answers with jobs.
std::vector<StoredJob> ReadJobs(const PostgresRows& rows);

// The webhook whose columns are these from `column` on, of which the first is not NULL.
StoredWebhook ReadWebhook(const PostgresRows& rows, int row, int column);

// Microseconds since 1970.
WallTime ReadTime(const PostgresRows& rows, int row, int column);
std::optional<WallTime> ReadMaybeTime(const PostgresRows& rows, int row, int column);

}  // namespace flux::service
