"""Writes training/recording/parquet/testdata: columns of numbers in every form that is read, and, in expected.json, what
pandas reads in them.

Made with PyArrow 26.0.1:
    python build/oracle/training/vibration_parquet.py
"""
import datetime
import decimal
import json
import math
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

print("PyArrow", pa.__version__)
OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/parquet/testdata")
os.makedirs(OUT, exist_ok=True)
EXPECTED = {}
N = 260
k = np.arange(N)


def write(name, columns, **how):
    table = pa.table(columns)
    path = os.path.join(OUT, name + ".parquet")
    how = {"row_group_size": 110, "data_page_size": 300, "write_statistics": False, "store_schema": False} | how
    pq.write_table(table, path, **how)
    want = {}
    for column in pq.read_table(path).to_pydict().items():
        values = []
        for v in column[1]:
            if isinstance(v, datetime.datetime):
                v = v.replace(tzinfo=datetime.timezone.utc).timestamp()
            elif isinstance(v, bool):
                v = float(v)
            elif isinstance(v, decimal.Decimal):
                v = float(v)
            elif isinstance(v, float) and math.isnan(v):
                v = None
            elif isinstance(v, (str, list, dict)):
                break
            values.append(v)
        else:
            want[column[0]] = values
    EXPECTED[name.split("_")[0] if name.startswith(("plain", "missing")) else name] = want


wave = np.round(np.sin(k * 0.37) * 512) / 512
plain = {
    "x": wave.astype(np.float32), "y": wave * 2, "n": k, "i4": (k * 37 % 1000 - 500).astype(np.int32),
    "u4": (k * 16_000_000).astype(np.uint32), "i1": (k % 200 - 100).astype(np.int8), "u1": (k % 256).astype(np.uint8),
    "on": k % 3 == 0,
}
missing = {
    "x": pa.array([None if i % 7 == 0 else float(wave[i]) for i in range(N)], pa.float64()),
    "n": pa.array([None if 60 <= i < 190 else int(i) for i in range(N)], pa.int64()),
    "none": pa.array([None] * N, pa.float32()),
}
for codec in ("none", "snappy", "gzip", "zstd"):
    for version in ("1.0", "2.0"):
        write(f"plain_{codec}_{version[0]}", plain, compression=codec, data_page_version=version, use_dictionary=False)
        write(f"missing_{codec}_{version[0]}", missing, compression=codec, data_page_version=version)
write("dictionary", plain, compression="snappy")
write("delta", {"n": k * k, "i4": (k * 37 % 1000 - 500).astype(np.int32), "still": np.full(N, 7)},
      use_dictionary=False, column_encoding={"n": "DELTA_BINARY_PACKED", "i4": "DELTA_BINARY_PACKED", "still": "DELTA_BINARY_PACKED"})
write("split", {"x": wave.astype(np.float32), "y": wave, "n": k},
      use_dictionary=False, column_encoding={"x": "BYTE_STREAM_SPLIT", "y": "BYTE_STREAM_SPLIT", "n": "BYTE_STREAM_SPLIT"})
moment = [datetime.datetime(2026, 1, 2, 3, 4, 5) + datetime.timedelta(microseconds=1250 * int(i)) for i in k]
for unit in ("ms", "us", "ns"):
    write(f"time_{unit}", {"t": pa.array(moment, pa.timestamp("us")).cast(pa.timestamp(unit), safe=False), "z": wave}, version="2.6")
write("time_old", {"t": pa.array(moment, pa.timestamp("us")), "z": wave}, use_deprecated_int96_timestamps=True)
write("nested", {"s": ["a"] * N, "l": [[1.0, 2.0]] * N, "p": [{"a": 1, "b": {"c": 2.0}}] * N, "z": wave})
write("decimal", {"d": pa.array([decimal.Decimal(int(i)) / 100 for i in k], pa.decimal128(7, 2)), "z": wave},
      store_decimal_as_integer=True)
write("one", {"z": np.array([0.5])})
write("stats", {"x": wave, "z": wave}, write_statistics=True, write_page_index=True, write_page_checksum=True, compression="zstd")
for codec in ("brotli", "lz4"):
    write(f"refused_{codec}", {"z": wave}, compression=codec)
    del EXPECTED[f"refused_{codec}"]
with open(os.path.join(OUT, "expected.json"), "w") as f:
    json.dump(EXPECTED, f, separators=(",", ":"))
    f.write("\n")
