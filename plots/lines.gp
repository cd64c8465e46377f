# SPDX-License-Identifier: MIT
# Lines with their intervals, from the CSV that `zcbench plot` leaves beside each figure:
#   gnuplot -c plots/lines.gp results/RUN/figures/goodput.csv 1 goodput.svg
#   gnuplot -c plots/lines.gp results/RUN/figures/goodput.csv 1 - dumb
home = system("dirname '".ARG0."'")
call home."/style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6

if (is_size) set logscale x 2; eval "set xtics (".ticks.")"; set xtics rotate by (kind eq "dumb" ? 0 : -30)
if (is_hdr) set logscale x 10; set xtics ("50" 2, "90" 10, "99" 100, "99.9" 1e3, "99.99" 1e4, "99.999" 1e5)
if (is_names) eval "set xtics (".ticks.") rotate by -45"
if (of_panel("y_scale") eq "log") eval "set logscale y ".(is_hdr ? "10" : "2"); set yrange [*:*] noextend; set format y "%.3g"
if (strlen(of_panel("level"))) set arrow 1 from graph 0, first (of_panel("level") + 0) to graph 1, first (of_panel("level") + 0) nohead
if (of_panel("y_scale") ne "log" && !strlen(of_panel("level"))) set yrange [0:*]
set key outside right noenhanced
set grid
set offsets graph 0.02, graph 0.02, 0, 0

# Points that are no line, such as nights, have bars where they have an interval.
joined(i, x) = is_line(i) ? x : NaN
apart(i, x) = is_line(i) ? NaN : x
if (kind eq "dumb") {
	set key outside bottom horizontal
	plot for [i=1:count] data using (joined(i, of(i, column("x")))):(column("y")) with linespoints title (is_line(i) ? word(names, i) : ""), \
	     for [i=1:count] data using (apart(i, of(i, column("x")))):(column("y")) with points title (is_line(i) ? "" : word(names, i))
} else {
	plot for [i=1:count] data using (joined(i, of(i, column("x")))):(column("low")):(column("high")) with filledcurves \
		fillcolor rgb color[slot(i)] fillstyle transparent solid 0.15 noborder notitle, \
	     for [i=1:count] data using (joined(i, of(i, column("x")))):(column("y")) with linespoints linecolor rgb color[slot(i)] \
		pointtype mark[slot(i)] dashtype dash[slot(i)] title (is_line(i) ? word(names, i) : ""), \
	     for [i=1:count] data using (apart(i, of(i, column("x")))):(column("low")):(0):(column("high") - column("low")) with vectors nohead \
		linecolor rgb color[slot(i)] notitle, \
	     for [i=1:count] data using (apart(i, of(i, column("x")))):(column("y")) with points linecolor rgb color[slot(i)] \
		pointtype mark[slot(i)] title (is_line(i) ? "" : word(names, i))
}
