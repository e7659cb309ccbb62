"""Writes training/recording/table/testdata/*.npz: the same 200 samples of 3 axes in g in the forms that
recordings of vibration come in.

Made with NumPy 2.4.6:
    python build/oracle/training/vibration_npz.py
"""
import os

import numpy as np

OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/table/testdata")
n = np.arange(200)[:, None]
# Sixty-fourths of g, so that every form holds them exactly.
g = ((n * np.array([3, 5, 7]) + np.array([0, 11, 23])) % 64 - 32) / 64.0

np.savez_compressed(os.path.join(OUT, "table.npz"), data=g, rate=np.float64(200))
np.savez(os.path.join(OUT, "axes.npz"), x=g[:, 0].astype(np.float32), y=g[:, 1].astype(">f4"), z=g[:, 2].astype(np.float64))
np.savez(os.path.join(OUT, "fortran.npz"), recording=np.asfortranarray(g.astype(np.float32)))
np.savez(os.path.join(OUT, "single.npz"), g[:, 1])
np.savez(os.path.join(OUT, "unclear.npz"), left=g[:, 0], right=g[:, 1])
np.savez(os.path.join(OUT, "text.npz"), data=np.array(["a", "b"]))
