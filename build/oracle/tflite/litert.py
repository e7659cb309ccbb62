"""Runs a pack of models in LiteRT and writes the pack with the outputs filled in.

    pip install ai-edge-litert==2.3.0 numpy
    go run ./build/oracle/tflite/writemodels -n 800 -seed 1 -most 5000 models.pack.gz
    python build/oracle/tflite/litert.py models.pack.gz tflite/testdata/oracle.pack.gz

A third argument, reference, asks TFLite's reference kernels instead, without the
delegate. The format stands in tflite/tflitetest/pack.go. LiteRT runs with its defaults: one
thread, the XNNPACK delegate for what it takes, TFLite's own kernels for the rest.
A model that LiteRT refuses is marked as refused. x86-64 gives the committed
outputs; on arm64 LiteRT's SOFTMAX differs.
"""

import collections
import gzip
import os
import struct
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

REFUSED = 2**32 - 1


def read(path):
    data = gzip.open(path).read()
    at = 0
    while at < len(data):
        fields = []
        for _ in range(4):
            (n,) = struct.unpack_from("<I", data, at)
            at += 4
            n = 0 if n == REFUSED else n
            fields.append(data[at : at + n])
            at += n
        yield fields[:3]


def run(model, data, resolver):
    """Gives the outputs' bytes, or None when LiteRT refuses the model."""
    try:
        it = Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=resolver)
        it.allocate_tensors()
    except (RuntimeError, ValueError):
        return None
    at = 0
    for d in it.get_input_details():
        n = int(np.prod(d["shape"])) * np.dtype(d["dtype"]).itemsize
        value = np.frombuffer(data[at : at + n], d["dtype"]).reshape(d["shape"])
        it.set_tensor(d["index"], value)
        at += n
    assert at == len(data), "input bytes left over"
    try:
        it.invoke()
    except RuntimeError:
        return None
    return b"".join(it.get_tensor(d["index"]).tobytes() for d in it.get_output_details())


def run_apart(model, data, resolver):
    """Is run in a process of its own: an assertion of LiteRT's ends only that. Gives
    what run gives, and whether the process came to its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        result = run(model, data, resolver)
        with os.fdopen(writing, "wb") as out:
            out.write(b"-" if result is None else b"+" + result)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return (said[1:] if said[:1] == b"+" else None), status == 0


def main(source, target, kernels="default"):
    resolver = {"default": OpResolverType.AUTO, "reference": OpResolverType.BUILTIN_REF}[kernels]
    counts = collections.Counter()
    # No time stamp, so that equal cases give equal files.
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        for kind, model, data in read(source):
            result, ended = run_apart(model, data, resolver)
            if not ended:
                # No answer to compare with: the case is left out.
                counts[kind.decode(), "aborted"] += 1
                continue
            counts[kind.decode(), "refused" if result is None else "ran"] += 1
            for field in (kind, model, data):
                out.write(struct.pack("<I", len(field)) + field)
            if result is None:
                out.write(struct.pack("<I", REFUSED))
            else:
                out.write(struct.pack("<I", len(result)) + result)
    for (kind, what), n in sorted(counts.items()):
        print(f"{kind:32s} {n:6d} {what}")


if __name__ == "__main__":
    main(*sys.argv[1:])
