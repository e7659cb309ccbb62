"""Writes training/recording/testdata: the same short sound in the containers and encodings that
libsndfile writes, and in expected.json what libsndfile reads from each file: rate, channels and
samples, integers in 32 bits, floats as they are.

Made with soundfile 0.14.0 (libsndfile 1.2.2) and NumPy 2.4.6:
    python build/oracle/training/containers.py
"""
import json
import os

import numpy as np
import soundfile as sf

OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/testdata")
RATE, N = 22050, 150

t = np.arange(N) / RATE
rng = np.random.default_rng(7)
left = 0.6 * np.sin(2 * np.pi * 440 * t) + 0.2 * rng.standard_normal(N)
y = np.clip(np.stack([left, -0.5 * left + 0.01], 1), -1, 1)
y[10], y[11] = 1, -1

FILES = {
    "pcm16be.aiff": dict(format="AIFF", subtype="PCM_16"),
    "pcm8.aiff": dict(format="AIFF", subtype="PCM_S8"),
    "pcm24.aiff": dict(format="AIFF", subtype="PCM_24"),
    "pcm32.aiff": dict(format="AIFF", subtype="PCM_32"),
    "sowt.aifc": dict(format="AIFF", subtype="PCM_16", endian="LITTLE"),
    "in24.aifc": dict(format="AIFF", subtype="PCM_24", endian="LITTLE"),
    "raw.aifc": dict(format="AIFF", subtype="PCM_U8"),
    "fl32.aifc": dict(format="AIFF", subtype="FLOAT"),
    "fl64.aifc": dict(format="AIFF", subtype="DOUBLE"),
    "alaw.aifc": dict(format="AIFF", subtype="ALAW"),
    "ulaw.aifc": dict(format="AIFF", subtype="ULAW"),
    "pcm16.au": dict(format="AU", subtype="PCM_16"),
    "pcm16le.au": dict(format="AU", subtype="PCM_16", endian="LITTLE"),
    "pcm24.au": dict(format="AU", subtype="PCM_24"),
    "float.au": dict(format="AU", subtype="FLOAT"),
    "ulaw.au": dict(format="AU", subtype="ULAW"),
    "pcm16.caf": dict(format="CAF", subtype="PCM_16"),
    "pcm24le.caf": dict(format="CAF", subtype="PCM_24", endian="LITTLE"),
    "float.caf": dict(format="CAF", subtype="FLOAT"),
    "alaw.caf": dict(format="CAF", subtype="ALAW"),
    "pcm16.w64": dict(format="W64", subtype="PCM_16"),
    "pcm24.w64": dict(format="W64", subtype="PCM_24"),
    "float.w64": dict(format="W64", subtype="FLOAT"),
    "pcm16.rf64": dict(format="RF64", subtype="PCM_16"),
    "rifx.wav": dict(format="WAV", subtype="PCM_16", endian="BIG"),
    "rifx24.wav": dict(format="WAV", subtype="PCM_24", endian="BIG"),
    "rifxfloat.wav": dict(format="WAV", subtype="FLOAT", endian="BIG"),
    "ima.wav": dict(format="WAV", subtype="IMA_ADPCM"),
    "ms.wav": dict(format="WAV", subtype="MS_ADPCM"),
    "ima.w64": dict(format="W64", subtype="IMA_ADPCM"),
    "pcm16.flac": dict(format="FLAC", subtype="PCM_16"),
    "pcm24.flac": dict(format="FLAC", subtype="PCM_24"),
    "pcm8.flac": dict(format="FLAC", subtype="PCM_S8"),
}

expected = {}
for name, how in FILES.items():
    path = os.path.join(OUT, name)
    sf.write(path, y, RATE, **how)
    isfloat = how["subtype"] in ("FLOAT", "DOUBLE")
    samples, rate = sf.read(path, dtype="float64" if isfloat else "int32", always_2d=True)
    expected[name] = dict(rate=rate, channels=samples.shape[1], float=isfloat, samples=samples.ravel().tolist())

with open(os.path.join(OUT, "expected.json"), "w") as f:
    json.dump(expected, f)
    f.write("\n")
