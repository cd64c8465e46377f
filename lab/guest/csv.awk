# SPDX-License-Identifier: MIT
# The columns named in `want` of a CSV (RFC 4180, no line break within a field), tab-separated.
function split_line(line, field,    n, c, i, quoted) {
	n = 1
	field[1] = ""
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (quoted && c == "\"" && substr(line, i + 1, 1) == "\"") {
			field[n] = field[n] c
			i++
		} else if (c == "\"")
			quoted = !quoted
		else if (c == "," && !quoted)
			field[++n] = ""
		else
			field[n] = field[n] c
	}
	return n
}
{ sub(/\r$/, "") }
/^#/ { next }
!columns {
	columns = split_line($0, name)
	for (i = 1; i <= columns; i++)
		at[name[i]] = i
	count = split(want, wanted, " ")
	for (i = 1; i <= count; i++)
		if (!(wanted[i] in at)) {
			print "samples.csv has no column " wanted[i] > "/dev/stderr"
			exit 1
		}
	next
}
{
	split_line($0, value)
	line = value[at[wanted[1]]]
	for (i = 2; i <= count; i++)
		line = line "\t" value[at[wanted[i]]]
	print line
}
