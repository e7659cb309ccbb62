#!/usr/bin/env python3
"""Makes mimii_fan_id00/ from a folder of MIMII clips: one channel, split into learn/ and test/.

Usage: split_clips.py SOURCE DESTINATION
SOURCE holds normal/*.wav and abnormal/*.wav (PCM16, any number of channels), as the dataset names them.
Only the Python standard library is used; written and run with Python 3.11. Running it again gives the same bytes.
"""

import hashlib
import pathlib
import sys
import wave

CHANNEL = 0  # the first of the array's eight microphones
LEARN = 8  # so many normal clips are for learning, the others for testing
SEED = "auscult split 1"


def order(clip):
    """The split's rule: sorted by a hash of seed and file name, so nobody chose by listening or by score."""
    return hashlib.sha256(f"{SEED} {clip.name}".encode()).hexdigest()


def select(clip, destination):
    """Writes one channel of clip, sample values unchanged, as a WAV file with the canonical 44-byte header."""
    with wave.open(str(clip), "rb") as source:
        if source.getsampwidth() != 2:
            raise SystemExit(f"split_clips: {clip}: want 16-bit samples, have {8 * source.getsampwidth()}")
        channels, rate = source.getnchannels(), source.getframerate()
        data = source.readframes(source.getnframes())
    stride = 2 * channels
    mono = bytearray(len(data) // channels)
    mono[0::2] = data[2 * CHANNEL :: stride]
    mono[1::2] = data[2 * CHANNEL + 1 :: stride]
    destination.mkdir(parents=True, exist_ok=True)
    with wave.open(str(destination / clip.name), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(mono))


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, destination = map(pathlib.Path, sys.argv[1:])
    for place, clip in enumerate(sorted((source / "normal").glob("*.wav"), key=order)):
        select(clip, destination / ("learn" if place < LEARN else "test") / "normal")
    for clip in sorted((source / "abnormal").glob("*.wav")):
        select(clip, destination / "test" / "abnormal")


if __name__ == "__main__":
    main()
