"""Brackets inferences of LiteRT by the system call that the counting plugin watches for.

    qemu-x86_64 -cpu Haswell -plugin count.so python count.py MODEL
"""

import ctypes
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

MARK = 4242

system = ctypes.CDLL(None)
it = Interpreter(sys.argv[1], num_threads=1)
it.allocate_tensors()
rng = np.random.default_rng(1)
for d in it.get_input_details():
    it.set_tensor(d["index"], rng.integers(-128, 128, d["shape"]).astype(d["dtype"]))
it.invoke()
for i in range(3):
    system.syscall(MARK, 1000 + i)
    it.invoke()
    system.syscall(MARK, i)
    # The Python call around it, without an inference.
    system.syscall(MARK, 2000 + i)
