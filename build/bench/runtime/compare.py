"""Compares the time of one inference with LiteRT's: same machine, same models, one
thread each, in turns; medians of the turns' medians.

    python compare.py INFER MODEL...

INFER is the program of ./infer. LiteRT runs with its defaults, the XNNPACK delegate
included. It is called through Python: what such a call costs is measured with a model
that does nearly nothing, and the last column gives LiteRT that time back, which
favours LiteRT, whose own cost of a call is in it. It cannot be kept from
AVX512-VNNI, so the tables of the other kernels compare with all that LiteRT can do.
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

TURNS = 15
TURN_S = 0.04


class Ours:
    def __init__(self, program, model, cpu):
        env = dict(os.environ, AUSCULT_CPU=cpu, GOMAXPROCS="1")
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([program, model], stdin=pipe, stdout=pipe, env=env, text=True)
        self.cpu = self.child.stdout.readline().strip()
        if not self.cpu:
            raise SystemExit(f"{program} {model} ends with status {self.child.wait()}")

    def run(self, n):
        """Gives the median and the least of n inferences, in µs."""
        self.child.stdin.write(f"{n}\n")
        self.child.stdin.flush()
        return [int(ns) / 1e3 for ns in self.child.stdout.readline().split()]

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class LiteRT:
    def __init__(self, model):
        self.it = Interpreter(model, num_threads=1)
        self.it.allocate_tensors()
        rng = np.random.default_rng(1)
        for d in self.it.get_input_details():
            self.it.set_tensor(d["index"], rng.integers(-128, 128, d["shape"]).astype(d["dtype"]))

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
    runner.run(5)
    return max(5, min(100_000, int(TURN_S * 1e6 / runner.run(5)[0])))


def compare(program, model, cpu):
    ours, theirs = Ours(program, model, cpu), LiteRT(model)
    counts = turn(ours), turn(theirs)
    a, b = [], []
    for _ in range(TURNS):
        a.append(ours.run(counts[0]))
        b.append(theirs.run(counts[1]))
    ours.close()
    return ours.cpu, [statistics.median(x[0] for x in a), min(x[1] for x in a), statistics.median(x[0] for x in b), min(x[1] for x in b)]


def main(program, *models):
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.tflite")
        subprocess.run([program, "-empty", empty], check=True)
        runner = LiteRT(empty)
        call = statistics.median(runner.run(20_000)[0] for _ in range(5))
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        name = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    print(f"{name}; ai-edge-litert {version('ai-edge-litert')}, XNNPACK, 1 thread; a call from Python costs {call:.2f} µs")
    for cpu in ("", *os.environ.get("KERNELS", "avx2 generic").split()):
        print(f"\n{'model':20} {'kernels':>10} {'ours µs':>9} {'least':>9} {'LiteRT µs':>10} {'least':>9} {'ratio':>6} {'ratio less call':>16}")
        for model in models:
            used, (ours, least, theirs, theirs_least) = compare(program, model, cpu)
            label = os.path.basename(model).removesuffix(".tflite")
            print(f"{label:20} {used:>10} {ours:9.2f} {least:9.2f} {theirs:10.2f} {theirs_least:9.2f} {ours / theirs:6.2f} {ours / (theirs - call):16.2f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
