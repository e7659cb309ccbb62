"""Says which of LiteRT's kernels computes each operator: the XNNPACK delegate's, or TFLite's own.

    pip install ai-edge-litert==2.3.0 numpy
    python build/oracle/tflite/takers.py tflite/testdata

Reads the packs of models there and writes kernels.tsv beside them: number format, operator, and what took it in the models that
have no other operator: xnnpack, tflite, or both, by shapes and options. An operator that only stands among others which the
delegate took is left out: LiteRT does not say which of them it left.
"""

import collections
import os
import sys

import litert
from ai_edge_litert.interpreter import Interpreter

FORMATS = {"oracle": "int8", "unsigned": "uint8", "wide": "int16x8", "float": "float32"}


def main(folder):
    took = collections.defaultdict(set)
    path = os.path.join(folder, "kernels.tsv")
    if os.path.exists(path):  # packs are small: what an earlier one has shown stays
        with open(path, encoding="utf-8") as known:
            for form, name, kernels in (line.split() for line in known):
                took[form, name] |= {"xnnpack", "tflite"} if kernels == "both" else {kernels}
    for pack, form in FORMATS.items():
        for _, model, _ in litert.read(os.path.join(folder, pack + ".pack.gz")):
            try:
                it = Interpreter(model_content=model, num_threads=1)
                it.allocate_tensors()
            except (RuntimeError, ValueError):
                continue
            names = {o["op_name"] for o in it._get_ops_details()}
            delegated = "DELEGATE" in names
            names.discard("DELEGATE")
            if len(names) == 1 or not delegated:
                for name in names:
                    took[form, name].add("xnnpack" if delegated else "tflite")
    with open(path, "w", encoding="utf-8") as out:
        for (form, name), kernels in sorted(took.items()):
            print(form, name, "both" if len(kernels) > 1 else min(kernels), sep="\t", file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
