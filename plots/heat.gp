# SPDX-License-Identifier: MIT
# A heat map with its numbers; ~ marks what cannot be told from 1.00:
#   gnuplot -c plots/heat.gp results/RUN/figures/heatmap.csv 1 heatmap.svg
home = system("dirname '".ARG0."'")
call home."/style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6

stats data using (mine(abs(column("y")))) nooutput
eval "set xtics (".ticks.")"
set ytics ()
do for [i=1:count] { set ytics add (word(names, i) i) }
set yrange [count + 0.5:0.5]
set xrange [-0.5:words(ticks) / 2 - 0.5]
set xtics font ",9"
unset key
set palette defined (-1 "#b35806", 0 "#f7f7f7", 1 "#542788")
set cbrange [-STATS_max:STATS_max]
set cblabel "log2 of the ratio"
text(x) = (column("sure") == 1 ? "" : "~").strcol("text")

if (kind eq "dumb") {
	plot data using (mine(column("x"))):(column("number")):(text(0)) with labels
} else {
	set style fill solid
	plot data using (mine(column("x"))):(column("number")):(0.5):(0.5):(column("y")) with boxxyerror fillcolor palette, \
	     data using (mine(column("x"))):(column("number")):(text(0)) with labels font ",9"
}
