# Renders the results of scripts/bench as two markdown tables. Variables: rate (requests per second), seconds (of the crowds).
function thousands(n,    out) {
  if (n == "-") return n
  n = sprintf("%.0f", n)
  while (n ~ /[0-9][0-9][0-9][0-9]/) { out = "," substr(n, length(n) - 2) out; n = substr(n, 1, length(n) - 3) }
  return n out
}
function of(name) { return $(column[name]) }
function added(name) { return of("row") == "direct" || !(name in direct) ? "–" : thousands(of(name) - direct[name]) }
function ms(name) { return of(name) == "-" ? "–" : sprintf("%.1f", of(name) / 1000) }
function plain(name) { return of(name) == "-" ? "–" : of(name) }
function most(connections) { return thousands(connections * seconds / 2) }

NR == 1 {
  for (i = 1; i <= NF; ++i) column[$i] = i
  printf "| row | req/s, 64 connections | p50 / p99 µs | CPU µs per request, saturated / at %s/s | switches per request, saturated / at %s/s | added p50 / p99 at %s/s, µs | p50 / max at 50/s, µs | errors |\n", thousands(rate), thousands(rate), thousands(rate)
  print "|---|---|---|---|---|---|---|---|"
  next
}
{
  name_of_row = of("row") (of("rate") == rate ? "" : ", at " thousands(of("rate")) "/s")
  if (of("row") == "direct") for (name in column) direct[name] = of(name)
  printf "| %s | %s | %s / %s | %s / %s | %s / %s | %s / %s | %s / %s | %s |\n", name_of_row, thousands(of("rps")),
    thousands(of("p50")), thousands(of("p99")), plain("cpu"), plain("rate_cpu"), plain("switches"), plain("rate_switches"),
    added("rate_p50"), added("rate_p99"), thousands(of("slow_p50")), thousands(of("slow_max")), of("errors")
  if (seconds == 0) next
  short = of("crowd_connections") < 5000 ? sprintf(" (%s connections)", thousands(of("crowd_connections"))) : ""
  crowds = crowds sprintf("| %s | %s / %s | %s / %s | %s | %s / %s%s | %s / %s | %s |\n", of("row"), thousands(of("held_done")),
    of("held_errors"), ms("held_p50"), ms("held_p99"), plain("held_mb"), thousands(of("crowd_done")), of("crowd_errors"), short,
    ms("crowd_p50"), ms("crowd_p99"), plain("crowd_mb"))
}
END {
  if (seconds == 0) exit
  printf "\n| row | 1,000 in flight for 2 s: done of %s / errors | late p50 / p99 ms | peak RSS MB | 5,000 in flight: done of %s / errors | late p50 / p99 ms | peak RSS MB |\n", most(1000), most(5000)
  print "|---|---|---|---|---|---|---|"
  printf "%s", crowds
}
