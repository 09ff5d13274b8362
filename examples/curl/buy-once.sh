#!/usr/bin/env bash
# Makes one picture under an idempotency key: however often this is run with the same key, it is paid for once.
#   examples/curl/buy-once.sh KEY "a lighthouse at dusk" [MODEL]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

key=${1:?say a key for this picture, such as the number of an order}
prompt=${2:?say what to draw}
model=${3:-text-to-image/dev}
url=${FLUX_URL:-http://127.0.0.1:8080}

request=$(jq -n --arg prompt "$prompt" '{prompt: $prompt, aspect_ratio: "16:9"}')
authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")
head=$(mktemp)
trap 'rm -f "$head"' EXIT

# With a key a request may be sent again whatever happened to the one before. OUTCOME_UNKNOWN (409) means that it is being
# found out whether fal made the picture; the same request gets it as soon as that is known.
for pause in 1 2 4 8 16 0; do
  reply=$(curl -sS --max-time 180 -D "$head" "$url/api/v1/flux/$model" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: $key" "${authorization[@]}" -d "$request") || reply='{"code":"NO_ANSWER","retryable":true}'
  [ "$(jq -r .success <<<"$reply")" != true ] || break
  code=$(jq -r .code <<<"$reply")
  [ "$code" = OUTCOME_UNKNOWN ] || [ "$(jq -r .retryable <<<"$reply")" = true ] || break
  sleep "$pause"
done
if [ "$(jq -r .success <<<"$reply")" != true ]; then
  jq -r '"\(.code): \(.error) (billed: \(.billed), job \(.job))"' <<<"$reply" >&2
  exit 1
fi
header() { sed -n "s/^$1: *\([^\r]*\).*/\1/Ip" "$head"; }
how=bought
[ "$(header idempotent-replayed)" != true ] || how='bought before'
echo "$how: $(jq -r '.data.images[0].url' <<<"$reply"), job $(header x-job-id)"
# Whoever has the job can ask for it again: GET $url/api/v1/jobs/JOB
