"""Checks that the instruction words of encode_arm64.h are what their comments say: GNU as
assembles each comment for several register numbers.

    apt-get install binutils-aarch64-linux-gnu
    python build/oracle/tflite/encodings.py tflite/internal/kernels/encode_arm64.h
"""

import re
import struct
import subprocess
import sys
import tempfile

MACRO = re.compile(r"#define (\w+)\((.*?)\) (VVV|VV)\((.*?), (\w+), (\w+)(?:, (\w+))?\) *// (.*)")
REGISTERS = [(0, 0, 0), (1, 2, 3), (31, 30, 29), (16, 4, 15), (21, 17, 8)]


def word(expression, form, numbers):
    base = eval(expression)  # digits, shifts and the lane only: MACRO matched it
    d, n, m = numbers
    return base | (m << 16 if form == "VVV" else 0) | n << 5 | d


def assemble(lines):
    with tempfile.NamedTemporaryFile("w", suffix=".s") as source, tempfile.NamedTemporaryFile(suffix=".o") as made, tempfile.NamedTemporaryFile() as flat:
        source.write(".arch armv8.2-a+dotprod\n" + "\n".join(lines) + "\n")
        source.flush()
        subprocess.run(["aarch64-linux-gnu-as", "-o", made.name, source.name], check=True)
        subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", made.name, flat.name], check=True)
        data = flat.read()
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def main(path):
    wanted, said = [], []
    macros = 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not (found := MACRO.match(line)):
                continue
            macros += 1
            _, parameters, form, expression, *_, comment = found.groups()
            for lane in range(4) if "lane" in parameters else (0,):
                for d, n, m in REGISTERS:
                    text = comment.replace("[lane]", f"[{lane}]")
                    # d (or t) is the destination, n and m the sources.
                    for letter, number in (("d", d), ("t", d), ("n", n), ("m", m)):
                        text = re.sub(rf"\b([vxqs]){letter}\b", rf"\g<1>{number}", text)
                    said.append(text)
                    wanted.append(word(expression.replace("lane", str(lane)), form, (d, n, m)))
    wrong = [f"{text}: {have:08x}, as gives {is_:08x}" for text, have, is_ in zip(said, wanted, assemble(said), strict=True) if have != is_]
    print(f"{macros} instructions, {len(said)} encodings, {len(wrong)} wrong")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong or not macros else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
