#!/usr/bin/env bash
# Begins one picture as a job, asks until it is there, and prints where it is.
#   examples/curl/job.sh "a lighthouse at dusk" [MODEL]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

prompt=${1:?say what to draw}
model=${2:-text-to-image/dev}
url=${FLUX_URL:-http://127.0.0.1:8080}

authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")
fail() {
  jq -r '"\(.code): \(.error) (billed: \(.billed))"' <<<"$1" >&2
  exit 1
}

# 202: the job is made, and goes on whoever leaves.
request=$(jq -n --arg prompt "$prompt" '{prompt: $prompt, aspect_ratio: "16:9"}')
reply=$(curl -sS "$url/api/v1/flux/$model" -H 'Content-Type: application/json' -H 'Prefer: respond-async' \
  "${authorization[@]}" -d "$request")
[ "$(jq -r .success <<<"$reply")" = true ] || fail "$reply"
job=$(jq -r .job.id <<<"$reply")
echo "job $job"

# A picture takes seconds, at 4k minutes: two seconds between two looks is what Retry-After says.
for _ in $(seq 300); do
  reply=$(curl -sS "$url/api/v1/jobs/$job" "${authorization[@]}")
  [ "$(jq -r .success <<<"$reply")" = true ] || fail "$reply"
  case $(jq -r .job.state <<<"$reply") in
    succeeded)
      jq -r '.data.images[0] | "\(.url) \(.width)x\(.height)"' <<<"$reply"
      exit
      ;;
    failed) fail "$(jq '.job.error | {code, error: .message, billed}' <<<"$reply")" ;;
  esac
  sleep 2
done
echo "job $job is not over yet" >&2
exit 1
