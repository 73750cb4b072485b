#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""report.py WIRE COUNT TIME FOLDER: tables of what scripts/bench-io measured, and a plot in FOLDER/cpu.svg.

Ends with one line for each thing that must be reached, and answers 1 when one is not.
"""
import os
import subprocess
import sys

GOALS = []


def goal(text, reached):
    GOALS.append((text, reached))


def lines(path, kind):
    with open(path, encoding="ascii") as f:
        for line in f:
            fields = line.strip().split("|")
            if fields[0] == kind:
                yield fields[1:]


def wire(path):
    print("Clocks on the wires: least for 1 MiB, and for one burst of up to 1 KiB, against those used")
    print("$ make kunit FILTER=extram_io_bench")
    print(f"{'controller':32}{'parts':>6}{'1 MiB, worst':>14}{'one burst, worst':>18}")
    kinds = {}
    for part, kind, way, _, _, ratio, one in lines(path, "efficiency"):
        kinds.setdefault(kind, []).append((float(ratio), float(one), part, way))
    for kind, rows in kinds.items():
        worst = min(rows)
        print(f"{kind:32}{len(rows) // 2:6}{worst[0]:14.6f}{min(r[1] for r in rows):18.6f}"
              f"  ({worst[2]} {worst[3]})")
    rows = [r for rows in kinds.values() for r in rows]
    goal("1 MiB: at least 0.999 of the least clocks, on every part", rows and min(rows)[0] >= 0.999)
    goal("one burst, up to 1 KiB: no clock more than the least", rows and min(r[1] for r in rows) == 1)


def size_name(size):
    return f"{size // 1048576} MiB" if size >= 1048576 else \
        f"{size // 1024} KiB" if size >= 1024 else f"{size} B"


def calls(path):
    """What a call takes; of several boots the least of each."""
    table = {}
    for chip, name, way, size, ns in lines(path, "cpu"):
        row = table.setdefault((chip, way), {}).setdefault(int(size), {})
        row[name] = min(int(ns), row.get(name, int(ns)))
    return table


def against_best(row):
    return row["extram"] / min(v for n, v in row.items() if n != "extram")


def cpu(count_path, time_path):
    table, times_taken = calls(count_path), calls(time_path)
    print("\nInstructions of a call, system call and simulated controller included; time, from three more boots")
    print("$ make bench-io")
    less = quicker = True
    for (chip, way), sizes in sorted(table.items()):
        names = list(next(iter(sizes.values())))
        print(f"\n{chip}, {way:6}" + "".join(f"{n:>14}" for n in names) + "   extram / best other    the same, time")
        for size, row in sorted(sizes.items()):
            ratio, time = against_best(row), against_best(times_taken[chip, way][size])
            less = less and ratio < 1
            quicker = quicker and time < 1
            print(f"{size_name(size):>16}" + "".join(f"{row[n]:14}" for n in names) + f"{ratio:22.3f}{time:18.3f}")
    goal("fewer instructions than each of the others, at every size", table and less)
    goal("less time than each of the others, at every size", table and quicker)
    return table


def times(path):
    nodes = {"spi-46": "20 MHz, one line (cy15b108qn)", "spi-47": "84 MHz, four lines, spi-mem (aps6404l)",
             "spi-48": "84 MHz, four lines, messages (aps6404l)"}
    print("\nWires whose clocks take their time")
    print("$ make bench-io")
    for node, way, permille in lines(path, "busy"):
        print(f"{nodes[node]:40} busy during a {way} of 1 MiB: {int(permille) / 10:.1f} %")
        goal(f"{nodes[node]}: busy for 98 % of a {way} of 1 MiB", int(permille) >= 980)
    for node, permille in lines(path, "share"):
        print(f"{nodes[node]:40} first of two readers got {int(permille) / 10:.1f} %")
        goal(f"{nodes[node]}: two readers within 10 % of half each", 450 <= int(permille) <= 550)
    for node, us in lines(path, "wait"):
        print(f"{nodes[node]:40} slowest of 200 reads of 16 bytes beside it: {us} us")
        goal(f"{nodes[node]}: 16 bytes wait less than 1.2 ms", int(us) < 1200)


def plot(table, folder):
    with open(os.path.join(folder, "cpu.dat"), "w", encoding="ascii") as data:
        for key in (("23lc1024", "read"), ("cy15b108qn", "read")):
            for size, row in sorted(table.get(key, {}).items()):
                data.write(f"{size} " + " ".join(f"{v / size:.3f}" for v in row.values()) + "\n")
            data.write("\n\n")
    script = f"""
set terminal svg size 900,420 font "sans,12"
set output "{folder}/cpu.svg"
set multiplot layout 1,2
set logscale xy
set xlabel "bytes of a read"
set ylabel "instructions for a byte"
set grid
set title "23LC1024"
plot for [i=0:2] "{folder}/cpu.dat" index 0 using 1:(column(i+2)) with linespoints title word("extram mchp23k256 spidev", i+1)
set title "CY15B108QN"
plot for [i=0:2] "{folder}/cpu.dat" index 1 using 1:(column(i+2)) with linespoints title word("extram at25 spidev", i+1)
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def main():
    wire_path, count_path, time_path, folder = sys.argv[1:]
    wire(wire_path)
    table = cpu(count_path, time_path)
    times(count_path)
    print()
    for text, reached in GOALS:
        print(f"{'reached' if reached else 'MISSED':8} {text}")
    plot(table, folder)
    return 0 if all(reached for _, reached in GOALS) else 1


if __name__ == "__main__":
    sys.exit(main())
