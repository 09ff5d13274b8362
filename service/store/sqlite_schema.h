// sqlite_schema: the tables of the SQLite store (docs/store.md tells operators about them), made where there
// are none yet.
#pragma once

#include <string>

namespace flux::service {

class SqliteDatabase;

// "", or why the file at `path` is none for this program: somebody else's, or a newer one's. Changes nothing.
// Throws SqliteFailure, as does the other.
std::string ForeignSchema(SqliteDatabase& database, const std::string& path);

// Makes the tables in an empty file; brings those of an older version up to date.
void MakeSchema(SqliteDatabase& database);

}  // namespace flux::service
