#!/usr/bin/env bash
# Makes one picture over REST and saves it.
#   examples/curl/generate.sh "a lighthouse at dusk" [MODEL] [FILE]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

prompt=${1:?say what to draw}
model=${2:-text-to-image/dev}
file=${3:-picture.jpeg}
url=${FLUX_URL:-http://127.0.0.1:8080}

request=$(jq -n --arg prompt "$prompt" '{prompt: $prompt, aspect_ratio: "16:9"}')
authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")

# A picture takes seconds, so the limit is long. No --retry: a request whose answer was lost may have been paid for.
reply=$(curl -sS --max-time 180 "$url/api/v1/flux/$model" -H 'Content-Type: application/json' "${authorization[@]}" -d "$request")

if [ "$(jq -r .success <<<"$reply")" != true ]; then
  # `billed` says whether the failure cost money, `retryable` whether the same request may succeed later.
  jq -r '"\(.code): \(.error) (billed: \(.billed), retryable: \(.retryable), request \(.request_id))"' <<<"$reply" >&2
  exit 1
fi
curl -sS --fail --max-time 60 -o "$file" "$(jq -r '.data.images[0].url' <<<"$reply")"
# jq rounds numbers beyond 2^53, so the seed is taken from the text.
echo "$file: $(jq -r '.data.images[0] | "\(.width)x\(.height)"' <<<"$reply"), seed $(grep -o '"seed":[0-9]*' <<<"$reply" | cut -d: -f2)"
