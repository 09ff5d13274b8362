# shellcheck shell=bash disable=SC2034,SC2154  # rooms of one script share variables
# Sourced by scripts/bench: the proxies that it measures beside the product, where they are installed (scripts/setup --with-peers).
# start_NAME starts one in front of $fal, sets $port and appends its process ids to proxy.

peers=(nginx grpc-gateway workerd)
workerd=$(ls build/peers/node_modules/@cloudflare/workerd-*/bin/workerd 2>/dev/null || true)

peer_version() {  # peer_version PEER: nothing where it is not there
  case $1 in
    nginx) ! command -v nginx >/dev/null || nginx -v 2>&1 | sed 's,.*: ,,' ;;
    grpc-gateway) [ ! -x build/peers/go-peer ] || go_version ;;
    workerd) [ -z "$workerd" ] || "$workerd" --version ;;
  esac
}
go_version() {
  version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo '?'; }
  echo "grpc-gateway $(version golang-grpc-gateway), grpc-go $(version golang-google-grpc-dev), $(go version | cut -d' ' -f3)"
}

start_nginx() {  # it cannot choose a port: tries until one is free
  for _ in $(seq 20); do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    sed "s/@PORT@/$port/; s/@FAL@/$fal/; s,@WORK@,$work,g" bench/peers/nginx.conf.in >"$work/nginx.conf"
    start "$work/nginx.log" "${on_proxy[@]}" nginx -e "$work/nginx.log" -p "$work" -c "$work/nginx.conf"
    for _ in $(seq 40); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && proxy+=("$pid") && return
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    end "$pid"
  done
  cat "$work/nginx.log" >&2
  return 1
}

start_grpc_gateway() {
  local backend
  start "$work/backend.log" "${on_proxy[@]}" build/peers/go-peer backend "$fal"
  proxy+=("$pid")
  backend=$(address_of "$work/backend.log" grpc "$pid")
  start "$work/peer.log" "${on_proxy[@]}" build/peers/go-peer gateway "$backend"
  proxy+=("$pid")
  port=$(address_of "$work/peer.log" http "$pid") port=${port##*:}
}

start_workerd() {  # holds four descriptors for each request in flight, and ends where none is left
  most_connections=$((($(ulimit -n) - 1200) / 4))
  start "$work/workerd.log" "${on_proxy[@]}" "$workerd" serve --control-fd=1 bench/peers/worker/config.capnp \
    --socket-addr http=127.0.0.1:0 --external-addr "fal=$fal"
  proxy+=("$pid")
  for _ in $(seq 200); do
    port=$(sed -n 's/.*"event":"listen".*"port":\([0-9]*\).*/\1/p' "$work/workerd.log")
    [ -n "$port" ] && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  cat "$work/workerd.log" >&2
  return 1
}
