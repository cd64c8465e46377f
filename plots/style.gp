# SPDX-License-Identifier: MIT
# What style.py is for matplotlib: the same colours, marks and dashes, by the same slots.
# Reads ARG1 FILE.csv, ARG2 the panel's number, ARG3 the target (- is stdout), ARG4 dumb, sixel, svg
# or png, ARG5 and ARG6 columns and lines of the terminal.
data = ARG1
panel = (strlen(ARG2) ? ARG2 : "1") + 0
target = strlen(ARG3) ? ARG3 : "-"
kind = strlen(ARG4) ? ARG4 : (target eq "-" ? "dumb" : "svg")
term_columns = (strlen(ARG5) ? ARG5 : "100") + 0
term_lines = (strlen(ARG6) ? ARG6 : "30") + 0

if (kind eq "dumb") set terminal dumb size term_columns,term_lines noenhanced
if (kind eq "sixel") set terminal sixelgd size 900,500 noenhanced
if (kind eq "svg") set terminal svg size 760,440 noenhanced dynamic font "DejaVu Sans,12"
# Plain png knows neither dashes nor what is half transparent.
if (kind eq "png" && strstrt(GPVAL_TERMINALS, "pngcairo")) set terminal pngcairo size 1140,660 noenhanced font "DejaVu Sans,12"
if (kind eq "png" && !strstrt(GPVAL_TERMINALS, "pngcairo")) set terminal png size 1140,660 noenhanced
if (target ne "-") set output target

set datafile separator comma
quoted = "'".data."'"
# The first value of a column in this panel; the CSV has no quotes, so awk can split it.
awk = "awk -F, -v p=".panel." 'NR==1{for(i=1;i<=NF;i++)c[$i]=i;next} $c[\"panel\"]==p"
of_panel(name) = system(awk."{print $c[\"".name."\"];exit}' ".quoted)
names = system(awk." && !seen[$c[\"number\"]]++{printf \"\\\"%s\\\" \",$c[\"series\"]}' ".quoted)
looks = system(awk." && !seen[$c[\"number\"]]++{printf \"%s \",$c[\"slot\"]}' ".quoted)
lines = system(awk." && !seen[$c[\"number\"]]++{printf \"%s \",$c[\"line\"]}' ".quoted)
count = words(looks)
is_line(i) = word(lines, i) + 0
slot(i) = word(looks, i) + 1
is_size = of_panel("x_scale") eq "size"
is_names = of_panel("x_scale") eq "names"
is_hdr = of_panel("x_scale") eq "hdr"
# Of many names every so many-th, so that they can be read.
last = system(awk."{if($c[\"x\"]>m)m=$c[\"x\"]} END{print m+0}' ".quoted) + 0
step = is_names ? int(last / (kind eq "dumb" ? 6 : 16)) + 1 : 1
if (of_panel("shape") ne "lines") step = 1
only = is_names ? sprintf(" && $c[\"x\"]%%%d==0", step) : ""
ticks = system(awk.only." && !seen[$c[\"x\"]]++{t=$c[\"x_name\"]; if(t==\"\"){t=$c[\"x\"];split(\",Ki,Mi,Gi\",u,\",\");\
for(k=1;t>=1024&&t%1024==0&&k<4;k++)t/=1024;t=t u[k]} printf \"%s\\\"%s\\\" %s\",(n++?\", \":\"\"),t,$c[\"x\"]}' ".quoted)

set title of_panel("title").(kind eq "dumb" && strlen(of_panel("y_label")) ? ": ".of_panel("y_label") : "")
set xlabel of_panel("x_label")
if (kind ne "dumb") set ylabel of_panel("y_label") # letters cannot be turned there
array color[8] = ["#1b1b1b", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#7F7F7F"]
array mark[8] = [7, 5, 9, 13, 11, 1, 2, 3]
array dash[8] = [1, 2, 4, 3, 5, 4, 3, 2]
mine(x) = column("panel") == panel ? x : NaN
of(i, x) = column("number") == i ? mine(x) : NaN
