// One pass over the lines.
#include "service/purchase/budget.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

namespace flux::service {
namespace {

constexpr std::int64_t kNano = 1'000'000'000;
constexpr std::int64_t kMostDollars = 1'000'000'000;

// "12.5" in nano-dollars, exactly; nothing for what is no amount, is negative, or is finer than that.
std::optional<std::int64_t> ReadDollars(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || whole.size() > 10 || fraction.size() > 9) return std::nullopt;
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  const std::string digits =
      std::string(whole) + std::string(fraction) + std::string(9 - fraction.size(), '0');
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::int64_t nano = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), nano).ec != std::errc())
    return std::nullopt;
  return nano <= kMostDollars * kNano ? std::optional(nano) : std::nullopt;
}

bool IsName(std::string_view name) {
  return name == "*" ||
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != '=' && c != '*'; });
}

// What is wrong with a line; empty: it has been added.
std::string AddLine(const std::string& text, BudgetTable& table) {
  std::istringstream words(text);
  std::string name;
  words >> name;
  std::optional<std::int64_t> limit;
  std::optional<BudgetPeriod> period;
  for (std::string word; words >> word;) {
    if (word.starts_with("usd=") && !limit) {
      limit = ReadDollars(std::string_view(word).substr(4));
      if (!limit) return "usd= takes an amount such as 25 or 0.5, at most 1000000000";
    } else if (word == "per=day" && !period) {
      period = BudgetPeriod::kDay;
    } else if (word == "per=month" && !period) {
      period = BudgetPeriod::kMonth;
    } else {
      return "expected NAME usd=AMOUNT per=day|month";
    }
  }
  if (!IsName(name) || !limit || !period) return "expected NAME usd=AMOUNT per=day|month";
  std::vector<BudgetLine>& lines = table[name];
  if (std::ranges::find(lines, *period, &BudgetLine::period) != lines.end()) {
    return "a second budget of this name for the same period";
  }
  lines.push_back({{}, *period, *limit});
  return {};
}

void Append(std::vector<BudgetLine>& lines, const std::vector<BudgetLine>& found,
            const std::string& account) {
  for (BudgetLine line : found) {
    line.account = account;
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::string AccountOf(std::string_view caller) {
  return "caller:" + std::string(caller);
}

std::string NameOf(std::string_view account) {
  const std::string prefix = AccountOf(std::string_view());
  return std::string(account.starts_with(prefix) ? account.substr(prefix.size()) : account);
}

BudgetTable ParseBudgets(std::string_view text, std::vector<std::string>& problems) {
  BudgetTable table;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] == '#') continue;
    const std::string wrong = AddLine(line, table);
    if (!wrong.empty()) problems.push_back("line " + std::to_string(number) + ": " + wrong);
  }
  return table;
}

std::vector<std::string> BudgetBook::Load() {
  if (file_.empty()) return {};
  std::ifstream stream(file_, std::ios::binary);
  std::vector<std::string> problems;
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return {"\"" + file_ + "\" cannot be read"};
  auto table = std::make_shared<const BudgetTable>(ParseBudgets(text, problems));
  if (!problems.empty()) return problems;
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  return {};
}

std::shared_ptr<const BudgetTable> BudgetBook::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

std::vector<BudgetLine> BudgetBook::LinesFor(std::string_view caller) const {
  const std::shared_ptr<const BudgetTable> table = this->table();
  std::vector<BudgetLine> lines;
  auto own = table->find(caller);
  if (own == table->end() || caller == kTotalAccount) own = table->find("*");
  if (own != table->end()) Append(lines, own->second, AccountOf(caller));
  if (const auto total = table->find(kTotalAccount); total != table->end()) {
    Append(lines, total->second, kTotalAccount);
  }
  return lines;
}

std::vector<BudgetLine> BudgetBook::NamedLines() const {
  const std::shared_ptr<const BudgetTable> table = this->table();
  std::vector<BudgetLine> lines;
  for (const auto& [name, found] : *table) {
    if (name != "*") Append(lines, found, name == kTotalAccount ? name : AccountOf(name));
  }
  return lines;
}

std::string Dollars(std::int64_t nano_usd) {
  const std::string sign = nano_usd < 0 ? "-" : "";
  const std::int64_t amount = nano_usd < 0 ? -nano_usd : nano_usd;
  std::string fraction = std::to_string(kNano + amount % kNano).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return sign + std::to_string(amount / kNano) + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace flux::service
