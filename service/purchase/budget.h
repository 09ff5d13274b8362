// BudgetBook: how much each caller may spend, from the file of --budgets-file. Each line is a budget:
//   NAME usd=AMOUNT per=day|month
// NAME is a caller's name, `*` for each caller that has no line of its own, or `total` for all together; a
// name may have a line for each period. Blank lines and lines that begin with # are passed over.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "service/store/store.h"

namespace flux::service {

// The account of a caller, and of all callers together, as stores name them.
std::string AccountOf(std::string_view caller);
inline constexpr char kTotalAccount[] = "total";

// Budgets as they are written down.
using BudgetTable =
    std::map<std::string, std::vector<BudgetLine>, std::less<>>;  // by NAME; accounts are empty

// The NAME of an account of a budget.
std::string NameOf(std::string_view account);

// Reads a file's text. `problems` gets a sentence for each line that is no budget, with its number.
BudgetTable ParseBudgets(std::string_view text, std::vector<std::string>& problems);

// Thread-safe.
class BudgetBook {
 public:
  // An empty name: there are no budgets.
  explicit BudgetBook(std::string file) : file_(std::move(file)) {}

  // Reads the file. Empty: its budgets count from now on. Else what is wrong, and the old ones stay.
  std::vector<std::string> Load();

  // What a purchase of this caller counts against.
  std::vector<BudgetLine> LinesFor(std::string_view caller) const;

  // The budgets of `total` and of callers that have lines of their own: those of `*` are as many as there are
  // callers.
  std::vector<BudgetLine> NamedLines() const;

  const std::string& file() const { return file_; }

 private:
  std::shared_ptr<const BudgetTable> table() const;

  const std::string file_;
  mutable std::mutex mutex_;
  std::shared_ptr<const BudgetTable> table_ = std::make_shared<const BudgetTable>();
};

// "0.025": dollars without rounding and without trailing zeros; below zero with "-".
std::string Dollars(std::int64_t nano_usd);

}  // namespace flux::service
