"""Compares the front end's time per frame with scipy, librosa and FFTW, in one run, interleaved.

Usage: python bench.py DSP_TEST_BINARY [ROUNDS]

DSP_TEST_BINARY is package dsp's test binary for this machine, whose benchmark Frame1024 is run. One thread each. The
float libraries get their best case: scipy frames without copying, 128 at a time, FFTW 16 that stay in the first cache,
librosa 1,024, so that its calls cost little.
Ratios are the medians of the rounds' ratios; times are minima and medians. Exits with 1 if a bar is missed.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import re
import statistics
import subprocess
import sys
import time

import librosa
import numpy
import pyfftw
import scipy
import scipy.fft

N, HOP, BANDS = 1024, 512, 128
FRAMES, FFTW_FRAMES, LIBROSA_FRAMES = 128, 16, 1024
BARS = {"scipy float32, batched": 1.0, "librosa": 0.45}
AIM = 4.0  # of FFTW's real FFT alone

pcm = (0.1 * numpy.random.default_rng(1).standard_normal(N + (LIBROSA_FRAMES - 1) * HOP)).astype(numpy.float32)
frames = numpy.lib.stride_tricks.sliding_window_view(pcm, N)[::HOP][:FRAMES]
window = numpy.hanning(N + 1)[:-1].astype(numpy.float32)
weights = numpy.ascontiguousarray(librosa.filters.mel(sr=16000, n_fft=N, n_mels=BANDS, dtype=numpy.float32).T)
fftw_in, fftw_out = pyfftw.empty_aligned((FFTW_FRAMES, N), "float32"), pyfftw.empty_aligned((FFTW_FRAMES, N // 2 + 1), "complex64")
fftw = pyfftw.FFTW(fftw_in, fftw_out, axes=(1,), flags=("FFTW_MEASURE",), threads=1)
fftw_in[:] = frames[:FFTW_FRAMES]


def with_scipy():
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return numpy.float32(10) * numpy.log10(numpy.maximum(power @ weights, numpy.float32(1e-10)))


def with_librosa():
    mel = librosa.feature.melspectrogram(y=pcm, sr=16000, n_fft=N, hop_length=HOP, n_mels=BANDS, center=False)
    return librosa.power_to_db(mel, ref=1.0, top_db=None)


OTHERS = {
    "scipy float32, batched": (with_scipy, FRAMES),
    "librosa": (with_librosa, LIBROSA_FRAMES),
    "FFTW float32 rfft alone": (fftw, FFTW_FRAMES),
}
assert with_scipy().dtype == numpy.float32
assert numpy.abs(with_scipy().T - with_librosa()[:, :FRAMES]).max() < 0.01


def microseconds(call, count, repeat=9):
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def go(binary, generic=False, stage="all", count=5):
    """The minimum time of a stage of the Go benchmark, in microseconds, and its allocations."""
    environment = dict(os.environ, GOMAXPROCS="1", AUSCULT_CPU="generic" if generic else "")
    command = [binary, "-test.run=^$", f"-test.bench=Frame1024/^{stage}$", "-test.benchtime=15ms", f"-test.count={count}", "-test.benchmem"]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^BenchmarkFrame1024/\S+\s+\d+\s+(\S+) ns/op\s+\S+ B/op\s+(\d+) allocs/op", said, re.MULTILINE)
    return min(float(ns) for ns, _ in found) / 1000, max(int(allocs) for _, allocs in found)


def main():
    binary = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    times = {name: [] for name in ("auscult", "auscult, plain Go", *OTHERS)}
    allocations = 0
    for call, _ in OTHERS.values():
        call()
    for _ in range(rounds):
        for name in ("auscult", "auscult, plain Go"):
            took, allocs = go(binary, generic=name != "auscult")
            times[name].append(took)
            allocations = max(allocations, allocs)
        for name, (call, count) in OTHERS.items():
            times[name].append(microseconds(call, count))
    print(f"numpy {numpy.__version__}, scipy {scipy.__version__}, librosa {librosa.__version__}, pyfftw {pyfftw.__version__}; "
          f"frames of {N} samples, {BANDS} bands, {rounds} rounds")
    print(f"{'per frame':<26} {'min us':>8} {'median us':>10} {'auscult / it':>13} {'it / FFTW':>10}  bar")
    failed = False
    fftw_times = times["FFTW float32 rfft alone"]
    for name, took in times.items():
        ratio = statistics.median(a / b for a, b in zip(times["auscult"], took))
        to_fftw = statistics.median(a / b for a, b in zip(took, fftw_times))
        bar = ""
        if name in BARS:
            missed = ratio > BARS[name]
            failed = failed or missed
            bar = f"<= {BARS[name]} {'MISSED' if missed else 'met'}"
        if name == "auscult":
            bar = f"aim: {AIM:g} of FFTW, {'met' if to_fftw <= AIM else 'not met'}"
        print(f"{name:<26} {min(took):8.2f} {statistics.median(took):10.2f} {ratio:13.2f} {to_fftw:10.2f}  {bar}")
    print(f"allocations per frame: {allocations}")
    print(f"{'stage, us':<12} {'auscult':>8} {'plain Go':>9}")
    for stage in ("exponent", "scale", "fft", "mel", "log", "quantise"):
        print(f"{stage:<12} {go(binary, stage=stage)[0]:8.2f} {go(binary, generic=True, stage=stage)[0]:9.2f}")
    sys.exit(failed or allocations > 0)


if __name__ == "__main__":
    main()
