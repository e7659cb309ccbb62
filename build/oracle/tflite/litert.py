"""Runs a pack of models in LiteRT and writes the pack with the outputs filled in.

    pip install ai-edge-litert==2.3.0 numpy
    go run ./build/oracle/tflite/writemodels -n 286 -seed 1 -most 5000 models.pack.gz
    python build/oracle/tflite/litert.py models.pack.gz tflite/testdata/oracle.pack.gz

A third argument, reference, asks TFLite's reference kernels instead, without the
delegate. The format stands in tflite/tflitetest/pack.go. LiteRT runs with its defaults: one
thread, the XNNPACK delegate for what it takes, TFLite's own kernels for the rest.
A model that LiteRT refuses is marked as refused. x86-64 gives the committed
outputs; on arm64 LiteRT's SOFTMAX differs.
"""

import collections
import gzip
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


def main(source, target, kernels="default"):
    resolver = {"default": OpResolverType.AUTO, "reference": OpResolverType.BUILTIN_REF}[kernels]
    counts = collections.Counter()
    # No time stamp, so that equal cases give equal files.
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        for kind, model, data in read(source):
            result = run(model, data, resolver)
            counts[kind.decode(), result is None] += 1
            for field in (kind, model, data):
                out.write(struct.pack("<I", len(field)) + field)
            if result is None:
                out.write(struct.pack("<I", REFUSED))
            else:
                out.write(struct.pack("<I", len(result)) + result)
    for (kind, refused), n in sorted(counts.items()):
        print(f"{kind:32s} {n:6d} {'refused' if refused else 'ran'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
