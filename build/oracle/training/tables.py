"""Writes training/recording/table/testdata/dialects: tables of accelerations as people and
programs write them, and, in expected.json, what a reader must find in each.

What a file means is found by Python's csv module and float(), with the dialect that a
person sees in it, from the file's own bytes; it is compared with the numbers that were
written. NumPy writes the binary ones.

Made with Python 3.11 and NumPy 2.2.6:
    python build/oracle/training/tables.py
"""
import csv
import datetime
import json
import math
import os

import numpy as np

OUT = os.path.join(os.path.dirname(__file__), "../../../training/recording/table/testdata/dialects")
N, RATE = 48, 200
CASES = {}


def axes(n=N):
    """x, y and z in g, in steps of 1/1024."""
    k = np.arange(n)
    x = (k * 37 % 101 - 50) / 1024
    y = (k * 53 % 97 - 48) / 1024
    z = 1 + (k * 29 % 89 - 44) / 1024
    return x, y, z


def text(rows, sep=",", head="", end="\n", last=True):
    return head + end.join(sep.join(r) for r in rows) + (end if last else "")


def number(v, places=6, dec="."):
    return f"{v:.{places}f}".replace(".", dec)


def rows(time=None, scale=1.0, places=6, dec=".", order="xyz", fmt=None, n=N):
    x, y, z = axes(n)
    fmt = fmt or (lambda v: number(v, places, dec))
    out = []
    for k in range(n):
        r = [] if time is None else [time(k)]
        r += [fmt({"x": x, "y": y, "z": z}[a][k] * scale) for a in order]
        out.append(r)
    return out


def add(name, data, delimiter=",", dec=".", skip=0, column=2, scale=1.0, rate=None, unit="g", encoding="utf-8", group="",
        lost=None, drop_last=False, options=None, spaces=False, quotechar='"', ending="csv", clean=None, tolerance=0.0):
    """data is the file; the rest is how a person reads it: column counts from 0 in the file."""
    raw = data if isinstance(data, bytes) else data.encode(encoding)
    decoded = raw.decode(encoding).lstrip("\ufeff")
    lines = decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n")[skip:]
    lines = [s for s in lines if s.strip() and (s.startswith("#N/A") or not s.lstrip().startswith(("#", "%", "//")))]
    if drop_last:
        lines = lines[:-1]
    if clean:
        lines = clean(lines)
    if spaces:
        parsed = [s.split() for s in lines]
    else:
        parsed = list(csv.reader(lines, delimiter=delimiter, quotechar=quotechar, skipinitialspace=True))
    values = []
    for cells in parsed:
        cell = cells[column].strip().strip("'").lstrip("=").strip('"') if column < len(cells) else ""
        for g in group:
            cell = cell.replace(g, "")
        cell = cell.replace(dec, ".") if dec != "." else cell
        cell = cell.replace("\u2212", "-").replace("D", "E")
        try:
            v = float(cell)
            values.append(v * scale if math.isfinite(v) else None)
        except ValueError:
            values.append(None)
    known = [v for v in values if v is not None]
    assert len(values) > 40 and all(abs(v) < 2.2 for v in known) and len(known) >= len(values) - 1, name
    with open(os.path.join(OUT, f"{name}.{ending}"), "wb") as f:
        f.write(raw)
    CASES[f"{name}.{ending}"] = {"values": values, "rate": rate, "unit": unit, "options": options or {}, "lost": lost or {}, "tolerance": tolerance}


def stamp(fmt, start=datetime.datetime(2024, 3, 4, 18, 13, 0), step=1000 // RATE, cut=0):
    def at(k):
        s = (start + datetime.timedelta(milliseconds=k * step)).strftime(fmt)
        return s[:-cut] if cut else s
    return at


def texts():
    ms2 = 9.80665
    add("plain", text(rows()))
    add("names", text(rows(), head="x,y,z\n"), skip=1)
    add("names_upper", text(rows(), head="X,Y,Z\n"), skip=1)
    add("names_units", text(rows(), head="acc_x [g],acc_y [g],acc_z [g]\n"), skip=1)
    add("names_ms2", text(rows(scale=ms2), head="acc_x [m/s²],acc_y [m/s²],acc_z [m/s²]\n"), skip=1, scale=1 / ms2, unit="m/s2")
    add("names_ms2_latin1", text(rows(scale=ms2), head="acc_x [m/s²],acc_y [m/s²],acc_z [m/s²]\n"), skip=1, scale=1 / ms2,
        unit="m/s2", encoding="latin-1")
    add("units_row", text(rows(scale=1000, places=3), head="x;y;z\nmg;mg;mg\n", sep=";"), delimiter=";",
        skip=2, scale=1e-3, unit="mg")
    add("semicolon_comma", text(rows(dec=","), sep=";"), delimiter=";", dec=",")
    add("semicolon_comma_quoted", text([[f'"{c}"' for c in r] for r in rows(dec=",")], sep=";"), delimiter=";", dec=",")
    add("comma_comma_quoted", text([[f'"{c}"' for c in r] for r in rows(dec=",")], sep=","), dec=",")
    add("tab_comma", text(rows(dec=","), sep="\t"), delimiter="\t", dec=",")
    add("tab_names", text(rows(), sep="\t", head="x\ty\tz\n"), delimiter="\t", skip=1, ending="tsv")
    add("spaces", text([[c.rjust(12) for c in r] for r in rows()], sep=""), spaces=True, ending="txt")
    add("spaces_comma", text([[c.rjust(12) for c in r] for r in rows(dec=",")], sep=""), spaces=True, dec=",")
    add("bars", text(rows(), sep="|"), delimiter="|")
    add("comma_space", text(rows(), sep=", "))
    add("space_comma_space", text(rows(), sep=" , "))
    add("one_column", text([[number(v)] for v in axes()[2]]), column=0)
    add("one_column_comma", text([[number(v, dec=",")] for v in axes()[0]]), delimiter=";", dec=",", column=0)
    add("one_column_name", text([[number(v)] for v in axes()[2]], head="acceleration\n"), skip=1, column=0)
    add("crlf", text(rows(), end="\r\n", head="x,y,z\r\n"), skip=1)
    add("cr", text(rows(), end="\r", head="x,y,z\r"), skip=1)
    add("crcrlf", text(rows(), end="\r\r\n"))
    add("no_end", text(rows(), last=False))
    add("bom", text(rows(), head="\ufeffx,y,z\n"), skip=1)
    add("utf16le_bom", b"\xff\xfe" + text(rows(), head="x,y,z\n").encode("utf-16-le"), skip=1, encoding="utf-16")
    add("utf16be_bom", b"\xfe\xff" + text(rows(), head="x,y,z\n").encode("utf-16-be"), skip=1, encoding="utf-16")
    add("utf16le", text(rows(), sep="\t"), delimiter="\t", encoding="utf-16-le")
    add("utf16be", text(rows(), end="\r\n"), encoding="utf-16-be")
    add("excel_sep", text(rows(dec=","), sep=";", head="sep=;\n"), delimiter=";", dec=",", skip=1)
    add("excel_text", text([[f'="{c}"' for c in r] for r in rows()], sep="\t"), delimiter="\t", quotechar="\0")
    add("apostrophes", text([[f"'{c}'" for c in r] for r in rows()]))
    add("remarks", text(rows(), head="# logger v1\n% another\n// and one\nx,y,z\n"), skip=4)
    add("remarks_within", text(rows()[:20]) + "# paused\n" + text(rows()[20:]))
    add("remark_names", text(rows(scale=ms2), head="# x y z\n", sep=" "), skip=1, spaces=True, scale=1 / ms2, unit="m/s2")
    add("preamble", text(rows(scale=1000, places=3), head="Device: ADXL345\nSample rate: 200 Hz\nUnit: mg\n\nx,y,z\n"), skip=5,
        scale=1e-3, rate=200, unit="mg")
    add("preamble_cells", text(rows(), sep=";", head="Sensor;ADXL345;\nSampling Frequency [kHz];0.2;\nx;y;z\n"), delimiter=";", skip=3, rate=200)
    add("preamble_remark", text(rows(), head="# fs=200\n"), skip=1, rate=200)
    add("preamble_interval", text(rows(), head="dt = 5 ms\n"), skip=1, rate=200)
    add("preamble_decimal", text(rows(dec=","), sep=";", head="Abtastrate: 0,2 kHz\n"), delimiter=";", dec=",", skip=1, rate=200)
    add("preamble_spoken", text(rows(), head="# recorded at 200 Hz on pump 7\n").replace("recorded", "sampled"), skip=1, rate=200)
    add("labview", text(rows(lambda k: f"{k / RATE:.6f}"), sep="\t",
        head="LabVIEW Measurement\nWriter_Version\t2\n***End_of_Header***\n\nChannels\t3\nSamples\t48\t48\t48\nDelta_X\t0.005\t0.005\t0.005\n"
             "***End_of_Header***\nX_Value\tx\ty\tz\n"), delimiter="\t", skip=9, column=3, rate=200)
    add("scientific", text(rows(fmt=lambda v: f"{v:.8e}")), tolerance=1e-8)
    add("scientific_upper", text(rows(fmt=lambda v: f"{v:+.8E}"), sep=";"), delimiter=";", tolerance=1e-8)
    add("fortran_d", text(rows(fmt=lambda v: f"{v:.8E}".replace("E", "D").rjust(18)), sep=""), spaces=True, tolerance=1e-8)
    add("thousands", text([[f'"{c:,.3f}"' for c in (x * 1e3, y * 1e3, z * 2e3)] for x, y, z in zip(*axes())], head="x (mg),y (mg),z (mg)\n"),
        skip=1, group=",", scale=1e-3, unit="mg")
    add("thousands_points", text([[f"{z * 2e3:,.3f}".replace(",", "_").replace(".", ",").replace("_", ".")] for z in axes()[2]],
        head="z (mg)\n"), delimiter=";", skip=1, column=0, group=".", dec=",", scale=1e-3, unit="mg")
    add("thousands_apostrophe", text([[f"{z * 2e3:,.3f}".replace(",", "'")] for z in axes()[2]], head="z [mg]\n"), delimiter=";", skip=1,
        column=0, group="'", scale=1e-3, unit="mg")
    add("minus_sign", text(rows(fmt=lambda v: number(v).replace("-", "\u2212"))), column=0, options={"column": "1"})
    add("plus_sign", text(rows(fmt=lambda v: f"{v:+.6f}")))
    add("no_leading_zero", text(rows(fmt=lambda v: number(v).replace("0.", ".", 1))), column=0, options={"column": "1"})
    add("counts", text(rows(fmt=lambda v: str(round(v * 16384)))), scale=1 / 16384, unit="counts:16384")
    add("counts_256", text(rows(fmt=lambda v: str(round(v * 256)))), scale=1 / 256, unit="counts:256")
    add("counts_given", text(rows(fmt=lambda v: str(round(v * 4096)), order="xyx")), scale=1 / 4096, unit="counts:4096",
        options={"unit": "counts:4096"})
    add("ms2_guessed", text(rows(scale=ms2)), scale=1 / ms2, unit="m/s2")
    add("mg_guessed", text(rows(scale=1000)), scale=1e-3, unit="mg")
    add("index", text(rows(lambda k: str(k)), head=",x,y,z\n"), skip=1, column=3)
    add("index_named", text(rows(lambda k: str(k + 1)), head="Sample,X,Y,Z\n"), skip=1, column=3)
    add("index_bare", text(rows(lambda k: str(k))), column=3)
    add("index_r", text(rows(lambda k: f'"{k + 1}"'), head='"x","y","z"\n'), skip=1, column=3)
    add("pandas_columns", text(rows(lambda k: str(k)), head=",0,1,2\n"), skip=1, column=3)
    add("trailing_comma", text([r + [""] for r in rows()], head="x,y,z,\n"), skip=1)
    add("only_commas", ",,\n" + text(rows()), skip=1)
    add("blank_lines", "\n\n" + text(rows(), end="\n\n"), skip=2)
    add("extra_columns", text([r + ["21.5", "ok"] for r in rows(lambda k: f"{k / RATE:.3f}")], head="t,ax,ay,az,temperature,state\n"), skip=1,
        column=3, rate=200)
    add("gyro", text([r + [number(k % 7), number(k % 5), number(k % 3)] for k, r in enumerate(rows(lambda k: f"{k / RATE:.3f}"))],
        head="Time (s),Ax (g),Ay (g),Az (g),Gx (deg/s),Gy (deg/s),Gz (deg/s)\n"), skip=1, column=3, rate=200)
    add("grouped_names", text([r + r for r in rows()], head="Acc,,,Acc2,,\nx,y,z,x,y,z\n"), skip=2, column=2)
    add("column_by_name", text(rows(), head="x,y,z\n"), skip=1, column=1, options={"column": "Y"})
    add("column_by_number", text(rows(lambda k: f"{k / RATE:.3f}")), column=2, rate=200, options={"column": "3"})
    add("time_s", text(rows(lambda k: f"{k / RATE:.3f}"), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_bare", text(rows(lambda k: f"{k / RATE:.3f}")), column=3, rate=200)
    add("time_comma", text(rows(lambda k: f"{k / RATE:.3f}".replace(".", ","), dec=","), sep=";", head="Zeit [s];x;y;z\n"), delimiter=";", dec=",",
        skip=1, column=3, rate=200)
    add("time_ms", text(rows(lambda k: str(k * 5)), head="timestamp,accX,accY,accZ\n"), skip=1, column=3, rate=200)
    add("time_ms_named", text(rows(lambda k: str(k), places=6), head="t_ms,x,y,z\n"), skip=1, column=3, rate=1000)
    add("time_us", text(rows(lambda k: str(1000 + k * 625)), head="time_us,x,y,z\n"), skip=1, column=3, rate=1600)
    add("time_ns", text(rows(lambda k: str(10**9 + k * 5_000_000)), head="Timestamp [ns],x,y,z\n"), skip=1, column=3, rate=200)
    add("time_us_guessed", text(rows(lambda k: str(1000 + k * 625)), head="time,x,y,z\n"), skip=1, column=3, rate=1600)
    add("time_coarse", text(rows(lambda k: str(int(k * 0.625)), places=6), head="time_ms,x,y,z\n"), skip=1, column=3, rate=1600)
    add("time_jitter", text(rows(lambda k: f"{k / RATE + (k * 7 % 5 - 2) * 4e-4:.6f}"), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_bursts", text(rows(lambda k: f"{k // 8 * 8 / RATE:.6f}"), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_epoch", text(rows(lambda k: f"{1.7e9 + k / RATE:.4f}"), head="timestamp,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_epoch_ms", text(rows(lambda k: str(1_700_000_000_000 + k * 5)), head="timestamp,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_epoch_us", text(rows(lambda k: str(1_700_000_000_000_000 + k * 5000)), head="ts,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_epoch_ns", text(rows(lambda k: str(1_700_000_000_000_000_000 + k * 5_000_000)), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_excel", text(rows(lambda k: f"{45355.75 + k / RATE / 86400:.12f}"), head="Time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_iso", text(rows(stamp("%Y-%m-%dT%H:%M:%S.%fZ")), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_iso_zone", text(rows(stamp("%Y-%m-%dT%H:%M:%S.%f+01:00")), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_iso_space", text(rows(stamp("%Y-%m-%d %H:%M:%S.%f", cut=3)), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_iso_comma", text(rows(stamp("%Y-%m-%d %H:%M:%S,%f", cut=3), dec=","), sep=";", head="time;x;y;z\n"), delimiter=";", dec=",", skip=1,
        column=3, rate=200)
    add("time_german", text(rows(stamp("%d.%m.%Y %H:%M:%S,%f", cut=3), dec=","), sep=";", head="Zeit;x;y;z\n"), delimiter=";", dec=",", skip=1,
        column=3, rate=200)
    add("time_us_date", text(rows(stamp("%m/%d/%Y %I:%M:%S.%f %p")), head="Date,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_colon", text(rows(lambda k: stamp("%H:%M:%S:%f")(k)[:-3]), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("time_midnight", text(rows(stamp("%H:%M:%S.%f", datetime.datetime(2024, 3, 4, 23, 59, 59, 900000))), head="time,x,y,z\n"), skip=1, column=3, rate=200)
    add("date_and_time", text([[a, b] + r for a, b, r in zip(map(stamp("%Y-%m-%d"), range(N)), map(stamp("%H:%M:%S.%f"), range(N)), rows())],
        head="Date,Time,x,y,z\n"), skip=1, column=4, rate=200)
    add("date_and_time_spaces", text([[a, b] + r for a, b, r in zip(map(stamp("%Y-%m-%d"), range(N)), map(stamp("%H:%M:%S.%f"), range(N)), rows())],
        sep="  "), spaces=True, column=4, rate=200)
    add("time_whole_seconds", text(rows(lambda k: f"2024-03-04 18:13:{k // 16:02d}"), head="time,x,y,z\n"), skip=1, column=3, rate=16)
    for name, token in (("nan", "nan"), ("empty", ""), ("na", "NA"), ("na_excel", "#N/A"), ("null", "null"), ("ind", "-nan(ind)"), ("inf", "inf"), ("dash", "-"),
                        ("text", "ERR")):
        r = rows()
        r[20] = [token] * 3
        add("gap_" + name, text(r))
    r = rows()
    r[20][0] = ""
    add("gap_elsewhere", text(r, head="x,y,z\n"), skip=1, options={"column": "z"})
    r = rows(lambda k: f"{k / RATE:.3f}")
    add("gap_time", text(r[:20] + r[25:], head="time,x,y,z\n"), skip=1, column=3, rate=200, lost={"20": 5})
    r = rows(lambda k: str(k))
    add("gap_index", text(r[:20] + r[27:], head="index,x,y,z\n"), skip=1, column=3, lost={"20": 7})
    r = rows(stamp("%Y-%m-%dT%H:%M:%S.%f"))
    add("gap_iso", text(r[:10] + r[13:], head="time,x,y,z\n"), skip=1, column=3, rate=200, lost={"10": 3})
    add("torn_within", text(rows()[:20]) + "0.01,0.0\n" + text(rows()[20:]))
    add("torn_end", text(rows())[:-12], drop_last=True)
    add("torn_digits", text(rows())[:-4], drop_last=True)
    add("joined_files", text(rows()[:20], head="x,y,z\n") + text(rows()[20:], head="x,y,z\n"), clean=lambda s: [v for v in s if v[0] != "x"])
    add("zero_bytes", text(rows()).encode() + bytes(300), clean=lambda s: [v for v in s if v[0] != "\0"])
    add("open_quote", text(rows()[:20]) + '"0.01,0.02,0.98\n' + text(rows()[21:]), clean=lambda s: [v.replace('"', "") for v in s])


def arrays():
    x, y, z = axes()
    g = np.stack([x, y, z], axis=1)
    t = np.arange(N) / RATE

    def save(name, values, write, rate=None, unit="g", options=None, lost=None):
        write(os.path.join(OUT, name))
        CASES[name] = {"values": [float(v) for v in values], "rate": rate, "unit": unit, "options": options or {}, "lost": lost or {}, "tolerance": 0.0}

    for kind in ("<f8", ">f8", "<f4", ">f4", "<f2", ">f2"):
        a = g.astype(kind)
        save(f"npy_{kind[1:]}_{'be' if kind[0] == '>' else 'le'}.npy", a[:, 2].astype(float), lambda p, a=a: np.save(p, a))
    for kind, scale in (("<i2", 16384), (">i2", 16384), ("<i4", 65536), ("<i8", 65536), ("|i1", 64), ("<u2", 8192), (">u4", 8192), ("<u8", 8192)):
        a = np.round((g if kind[1] == "i" else np.abs(g)) * scale).astype(kind)
        save(f"npy_{kind[1:]}_{'be' if kind[0] == '>' else 'le'}.npy", a[:, 2] / scale, lambda p, a=a: np.save(p, a), unit=f"counts:{scale}",
             options={"unit": f"counts:{scale}"})
    save("npy_fortran.npy", z, lambda p: np.save(p, np.asfortranarray(g)))
    save("npy_transposed.npy", z, lambda p: np.save(p, np.ascontiguousarray(g.T)))
    save("npy_transposed_fortran.npy", z, lambda p: np.save(p, np.asfortranarray(g.T)))
    save("npy_one.npy", z, lambda p: np.save(p, z))
    save("npy_column.npy", z, lambda p: np.save(p, z[:, None]))
    save("npy_row.npy", z, lambda p: np.save(p, z[None, :]))
    s = np.zeros(N, dtype=[("t", "<f8"), ("ax", "<f4"), ("ay", ">f4"), ("az", "<f8"), ("note", "S3")])
    s["t"], s["ax"], s["ay"], s["az"] = t, x, y, z
    save("npy_structured.npy", z, lambda p: np.save(p, s), rate=200)
    s = np.zeros(N, dtype=[("time", "M8[us]"), ("acc", "<f4", (3,))])
    s["time"] = np.datetime64("2024-03-04T18:13:00") + np.arange(N) * np.timedelta64(5000, "us")
    s["acc"] = g
    save("npy_datetime.npy", z, lambda p: np.save(p, s), rate=200)
    save("npz_time.npz", z, lambda p: np.savez(p, t=t, x=x, y=y, z=z), rate=200)
    save("npz_rate.npz", z, lambda p: np.savez_compressed(p, data=g, fs=np.int64(200), label=np.array(["ok"])), rate=200)
    save("npz_two.npz", z, lambda p: np.savez(p, DE_time=z[:, None], FE_time=x[:, None], RPM=np.array([[1797]])), options={"column": "de_time"})
    h = g.copy()
    h[20, :] = np.nan
    write = lambda p: np.savez(p, data=h)
    write(os.path.join(OUT, "npz_nan.npz"))
    CASES["npz_nan.npz"] = {"values": [None if k == 20 else float(z[k]) for k in range(N)], "rate": None, "unit": "g", "options": {}, "lost": {},
                            "tolerance": 0.0}


def main():
    os.makedirs(OUT, exist_ok=True)
    for name in os.listdir(OUT):
        os.remove(os.path.join(OUT, name))
    texts()
    arrays()
    with open(os.path.join(OUT, "expected.json"), "w", encoding="utf-8") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(CASES.items())) + "\n}\n")
    print(len(CASES), "files")


if __name__ == "__main__":
    main()
