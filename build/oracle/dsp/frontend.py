"""Makes the golden frames of dsp from librosa in float64.

Usage: python frontend.py OUTDIR        (OUTDIR is dsp/testdata; run from the repository's root)

Writes golden.json (versions, and per case the profile, the signal, the SHA-256
of its samples as int32 little-endian) and one NAME.npy per case: float32, frames
x bands, dB re full scale. Signals are described by integers; dsp/dsptest makes
the same samples from the same description, which the hash proves. Two cases are the
starts of recordings of this repository.

Versions used: numpy 2.4, scipy 1.17, librosa 0.11.0.
"""

import hashlib
import json
import math
import pathlib
import sys

import librosa
import numpy
import scipy

FULL = 1 << 31
TURN = 1 << 64


def q31(dbfs):
    """Peak amplitude of a level re full scale."""
    return min(round(FULL * 10 ** (dbfs / 20)), FULL - 1)


def step(hz, rate):
    return round(TURN * hz / rate)


def tone(hz, dbfs, rate=16000):
    return {"kind": "tone", "amplitude": q31(dbfs), "step": step(hz, rate)}


def sweep(low, high, dbfs, samples, rate=16000):
    accel = round(TURN * (high - low) / rate / samples)
    return tone(low, dbfs, rate) | {"accel": accel}


def noise(rms_dbfs, seed):
    """Uniform noise: its peak is sqrt(3) times its root mean square."""
    return {"kind": "noise", "amplitude": q31(rms_dbfs + 10 * math.log10(3)), "seed": seed}


def dc(fraction):
    return {"kind": "dc", "amplitude": round(FULL * fraction)}


def pump(dbfs, rate=16000):
    """Shaft at 24.7 Hz, seven vanes, flow noise and a knock four times a second."""
    out = [tone(24.7 * k, dbfs - 6 * i, rate) for i, k in enumerate((1, 2, 3, 7, 14, 21))]
    out += [noise(dbfs - 24, 7), {"kind": "impulses", "amplitude": q31(dbfs - 3), "period": rate // 4}]
    return out


def samples_of(signal):
    """The signal's samples in Q31, as dsptest.Signal.PCM makes them."""
    n = signal["samples"]
    total = [0] * n
    for c in signal["components"]:
        phase, inc, state, a = 0, c.get("step", 0), c.get("seed", 0), c["amplitude"]
        for i in range(n):
            match c["kind"]:
                case "tone":
                    # The phase's upper 53 bits are exact in float64.
                    sine = math.sin(2 * math.pi * ((phase >> 11) / 2**53))
                    total[i] += (math.floor(sine * FULL + 0.5) * a + (1 << 30)) >> 31
                    phase = (phase + inc) % TURN
                    inc = (inc + c.get("accel", 0)) % TURN
                case "noise":
                    state = (state * 6364136223846793005 + 1442695040888963407) % TURN
                    v = state >> 32
                    v -= (v >> 31) << 32
                    total[i] += (v * a + (1 << 30)) >> 31
                case "dc":
                    total[i] += a
                case "impulses":
                    total[i] += a if i % c["period"] == 0 else 0
    drop = 32 - signal["bits"]
    half = (1 << drop) >> 1
    low, high = -FULL >> drop, (FULL >> drop) - 1
    return numpy.array([max(min((v + half) >> drop, high), low) << drop for v in total], dtype="<i4")


def spectrogram(y, p):
    """Band powers, or sums of magnitudes, bands x frames, in float64."""
    if p["scale"] != "linear":
        return librosa.feature.melspectrogram(
            y=y, sr=p["sample_rate_hz"], n_fft=p["frame_length"], hop_length=p["hop_length"],
            n_mels=p["bands"], fmin=p["min_hz"], fmax=p["max_hz"], htk=p["scale"] == "htk", norm="slaney",
            window="hann", power=1.0 if p.get("magnitude") else 2.0, center=False)
    # librosa has no linear bands: the same triangles of unit area between edges that are even in Hz.
    edges = numpy.linspace(p["min_hz"], p["max_hz"], p["bands"] + 2)
    hz = librosa.fft_frequencies(sr=p["sample_rate_hz"], n_fft=p["frame_length"])
    rise = (hz - edges[:-2, None]) / numpy.diff(edges)[:-1, None]
    fall = (edges[2:, None] - hz) / numpy.diff(edges)[1:, None]
    weights = numpy.maximum(0, numpy.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    modulus = numpy.abs(librosa.stft(y, n_fft=p["frame_length"], hop_length=p["hop_length"], window="hann", center=False))
    return weights @ (modulus if p.get("magnitude") else modulus**2)


DEFAULT = {
    "sample_rate_hz": 16000, "frame_length": 1024, "hop_length": 512, "bands": 128, "scale": "slaney",
    "min_hz": 0, "max_hz": 7000, "min_db": -80, "max_db": 40,
}
FRAMES = 12


def case(name, components, bits, tonal=False, **changes):
    profile = DEFAULT | changes
    n = profile["frame_length"] + (FRAMES - 1) * profile["hop_length"]
    return {"name": name, "tonal": tonal, "profile": profile,
            "signal": {"samples": n, "bits": bits, "components": components}}


def recording(path):
    """The first channel of a plain 16-bit WAV file of this repository, in Q31."""
    b = pathlib.Path(path).read_bytes()
    assert b[:4] == b"RIFF" and b[36:40] == b"data" and b[34:36] == b"\x10\x00"
    return numpy.frombuffer(b[44:], "<i2")[:: int.from_bytes(b[22:24], "little")].astype("<i4") << 16


def recorded(name, path):
    c = case(name, [], 16)
    return c | {"signal": {"samples": c["signal"]["samples"], "bits": 16, "components": []}, "file": path}


def cases():
    span = 1024 + (FRAMES - 1) * 512
    yield case("tone_0dbfs", [tone(1000.3, 0)], 24, tonal=True)
    yield case("tone_0dbfs_16bit", [tone(3127.7, 0)], 16, tonal=True)
    yield case("tone_-60dbfs", [tone(440, -60)], 24, tonal=True)
    yield case("half_the_rate", pump(-20) + [noise(-50, 52)], 24, max_hz=8000)
    yield case("sweep_0dbfs", [sweep(50, 7900, 0, span)], 24, tonal=True)
    for i, level in enumerate((-6, -40, -70, -90)):
        yield case(f"white_{level}dbfs", [noise(level, 11 + i)], 24)
        if level > -90:
            yield case(f"white_{level}dbfs_16bit", [noise(level, 21 + i)], 16)
    yield case("pump_-12dbfs", pump(-12), 24)
    yield case("pump_-40dbfs_16bit", pump(-40), 16)
    yield case("pump_-80dbfs", pump(-80), 24)
    yield case("pump_clipped_16bit", pump(3), 16)
    yield case("dc_half_white_-60dbfs", [dc(0.5), noise(-60, 31)], 24)
    yield case("dither_1lsb_16bit", [noise(-93, 41)], 16)
    yield case("dither_1lsb_24bit", [noise(-141, 42)], 24)
    yield case("silence", [], 24)
    yield case("htk", pump(-20) + [noise(-50, 51)], 24, scale="htk")
    yield case("short_frames", pump(-20), 24, frame_length=512, hop_length=256, bands=64)
    yield case("uneven_hop", pump(-20), 24, frame_length=2048, hop_length=441, bands=128, scale="htk", min_hz=20, max_hz=6500)
    yield case("tiny_frames", [noise(-20, 61)], 24, frame_length=32, hop_length=7, bands=5)
    yield case("rate_48k", pump(-20, 48000), 24, sample_rate_hz=48000, frame_length=4096, hop_length=1024, max_hz=24000)
    yield case("linear", pump(-20), 24, frame_length=1000, hop_length=400, bands=100, scale="linear", min_hz=50)
    yield case("frames_of_400", pump(-20), 24, frame_length=400, hop_length=160, bands=40)
    yield case("frames_of_2x729", pump(-40), 16, frame_length=1458, hop_length=729, bands=64, scale="htk")
    yield case("frames_of_2x3125", [sweep(50, 7900, 0, 6250 + (FRAMES - 1) * 1000)], 24, tonal=True, frame_length=6250, hop_length=1000)
    yield case("vibration_6400hz", pump(-20, 6400), 24, sample_rate_hz=6400, frame_length=1500, hop_length=640, bands=160, scale="linear", max_hz=3200)
    yield case("magnitude", pump(-20) + [noise(-50, 53)], 24, magnitude=True, max_hz=8000, min_db=-100, max_db=20)
    yield case("magnitude_tone", [tone(1000.3, 0)], 24, tonal=True, magnitude=True, min_db=-100, max_db=20)
    yield case("magnitude_white_-70dbfs_16bit", [noise(-70, 54)], 16, magnitude=True, min_db=-100, max_db=20)
    yield case("magnitude_linear", pump(-40), 16, frame_length=1000, hop_length=400, bands=100, scale="linear",
               magnitude=True, min_db=-100, max_db=20)
    for kind in ("learn/normal", "test/abnormal"):
        yield recorded(f"fan_{kind.split('/')[1]}", f"training/testdata/recordings/mimii_fan_id00/{kind}/00000000.wav")


def main():
    out = pathlib.Path(sys.argv[1])
    golden = {"versions": {"numpy": numpy.__version__, "scipy": scipy.__version__, "librosa": librosa.__version__}, "cases": []}
    for c in cases():
        p = c["profile"]
        pcm = recording(c["file"])[: c["signal"]["samples"]] if "file" in c else samples_of(c["signal"])
        mel = spectrogram(pcm.astype(numpy.float64) / FULL, p)
        if p.get("magnitude"):
            db = librosa.amplitude_to_db(mel, ref=1.0, amin=1e-5, top_db=None).T
        else:
            db = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None).T
        assert db.dtype == numpy.float64 and db.shape == (FRAMES, p["bands"])
        c["sha256"] = hashlib.sha256(pcm.tobytes()).hexdigest()
        numpy.save(out / f"{c['name']}.npy", numpy.ascontiguousarray(db, dtype="<f4"))
        golden["cases"].append(c)
    (out / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
