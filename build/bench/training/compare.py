"""Compares the time of a training epoch, and peak memory, with PyTorch's: same machine,
same layers, the programs in turns, one epoch each.

    python compare.py EPOCH KERNELS [PYTHON...]

EPOCH is the program of ./epoch, KERNELS the family of kernels, "best" for what this
processor can do. PYTHON is the interpreter that has PyTorch. Limited to AVX2, so is
PyTorch (oneDNN, ATen, MKL). PyTorch's epoch is the better of its two layouts of memory.

A ratio is the median over the turns of ours/PyTorch. Wall time suffers from whatever else
runs; processor time does not, but where PyTorch's threads wait for each other they burn it.
"""

import os
import statistics
import subprocess
import sys

# name, batch, windows an epoch, windows to give the time for, bar
MODELS = [("conv", 32, 256, 1000, 1.0), ("dense", 512, 20480, 20000, 0.7)]
TURNS = int(os.environ.get("TURNS", "7"))
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}


class Child:
    def __init__(self, args, env):
        self.args, pipe = args, subprocess.PIPE
        self.process = subprocess.Popen(args, stdin=pipe, stdout=pipe, env=dict(os.environ, **env), text=True)
        self.epochs = []
        self.head = self.read()

    def read(self):
        line = self.process.stdout.readline().strip()
        if not line:
            raise SystemExit(f"{' '.join(self.args)} ends with status {self.process.wait()}")
        return line

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def epoch(self, keep=True):
        self.write("epoch")
        values = [float(v) for v in self.read().split()]
        if keep:
            self.epochs.append(values)

    def column(self, i):
        return [e[i] for e in self.epochs]

    def stop(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit(f"{' '.join(self.args)} ends with status {self.process.returncode}")


def compare(model, batch, windows, threads, program, kernels, python):
    limit = {} if kernels == "best" else AVX2
    ours = Child([program, "-model", model, "-threads", str(threads), "-kernels", "" if kernels == "best" else kernels,
                  "-batch", str(batch), "-windows", str(windows)], {"GOMAXPROCS": str(threads)})
    here = os.path.dirname(os.path.abspath(__file__))
    theirs = []
    for layout in ["contiguous", "channels_last"] if model == "conv" else ["contiguous"]:
        child = Child([python, os.path.join(here, "pytorch.py"), str(threads), str(batch), str(windows), layout],
                      dict(limit, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), PYTHONWARNINGS="ignore"))
        child.write(ours.head)
        theirs.append(child)
    for turn in range(TURNS + 1):
        for child in [ours] + theirs:
            child.epoch(keep=turn > 0)  # the first one warms up
    for child in [ours] + theirs:
        child.stop()
    best = min(theirs, key=lambda c: statistics.median(c.column(0)))
    return ours, best


def main():
    program, kernels, python = sys.argv[1], sys.argv[2], sys.argv[3]
    missed = 0  # of the table's bars, time and memory
    print(f"{'model':6}{'threads':>8}  {'ours s':>8}{'PyTorch s':>10}{'ratio':>7}{'least':>7}{'most':>7}{'bar':>5}"
          f"{'cpu ratio':>10}{'ours MiB':>9}{'PyTorch':>9}{'import':>8}{'ratio':>7}{'bar':>6}")
    only = os.environ.get("MODEL")
    for model, batch, windows, unit, bar in [m for m in MODELS if only in (None, m[0])]:
        for threads in 1, 2:
            ours, theirs = compare(model, batch, windows, threads, program, kernels, python)
            ratios = [a / b for a, b in zip(ours.column(0), theirs.column(0))]
            cpu = statistics.median(a / b for a, b in zip(ours.column(1), theirs.column(1)))
            ratio, scale = statistics.median(ratios), unit / windows
            memory, other = max(ours.column(3)) / 1024, max(theirs.column(3)) / 1024
            missed += (ratio > bar) + (memory / other > 0.25)
            print(f"{model:6}{threads:>8}  {statistics.median(ours.column(0)) * scale:8.2f}{statistics.median(theirs.column(0)) * scale:10.2f}"
                  f"{ratio:7.2f}{min(ratios):7.2f}{max(ratios):7.2f}{bar:5.1f}{cpu:10.2f}{memory:9.0f}{other:9.0f}"
                  f"{int(theirs.head.split()[1]) / 1024:8.0f}{memory / other:7.2f}{0.25:6.2f}", flush=True)
    name = ours.head.split('"')[3]
    print(f"kernels {name}; PyTorch {theirs.head.split()[0]}; seconds for 1,000 windows (conv) and 20,000 vectors (dense); {TURNS} turns; "
          f"{missed} bars missed")


main()
