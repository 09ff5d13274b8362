# shellcheck shell=bash disable=SC2034,SC2154  # rooms of one script share variables
# Sourced by scripts/bench and its neighbours: builds what is measured, starts programs and waits until they listen, reads from
# /proc what they have cost, ends them. Programs are known by their process ids.

# bench_begin TARGET...: builds these. Sets $bin (where the programs are), $work (a folder that goes at the end), on_load and
# on_proxy (prefixes that pin a program to the core of the load, or of what is measured).
bench_begin() {
  bin=${BENCH_BIN:-$PWD/build/release/bin}
  if [ -z "${BENCH_BIN:-}" ] && [ "${BENCH_BUILD:-1}" = 1 ]; then
    cmake --preset release -DFLUX_BENCH=ON >/dev/null
    cmake --build --preset release --target "$@" >&2
  fi
  ulimit -n "$(ulimit -Hn)"
  on_load=() on_proxy=()
  if [ "${BENCH_PIN:-1}" = 1 ] && [ "$(nproc)" -ge 2 ]; then
    on_load=(taskset -c 0) on_proxy=(taskset -c 1)
  fi
  work=$(mktemp -d)
  started=()
  trap 'end "${started[@]}"; rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM
}

start() {  # start LOG COMMAND...: in the background, all that it writes into LOG; sets $pid
  local log=$1
  shift
  "$@" >"$log" 2>&1 &
  pid=$!
  started+=("$pid")
}
end() {  # end PID...: newest first; their numbers are forgotten, since the system gives them to others
  local i each left=()
  for ((i = $#; i >= 1; --i)); do
    kill "${!i}" 2>/dev/null || true
    wait "${!i}" 2>/dev/null || true
  done
  for each in "${started[@]}"; do [[ " $* " == *" $each "* ]] || left+=("$each"); done
  started=("${left[@]}")
}
address_of() {  # address_of LOG NAME PID: waits for the line with which the program says where it listens
  local address
  for _ in $(seq 400); do
    address=$(sed -n 's/.*"event":"listening","name":"'"$2"'","address":"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -1)
    [ -n "$address" ] && echo "$address" && return
    kill -0 "$3" 2>/dev/null || break
    sleep 0.05
  done
  echo "$0: no \"listening\" line of $2:" >&2
  cat "$1" >&2
  return 1
}
start_service() {  # start_service ADDRESS OPTION...: sets $service and $grpc (where it listens)
  FAL_KEY=bench:bench start "$work/service.log" "${on_proxy[@]}" "$bin/flux-service" --listen "$1" --metrics-listen 127.0.0.1:0 \
    --fal-url "http://$fal" "${@:2}"
  service=$pid grpc=$(address_of "$work/service.log" grpc "$pid")
  [[ $1 != unix:* ]] || grpc=$1
}
start_gateway() {  # start_gateway OPTION...: in front of $grpc; sets $gateway, $port and $admin; returns when it is ready
  start "$work/gateway.log" "${on_proxy[@]}" "$bin/flux-gateway" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --service "$grpc" \
    --rate-limit-per-minute 0 "$@"
  gateway=$pid port=$(address_of "$work/gateway.log" http "$pid") admin=$(address_of "$work/gateway.log" admin "$pid")
  port=${port##*:}
  until curl -sf "http://$admin/readyz" >/dev/null; do sleep 0.05; done
}
start_fake() {  # start_fake OPTION...: sets $fake and $fal (its address)
  start "$work/fake.log" "${on_load[@]}" "$bin/bench-fake-fal" "$@"
  fake=$pid fal=$(address_of "$work/fake.log" fal "$pid")
}
set_delay() { curl -sf "http://$fal/_ctl/delay/$1" >/dev/null; }  # set_delay MS

# ---- what it cost, of process ids and their children
family() {
  local each
  for each in "$@"; do echo "$each"; cat "/proc/$each"/task/*/children 2>/dev/null || true; done
}
cpu_us() {  # user and system time so far, that of ended threads included
  local each ticks=0 stat
  for each in $(family "$@"); do
    read -ra stat < <(sed 's/.*) //' "/proc/$each/stat")
    ticks=$((ticks + stat[11] + stat[12]))
  done
  echo $((ticks * 1000000 / $(getconf CLK_TCK)))
}
switches() {  # how often a thread went to sleep so far; those of ended threads are lost
  local each
  for each in $(family "$@"); do cat "/proc/$each"/task/*/status 2>/dev/null || true; done |
    awk '$1 == "voluntary_ctxt_switches:" { sum += $2 } END { print sum + 0 }'
}
memory_kb() {  # memory_kb FIELD PID...: FIELD is VmRSS or VmHWM
  local each kb=0 own
  for each in $(family "${@:2}"); do
    own=$(sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$each/status")
    kb=$((kb + own))
  done
  echo "$kb"
}
forget_peak() {  # the peak of memory counts from now on
  local each
  for each in $(family "$@"); do echo 5 >"/proc/$each/clear_refs"; done
}
field() { sed -n 's/.*"'"$1"'":\([0-9.]*\).*/\1/p'; }  # field NAME: of the JSON that bench-load prints
