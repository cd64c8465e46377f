# SPDX-License-Identifier: MIT
"""Has a recorded event spoilt a repeat? It keeps its row and its ledger, and has no say in a median.

bench/validity.c has the same rules, and bench/sample.c the same formula.
"""
import numpy

STEAL_LIMIT, LOAD_LIMIT = 0.01, 0.05   # of the CPUs
TICK_NS = 10_000_000  # /proc/stat counts in these: one is no measure of a share, and of each CPU one is none
OURS = ("host_softirq_ns", "host_irq_ns", "tx_cpu_user_ns", "tx_cpu_sys_ns", "rx_cpu_user_ns", "rx_cpu_sys_ns")


def column(table, name):
    known = name in table.position
    return table.numbers(name) if known else numpy.full(len(table), numpy.nan)


def foreign_ns(table):
    """At least so much CPU time went to programs that are neither end, for each row."""
    if "host_foreign_ns" in table.position:
        return table.numbers("host_foreign_ns")
    return numpy.maximum(column(table, "host_cpu_ns") - sum(column(table, name) for name in OURS), 0)


def stolen(table, cpus):
    """Rows during which the hypervisor took more than 1 % of the CPUs. cpus: where no row tells."""
    cpus = cpus_of(table, cpus)
    with numpy.errstate(invalid="ignore"):
        limit = numpy.maximum(STEAL_LIMIT * column(table, "elapsed_ns") * cpus, TICK_NS)
        return column(table, "host_steal_ns") > limit


def loaded(table, cpus):
    """Rows during which other programs used more than 5 % of them. Of a probed repeat the probes'
    own reader is one, and speed is not what it is for."""
    cpus = cpus_of(table, cpus)
    with numpy.errstate(invalid="ignore"):
        limit = LOAD_LIMIT * column(table, "elapsed_ns") * cpus + TICK_NS * cpus
        return (foreign_ns(table) > limit) & (table.counts("probed") == 0)


def cpus_of(table, cpus):
    told = column(table, "host_cpus")
    return numpy.where(told > 0, told, max(cpus, 1))


def shown(valid, measured, groups):
    """The rows that figures for people are made of: the valid ones, and of a group of rows (a cell,
    with or without probes) that has no valid one all that were measured."""
    some = numpy.zeros(groups.max() + 1 if len(groups) else 0, dtype=bool)
    some[groups[valid]] = True
    return valid | (measured & ~some[groups])
