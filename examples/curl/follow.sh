#!/usr/bin/env bash
# Begins one picture as a job and follows it by its events until it is there.
#   examples/curl/follow.sh "a lighthouse at dusk" [MODEL]
# Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
set -euo pipefail

prompt=${1:?say what to draw}
model=${2:-text-to-image/dev}
url=${FLUX_URL:-http://127.0.0.1:8080}

authorization=()
[ -z "${FLUX_API_KEY:-}" ] || authorization=(-H "Authorization: Bearer $FLUX_API_KEY")
reply=$(curl -sS "$url/api/v1/flux/$model" -H 'Content-Type: application/json' -H 'Prefer: respond-async' \
  "${authorization[@]}" -d "$(jq -n --arg prompt "$prompt" '{prompt: $prompt}')")
if [ "$(jq -r .success <<<"$reply")" != true ]; then
  jq -r '"\(.code): \(.error) (billed: \(.billed))"' <<<"$reply" >&2
  exit 1
fi
job=$(jq -r .job.id <<<"$reply")

# -N: each line as it comes. Whoever loses the connection asks again, and says by Last-Event-ID what it has read.
last=
for _ in 1 2 3 4 5; do
  resume=()
  [ -z "$last" ] || resume=(-H "Last-Event-ID: $last")
  while IFS= read -r line; do
    case $line in
      'event: '*) event=${line#event: } ;;
      'id: '*) last=${line#id: } ;;
      'data: '*)
        data=${line#data: }
        case $event in
          status) jq -r '"\(.state)\(if .queue_position then ", \(.queue_position) before it" else "" end)"' <<<"$data" ;;
          log) jq -r '"  \(.message)"' <<<"$data" ;;
          result)
            jq -r '.data.images[0].url' <<<"$data"
            exit
            ;;
          error)
            jq -r '"\(.code): \(.error) (billed: \(.billed))"' <<<"$data" >&2
            exit 1
            ;;
        esac
        ;;
    esac
  done < <(curl -sSN "$url/api/v1/jobs/$job" -H 'Accept: text/event-stream' "${authorization[@]}" "${resume[@]}")
  sleep 2
done
echo "job $job cannot be followed" >&2
exit 1
