#!/usr/bin/env bash
# Begins one picture as a job whose end is told to a URL of yours; examples/node/receiver.mjs is what may stand there.
#   examples/curl/webhook.sh https://example.com/hooks/flux "a lighthouse at dusk" [MODEL]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

hook=${1:?say who is told}
prompt=${2:?say what to draw}
model=${3:-text-to-image/dev}
url=${FLUX_URL:-http://127.0.0.1:8080}

authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")
reply=$(curl -sS "$url/api/v1/flux/$model" -H 'Content-Type: application/json' -H 'Prefer: respond-async' \
  "${authorization[@]}" -d "$(jq -n --arg prompt "$prompt" --arg hook "$hook" '{prompt: $prompt, webhook_url: $hook}')")
if [ "$(jq -r .success <<<"$reply")" != true ]; then
  jq -r '"\(.code): \(.error) (billed: \(.billed))"' <<<"$reply" >&2
  exit 1
fi
jq -r '"job \(.job.id), told to \(.job.webhook.url)"' <<<"$reply"
# How telling it stands: GET $url/api/v1/jobs/JOB; once more: POST $url/api/v1/jobs/JOB/redeliver
