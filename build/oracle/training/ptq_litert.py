"""Compares exported models with LiteRT, and writes golden outputs.

Made with ai-edge-litert 2.3.0, NumPy 2.4:
    python build/oracle/training/ptq_litert.py MODEL.tflite INPUTS.bin OUTPUTS.bin [COMPARE.bin]

INPUTS.bin holds the input tensors (int8) of one window after the other. LiteRT's default
interpreter (XNNPACK) runs each and the outputs go to OUTPUTS.bin. With COMPARE.bin, outputs
of `auscult infer`, it counts the bytes that differ and exits 1 if any do.
"""
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

model, inputs, outputs = sys.argv[1:4]
it = Interpreter(model_path=model)
it.allocate_tensors()
inputs_of, outputs_of = it.get_input_details(), it.get_output_details()
sizes = [int(np.prod(i["shape"])) for i in inputs_of]
x = np.fromfile(inputs, np.int8)
assert len(x) % sum(sizes) == 0 and len(x) > 0, (len(x), sizes)
ys = []
for w in x.reshape(-1, sum(sizes)):
    for i, part in zip(inputs_of, np.split(w, np.cumsum(sizes)[:-1]), strict=True):
        it.set_tensor(i["index"], part.reshape(i["shape"]))
    it.invoke()
    ys.append(np.concatenate([it.get_tensor(o["index"]).reshape(-1) for o in outputs_of]))
y = np.stack(ys).astype(np.int8)
y.tofile(outputs)
print(f"{model}: {len(ys)} inputs {sizes}, outputs {[(o['name'], o['quantization']) for o in outputs_of]}, {len(np.unique(y))} different codes")
if len(sys.argv) > 4:
    ours = np.fromfile(sys.argv[4], np.int8)
    assert ours.size == y.size, (ours.size, y.size)
    differ = int((ours != y.reshape(-1)).sum())
    print(f"{differ} of {y.size} bytes differ")
    sys.exit(differ != 0)
