// SqliteBill: the bill's verbs as SQL, each within a transaction that somebody else begins and commits. Runs
// on SqliteThread's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/store/bill_records.h"
#include "service/store/sqlite_database.h"

namespace flux::service {

// Borrows the database. Throws SqliteFailure.
class SqliteBill {
 public:
  explicit SqliteBill(SqliteDatabase& database) : database_(database) {}

  // Of an earlier process with this file: nobody has the turn.
  void Adopt();

  // As in bill_records.h.
  std::optional<BillTurn> TakeTurn(WallTime now, std::chrono::milliseconds hold, const std::string& claim);
  bool NoteBought(WallTime now, const std::vector<Bought>& bought);
  std::optional<KeptCharges> KeepCharges(WallTime now, const std::string& claim,
                                         std::chrono::milliseconds hold, const std::vector<Charge>& charges);
  std::vector<Finding> EndTurn(WallTime now, const std::string& claim, const BillNote& note);
  BillView View(WallTime now, const BillQuery& query);

  // Forgets what has been kept for long enough.
  void Expire(WallTime now);
  // Forgets some of the oldest, whatever it is; false: there is nothing.
  bool MakeRoom();

 private:
  void TakeIn(WallTime now);

  SqliteDatabase& database_;
};

}  // namespace flux::service
