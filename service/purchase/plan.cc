// Looks up, checks, prices and writes fal's JSON; hashes the outcome.
#include "service/purchase/plan.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <random>
#include <string_view>
#include <utility>

#include "service/fal/fal_json.h"
#include "service/order/price.h"
#include "service/order/split.h"
#include "service/order/validate.h"
#include "service/order/validate_extra.h"

namespace flux::service {
namespace {

Status UnknownModel(const Order& order) {
  if (order.model.empty()) return InvalidFields({{"model", "is required; ListModels tells which there are"}});
  // The name is the caller's text and may be long; whoever sent it knows it.
  return Status(Reason::kUnknownModel);
}

struct DigestDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Each text with its length before it, so that no two lists of texts run together into the same bytes.
void Add(EVP_MD_CTX* digest, std::string_view text) {
  const std::uint64_t size = text.size();
  EVP_DigestUpdate(digest, &size, sizeof size);
  EVP_DigestUpdate(digest, text.data(), text.size());
}

}  // namespace

Result<const ModelRow*> CheckOrder(const Catalogue& catalogue, const Order& order) {
  const ModelRow* row = catalogue.Find(order.model, order.kind);
  if (row == nullptr) return UnknownModel(order);
  std::vector<Violation> violations = Validate(*row, order, catalogue.known_names());
  if (!v1::QueuePriority_IsValid(order.queue_priority)) {
    violations.push_back({"queue_priority", "must be normal or low"});
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return row;
}

std::vector<std::string> WarningsOf(const ModelRow& row, const Order& order, const KnownNames& known) {
  std::vector<std::string> sentences = PassedOver(row, order, known);
  if (!row.deprecated.empty()) sentences.push_back(row.deprecated);
  return sentences;
}

std::uint32_t NewSeed() {
  thread_local std::mt19937 engine{std::random_device()()};
  return std::uniform_int_distribution<std::uint32_t>(0, (1U << 31) - 1)(engine);
}

Result<Plan> MakePlan(const Catalogue& catalogue, const Order& order, SeedSource seeds,
                      const Prices* prices) {
  const Result<const ModelRow*> checked = CheckOrder(catalogue, order);
  if (!checked) return checked.error();
  const ModelRow& row = **checked;
  Plan plan{.model = row.name,
            .endpoint = row.fal_endpoint,
            .price = prices == nullptr ? row.price : prices->Of(row),
            .purchases = std::vector<PlannedPurchase>(PurchasesOf(row, order)),
            .inline_pictures = order.sync_mode.value_or(false),
            .fetch_images = order.fetch_images.value_or(false),
            .low_priority = order.queue_priority == v1::QUEUE_PRIORITY_LOW,
            .warnings = WarningsOf(row, order, catalogue.known_names()),
            .longest = row.longest};
  const bool draws = seeds != nullptr && !order.seed && FindRule(row, Field::kSeed) != nullptr;
  for (std::uint32_t i = 0; i < plan.purchases.size(); ++i) {
    const Order part = PurchaseOf(row, order, i);
    std::string body = ToFalJson(row, part);
    std::size_t drawn = 0;
    if (draws) {
      const std::string seed = "\"seed\":" + std::to_string(seeds()) + (body.size() > 2 ? "," : "");
      body.insert(1, seed);
      drawn = seed.size();
    }
    v1::PriceEstimate estimate = EstimatePrice(row, part);
    if (prices != nullptr) estimate = prices->InForce(row, std::move(estimate));
    plan.purchases[i] = {.estimate = std::move(estimate),
                         .body = std::make_shared<const std::string>(std::move(body)),
                         .drawn = drawn};
  }
  return plan;
}

std::string Fingerprint(const Plan& plan) {
  const std::unique_ptr<EVP_MD_CTX, DigestDeleter> digest(EVP_MD_CTX_new());
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  Add(digest.get(), "flux plan 2");  // the form of what follows
  Add(digest.get(), plan.model);
  Add(digest.get(), plan.endpoint);
  Add(digest.get(), plan.fetch_images ? "fetch" : "");
  for (const PlannedPurchase& purchase : plan.purchases) {
    const std::string_view body = *purchase.body;
    Add(digest.get(), body.substr(0, 1));
    Add(digest.get(), body.substr(1 + purchase.drawn));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), hash.data(), &size);
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace flux::service
