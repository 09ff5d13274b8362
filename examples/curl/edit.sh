#!/usr/bin/env bash
# Changes a picture of yours as you say and saves the result: the file goes up as a part of a form.
#   examples/curl/edit.sh cat.png "make it blue" [MODEL] [FILE]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

picture=${1:?say which picture}
prompt=${2:?say what to change}
model=${3:-edit/kontext-pro}
file=${4:-edited.jpeg}
url=${FLUX_URL:-http://127.0.0.1:8080}

authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")

# --form-string takes the text as it is, whatever it begins with.
reply=$(curl -sS --max-time 180 "$url/api/v1/flux/$model" "${authorization[@]}" -F "image=@$picture" --form-string "prompt=$prompt")

if [ "$(jq -r .success <<<"$reply")" != true ]; then
  jq -r '"\(.code): \(.error) (billed: \(.billed), retryable: \(.retryable), request \(.request_id))"' <<<"$reply" >&2
  exit 1
fi
curl -sS --fail --max-time 60 -o "$file" "$(jq -r '.data.images[0].url' <<<"$reply")"
echo "$file: $(jq -r '.data.images[0].content_type' <<<"$reply")"
