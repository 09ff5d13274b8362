// postgres_schema: the tables of the PostgreSQL store (docs/store.md tells operators about them), and the
// functions that change them. All in the schema `flux`.
#pragma once

#include <span>

namespace flux::service {

// Texts of SQL, to be run one after the other in one transaction. Not empty.
using PostgresSchemaStep = std::span<const char* const>;

// Each brings the schema from one version to the next; the first from nothing to version 1. Steps are never
// edited once released.
std::span<const PostgresSchemaStep> PostgresSchemaSteps();

// Of them the ones to versions 3 and 4.
PostgresSchemaStep PostgresJobsStep();
PostgresSchemaStep PostgresBillStep();

}  // namespace flux::service
