#!/usr/bin/env bash
# Makes one picture over gRPC with nothing but curl and protoc: a gRPC message is one byte of flags, four of length, and protobuf.
#   examples/curl/grpc.sh "a lighthouse at dusk" [MODEL]
# Environment: FLUX_SERVICE (default 127.0.0.1:50051), FLUX_SERVICE_TOKEN where one is wanted.
set -euo pipefail

prompt=${1:?say what to draw}
model=${2:-text-to-image/dev}
service=${FLUX_SERVICE:-127.0.0.1:50051}
protos=$(dirname "$0")/../../proto

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
authorization=()
[ -z "${FLUX_SERVICE_TOKEN:-}" ] || authorization=(-H "authorization: Bearer $FLUX_SERVICE_TOKEN")

# A JSON string is a string of protobuf's text format, too.
protoc -I "$protos" --encode=flux.v1.TextToImageRequest flux/v1/flux_service.proto >"$folder/message" <<END
model: $(jq -n --arg text "$model" '$text')
prompt: $(jq -n --arg text "$prompt" '$text')
parameters { image_size { aspect_ratio: "16:9" } }
END
size=$(stat -c %s "$folder/message")
# shellcheck disable=SC2059  # the format is made of those five bytes
{ printf "$(printf '\\x%02x' 0 $((size >> 24 & 255)) $((size >> 16 & 255)) $((size >> 8 & 255)) $((size & 255)))"; cat "$folder/message"; } \
  >"$folder/request"

# A deadline is a must: a picture takes seconds, and a call without one waits for as long as the server allows.
curl -sS --http2-prior-knowledge --max-time 120 "http://$service/flux.v1.FluxService/TextToImage" \
  -H 'content-type: application/grpc' -H 'te: trailers' -H 'grpc-timeout: 120S' "${authorization[@]}" \
  --data-binary "@$folder/request" -D "$folder/head" -o "$folder/reply"

trailer() { sed -n "s/^$1: *\([^\r]*\).*/\1/Ip" "$folder/head"; }
if [ "$(trailer grpc-status)" != 0 ]; then
  # What is not plain ASCII comes percent-encoded. grpc-status-details-bin tells more: see proto/flux/v1/errors.proto.
  echo "status $(trailer grpc-status): $(trailer grpc-message)" >&2
  exit 1
fi
tail -c +6 "$folder/reply" | protoc -I "$protos" --decode=flux.v1.TextToImageResponse flux/v1/flux_service.proto
