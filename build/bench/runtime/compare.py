"""Compares the time of one inference with LiteRT's: same machine, same models, one
thread each, in turns; medians of the turns' medians.

    python compare.py INFER KERNELS MODEL...

INFER is the program of ./infer, KERNELS what it takes, or "" for the best. LiteRT runs
with its defaults, the XNNPACK delegate included. It is called through Python: what such a
call costs is measured with a model that does nearly nothing, and the column "less call"
gives LiteRT that time back, which favours LiteRT, whose own cost of a call is in it.
"ratio" is that of the medians. The table ends with medians and the worst ten by kind of
model: what most of its steps compute with. TURNS and TURN_S set how long it takes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter

TURNS = int(os.environ.get("TURNS", 15))
TURN_S = float(os.environ.get("TURN_S", 0.04))


class Ours:
    def __init__(self, program, model, cpu):
        env = dict(os.environ, AUSCULT_CPU=cpu, GOMAXPROCS="1")
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([program, model], stdin=pipe, stdout=pipe, env=env, text=True)
        first = self.child.stdout.readline().split()
        if not first:
            raise RuntimeError(f"ours ends with status {self.child.wait()}")
        self.cpu, self.kind = first

    def run(self, n):
        """Gives the median and the least of n inferences, in µs."""
        self.child.stdin.write(f"{n}\n")
        self.child.stdin.flush()
        return [int(ns) / 1e3 for ns in self.child.stdout.readline().split()]

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def noise(rng, shape, dtype):
    """Fills an input as ./infer does: all codes, or numbers of a normal size."""
    if np.issubdtype(dtype, np.floating):
        return rng.standard_normal(shape).astype(dtype)
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(dtype)
    limits = np.iinfo(dtype) if np.dtype(dtype).itemsize <= 2 else np.iinfo(np.int8)
    return rng.integers(limits.min, limits.max + 1, shape).astype(dtype)


class LiteRT:
    def __init__(self, model):
        self.it = Interpreter(model, num_threads=1)
        self.it.allocate_tensors()
        rng = np.random.default_rng(1)
        for d in self.it.get_input_details():
            self.it.set_tensor(d["index"], noise(rng, d["shape"], d["dtype"]))

    def run(self, n):
        clock, invoke = time.perf_counter_ns, self.it.invoke
        times = [0] * n
        last = clock()
        for i in range(n):
            invoke()
            now = clock()
            times[i] = now - last
            last = now
        times.sort()
        return times[n // 2] / 1e3, times[0] / 1e3


def turn(runner):
    """Finds how many inferences fill a turn."""
    runner.run(3)
    return max(3, min(100_000, int(TURN_S * 1e6 / runner.run(3)[0])))


def compare(program, model, cpu):
    theirs = LiteRT(model)
    ours = Ours(program, model, cpu)
    counts = turn(ours), turn(theirs)
    a, b = [], []
    for _ in range(TURNS):
        a.append(ours.run(counts[0]))
        b.append(theirs.run(counts[1]))
    ours.close()
    times = [statistics.median(x[0] for x in a), min(x[1] for x in a), statistics.median(x[0] for x in b), min(x[1] for x in b)]
    return ours.cpu, ours.kind, times


def summary(rows):
    for kind in sorted({kind for kind, *_ in rows}):
        mine = sorted((row[1:] for row in rows if row[0] == kind), key=lambda row: -row[0])
        ratios, less = [row[0] for row in mine], [row[1] for row in mine]
        print(f"\n{kind}: {len(mine)} models, median ratio {statistics.median(ratios):.2f}, "
              f"less call {statistics.median(less):.2f}; the worst:")
        for ratio, less_call, label in mine[:10]:
            print(f"  {ratio:6.2f} {less_call:6.2f}  {label}")


def main(program, cpu, *models):
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.tflite")
        subprocess.run([program, "-empty", empty], check=True)
        runner = LiteRT(empty)
        call = statistics.median(runner.run(20_000)[0] for _ in range(5))
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        name = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    masked = ", kept from AVX-512" if "mask.so" in os.environ.get("LD_PRELOAD", "") else ""
    print(f"{name}; ai-edge-litert {version('ai-edge-litert')}, XNNPACK{masked}, 1 thread; a call from Python costs {call:.2f} µs")
    print(f"{'model':32} {'kind':>8} {'kernels':>10} {'ours µs':>9} {'least':>9} {'LiteRT µs':>10} {'least':>9} {'ratio':>6} {'less call':>10} {'of least':>9}")
    rows = []
    for model in models:
        label = os.path.basename(model).removesuffix(".tflite")
        try:
            used, kind, (ours, least, theirs, theirs_least) = compare(program, model, cpu)
        except (RuntimeError, ValueError) as err:
            print(f"{label:32} {str(err).splitlines()[-1][:100]}", flush=True)
            continue
        ratio, less = ours / theirs, ours / max(theirs - call, 0.1)
        rows.append((kind, ratio, less, label))
        print(f"{label:32} {kind:>8} {used:>10} {ours:9.2f} {least:9.2f} {theirs:10.2f} {theirs_least:9.2f} {ratio:6.2f} {less:10.2f} {least / theirs_least:9.2f}", flush=True)
    summary(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
