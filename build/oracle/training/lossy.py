"""Writes training/recording/testdata/lossy: sound that was coded with loss, and beside each file
what libsndfile decodes from it, in 16 bits, interleaved.

Made with soundfile 0.14.0 (libsndfile 1.2.2 with libvorbis, libopus, mpg123 and LAME) and
NumPy 2.4.6:
    python build/oracle/training/lossy.py
"""
import os

import numpy as np
import soundfile as sf

OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/testdata/lossy")

FILES = {
    "mono.mp3": dict(rate=16000, channels=1, format="MP3", subtype="MPEG_LAYER_III"),
    "stereo.mp3": dict(rate=44100, channels=2, format="MP3", subtype="MPEG_LAYER_III"),
    "mono.ogg": dict(rate=16000, channels=1, format="OGG", subtype="VORBIS"),
    "stereo.ogg": dict(rate=44100, channels=2, format="OGG", subtype="VORBIS"),
    "mono.opus": dict(rate=48000, channels=1, format="OGG", subtype="OPUS"),
    "stereo.opus": dict(rate=48000, channels=2, format="OGG", subtype="OPUS"),
}

os.makedirs(OUT, exist_ok=True)
for name, how in FILES.items():
    rate, channels = how.pop("rate"), how.pop("channels")
    n = int(0.3 * rate)
    t = np.arange(n) / rate
    rng = np.random.default_rng(3)
    y = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 3100 * t) + 0.05 * rng.standard_normal(n)
    y = np.stack([y, 0.5 * np.roll(y, 7)], 1)[:, :channels]
    path = os.path.join(OUT, name)
    sf.write(path, y, rate, **how)
    samples, back = sf.read(path, dtype="int16", always_2d=True)
    assert back == rate and samples.shape == y.shape, (name, back, samples.shape)
    samples.astype("<i2").tofile(path + ".s16le")
