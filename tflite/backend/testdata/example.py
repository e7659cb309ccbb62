#!/usr/bin/env python3
"""A backend for auscult in Python: LiteRT's interpreter, as an example for runtimes of your own (docs/backend.md).

Needs the package ai-edge-litert, and numpy, which comes with it. Try it with

    auscult bench --backend exec:/path/to/example.py model.tflite

and use it with backend = "exec:/path/to/example.py". To put another runtime in its place, write a class like Engine.
"""
import ctypes
import mmap
import os
import platform
import struct
import sys
import time

PAGE, MODEL = 3, 4  # the files that the caller has opened
REQUEST, COMMAND, REPLY, STATE, RESULT, TOOK, TEXT, TENSORS = 64, 68, 128, 132, 136, 140, 192, 2048
READY, FAILED = 1, 2
INVOKE = 1
TYPES = {0: "float32", 2: "int32", 3: "uint8", 7: "int16", 9: "int8"}

libc = ctypes.CDLL(None, use_errno=True)
FUTEX = {"x86_64": 202, "aarch64": 98, "armv7l": 240, "armv6l": 240}[platform.machine()]
WAIT, WAKE = 0, 1


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class Page:
    """The memory that both sides share."""

    def __init__(self, fd):
        self.memory = mmap.mmap(fd, os.fstat(fd).st_size)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        magic, version, _, self.inputs, self.outputs, self.threads = struct.unpack_from("<8s5I", self.memory)
        if magic != b"auscult\n" or version != 1:
            raise SystemExit("example.py speaks version 1 of auscult's backend protocol only")

    def get(self, at):
        return struct.unpack_from("<I", self.memory, at)[0]

    def put(self, at, value):
        struct.pack_into("<I", self.memory, at, value)

    def say(self, text):
        said = text.encode()[:1023]
        self.memory[TEXT:TEXT + 1024] = said.ljust(1024, b"\0")

    def wait(self, at, value):
        second = Timespec(1, 0)
        libc.syscall(FUTEX, ctypes.c_void_p(self.address + at), WAIT, value, ctypes.byref(second), None, 0)

    def wake(self, at):
        libc.syscall(FUTEX, ctypes.c_void_p(self.address + at), WAKE, 0x7FFFFFFF, None, None, 0)

    def tensor(self, i):
        """Tensor i of the inputs and, behind them, the outputs: its type, its shape, and its memory as an array."""
        import numpy as np

        kind, rank, *shape = struct.unpack_from("<2I8i", self.memory, TENSORS + 64 * i)
        offset, size = struct.unpack_from("<2I", self.memory, TENSORS + 64 * i + 48)
        kind = np.dtype(TYPES[kind])
        return np.frombuffer(self.memory, kind, size // kind.itemsize, offset).reshape(shape[:rank])


class Engine:
    """A model in LiteRT's interpreter."""

    def __init__(self, model, threads):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_content=model, num_threads=max(1, threads))
        self.interpreter.allocate_tensors()
        self.into = [d["index"] for d in self.interpreter.get_input_details()]
        self.out = [d["index"] for d in self.interpreter.get_output_details()]

    def tensors(self):
        return [self.interpreter.tensor(i)() for i in self.into + self.out]

    def invoke(self, inputs, outputs):
        for index, value in zip(self.into, inputs):
            self.interpreter.set_tensor(index, value)
        self.interpreter.invoke()
        for index, value in zip(self.out, outputs):
            value[...] = self.interpreter.get_tensor(index)


def load(page):
    engine = Engine(open(MODEL, "rb").read(), page.threads)
    shared = [page.tensor(i) for i in range(page.inputs + page.outputs)]
    own = engine.tensors()
    if [(a.dtype, a.shape) for a in own] != [(a.dtype, a.shape) for a in shared]:
        raise ValueError("the model's tensors are not the caller's")
    return engine, shared[:page.inputs], shared[page.inputs:]


def main():
    if "AUSCULT_BACKEND" not in os.environ:
        raise SystemExit("example.py is started by auscultd or auscult: auscult bench --backend exec:/path/to/example.py")
    page, parent = Page(PAGE), os.getppid()
    try:
        engine, inputs, outputs = load(page)
    except Exception as reason:  # whatever the library raises, the caller shall read it
        page.say(f"{type(reason).__name__}: {reason}")
        page.put(STATE, FAILED)
        page.wake(STATE)
        sys.exit(1)
    page.say("LiteRT in Python " + platform.python_version())
    page.put(STATE, READY)
    page.wake(STATE)
    done = 0
    while True:
        request = page.get(REQUEST)
        if request == done:
            page.wait(REQUEST, done)
            if os.getppid() != parent:
                return
            continue
        done = request
        if page.get(COMMAND) != INVOKE:
            return
        began, result = time.perf_counter_ns(), 0
        try:
            engine.invoke(inputs, outputs)
        except Exception as reason:
            page.say(f"{type(reason).__name__}: {reason}")
            result = 1
        page.put(TOOK, min(time.perf_counter_ns() - began, 2**32 - 1))
        page.put(RESULT, result)
        page.put(REPLY, request)
        page.wake(REPLY)


main()
