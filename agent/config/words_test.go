package config

import (
	"strings"
	"testing"
	"time"
)

// TestUnits refuses a duration without a unit wherever one may stand, and takes sizes with theirs.
func TestUnits(t *testing.T) {
	sim := "[[source]]\nname = \"a\"\ntype = \"sim\"\n"
	condition := "[[source]]\nname = \"a\"\ntype = \"wav\"\npath = \"x\"\n[[source.condition]]\nname = \"rpm\"\ntopic = \"t\"\n"
	for _, c := range []struct{ text, want string }{
		{"[telemetry]\ninterval = 10", `f:2:1: telemetry.interval: 10 has no unit: write "10s" for seconds`},
		{"[telemetry]\ninterval = 0", `f:2:1: telemetry.interval: 0 has no unit`},
		{"telemetry.interval = 10", `f:1:1: telemetry.interval: 10 has no unit`},
		{"telemetry = { interval = 10 }", `telemetry.interval: 10 has no unit`},
		{"[telemetry]\n\tstatus_interval\t= 1.5", `f:2:2: telemetry.status_interval: 1.5 has no unit`},
		{"[telemetry]\ninterval = 00:00:10", `f:2:1: telemetry.interval: 00:00:10 has no unit: write "500ms"`},
		{"[telemetry]\ninterval = true", `f:2:1: telemetry.interval: true has no unit`},
		{"[mqtt]\nkeep_alive = [30]", `f:2:1: mqtt.keep_alive: [30] has no unit`},
		{"[decision]\nadapt_time = 7200", `f:2:1: decision.adapt_time: 7200 has no unit`},
		{sim + "fault_at = 10", `f:4:1: source[0].fault_at: 10 has no unit`},
		{condition + "max_age = 60", `f:8:1: source[0].condition[0].max_age: 60 has no unit`},
		{"[telemetry]\ninterval = 10s", `: write "1h", and not 1h`},
		{"[spool]\nmax_bytes = \"16\"", `spool.max_bytes: "16" is no size: write "256KiB"`},
		{"[spool]\nmax_bytes = \"lots\"", `"lots" is no size`},
		{"[spool]\nmax_bytes = \"-1MB\"", `"-1MB" is no size`},
		{"[spool]\nmax_bytes = \"1e300GB\"", `is no size`},
		{"[spool]\nmax_bytes = \"NaNMB\"", `is no size`},
		{"[spool]\nmax_bytes = \"1GiB\"", `spool.max_bytes: 1073741824: must be 262144 to 67108864 bytes, as "256KiB" to "64MiB"`},
		{"[delegate]\nmemory_max = 512", `delegate.memory_max: 512: must be 16777216 to 68719476736 bytes, as "16MiB" to "64GiB"`},
	} {
		if _, err := Parse("f", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\ngot  %v\nwant %s", c.text, err, c.want)
		}
	}
	for text, want := range map[string]Bytes{
		`"16MiB"`: 16 << 20, `"16 MB"`: 16e6, `"1.5mib"`: 3 << 19, `"300k"`: 300 << 10,
		`"20M"`:     20 << 20,
		`"262144B"`: 262144, "1048576": 1 << 20,
	} {
		c, err := Parse("f", []byte("[spool]\nmax_bytes = "+text))
		if err != nil || c.Spool.MaxBytes != want {
			t.Errorf("%s: %d, %v; want %d", text, c.Spool.MaxBytes, err, want)
		}
	}
}

// TestWordsOfTOML has no type of Go in what people read.
func TestWordsOfTOML(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"model = 5", "f:1:9: model: a whole number stands here, and it takes a text in \"quotes\""},
		{"model = true", "true or false stands here, and it takes a text"},
		{"model = [\"a\"]", "and it takes a text"},
		{"model = 2026-01-02", "and it takes a text"},
		{"[spool]\nmax_records = \"many\"", "a text stands here, and it takes a whole number"},
		{"[delegate]\nthreads = 2.0", "a number with a fraction stands here, and it takes a whole number"},
		{"[delegate]\nthreads = []", "it takes a whole number"},
		{"[mqtt]\nfallbacks = \"x\"", "it takes a list of texts"},
		{"[indicator]\nrelay = \"yes\"", "it takes true or false"},
		{"[decision]\nthreshold_ratio = \"2\"", "it takes a number"},
		{"mqtt = 7", "it takes a table"},
		{"source = 7", "it takes a list"},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\nseed = \"x\"", "source[0].seed: a text stands here, and it takes a whole number"},
		{"[[source]]\nname = \"a\"\ntype = 7", "source[0].type: a whole number stands here, and it takes a text"},
		{"[[source]]\nname = \"a\"\ntyp = \"sim\"", "f:3:1: source[0].typ: unknown key: did you mean \"type\"?"},
		{"sources = 3", "did you mean \"source\"?"},
		{"[log]\nlevel = info", "put a text into \"quotes\""},
		{"model = \"C:\\Users\\x\"", "'single quotes'"},
		{"model = \"C:\\models\\x\"", "'single quotes'"},
		{"# caf\xe9\nmodel = \"x\"", "save the file as UTF-8"},
		{"model", "write KEY = VALUE"},
		{"\xff\xfem\x00", "save it as UTF-8"},
		{"\xfe\xff\x00m", "save it as UTF-8"},
	} {
		_, err := Parse("f", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\ngot  %v\nwant %s", c.text, err, c.want)
			continue
		}
		for _, word := range []string{"struct", "config.", "int64", "[]string", "map[", "cannot decode", "float64"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("%q: %v speaks of %q", c.text, err, word)
			}
		}
	}
}

// TestEditors takes what editors make of a file.
func TestEditors(t *testing.T) {
	for _, text := range []string{
		"\xef\xbb\xbf[telemetry]\r\n\tinterval\t=\t\"11s\"\t# often\r\n",
		"\xef\xbb\xbf# comment\n[telemetry]\ninterval = \"11s\"",
		"\t[telemetry]\n\t\tinterval = '11s'\n\n",
	} {
		c, err := Parse("f", []byte(text))
		if err != nil || time.Duration(c.Telemetry.Interval) != 11*time.Second {
			t.Errorf("%q: %v, %v", text, c.Telemetry.Interval, err)
		}
	}
	if _, err := Parse("f", []byte("\xef\xbb\xbfmodl = 1")); err == nil ||
		!strings.Contains(err.Error(), "f:1:1: modl") {
		t.Errorf("behind a mark: %v", err)
	}
}
