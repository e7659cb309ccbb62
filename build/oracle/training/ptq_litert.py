"""Compares exported models with LiteRT, and writes golden outputs.

Made with ai-edge-litert 2.3.0, NumPy 2.4:
    python build/oracle/training/ptq_litert.py MODEL.tflite INPUTS.bin OUTPUTS.bin [COMPARE.bin]

INPUTS.bin holds input tensors (int8) back to back. LiteRT's default interpreter
(XNNPACK) runs each and the outputs go to OUTPUTS.bin. With COMPARE.bin, outputs
of `auscult infer`, it counts the bytes that differ and exits 1 if any do.
"""
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

model, inputs, outputs = sys.argv[1:4]
it = Interpreter(model_path=model)
it.allocate_tensors()
i, o = it.get_input_details()[0], it.get_output_details()[0]
x = np.fromfile(inputs, np.int8)
size = int(np.prod(i["shape"]))
assert len(x) % size == 0 and len(x) > 0, (len(x), size)
ys = []
for w in x.reshape(-1, *i["shape"]):
    it.set_tensor(i["index"], w)
    it.invoke()
    ys.append(it.get_tensor(o["index"]).copy())
y = np.stack(ys).astype(np.int8)
y.tofile(outputs)
print(f"{model}: {len(ys)} inputs {i['shape']} {i['quantization']}, outputs {o['quantization']}, {len(np.unique(y))} different codes")
if len(sys.argv) > 4:
    ours = np.fromfile(sys.argv[4], np.int8)
    assert ours.size == y.size, (ours.size, y.size)
    differ = int((ours != y.reshape(-1)).sum())
    print(f"{differ} of {y.size} bytes differ")
    sys.exit(differ != 0)
