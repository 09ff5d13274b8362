# shellcheck shell=bash disable=SC2034,SC2154  # rooms of one script share variables
# Sourced by scripts/bench: loads the row that runs, and writes what it saw as one line of $work/results.tsv, times in µs, memory
# in MB, "-" where there is nothing to tell.

columns=(row rate rps p50 p99 cpu switches rate_cpu rate_switches rate_p50 rate_p99 slow_p50 slow_max errors
         held_done held_errors held_p50 held_p99 held_mb crowd_done crowd_errors crowd_p50 crowd_p99 crowd_mb crowd_connections)

load() {  # load OPTION of bench-load...
  local own=()
  case $sends in
    keyed) own=(--key "bench-${EPOCHREALTIME//[.,]/}-") ;;  # no key of an earlier load
    job) own=(--job) ;;
  esac
  "${on_load[@]}" "$bin/bench-load" "${own[@]}" --port "$port" --path /api/v1/flux/text-to-image/dev --expect https://v3.fal.media/files/ \
    --body '{"prompt":"A beautiful sunset over mountains","aspect_ratio":"landscape_16_9","guidance_scale":3.5,"num_images":1}' "$@"
}
# costed PREFIX OPTION of bench-load...: into $out; the CPU time and the switches of the proxy for each request into results
costed() {
  local prefix=$1 cpu slept answered
  shift
  cpu=$(cpu_us "${proxy[@]}") slept=$(switches "${proxy[@]}")
  out=$(load "$@")
  answered=$(field completed <<<"$out")
  [ ${#proxy[@]} -gt 0 ] && [ "$answered" -gt 0 ] || return 0
  result[${prefix}cpu]=$((($(cpu_us "${proxy[@]}") - cpu) / answered))
  result[${prefix}switches]=$(awk "BEGIN { printf \"%.1f\", ($(switches "${proxy[@]}") - $slept) / $answered }")
}
count_errors() { result[errors]=$((result[errors] + $(field errors <<<"$out"))); }

# held PREFIX CONNECTIONS: each with a request in flight that fal takes 2 s for, begun within 2 s; fresh processes, so that the
# peak is this test's
held() {
  local connections=$2
  end "${proxy[@]}"
  start_row "$row"
  load --connections 64 --duration 0.5 >/dev/null
  [ "$connections" -le "$most_connections" ] || connections=$most_connections
  set_delay 2000
  out=$(load --connections "$connections" --ramp 2 --duration "$(awk "BEGIN { print $T34_S - 2 }")" --drain 6)
  set_delay 0
  result[${1}done]=$(field completed <<<"$out") result[${1}errors]=$(field errors <<<"$out")
  if [ "${result[${1}done]}" -gt 0 ]; then
    result[${1}p50]=$(($(field p50 <<<"$out") - 2000000)) result[${1}p99]=$(($(field p99 <<<"$out") - 2000000))
  fi
  result[${1}connections]=$connections
  [ ${#proxy[@]} -eq 0 ] || result[${1}mb]=$(($(memory_kb VmHWM "${proxy[@]}") / 1024))
}

measure() {  # measure ROW
  row=$1
  declare -A result=([row]=$row [rate]=$T2_RATE [errors]=0)
  local each line=()
  start_row "$row"
  load --connections 64 --duration "$T_WARM" >/dev/null
  costed "" --connections 64 --duration "$T1_S"
  count_errors
  result[rps]=$(field rps <<<"$out") result[p50]=$(field p50 <<<"$out") result[p99]=$(field p99 <<<"$out")
  [ "$sends" = plain ] || [ "$T2_RATE" -le "$T2_RATE_KEPT" ] || result[rate]=$T2_RATE_KEPT
  costed rate_ --connections 64 --rate "${result[rate]}" --duration "$T2_S"
  count_errors
  result[rate_p50]=$(field p50 <<<"$out") result[rate_p99]=$(field p99 <<<"$out")
  out=$(load --connections 64 --rate 50 --duration "$T2B_S")
  count_errors
  result[slow_p50]=$(field p50 <<<"$out") result[slow_max]=$(field max <<<"$out")
  if [ "$T34_S" != 0 ]; then
    held held_ 1000
    held crowd_ 5000
  fi
  end "${proxy[@]}"
  for each in "${columns[@]}"; do line+=("${result[$each]:--}"); done
  (IFS=$'\t' && echo "${line[*]}") >>"$work/results.tsv"
}
