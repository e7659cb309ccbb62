"""Simulates a year of slow change, trains and judges by the tool's own commands. See run."""

import array
import glob
import json
import os
import shutil
import subprocess
import sys
import wave

MONTHS = [int(m) - 1 for m in os.environ.get("MONTHS", "1 2 3 4 5 6 7 8 9 10 11 12").split()]
EPOCHS = os.environ.get("EPOCHS", "0")  # 0: as many as the tool takes
LEVEL_DB = 0.5  # a month, all of the sound
TREBLE_DB = 0.5  # a month, what lies above about 1 kHz
FAULT_FROM, FAULT_DB, FAULT_STEP_DB = 4, -24.0, 3.0  # the month in which a fault begins, how loud, and by how much it grows each


def read(path):
    with wave.open(path) as w:
        rate, channels, raw = w.getframerate(), w.getnchannels(), w.readframes(w.getnframes())
        if w.getsampwidth() != 2:
            raise SystemExit(f"{path}: 16 bits are read, not {8 * w.getsampwidth()}")
    return rate, [float(v) for v in array.array("h", raw)[::channels]]


def write(path, rate, samples):
    out = array.array("h", (max(-32768, min(32767, round(v))) for v in samples))
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(out.tobytes())


def aged(samples, rate, month):
    """Louder as a whole, and more so in the treble: one pole at 1 kHz splits the two."""
    all_of_it, treble = 10 ** (LEVEL_DB * month / 20), 10 ** (TREBLE_DB * month / 20)
    k = 2 * 3.141592653589793 * 1000 / rate
    k = k / (1 + k)
    low, out = 0.0, []
    for v in samples:
        low += k * (v - low)
        out.append(all_of_it * (low + treble * (v - low)))
    return out


def worn(samples, fault, month):
    """With a fault mixed in, from its month on."""
    if month < FAULT_FROM:
        return samples
    gain = 10 ** ((FAULT_DB + FAULT_STEP_DB * (month - FAULT_FROM)) / 20)
    return [v + gain * f for v, f in zip(samples, fault)]


class Year:
    def __init__(self, out, folder, name, change):
        self.out, self.name, self.change = os.path.join(out, name), name, change
        self.tool = os.path.join(out, "auscult")
        shutil.rmtree(self.out, ignore_errors=True)
        self.learn = [read(p) for p in sorted(glob.glob(os.path.join(folder, "learn/normal/*.wav")))]
        self.normal = [read(p) for p in sorted(glob.glob(os.path.join(folder, "test/normal/*.wav")))]
        self.abnormal = [read(p) for p in sorted(glob.glob(os.path.join(folder, "test/abnormal/*.wav")))]

    def put(self, kind, clips, month):
        folder = os.path.join(self.out, f"{month:02d}", kind)
        if os.path.exists(folder):
            return os.path.dirname(folder)
        os.makedirs(folder)
        for i, (rate, samples) in enumerate(clips):
            write(os.path.join(folder, f"clip{i:02d}x.wav"), rate, self.change(samples, rate, month, i))
        return os.path.dirname(folder)

    def call(self, *args):
        return json.loads(subprocess.run([self.tool, *args, "--json", "--quiet"], check=True, stdout=subprocess.PIPE).stdout)

    def model(self, month):
        """The model that is learned of a month's sound."""
        path = os.path.join(self.out, f"{month:02d}.tflite")
        if not os.path.exists(path):
            data = os.path.dirname(self.put("learn/normal", self.learn, month))
            self.call("train", "--model", "dense", "--epochs", EPOCHS, "--group-by", "none", "--data", os.path.join(data, "learn"), "--out", path)
        return path

    def judged(self, month, model):
        data = self.put("test/normal", self.normal, month)
        self.put("test/abnormal", self.abnormal, month)
        return self.call("evaluate", "--group-by", "none", "--model", model, "--data", data)


def count(result, label):
    return sum(clip["label"] == label for clip in result["clips"])


POLICIES = (("month 1 only", 0), ("every 3 months", 3), ("every month", 1))


def table(year, cells):
    print("| month | " + " | ".join(name for name, _ in POLICIES) + " |")
    print("|---" * (1 + len(POLICIES)) + "|")
    for month in MONTHS:
        row = []
        for _, every in POLICIES:
            # The model in use was learned of a whole month that is over, or of the first.
            learned = 0 if not every else max(0, (month - 1) // every * every) if month else 0
            row.append(cells(year.judged(month, year.model(learned))))
        print(f"| {month + 1} | " + " | ".join(row) + " |", flush=True)


def main(out, folder):
    print(f"\nNo fault: all sound {LEVEL_DB:g} dB louder each month, above 1 kHz {LEVEL_DB + TREBLE_DB:g} dB. "
          "Normal clips with a false alarm, and faulty clips heard:\n")
    table(Year(out, folder, "ageing", lambda s, rate, month, i: aged(s, rate, month)),
          lambda r: f"{r['false_alarms']} of {count(r, 'normal')}, {r['alarms']} of {count(r, 'abnormal')}")
    print(f"\nA fault from month {FAULT_FROM + 1}, mixed into normal sound at {FAULT_DB:g} dB and {FAULT_STEP_DB:g} dB more each month. "
          "Clips of the machine with an alarm:\n")
    year = Year(out, folder, "fault", None)
    faults = [samples for _, samples in year.abnormal]
    year.change = lambda s, rate, month, i: worn(s, faults[i % len(faults)], month)
    table(year, lambda r: f"{r['false_alarms']} of {count(r, 'normal')}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
