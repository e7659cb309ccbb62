"""Compares the time of a training epoch, and peak memory, with PyTorch's: same machine,
same layers, all programs in turns, one epoch each.

    python compare.py EPOCH [PYTHON]

EPOCH is the program of ./epoch, PYTHON the interpreter that has PyTorch. Three tables come
from the same turns: our best kernels and our AVX2 kernels beside PyTorch as it comes, then
AVX2 beside PyTorch limited to AVX2 (oneDNN, ATen, MKL), which is what a processor without
AVX-512 would show. PyTorch's epoch is the better of its two layouts of memory.

A ratio is the median over the turns of ours/PyTorch. Wall time suffers from whatever else
runs; processor time does not, but where PyTorch's threads wait for each other they burn it.
The exit status is 1 if the first table misses a bar. TURNS and MODEL in the environment
change the number of turns and choose one model.
"""

import os
import platform
import statistics
import subprocess
import sys

# name, batch, windows an epoch, windows to give the time for, bar
MODELS = [("conv", 32, 256, 1000, 1.0), ("dense", 512, 20480, 20000, 0.7)]
MEMORY_BAR = 0.25
TURNS = int(os.environ.get("TURNS", "7"))
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
HERE = os.path.dirname(os.path.abspath(__file__))


class Child:
    """A program that trains an epoch for each line. epochs has wall and processor seconds,
    loss and peak KiB of each."""

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

    def epoch(self, keep):
        self.write("epoch")
        values = [float(v) for v in self.read().split()]
        if keep:
            self.epochs.append(values)

    def column(self, i):
        return [e[i] for e in self.epochs]

    def seconds(self):
        return statistics.median(self.column(0))

    def peak_mib(self):
        return max(self.column(3)) / 1024

    def stop(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit(f"{' '.join(self.args)} ends with status {self.process.returncode}")


def pytorch(python, model, batch, windows, threads, limit, head):
    children = []
    for layout in ["contiguous", "channels_last"] if model == "conv" else ["contiguous"]:
        child = Child([python, os.path.join(HERE, "pytorch.py"), str(threads), str(batch), str(windows), layout],
                      dict(limit, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), PYTHONWARNINGS="ignore"))
        child.write(head)
        children.append(child)
    return children


def compare(model, batch, windows, threads, program, python):
    """Returns pairs of ours and PyTorch's, one for each table."""
    x86 = platform.machine() == "x86_64"
    ours = [Child([program, "-model", model, "-threads", str(threads), "-kernels", kernels, "-batch", str(batch),
                   "-windows", str(windows)], {"GOMAXPROCS": str(threads)}) for kernels in (["", "avx2"] if x86 else [""])]
    theirs = [pytorch(python, model, batch, windows, threads, limit, ours[0].head) for limit in ([{}, AVX2] if x86 else [{}])]
    children = ours + sum(theirs, [])
    for turn in range(TURNS + 1):
        for child in children if turn % 2 else reversed(children):
            child.epoch(keep=turn > 0)  # the first one warms up
    for child in children:
        child.stop()
    best = [min(layouts, key=Child.seconds) for layouts in theirs]
    return [(ours[0], best[0])] + ([(ours[1], best[0]), (ours[1], best[1])] if x86 else [])


def show(title, rows):
    """Prints a table and returns how many bars it misses."""
    print(f"== {title}")
    print(f"{'model':6}{'threads':>8}  {'ours s':>8}{'PyTorch s':>10}{'ratio':>7}{'least':>7}{'most':>7}{'bar':>5}"
          f"{'cpu ratio':>10}{'ours MiB':>9}{'PyTorch':>9}{'import':>8}{'ratio':>7}{'bar':>6}")
    missed = 0
    for model, threads, scale, bar, ours, theirs in rows:
        ratios = [a / b for a, b in zip(ours.column(0), theirs.column(0))]
        cpu = statistics.median(a / b for a, b in zip(ours.column(1), theirs.column(1)))
        ratio, memory, other = statistics.median(ratios), ours.peak_mib(), theirs.peak_mib()
        missed += (ratio > bar) + (memory / other > MEMORY_BAR)
        print(f"{model:6}{threads:>8}  {ours.seconds() * scale:8.2f}{theirs.seconds() * scale:10.2f}"
              f"{ratio:7.2f}{min(ratios):7.2f}{max(ratios):7.2f}{bar:5.1f}{cpu:10.2f}{memory:9.0f}{other:9.0f}"
              f"{int(theirs.head.split()[1]) / 1024:8.0f}{memory / other:7.2f}{MEMORY_BAR:6.2f}")
    print(f"{missed} bars missed\n", flush=True)
    return missed


def main():
    program, python = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else sys.executable
    only, tables = os.environ.get("MODEL"), [[], [], []]
    load = os.getloadavg()[0]
    for model, batch, windows, unit, bar in [m for m in MODELS if only in (None, m[0])]:
        for threads in 1, 2:
            for table, pair in zip(tables, compare(model, batch, windows, threads, program, python)):
                table.append((model, threads, unit / windows, bar, *pair))
    ours, theirs = tables[0][0][4:]
    print(f"PyTorch {theirs.head.split()[0]}; seconds for 1,000 windows (conv) and 20,000 vectors (dense); {TURNS} turns; "
          f"load average before {load:.1f}\n")
    missed = show(f"best kernels ({ours.head.split(chr(34))[3]}) beside PyTorch", tables[0])
    if tables[1]:
        show("AVX2 forced on our side, beside the same PyTorch", tables[1])
        show("extra: AVX2 on both sides", tables[2])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
