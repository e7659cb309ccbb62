"""Trains families with auscult and prints what they tell apart, a table for each set.

    python table.py OUT NAME=FOLDER[,FLAG…] …

OUT holds the program and what it writes. SEEDS and FAMILIES in the environment choose.
"""

import json
import os
import subprocess
import sys

LEVELS = ("raw", "rms_normalised", "mean_log_mel_removed")
SEEDS = os.environ.get("SEEDS", "1 2 3").split()
FAMILIES = os.environ.get("FAMILIES", "dense small conv vae contrast").split()
OUT = sys.argv[1]


def auscult(*args):
    done = subprocess.run([os.path.join(OUT, "auscult"), *args, "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"auscult {' '.join(args)}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def area(m):
    if m.get("auc") is None:
        return "-"
    return f"{m['auc']:.4f} ({m['auc_interval']['low']:.3f} to {m['auc_interval']['high']:.3f})"


def pearson(a, b):
    n = len(a)
    ma, mb = sum(a) / n, sum(b) / n
    ab = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    aa, bb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    return ab / (aa * bb) ** 0.5 if aa > 0 and bb > 0 else float("nan")


def study(name, folder, flags):
    split = os.path.isdir(os.path.join(folder, "learn"))
    learn, test = (os.path.join(folder, part) for part in ("learn", "test")) if split else (folder, folder)
    families = list(FAMILIES)
    if os.path.exists(os.path.join(learn, "conditions.csv")):
        families.append("conditioned")
    jobs = [(family, "max") for family in families] + [("dense", "mean")]
    head = None
    worst = {}
    for family, fusion in jobs:
        differences = {level: [] for level in LEVELS}
        for seed in SEEDS:
            stem = os.path.join(OUT, f"{name}-{family}-{fusion}-{seed}")
            made = auscult("train", "--model", family, "--fusion", fusion, "--seed", seed, "--data", learn,
                           "--out", stem + ".tflite", "--float", stem + ".float.tflite", *flags)
            int8, float32 = (auscult("evaluate", "--model", stem + end, "--data", test) for end in (".tflite", ".float.tflite"))
            if head is None:
                head = f"{made['normal']['clips']} clips learned, {int8['normal']} normal and {int8['abnormal']} abnormal ones judged"
                print(f"\n== {name}: {head}; {made['found']}")
                print("AUC (95 % interval) as recorded / RMS-normalised / mean log-mel removed; alarms of the node on abnormal + normal clips; correlation")
                print("of int8's errors of windows with float32's, and of the clips' scores")
            scores = [[c["score"] for c in r["clips"]] for r in (int8, float32)]
            windows = made["quantisation"].get("correlation")
            rule = "" if fusion == "max" else f" ({fusion})"
            print(f"{family + rule:14} seed {seed}  {'  '.join(area(int8['levels'][l]) for l in LEVELS)}  {int8['alarms']} + {int8['false_alarms']}"
                  f"  {'-' if windows is None else f'{windows:.5f}'} {pearson(*scores):.5f}", flush=True)
            parts = ", ".join(f"{d['detector']} {d['auc']:.3f}" for d in int8["detectors"] if d.get("auc") is not None)
            print(f"{'':14} alone: {parts}", flush=True)
            for l in LEVELS:
                if int8["levels"][l].get("auc") is not None:
                    differences[l].append(int8["levels"][l]["auc"] - float32["levels"][l]["auc"])
            if windows is not None and fusion == "max":
                worst[family] = min(worst.get(family, 1), windows)
        means = "  ".join(f"{sum(d) / len(d):+.4f}" if d else "-" for d in differences.values())
        print(f"{family + rule:14} int8 - float32, mean of {len(SEEDS)} seeds: {means}", flush=True)
    print("least correlation of windows: " + ", ".join(f"{f} {w:.5f}" for f, w in worst.items()))
    # The rules of fusion on the same clips, of the same trainings.
    for seed in SEEDS:
        a, b = (os.path.join(OUT, f"{name}-dense-{rule}-{seed}.tflite") for rule in ("max", "mean"))
        levels = auscult("evaluate", "--model", a, "--against", b, "--data", test)["against"]["levels"]
        each = (f"{d['difference']:+.4f} ({d['interval']['low']:+.4f} to {d['interval']['high']:+.4f})" for d in map(levels.get, LEVELS))
        print(f"fusion by max less by mean, dense, seed {seed}, paired by clip: {'  '.join(each)}")


for argument in sys.argv[2:]:
    name, _, rest = argument.partition("=")
    folder, *flags = rest.split(",")
    study(name, folder, flags)
