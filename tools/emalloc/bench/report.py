#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the benchmark in all its modes, merge what it prints, and show tables, targets, JSON and plots.

Instructions: perf_event_open() where the machine has hardware counters; else callgrind for the means and QEMU with
insn_count.so for the worst single operation (its means are printed beside callgrind's as a check of both).
"""
import argparse
import collections
import glob
import json
import os
import platform
import shutil
import subprocess
import sys

TLS = {"EMALLOC_BENCH_TLS": "1", "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=65536"}
SUBJECT = "emalloc"


class Bench:
    def __init__(self, build, quick):
        self.exe = os.path.join(build, "bench")
        self.build = build
        self.extra = ["-q"] if quick else []
        self.rows = []

    def run(self, mode, prefix=()):
        env = dict(os.environ, **(TLS if prefix else {}))
        print(f"measuring: {mode} …", file=sys.stderr, flush=True)
        p = subprocess.run([*prefix, self.exe, mode, *self.extra], env=env, stdout=subprocess.PIPE, text=True)
        if p.returncode:
            return None if mode == "perf" else sys.exit(f"{mode}: the benchmark ended with status {p.returncode}")
        rows = [json.loads(line) for line in p.stdout.splitlines() if line.startswith("{")]
        self.rows += rows
        return rows

    def time(self):
        self.run("time")
        self.run("metadata")

    def count(self):
        """Return the name of the counter for means and for worst cases."""
        if self.run("perf") is not None:
            return "perf", "perf"
        mean = worst = None
        if shutil.which("valgrind"):
            self.callgrind()
            mean = "callgrind"
        if shutil.which("qemu-x86_64") and platform.machine() == "x86_64":
            self.qemu()
            worst = "qemu"
        return mean or worst, worst

    def callgrind(self):
        out = os.path.join(self.build, "callgrind")
        for old in glob.glob(out + ".out*"):
            os.unlink(old)
        rows = self.run("callgrind", [
            "valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=bench_alloc",
            "--toggle-collect=bench_free", "--compress-strings=no", "--compress-pos=no",
            f"--callgrind-out-file={out}.out"])
        sums = {}
        for path in glob.glob(out + ".out.*"):
            key, total = None, collections.defaultdict(lambda: [0, 0])
            callee, calls = None, 0
            with open(path, encoding="utf-8", errors="replace") as f:
                for line in f:
                    if line.startswith("desc: Trigger: Client Request: "):
                        key = int(line.rsplit(" ", 1)[1])
                    elif line.startswith("cfn=bench_"):
                        callee = line[len("cfn=bench_"):].strip()
                    elif line.startswith("calls=") and callee:
                        calls = int(line[len("calls="):].split()[0])
                    elif callee and calls:
                        total[callee][0] += calls
                        total[callee][1] += int(line.split()[1])
                        callee, calls = None, 0
            if key is not None:
                sums[key] = total
            os.unlink(path)
        self.spread(rows, {k: {w: (n, s, None) for w, (n, s) in v.items()} for k, v in sums.items()})

    def qemu(self):
        out = os.path.join(self.build, "qemu.txt")
        plugin = os.path.join(self.build, "insn_count.so")
        rows = self.run("qemu", ["qemu-x86_64", "-plugin", f"{plugin},out={out}"])
        sums = collections.defaultdict(dict)
        with open(out, encoding="ascii") as f:
            for line in f:
                key, what, n, total, worst = line.split()
                sums[int(key)][what] = (int(n), int(total), int(worst))
        self.spread(rows, sums)

    @staticmethod
    def spread(rows, sums):
        """Put mean and max beside each row, less what the empty allocator of the same trace costs."""
        empty = {r["id"]: sums.get(r["key"], {}) for r in rows if r["peer"] == "nothing"}
        for r in rows:
            for what, (n, total, worst) in sums.get(r["key"], {}).items():
                base = empty[r["id"]].get(what, (1, 0, 0))
                less = base[1] / max(base[0], 1)
                r[what] = {"n": n, "mean": round(total / n - less, 1)}
                if worst is not None:
                    r[what]["max"] = round(worst - less)


def pick(rows, **want):
    return [r for r in rows if all(r.get(k) == v for k, v in want.items())]


def mean_of(rows, what):
    n = sum(r[what]["n"] for r in rows if what in r)
    return sum(r[what]["n"] * r[what]["mean"] for r in rows if what in r) / n if n else None


def worst_of(rows, whats, key="max"):
    found = [r[w][key] for r in rows for w in whats if w in r and key in r[w]]
    return max(found) if found else None


def cell(v, digits=0):
    return "-" if v is None else f"{v:.{digits}f}"


def table(head, lines):
    width = [max(len(str(x)) for x in col) for col in zip(head, *lines)]
    out = []
    for i, line in enumerate([head, *lines]):
        out.append("  ".join(str(x).ljust(w) if k == 0 else str(x).rjust(w)
                             for k, (x, w) in enumerate(zip(line, width))).rstrip())
        if not i:
            out.append("  ".join("-" * w for w in width))
    return "\n".join(out)


def group_table(rows, sel, mean, worst, peers):
    lines = []
    for p in peers:
        t = pick(rows, mode="time", peer=p, **sel)
        if not t:
            continue
        c, w = pick(rows, mode=mean, peer=p, **sel), pick(rows, mode=worst, peer=p, **sel)
        cut = any(r["done"] < r["of"] - r["failed"] for r in t)
        lines.append([p + (" *" if cut else ""), cell(mean_of(c, "alloc")), cell(mean_of(c, "free")),
                      cell(worst_of(w, ("alloc", "free"))),
                      *(cell(worst_of(t, (w_,), k)) for w_ in ("alloc", "free") for k in ("p50", "p99", "max")),
                      cell(t[0].get("pair_ns")) if len(t) == 1 else "-",
                      cell(t[0].get("metadata"), 1) if len(t) == 1 else "-", sum(r["failed"] for r in t)])
    return table(["allocator", "instr/alloc", "instr/free", "worst", "alloc p50", "p99", "max ns", "free p50", "p99",
                  "max ns", "pair ns", "B/live", "failed"], lines)


def one(rows, **want):
    found = pick(rows, **want)
    return found[0] if found else None


def target(out, text, value, limit, unit=""):
    if value is None or limit is None:
        out.append(("not measured", text, ""))
        return
    verdict = "reached" if value <= limit else "missed"
    out.append((verdict, text, f"{value:.1f}{unit}, limit {limit:.1f}{unit}"))


def json_by_line(doc):
    """JSON with an element of a list on each line, so that what a run changed can be read as a difference."""
    def value(v):
        if isinstance(v, list):
            return "[\n" + ",\n".join(json.dumps(e) for e in v) + "\n]"
        return json.dumps(v)
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {value(v)}" for k, v in doc.items()) + "\n}\n"


def targets(rows, mean, worst):
    out = []

    def pair(peer, trace):
        r = one(rows, mode="time", group="churn", trace=trace, peer=peer)
        return r and r["pair_ns"]

    c = one(rows, mode=mean, group="churn", trace="8 MiB", peer=SUBJECT)
    target(out, "churn 8 MiB: instructions per alloc + free <= 500",
           c and c["alloc"]["mean"] + c["free"]["mean"], 500)
    rivals = [v for v in (pair("glibc", "8 MiB"), pair("TLSF (model)", "8 MiB")) if v]
    target(out, "churn 8 MiB: wall time of a pair <= 1.5 x the slower of glibc and TLSF (model)",
           pair(SUBJECT, "8 MiB"), 1.5 * max(rivals) if rivals else None, " ns")
    target(out, "churn 8 MiB: the same against the faster of the two",
           pair(SUBJECT, "8 MiB"), 1.5 * min(rivals) if rivals else None, " ns")
    target(out, "churn 1 GiB: wall time of a pair <= glibc's", pair(SUBJECT, "1 GiB"), pair("glibc", "1 GiB"), " ns")
    both = ("alloc", "free")
    slowest = worst_of(pick(rows, mode="time", group="adversarial", peer=SUBJECT), both)
    theirs = worst_of(pick(rows, mode="time", group="adversarial", peer="glibc"), both)
    target(out, "adversarial: worst single operation <= 250 ns", slowest, 250, " ns")
    target(out, "adversarial: worst single operation <= 250/180 of glibc's", slowest,
           theirs and theirs * 250 / 180, " ns")
    target(out, "adversarial: worst single operation in instructions <= 3000",
           worst_of(pick(rows, mode=worst, group="adversarial", peer=SUBJECT), both), 3000)
    # Metadata is counted in words of 8 bytes: what a block takes is rounded up to one, once.
    for peer, text, each in ((SUBJECT, "", 8), (SUBJECT + " best fit", "best fit: ", 12)):
        per_block = [(r["bytes"] - -each * r["blocks"] % 8) / r["blocks"]
                     for r in pick(rows, mode="metadata", peer=peer)]
        target(out, f"{text}bytes of metadata per block <= {each} on every trace of (a) and churn 8 MiB",
               max(per_block) if per_block else None, each)
    return out


def fill_table(rows, peers):
    lines = []
    for p in peers:
        u = [r["utilisation"] for r in pick(rows, mode="fill", peer=p)]
        if u:
            lines.append([p, f"{sum(u) / len(u):.4f}", f"{min(u):.4f}", f"{max(u):.4f}", len(u)])
    return table(["allocator", "mean", "least", "most", "seeds"], lines)


def metadata_table(rows):
    return table(["trace", "policy", "bytes", "most live", "most blocks", "B/live", "B/block"],
                 [[r["trace"], r["peer"], r["bytes"], r["live"], r["blocks"], r["per_live"], r["per_block"]]
                  for r in pick(rows, mode="metadata")])


def scale_data(rows, peers, mean):
    """Blocks of gnuplot data, one per allocator: live, ns per pair, instructions per pair."""
    text = []
    for p in peers:
        text.append(f'"{p}"')
        for r in sorted(pick(rows, mode="time", group="scale", peer=p), key=lambda r: r["live"]):
            c = one(rows, mode=mean, group="scale", peer=p, trace=r["trace"])
            n = c and "alloc" in c and "free" in c and c["alloc"]["mean"] + c["free"]["mean"]
            text.append(f"{r['live']} {r['pair_ns']} {n if n else '?'}")
        text += ["", ""]
    return "\n".join(text)


def plot(data, out, peers):
    if not shutil.which("gnuplot"):
        print("no gnuplot: no plot", file=sys.stderr)
        return
    curves = {2: "ns per alloc + free", 3: "instructions per alloc + free"}
    for term, ext in (("svg size 1000,440 font 'sans,11' background 'white'", "svg"),
                      ("pngcairo size 1200,520 font 'sans,11'", "png")):
        script = [f"set terminal {term}", f"set output '{out}/cost.{ext}'", "set datafile missing '?'",
                  "set logscale xy", "set grid", "set key top left noenhanced font ',9'", "set format y '10^{%L}'", "set xlabel 'live blocks'",
                  "set format x '10^{%L}'", "set multiplot layout 1,2"]
        for column, label in curves.items():
            script.append(f"set ylabel '{label}'")
            script.append("plot " + ", ".join(
                f"'{data}' index {i} using 1:{column} with linespoints lw {3 if p == SUBJECT else 1} title \"{p}\""
                for i, p in enumerate(peers)))
        script.append("unset multiplot")
        p = subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=False)
        if p.returncode:
            sys.exit("gnuplot failed")


def machine():
    cpu = "unknown"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        for line in f:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return {"cpu": cpu, "compiler": compiler, "libc": " ".join(platform.libc_ver())}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--publish", metavar="FOLDER")
    ap.add_argument("--reuse", action="store_true", help="make the tables anew from the last run's JSON")
    args = ap.parse_args()
    path = os.path.join(args.out, "bench.json")
    if args.reuse:
        with open(path, encoding="utf-8") as f:
            doc = json.load(f)
        rows, mean, worst = doc["rows"], doc["mean"], doc["worst"]
    else:
        b = Bench(args.build, args.quick)
        b.time()
        mean, worst = b.count()
        rows = b.rows
        doc = {"machine": machine(), "mean": mean, "worst": worst, "quick": args.quick, "rows": rows}
    peers = []
    for r in rows:
        if r["peer"] not in peers and r["peer"] != "nothing":
            peers.append(r["peer"])

    text = [f"{doc['machine']['cpu']}, {doc['machine']['compiler']}, {doc['machine']['libc']}",
            f"Instructions: mean by {mean}, worst by {worst}. ns: each operation's least of all replays; p50, p99 and max "
            "are over operations", "(of the worst trace, in a group). pair ns: wall time, the least of the replays. * cut short: too slow.", ""]
    titles = [("rp2040", None, "(a) RP2040 profile, 64 KiB, 15 traces"),
              ("adversarial", None, "(b) adversarial, 512 KiB, 15 traces")]
    titles += [("churn", t, f"(c) churn at 80 %, {t}") for t in ("8 MiB", "64 MiB", "1 GiB")]
    for group, trace, title in titles:
        sel = {"group": group, **({"trace": trace} if trace else {})}
        found = pick(rows, mode="time", peer=SUBJECT, **sel)
        if found:
            live = max(r["live"] for r in found)
            text += [f"{title}, up to {live} live", "", group_table(rows, sel, mean, worst, peers), ""]
    text += ["(d) utilisation at the first failure, churn with the fill rising from 70 %, 8 MiB", "",
             fill_table(rows, peers), "", "Least metadata that answers every operation of the trace", "",
             metadata_table(rows), ""]
    if worst == "qemu" and mean == "callgrind":
        diff = []
        for r in pick(rows, mode="qemu", group="rp2040"):
            c = one(rows, mode="callgrind", id=r["id"], peer=r["peer"])
            if c and r["peer"] == SUBJECT and "alloc" in c and "alloc" in r:
                diff.append(abs(r["alloc"]["mean"] - c["alloc"]["mean"]) / max(c["alloc"]["mean"], 1))
        text += [f"Both counters on {SUBJECT}'s allocations of (a): means differ by at most {max(diff) * 100:.2f} %.", ""]
    found = targets(rows, mean, worst)
    doc["targets"] = [{"verdict": v, "target": t, "seen": s} for v, t, s in found]
    text += ["Targets", ""] + [f"  {v:12}  {t}{': ' if s else ''}{s}" for v, t, s in found]
    count = collections.Counter(v for v, _, _ in found)
    text += ["", f"targets: {count['reached']} reached, {count['missed']} missed, "
             f"{count['not measured']} not measured"]
    text = "\n".join(text)
    print(text)

    with open(path, "w", encoding="utf-8") as f:
        f.write(json_by_line(doc))
    data = os.path.join(args.out, "cost.dat")
    with open(data, "w", encoding="utf-8") as f:
        f.write(scale_data(rows, peers, mean))
    print(f"\nJSON: {path}", file=sys.stderr)
    plot(data, args.out, peers)
    if args.publish:
        os.makedirs(args.publish, exist_ok=True)
        for name in ("cost.svg", "cost.png", "bench.json"):
            shutil.copy(os.path.join(args.out, name), args.publish)
        with open(os.path.join(args.publish, "bench.txt"), "w", encoding="utf-8") as f:
            f.write(text + "\n")
    # A target missed is a result, not a fault of the run; a run that measured nothing of emalloc is one.
    if not pick(rows, mode="time", peer=SUBJECT) or mean is None:
        sys.exit("nothing was measured")


if __name__ == "__main__":
    main()
