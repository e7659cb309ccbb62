"""Makes the golden features of dsp/vibration from SciPy.

Usage: python vibration.py OUTDIR        (OUTDIR is dsp/vibration/testdata; run from the repository's root)

Writes golden.json: versions, and per case the configuration, the signal (as frontend.py describes signals, or a WAV file
of this repository) with the SHA-256 of its samples as int32 little-endian, and the features; and NAME.npy, the power
density by scipy.signal.welch, float32.

Versions used: numpy 2.4, scipy 1.17.
"""

import hashlib
import json
import math
import pathlib
import sys

import numpy
import scipy
import scipy.signal
import scipy.stats

from frontend import FULL, dc, noise, q31, samples_of, tone

G = 9.80665
RECORDING = "training/testdata/recordings/mimii_fan_id00/test/abnormal/00000000.wav"


def case(name, rate, components, segment, velocity, bands, samples=None, bits=24, full_scale=16 * G):
    return {"name": name, "rate_hz": rate, "full_scale_m_per_s2": full_scale, "segment": segment, "velocity": velocity,
            "bands": bands,
            "signal": {"samples": samples or 6 * segment + 123, "bits": bits, "components": components}}


def impulses(dbfs, period):
    return {"kind": "impulses", "amplitude": q31(dbfs), "period": period}


def cases():
    yield case("sine_100hz", 6400, [tone(100, -10, 6400)], 2048, [10, 1000], [[90, 110], [10, 1000]])
    yield case("noise", 6400, [noise(-20, 3)], 2048, [10, 1000], [[10, 1000], [1000, 3200]])
    yield case("machine", 3200, [tone(24.7 * k, -20 - 5 * i, 3200) for i, k in enumerate((1, 2, 3, 7))]
               + [noise(-50, 5), dc(1 / 16)], 3000, [10, 1000], [[20, 30], [40, 60], [150, 200]])
    yield case("slow_sensor", 200, [tone(13.1, -30, 200), noise(-40, 6), dc(0.06)], 200, [10, 100], [[12, 14]], bits=16, full_scale=2 * G)
    # Balls strike every 71 samples, 180.28 times a second.
    yield case("bearing", 12800, [impulses(-8, 71), noise(-45, 7), tone(29, -15, 12800)], 4096, [10, 1000], [[2000, 4000]],
               samples=60000)
    recorded = case("recording", 16000, [], 2048, [10, 1000], [[45, 95], [1000, 4000]], bits=16, full_scale=G)
    recorded["signal"], recorded["file"] = None, RECORDING
    yield recorded


def recording(path):
    """The first channel's first 40,000 samples of a plain 16-bit WAV file."""
    b = pathlib.Path(path).read_bytes()
    assert b[:4] == b"RIFF" and b[36:40] == b"data" and b[34:36] == b"\x10\x00"
    channels = int.from_bytes(b[22:24], "little")
    return numpy.frombuffer(b[44:], "<i2")[::channels][:40000].astype("<i4") << 16


def main():
    out = pathlib.Path(sys.argv[1])
    golden = {"versions": {"numpy": numpy.__version__, "scipy": scipy.__version__}, "cases": []}
    for c in cases():
        pcm = recording(c["file"]) if c["signal"] is None else samples_of(c["signal"])
        x = pcm.astype(numpy.float64) / FULL * c["full_scale_m_per_s2"]
        ac = x - x.mean()
        hz, psd = scipy.signal.welch(x, c["rate_hz"], nperseg=c["segment"], detrend="constant")
        df = hz[1]

        def inside(band):
            return (hz >= band[0]) & (hz <= band[1])

        v = inside(c["velocity"])
        rms = math.sqrt(numpy.mean(ac**2))
        c["sha256"] = hashlib.sha256(pcm.astype("<i4").tobytes()).hexdigest()
        c["features"] = {
            "mean": float(x.mean()), "rms": rms, "peak": float(numpy.abs(ac).max()), "crest": float(numpy.abs(ac).max() / rms),
            "kurtosis": float(scipy.stats.kurtosis(x, fisher=False)),
            "velocity_mm_per_s": float(1000 * math.sqrt(numpy.sum(psd[v] * df / (2 * math.pi * hz[v]) ** 2))),
            "bands": [float(math.sqrt(numpy.sum(psd[inside(b)]) * df)) for b in c["bands"]],
        }
        numpy.save(out / f"{c['name']}.npy", psd.astype("<f4"))
        golden["cases"].append(c)
    (out / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
