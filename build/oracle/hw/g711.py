"""Writes hw/wav/testdata/g711.json: what each code of G.711 stands for, in 16 bits, as
Python's audioop has it (Python 3.11; the module is gone from 3.13 on).

Usage: python3 build/oracle/hw/g711.py"""

import audioop
import json
import os
import struct

OUT = os.path.join(os.path.dirname(__file__), "../../../hw/wav/testdata/g711.json")

codes = bytes(range(256))
tables = {
    "a_law": struct.unpack("<256h", audioop.alaw2lin(codes, 2)),
    "mu_law": struct.unpack("<256h", audioop.ulaw2lin(codes, 2)),
}
with open(OUT, "w") as f:
    json.dump(tables, f)
    f.write("\n")
