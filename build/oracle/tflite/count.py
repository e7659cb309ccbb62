"""Counts what auscult and LiteRT make of models: read, run, and with the same outputs.

    make build && make conformance MODELS=1          (for the Python environment with LiteRT)
    build/out/venv-litert-2.3.0/bin/python build/oracle/tflite/count.py FOLDER [--list models.tsv] [--auscult PROGRAM] [--seed N]

FOLDER holds .tflite files, in folders too. With --list, the classes, and what was there before, come from a table with columns
sha256, class and outcome; without, a model's class is what follows __ in its name (dense__int8.tflite), or the type of its first input.
Both get the same random inputs, one inference. Outcomes:

    exact      all outputs have the same bytes
    near       numbers of float32 are within 0.00001 of the largest output, or of 1
    hybrid     likewise within 3 %: LiteRT rounds activations where weights are int8, auscult does not
    differ     neither
    refused    auscult reads the model and does not run it, LiteRT does
    not read   auscult cannot read the file
    neither    LiteRT does not run it either (auscult may)
"""

import argparse
import collections
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import zlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter

LIMIT_S = 300  # for either of both
NEAR, HYBRID = 1e-5, 0.03


def values(detail, rng):
    """Random numbers of an input: codes over all of the range, numbers as of normalised features, small indices."""
    shape, kind = detail["shape"], np.dtype(detail["dtype"])
    if kind == np.bool_:
        return rng.integers(0, 2, shape).astype(kind)
    if kind.kind == "f":
        return rng.normal(0, 1, shape).astype(kind)
    if kind.itemsize <= 2:
        info = np.iinfo(kind)
        return rng.integers(info.min, info.max, shape, endpoint=True).astype(kind)
    return rng.integers(0, 2, shape).astype(kind)


def litert(path, seed, folder):
    """Runs a model in LiteRT, in a process of its own, since LiteRT aborts at some; leaves the inputs and the outputs as files."""
    code = os.fork()
    if code == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            it = Interpreter(model_path=path, num_threads=1)
            it.allocate_tensors()
            rng = np.random.default_rng([seed, zlib.crc32(os.path.basename(path).encode())])
            given = b""
            for d in it.get_input_details():
                v = values(d, rng)
                it.set_tensor(d["index"], v)
                given += v.tobytes()
            with open(os.path.join(folder, "in"), "wb") as f:
                f.write(given)
            it.invoke()
            outs = [it.get_tensor(d["index"]) for d in it.get_output_details()]
            np.savez(os.path.join(folder, "out.npz"), *outs)
            os._exit(0)
        except BaseException:  # whatever it is, LiteRT does not run the model
            os._exit(1)
    _, status = os.waitpid(code, 0)
    if status:
        return None
    with np.load(os.path.join(folder, "out.npz")) as z:
        return [z[k] for k in z.files]


def outcome(path, program, seed):
    """Gives the outcome and, where something stands in the way, the program's words."""
    with tempfile.TemporaryDirectory() as folder:
        want = litert(path, seed, folder)
        if want is None:
            return "neither", ""
        with open(os.path.join(folder, "in"), "rb") as given:
            ran = subprocess.run([program, "infer", "-q", path], stdin=given, capture_output=True, timeout=LIMIT_S)
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip()
        read = subprocess.run([program, "inspect", "--json", path], capture_output=True, timeout=LIMIT_S).stdout
        return ("refused" if read else "not read"), said
    got, at, worst = ran.stdout, 0, 0.0
    for w in want:
        part = got[at : at + w.nbytes]
        at += w.nbytes
        if len(part) < w.nbytes:
            return "differ", "fewer bytes"
        if part == w.tobytes():
            continue
        g = np.frombuffer(part, w.dtype).reshape(w.shape)
        if w.dtype.kind != "f":
            return "differ", f"{np.count_nonzero(g != w)} of {w.size} codes"
        with np.errstate(all="ignore"):
            off = np.abs(g.astype(float) - w.astype(float))
        off[(g == w) | np.isnan(g) & np.isnan(w)] = 0
        finite = np.abs(w[np.isfinite(w)])
        worst = max(worst, float(np.max(off / max(1.0, finite.max(initial=1.0)), initial=0)) if w.size else 0.0)
        if np.isnan(off).any():
            return "differ", "no number"
    if at != len(got):
        return "differ", "more bytes"
    if worst == 0:
        return "exact", ""
    return ("near" if worst <= NEAR else "hybrid" if worst <= HYBRID else "differ"), f"{worst:.1e} away"


def kind_of(path):
    """Gives a model's class where no list says it."""
    name = os.path.splitext(os.path.basename(path))[0]
    if "__" in name:
        return name.rsplit("__", 1)[1]
    try:
        return np.dtype(Interpreter(model_path=path).get_input_details()[0]["dtype"]).name
    except (RuntimeError, ValueError, IndexError):
        return "unknown"


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parse.add_argument("folder")
    parse.add_argument("--list", help="table of models with their classes and earlier outcomes")
    parse.add_argument("--auscult", default="build/out/bin/auscult")
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("-v", action="store_true", help="a line for each model")
    o = parse.parse_args()
    listed = {}
    if o.list:
        with open(o.list, encoding="utf-8", newline="") as f:
            listed = {row["sha256"]: row for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)}
    before, now, seen = (collections.defaultdict(collections.Counter) for _ in range(3))
    for folder, _, names in sorted(os.walk(o.folder)):
        for name in sorted(names):
            if not name.endswith(".tflite"):
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                digest = hashlib.sha256(f.read()).hexdigest()
            row = listed.get(digest)
            if o.list and row is None or seen[digest]:
                continue
            seen[digest]["here"] += 1
            group = f"{row['group']}: {row['class']}" if row else kind_of(path)
            try:
                what, said = outcome(path, o.auscult, o.seed)
            except subprocess.TimeoutExpired:
                what, said = "differ", f"more than {LIMIT_S} s"
            now[group][what] += 1
            if row:
                before[group][row["outcome"]] += 1
            if o.v or what not in ("exact", "near", "hybrid"):
                print(f"{name:44.44s} {group:36s} {what:9s} {said}", flush=True)
    names = ["exact", "near", "hybrid", "differ", "refused", "not read", "neither"]
    for title, counts in (("before", before), ("now", now)):
        if not counts:
            continue
        print(f"\n{title:48s}" + "".join(f"{n:>10s}" for n in names) + "     total")
        counts["all"] = sum(counts.values(), collections.Counter())
        for group, c in sorted(counts.items(), key=lambda kv: (kv[0] == "all", kv[0])):
            print(f"{group:48s}" + "".join(f"{c[n] or '':>10}" for n in names) + f"{sum(c.values()):10d}")
    if o.list:
        print(f"\n{len(seen)} of {len(listed)} models of the list are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
