// A program for sqlite_store_test, which needs a process that it can kill, limit or run as somebody else.
//   store_victim buy PATH    buys for ever; writes a line after each step that the store has answered
//   store_victim open PATH   writes why the file cannot be opened, or "open"
//   store_victim full PATH   buys until the file may not grow, writes why; then it may, and it buys again
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/service/store/store_fixture.h"

namespace flux::service {
namespace {

void Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(1);
}

void Buy(OnALoop& on, Store& store) {
  for (int i = 0;; ++i) {
    const std::string id = std::to_string(getpid()) + "-" + std::to_string(i);
    on.Must(store.Begin(MakeJob(id, "alice", id)));
    Say("RESERVED " + id);
    on.Must(store.MarkSent(id, 0));
    Say("SENT " + id);
    on.Must(store.MarkAccepted(id, 0, {"fal-" + id, "s", "r", "c"}));
    Say("ACCEPTED " + id);
    on.Must(store.Finish(id, 0, Succeeded(id)));
    Say("SUCCEEDED " + id);
  }
}

// Until a verb fails; how it does.
std::string BuyUntilRefused(OnALoop& on, Store& store, int first, int last) {
  for (int i = first; i < last; ++i) {
    const std::string id = std::to_string(i);
    const auto begun = on.Do(store.Begin(MakeJob(id, "alice", id)));
    if (!begun) return begun.error().message;
    const auto finished = on.Do(store.Finish(id, 0, Succeeded(std::string(100'000, 'x'))));
    if (!finished) return finished.error().message;
  }
  return {};
}

void SetLimit(rlim_t bytes) {
  const rlimit limit{bytes, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
}

int Main(const std::string& what, const std::string& path) {
  OnALoop on;
  StoreOptions options;
  options.text = "sqlite:" + path;
  options.instance = std::to_string(getpid());
  auto store = OpenStore(on.loop_.context(), options, on.clock_);
  if (!store) {
    Say(store.error().message);
    return 1;
  }
  if (what == "buy") Buy(on, **store);
  if (what == "open") Say("open");
  if (what == "full") {
    signal(SIGXFSZ, SIG_IGN);
    SetLimit(3 << 20);
    Say(BuyUntilRefused(on, **store, 0, 1000));
    Say(store.value()->Problem());
    SetLimit(RLIM_INFINITY);
    Say(BuyUntilRefused(on, **store, 1000, 1010));
    Say(store.value()->Problem());
  }
  return 0;
}

}  // namespace
}  // namespace flux::service

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return flux::service::Main(argv[1], argv[2]);
}
