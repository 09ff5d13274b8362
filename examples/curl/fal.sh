#!/usr/bin/env bash
# Makes one picture by fal's own names and fields, through the queue as fal has it, and saves it.
#   examples/curl/fal.sh "a lighthouse at dusk" [APP] [FILE]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

prompt=${1:?say what to draw}
app=${2:-fal-ai/flux/dev}
file=${3:-picture.jpeg}
url=${FLUX_URL:-http://127.0.0.1:8080}

input=$(jq -n --arg prompt "$prompt" '{prompt: $prompt, image_size: "landscape_16_9"}')
authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Key $FLUX_API_KEY")
ask() { curl -sS --max-time 60 "${authorization[@]}" "$@"; }

# With this key it is paid for once, however often the submit is sent: curl may send it again.
key=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
submitted=$(ask --retry 3 "$url/fal/queue/$app" -H 'Content-Type: application/json' -H "Idempotency-Key: $key" -d "$input")
status_url=$(jq -r '.status_url // empty' <<<"$submitted")
if [ -z "$status_url" ]; then
  # A sentence; or, where fields are wrong, one entry for each.
  jq -r '.detail | if type == "array" then .[] | "\(.loc | join(".")): \(.msg)" else . end' <<<"$submitted" >&2
  exit 1
fi

deadline=$((SECONDS + 180))
until [ "$(ask "$status_url" | jq -r .status)" = COMPLETED ]; do
  [ $SECONDS -lt $deadline ] || { echo "it takes too long; ask $status_url later" >&2; exit 1; }
  sleep 0.5
done
result=$(ask "$(jq -r .response_url <<<"$submitted")")
if [ "$(jq 'has("images")' <<<"$result")" != true ]; then
  jq -r '.detail | if type == "array" then .[] | "\(.type): \(.msg)" else . end' <<<"$result" >&2
  exit 1
fi
curl -sS --fail --max-time 60 -o "$file" "$(jq -r '.images[0].url' <<<"$result")"
# jq rounds numbers beyond 2^53, so the seed is taken from the text.
echo "$file: $(jq -r '.images[0] | "\(.width)x\(.height)"' <<<"$result"), seed $(grep -o '"seed":[0-9]*' <<<"$result" | cut -d: -f2)"
