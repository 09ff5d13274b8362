// OpenStore: from a setting's text to the store it names.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "service/store/store.h"
#include "service/store/store_options.h"

namespace flux::service {

// What is wrong with a store's text, in words for operators; "" where nothing is. It is one of
//   memory                      until this process ends
//   sqlite:PATH                 a file of this process alone
//   postgres://USER@HOST/DB     shared; what libpq takes, postgresql:// too. No password: that is a secret
// Opens nothing.
std::string CheckStoreText(std::string_view text);

// Blocks until the file is open, or PostgreSQL has answered for the first time, for a few seconds at most.
// STORE_UNAVAILABLE says what an operator has to change. A PostgreSQL that is away is no failure: the store
// goes on trying, and its Problem() says why. `loop` and `clock` are borrowed.
Result<std::unique_ptr<Store>> OpenStore(asio::io_context& loop, const StoreOptions& options,
                                         const Clock& clock);

}  // namespace flux::service
