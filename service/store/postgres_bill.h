// PostgresBill: the bill's records in PostgreSQL.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/store/bill_records.h"
#include "service/store/postgres_link.h"

namespace flux::service {

// Times and days are the server's.
class PostgresBill final : public BillRecords {
 public:
  explicit PostgresBill(std::shared_ptr<PostgresLink> link) : link_(std::move(link)) {}

  asio::awaitable<Result<std::optional<BillTurn>>> TakeTurn(std::chrono::milliseconds hold) override;
  asio::awaitable<Result<bool>> NoteBought(std::vector<Bought> bought) override;
  asio::awaitable<Result<std::optional<KeptCharges>>> KeepCharges(std::string claim,
                                                                  std::chrono::milliseconds hold,
                                                                  std::vector<Charge> charges) override;
  asio::awaitable<Result<std::vector<Finding>>> EndTurn(std::string claim, BillNote note) override;
  asio::awaitable<Result<BillView>> View(BillQuery query) override;

 private:
  const std::shared_ptr<PostgresLink> link_;
};

}  // namespace flux::service
