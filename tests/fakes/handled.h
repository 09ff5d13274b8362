// Handled: both steps of a request handler as one.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "gateway/http/handler.h"
#include "tests/fakes/on_loop.h"

namespace flux::fakes {

// Opens a whole request, and serves it where it may go on.
inline asio::awaitable<gateway::Reply> Handle(gateway::RequestHandler& handler, gateway::Request request) {
  gateway::Opened opened = handler.Open(request);
  if (auto* reply = std::get_if<gateway::Reply>(&opened)) co_return std::move(*reply);
  auto ticket = std::get<std::unique_ptr<gateway::Ticket>>(std::move(opened));
  asio::awaitable<gateway::Reply> work = handler.Serve(std::move(ticket), std::move(request));
  co_return co_await std::move(work);
}

inline gateway::Reply Handled(EventLoop& loop, gateway::RequestHandler& handler, gateway::Request request) {
  return Spawned<gateway::Reply>(loop, Handle(handler, std::move(request))).Get();
}

}  // namespace flux::fakes
