"""The page that tools/report makes of bench results.

    read     files -> runs, checked; the only place that meets bad input
    fields   what the fields of a case are called, their units, which way is good
    text     numbers and names as a person reads them; escaping
    scale    values -> places on an axis, and where its ticks are
    svg      lines, bars and changes as SVG
    select   which cases belong into one plot, and what tells them apart
    shapes   lines and bars drawn from cases
    plots    the plots of each scenario
    compare  two runs or more, figure by figure
    tables   every case, the machines, what was skipped, the noise
    goals    the figures that stand first
    page     all of it as one page
"""
