# Says what ours-logging is to each peer of the same run: quotients, in bold where the product is worse, and beside them what it
# is meant to be. Prints nothing where no peer or no ours-logging was measured. Variable: seconds (of the crowds).
function value(row, name,    v) {
  v = seen[row, name]
  if (v == "-" || v == "") return ""
  if (name ~ /^rate_p/) return v - seen["direct", name]
  if (name ~ /_p50$|_p99$/) return v / 1000
  return v
}
# One cell. `more` is 1 where more is better.
function cell(peer, name, more,    mine, its, quotient, worse, text) {
  mine = value("ours-logging", name); its = value(peer, name)
  if (mine == "" || its == "" || its <= 0) return "–"
  quotient = mine / its
  worse = more ? quotient < 1 : quotient > 1
  text = sprintf(quotient < 0.1 ? "%.3f" : "%.2f", quotient)
  if (worse) behind[peer] = behind[peer] (behind[peer] == "" ? "" : "; ") said[name]
  return worse ? "**" text "**" : text
}
function line(name, more, wanted,    i, out) {
  out = "| " said[name]
  for (i = 1; i <= peers; ++i) out = out " | " cell(peer[i], name, more)
  print out " | " wanted " |"
}

NR == 1 { for (i = 1; i <= NF; ++i) column[i] = $i; next }
{
  for (i = 2; i <= NF; ++i) seen[$1, column[i]] = $i
  if ($1 == "direct") has_direct = 1
  if ($1 == "ours-logging") has_ours = 1
  if ($1 ~ /^(nginx|grpc-gateway|workerd)$/) peer[++peers] = $1
}
END {
  if (!has_ours || !has_direct || !peers) exit
  said["rps"] = "req/s"; said["cpu"] = "CPU per request, saturated"; said["rate_cpu"] = "CPU per request at " rate "/s"
  said["rate_switches"] = "switches per request at " rate "/s"
  said["rate_p50"] = "added p50"; said["rate_p99"] = "added p99"
  said["crowd_done"] = "5,000 in flight: done"; said["crowd_p50"] = "5,000 in flight: late p50"
  said["held_mb"] = "peak RSS, 1,000 in flight"; said["crowd_mb"] = "peak RSS, 5,000 in flight"
  printf "\n| ours-logging, times the peer's"
  for (i = 1; i <= peers; ++i) printf " | %s", peer[i]
  print " | wanted |"
  printf "|---"
  for (i = 0; i <= peers; ++i) printf "|---"
  print "|"
  line("rps", 1, "≥ 2 × grpc-gateway")
  line("cpu", 0, "≤ 0.6 × grpc-gateway")
  line("rate_cpu", 0, "≤ 0.6 × grpc-gateway")
  line("rate_switches", 0, "")
  line("rate_p50", 0, "≤ 0.8 × grpc-gateway, ≤ 3 × nginx")
  line("rate_p99", 0, "≤ grpc-gateway")
  if (seconds > 0) crowds()
  print ""
  for (i = 1; i <= peers; ++i)
    print "- Worse than " peer[i] ": " (behind[peer[i]] == "" ? "nothing." : behind[peer[i]] ".")
}
function crowds() {
  line("crowd_done", 1, sprintf("≥ %.0f of %.0f", 4875 * seconds / 2, 5000 * seconds / 2))
  line("crowd_p50", 0, "")
  line("held_mb", 0, "")
  line("crowd_mb", 0, "")
}
