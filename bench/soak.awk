# Reads the samples of scripts/soak (program, second, memory in kB, descriptors, threads) and prints what each program had most of at
# the beginning and at the end, in markdown; ends with 1 where it had more at the end. Variable: seconds (how long it went).
{
  begin = seconds / 5; third = (seconds - begin) / 3
  if ($2 < begin) next
  when = $2 < begin + third ? "first" : $2 >= begin + 2 * third ? "last" : "middle"
  for (i = 3; i <= 5; ++i) if ($i > most[$1, when, i]) most[$1, when, i] = $i
  if (!($1 in known)) { known[$1]; programs[++count] = $1 }
  if (when == "last") reached[$1]
}
function verdict(program, i, share, slack,    grew) {
  grew = most[program, "last", i] > most[program, "first", i] * (1 + share) + slack
  if (grew || !(program in reached)) failed = 1
  return grew ? " **grew**" : ""
}
END {
  print "| program | RSS MB, most in the first and the last third | descriptors | threads |"
  print "|---|---|---|---|"
  for (p = 1; p <= count; ++p) {
    name = programs[p]
    printf "| %s | %.0f, %.0f%s | %d, %d%s | %d, %d%s |\n", name, most[name, "first", 3] / 1024, most[name, "last", 3] / 1024,
      verdict(name, 3, 0.05, 8192), most[name, "first", 4], most[name, "last", 4], verdict(name, 4, 0, 8),
      most[name, "first", 5], most[name, "last", 5], verdict(name, 5, 0, 0)
  }
  exit failed || !count
}
