"""Writes training/recording/table/testdata/*.mat: the samples of vibration_npz.py, as bearing data sets publish theirs.

Made with NumPy 2.4.6 and SciPy 1.17.1:
    python build/oracle/training/vibration_mat.py
"""
import os

import numpy as np
import scipy
from scipy.io import savemat

print("NumPy", np.__version__, "SciPy", scipy.__version__)
OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/table/testdata")
n = np.arange(200)[:, None]
g = ((n * np.array([3, 5, 7]) + np.array([0, 11, 23])) % 64 - 32) / 64.0


def write(name, content, packed=True):
    savemat(os.path.join(OUT, name + ".mat"), content, do_compression=packed)


# Case Western Reserve: a column for each place, and the speed.
cwru = {"X097_DE_time": g[:, :1], "X097_FE_time": g[:, 1:2], "X097RPM": np.array([[1796]], dtype=np.uint16)}
write("cwru", cwru)
write("cwru_plain", cwru, packed=False)
# MFPT: a structure with the sample rate, the load, and the shaft's rate.
write("mfpt", {"bearing": {"sr": 97656, "gs": g[:, 0:1], "load": 270, "rate": 25}})


def channel(name, data):
    return {"Name": name, "Type": 2, "Data": data[None, :], "Unit": ""}


def channels(*all):
    array = np.empty((1, len(all)), dtype=[("Name", "O"), ("Type", "O"), ("Data", "O"), ("Unit", "O")])
    for i, c in enumerate(all):
        for key, value in c.items():
            array[0, i][key] = value
    return array


# Paderborn: a structure for each channel, with other rates side by side.
write("paderborn", {"N09_M07_F10_K001_1": {
    "Info": {"Date": "2014", "Notes": ["a", "b"]},
    "X": channels(channel("HostService", np.arange(50) / 4.0)),
    "Y": channels(channel("force", g[:50, 0]), channel("temp_2_bearing_module", g[:2, 1]), channel("vibration_1", g[:, 2])),
}})
# Whole numbers, and doubles that are stored as such since they are small.
write("counts", {"fs": 200.0, "data": (g * 64 * 256).astype(np.int16), "number": 7})
write("small", {"fs": 200.0, "z": g[:, 2] * 64 + 40})
write("single", {"x": g[:, 0].astype(np.float32), "fs": 200.0})
runs = np.empty(2, dtype=object)
runs[0], runs[1] = g[:, 0:1], g[:, 1:2]
write("cells", {"runs": runs, "fs": 200.0})
# What is no recording beside what is one.
write("other", {
    "z": g[:, 2:3], "spectrum": np.fft.fft(g[:, 0]), "sparse": scipy.sparse.eye(200, format="csc"), "text": "a" * 2000,
    "empty": np.zeros((0, 0)), "flag": np.array([True, False]), "fs": 200,
})
write("none", {"text": "no numbers", "complex": np.array([1j] * 9)})
