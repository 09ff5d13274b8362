# workerd with that one Worker. scripts/bench gives both addresses on the command line; everything the Worker fetches goes to fal.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  sockets = [(name = "http", http = (), service = "worker")],
  services = [
    (name = "worker", worker = .worker),
    (name = "fal", external = (http = ())),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "FAL_KEY", text = "bench:bench")],
  globalOutbound = "fal",
  compatibilityDate = "2025-06-01",
);
