#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the images on QEMU, print the table of instructions and code size, the targets, and write JSON."""
import argparse
import json
import os
import shutil
import subprocess
import sys

# Published for the RP2040 by the original's author, in cycles on silicon, for orientation: another unit, another machine.
PUBLISHED = ["published, RP2040 silicon, cycles: original alloc 1093..4174 mean, free 1754..3891, worst 125723; "
             "FreeRTOS 308 / 341; newlib 393 / 350"]


def run(qemu, elf):
    cmd = [qemu, "-M", "mps2-an385", "-icount", "shift=7,align=off,sleep=off", "-display", "none", "-serial", "none",
           "-monitor", "none", "-semihosting-config", "enable=on,target=native", "-kernel", elf]
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    if p.returncode or "done\n" not in p.stdout:
        sys.exit(f"{elf}: status {p.returncode}\n{p.stdout[-2000:]}")
    rows = []
    for line in p.stdout.splitlines():
        if line.startswith("counter"):
            print(f"{os.path.basename(elf)}: {line}")
        if line.startswith("trace "):
            numbers, trace, peer = line[len("trace "):].split("|")
            an, asum, aworst, fn, fsum, fworst, failed = map(int, numbers.split())
            rows.append({"trace": trace, "peer": peer, "alloc": {"n": an, "sum": asum, "worst": aworst},
                         "free": {"n": fn, "sum": fsum, "worst": fworst}, "failed": failed})
    return rows


def size(tool, obj):
    text, data, bss = subprocess.run([tool, obj], capture_output=True, text=True, check=True) \
        .stdout.splitlines()[1].split()[:3]
    return {"text": int(text), "data": int(data), "bss": int(bss)}


BUILDS = [("default", "all of it"), ("no-best-fit", "-DEMALLOC_NO_BEST_FIT"), ("only-map", "-DEMALLOC_ONLY_MAP")]


def sizes(tool, build):
    """Text of emalloc.c in each build: the whole object, and what of it the least program links."""
    main = size(tool, os.path.join(build, "size-main.o"))["text"]
    return {name: {"object": size(tool, os.path.join(build, f"size-{name}.o"))["text"],
                   "linked": size(tool, os.path.join(build, f"size-{name}.elf"))["text"] - main} for name, _ in BUILDS}


def summary(rows, peer):
    mine = [r for r in rows if r["peer"] == peer]
    out = {}
    for what in ("alloc", "free"):
        n = sum(r[what]["n"] for r in mine)
        out[what] = {"mean": sum(r[what]["sum"] for r in mine) / n, "worst": max(r[what]["worst"] for r in mine)}
    out["failed"] = sum(r["failed"] for r in mine)
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--qemu", required=True)
    ap.add_argument("--size", required=True)
    ap.add_argument("--publish")
    ap.add_argument("variants", nargs="+")
    args = ap.parse_args()
    doc = {"variants": {}}
    text = []
    for v in args.variants:
        rows = run(args.qemu, os.path.join(args.build, f"bench-{v}.elf"))
        peers = list(dict.fromkeys(r["peer"] for r in rows))
        doc["variants"][v] = {"rows": rows, "summary": {p: summary(rows, p) for p in peers},
                              "size": size(args.size, os.path.join(args.build, f"emalloc-{v}.o"))}
        s = doc["variants"][v]["size"]
        text += [f"{v}: 15 traces, 64 KiB, <= 2048 blocks; instructions; emalloc.o text {s['text']}, data {s['data']}, "
                 f"bss {s['bss']} bytes", "",
                 f"{'allocator':26} {'alloc mean':>10} {'worst':>7} {'free mean':>10} {'worst':>7} {'failed':>6}",
                 f"{'-' * 26} {'-' * 10} {'-' * 7} {'-' * 10} {'-' * 7} {'-' * 6}"]
        for p, r in doc["variants"][v]["summary"].items():
            text.append(f"{p:26} {r['alloc']['mean']:10.1f} {r['alloc']['worst']:7} {r['free']['mean']:10.1f} "
                        f"{r['free']['worst']:7} {r['failed']:6}")
        text.append("")
    doc["text"] = sizes(args.size, args.build)
    text += ["Code size, Cortex-M0+ -Os, bytes of text", "",
             f"{'build':26} {'emalloc.c':>10} {'linked by a program that calls init, alloc and free':>52}",
             f"{'-' * 26} {'-' * 10} {'-' * 52}"]
    text += [f"{what:26} {doc['text'][b]['object']:10} {doc['text'][b]['linked']:52}" for b, what in BUILDS] + [""]
    text += PUBLISHED + [""]
    m = doc["variants"]["m0plus-O2"]["summary"]["emalloc"]
    targets = [("Cortex-M0+ -O2: instructions per alloc, mean, <= 300", m["alloc"]["mean"], 300),
               ("Cortex-M0+ -O2: instructions per free, mean, <= 150", m["free"]["mean"], 150),
               ("Cortex-M0+ -O2: worst instructions of one operation <= 600", max(m["alloc"]["worst"], m["free"]["worst"]), 600),
               ("Cortex-M0+ -Os: bytes of text <= 4096, all of emalloc.c", doc["text"]["default"]["object"], 4096),
               ("Cortex-M0+ -Os: the same with the map only", doc["text"]["only-map"]["object"], 4096),
               ("Cortex-M0+ -Os: the same, linked for init, alloc and free", doc["text"]["only-map"]["linked"], 4096)]
    text.append("Targets")
    doc["targets"] = []
    for t, value, limit in targets:
        verdict = "reached" if value <= limit else "missed"
        doc["targets"].append({"verdict": verdict, "target": t, "seen": value})
        text.append(f"  {verdict:8} {t}: {value:.1f}")
    n = sum(t["verdict"] == "reached" for t in doc["targets"])
    text.append(f"\ntargets: {n} reached, {len(targets) - n} missed")
    print("\n".join(text))
    with open(os.path.join(args.out, "m0.json"), "w", encoding="utf-8") as f:
        json.dump(doc, f, indent=0)
    if args.publish:
        os.makedirs(args.publish, exist_ok=True)
        shutil.copy(os.path.join(args.out, "m0.json"), args.publish)
        with open(os.path.join(args.publish, "m0.txt"), "w", encoding="utf-8") as f:
            f.write("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
