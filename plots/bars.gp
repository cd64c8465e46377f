# SPDX-License-Identifier: MIT
# Stacked parts of each cell, with the interval of the sum:
#   gnuplot -c plots/bars.gp results/RUN/figures/cpu-breakdown.csv 1 cpu.svg
home = system("dirname '".ARG0."'")
call home."/style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6

eval "set xtics (".ticks.")"
set xtics rotate by (kind eq "dumb" ? -90 : -35)
set yrange [0:*]
set offsets 0, 0, graph 0.05, 0
set grid ytics
set key outside bottom center horizontal noenhanced
set style fill solid 1.0 border rgb "#ffffff"
set boxwidth 0.7
# The top of part i is the sum of the parts to it: awk adds them up, so that boxes can be drawn
# from the last (highest) to the first.
sums = "< awk -F, -v p=".panel." 'NR==1{for(i=1;i<=NF;i++)c[$i]=i;next} $c[\"panel\"]==p{s[$c[\"x\"]]+=$c[\"y\"];\
print $c[\"number\"] \",\" $c[\"x\"] \",\" s[$c[\"x\"]] \",\" $c[\"low\"] \",\" $c[\"high\"]}' ".quoted

plot for [k=1:count] sums using ($1 == count + 1 - k ? $2 : NaN):3 with boxes linecolor rgb color[(count - k) % 7 + 2] \
	title word(names, count + 1 - k), \
     sums using ($1 == count ? $2 : NaN):(($4 + $5) / 2):4:5 with yerrorbars linecolor rgb "#1b1b1b" pointtype 0 notitle
