# shellcheck shell=bash disable=SC2034,SC2154  # rooms of one script share variables
# Sourced by scripts/bench: what a row starts. start_row sets proxy (process ids), $port, and what the row sends: plain, keyed or job.

all_rows=(direct "${peers[@]}" ours-logging ours ours-unix keyed-memory keyed-sqlite keyed-sqlite-normal keyed-postgres jobs-memory
          jobs-sqlite)

# start_ours GRPC_ADDRESS LOGGING [OPTION of flux-service...]
start_ours() {
  export ENABLE_LOGGING=$2
  start_service "$1" "${@:3}"
  start_gateway --looks-per-minute 0 --max-job-streams-per-caller 10000
  proxy+=("$service" "$gateway")
}
# start_keyed STORE [OPTION...]: with a store that holds nothing of the run before; each request has a key of its own
start_keyed() {
  rm -f "$work"/flux.db*
  sends=keyed
  start_ours 127.0.0.1:0 false --keyed-route direct --store "$@"
}
# start_jobs STORE [OPTION...]: each request begins a job and follows its events to the picture
start_jobs() {
  rm -f "$work"/flux.db*
  sends=job
  start_ours 127.0.0.1:0 false --keyed-route direct --store "$@"
}
start_postgres() {  # once; a server of our own, as an unprivileged user, on both cores
  local tools as=()
  [ -z "${postgres:-}" ] || return 0
  tools=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  mkdir "$work/postgres"
  if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups --)
    chmod 755 "$work" && chown nobody:nogroup "$work/postgres"
  fi
  (cd / && "${as[@]}" "$tools/initdb" -D "$work/postgres/data" -A trust -U flux >/dev/null)
  start "$work/postgres.log" env -C / "${as[@]}" "$tools/postgres" -D "$work/postgres/data" -k "$work/postgres" -c listen_addresses=
  postgres=$pid
  for _ in $(seq 100); do
    "$tools/pg_isready" -q -h "$work/postgres" && return
    sleep 0.1
  done
  cat "$work/postgres.log" >&2
  return 1
}

start_row() {  # start_row ROW: returns when requests go through it
  proxy=() sends=plain most_connections=60000
  case $1 in
    direct) port=${fal##*:} ;;
    nginx) start_nginx ;;
    grpc-gateway) start_grpc_gateway ;;
    workerd) start_workerd ;;
    ours) start_ours 127.0.0.1:0 false ;;
    ours-unix) start_ours "unix:$work/grpc.sock" false ;;
    ours-logging) start_ours 127.0.0.1:0 true ;;
    keyed-memory) start_keyed memory ;;
    keyed-sqlite) start_keyed "sqlite:$work/flux.db" ;;
    keyed-sqlite-normal) start_keyed "sqlite:$work/flux.db" --store-sync normal ;;
    keyed-postgres) start_postgres && start_keyed "postgres://flux@/postgres?host=$work/postgres" ;;
    jobs-memory) start_jobs memory ;;
    jobs-sqlite) start_jobs "sqlite:$work/flux.db" ;;
    *) echo "scripts/bench: no row is called $1" >&2 && return 1 ;;
  esac
  for _ in $(seq 100); do
    [ "$(load --connections 1 --duration 0.01 --drain 1 | field errors)" = 0 ] && return
    sleep 0.1
  done
  echo "scripts/bench: no request goes through $1" >&2
  return 1
}
