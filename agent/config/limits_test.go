package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

const (
	wavSource = "[[source]]\nname = \"a\"\ntype = \"wav\"\npath = \"a.wav\"\n"
	topic     = wavSource + "[[source.condition]]\nname = \"rpm\"\ntopic = %s\n"
)

// TestLimits takes every bound that auscultd.toml names, and refuses the next value.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		text, key      string
		taken, refused []string
	}{
		{"[spool]\nmax_bytes = %s", "spool.max_bytes",
			[]string{"262144", "67108864"},
			[]string{"262143", "67108865"}},
		{"[spool]\nmax_records = %s", "spool.max_records", []string{"1", "1000000"}, []string{"0", "1000001"}},
		{"[telemetry]\nbuffer = %s", "telemetry.buffer", []string{"1", "100000"}, []string{"0", "100001"}},
		{"[telemetry]\ninterval = %s", "telemetry.interval",
			[]string{`"0s"`, `"24h"`},
			[]string{`"-1ns"`, `"24h0m0.1s"`}},
		{"[telemetry]\nstatus_interval = %s", "telemetry.status_interval",
			[]string{`"1s"`, `"24h"`},
			[]string{`"999ms"`, `"24h0m1s"`}},
		{"[decision]\nthreshold_ratio = %s", "decision.threshold_ratio",
			[]string{"0.01", "100.0"},
			[]string{"0.0099", "100.1", "-1.0", "nan", "inf"}},
		{"[decision]\nadapt_time = %s", "decision.adapt_time",
			[]string{`"0s"`, `"1h"`, `"8760h"`},
			[]string{`"1ns"`, `"59m59s"`, `"8760h1s"`, `"-2h"`}},
		{"[decision]\nadapt_limit = %s", "decision.adapt_limit",
			[]string{"1.0", "10.0"},
			[]string{"0.99", "10.01", "nan"}},
		{"[mqtt]\nkeep_alive = %s", "mqtt.keep_alive", []string{`"1s"`, `"1h"`}, []string{`"999ms"`, `"1h0m1s"`}},
		{"[mqtt]\ntimeout = %s", "mqtt.timeout", []string{`"100ms"`, `"5m"`}, []string{`"99ms"`, `"5m0.001s"`}},
		{"[mqtt]\nretry_max = \"1h\"\nretry_first = %s", "mqtt.retry_first",
			[]string{`"10ms"`, `"1m"`},
			[]string{`"9ms"`, `"1m1s"`}},
		{"[mqtt]\nretry_first = \"10ms\"\nretry_max = %s", "mqtt.retry_max",
			[]string{`"10ms"`, `"1h"`},
			[]string{`"1h0m1s"`}},
		{"[mqtt]\nretry_max = \"10ms\"\nretry_first = %s", "mqtt.retry_first",
			[]string{`"10ms"`},
			[]string{`"11ms"`}},
		{"[mqtt]\nretry_first = \"0s\"\nretry_max = %s", "mqtt.retry_first", nil, []string{`"10ms"`}},
		{"[mqtt]\nbroker = %s", "mqtt.broker",
			[]string{`"tcp://h:1"`, `"ssl://h:65535"`, `""`},
			[]string{`"tcp://h:0"`, `"tcp://h:65536"`, `"tcp://h/x"`, `"tcp://h?x=1"`, `"tcp://h#x"`,
				`"h:1883"`, `"tcp://u@h"`, `"tcp://%%"`}},
		{"[mqtt]\nclient_id = %s", "mqtt.client_id", []string{`""`, `"a-1"`}, []string{`"a/1"`}},
		{"[mqtt]\nusername = \"u\"\npassword_file = %s", "mqtt.password_file",
			[]string{`""`, `"p"`, `"credential:p"`},
			[]string{`"credential:"`, `"credential:a/b"`}},
		{"[mqtt]\nbroker = \"ssl://h\"\n[mqtt.tls]\n%s", "mqtt.tls",
			[]string{`ca_file = "c"`, "cert_file = \"c\"\nkey_file = \"k\""}, []string{`cert_file = "c"`, `key_file = "k"`}},
		{"[mqtt]\nbroker = \"tcp://h\"\n[mqtt.tls]\n%s", "mqtt.tls",
			[]string{""},
			[]string{`ca_file = "c"`, `server_name = "n"`}},
		{"[indicator]\n%s", "indicator.pin",
			[]string{"", `pin = "GPIO24"`, "pin = \"GPIO24\"\nrelay = true\nactive_low = true"},
			[]string{"relay = true", "active_low = true"}},
		{"[log]\nlevel = %s", "log.level",
			[]string{`"debug"`, `"info"`, `"warn"`, `"error"`},
			[]string{`""`, `"Info"`}},
		{"[log]\nformat = %s", "log.format", []string{`"text"`, `"json"`}, []string{`""`, `"xml"`}},
		{wavSource + "channel = %s", "source[0].channel", []string{"0", "63"}, []string{"-1", "64"}},
		{wavSource + "without_detectors = [%s]", "source[0].without_detectors",
			[]string{`"level"`, quoted(detect.Names()[1:])}, []string{`"x"`, quoted(detect.Names())}},
		{topic, "source[0].condition[0]",
			[]string{`"a/b"`, `"` + strings.Repeat("x", 1024) + `"`},
			[]string{`"a/+"`, `"#"`, `"a\u0000"`, `"` + strings.Repeat("x", 1025) + `"`}},
		{topic, "source[0].condition[0]",
			[]string{`"a"` + "\nmax_age = \"0s\"", `"a"` + "\nmax_age = \"1ns\""},
			[]string{`"a"` + "\nmax_age = \"-1ns\""}},
		{wavSource + "[[source.condition]]\nname = \"rpm\"\nvalue = %s", "source[0].condition[0]",
			[]string{"0.0", "-1.5"}, []string{"nan", "inf", "-inf", "1.0\nfield = \"f\"", "1.0\nmax_age = \"1s\""}},
	} {
		for _, value := range c.taken {
			if _, err := Parse("f", fmt.Appendf(nil, c.text, value)); err != nil {
				t.Errorf("%.60s: %v", value, err)
			}
		}
		for _, value := range c.refused {
			_, err := Parse("f", fmt.Appendf(nil, c.text, value))
			if err == nil || !strings.Contains(err.Error(), ": "+c.key+": ") {
				t.Errorf("%s, %.60s: error %v", c.key, value, err)
			}
		}
	}
}

// quoted lists names as TOML has them in an array.
func quoted(names []detect.Name) string {
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf("%q", n))
	}
	return strings.Join(all, ", ")
}

// TestCounts fills files to the brim.
func TestCounts(t *testing.T) {
	var conditions, sources string
	for i := range 16 {
		conditions += fmt.Sprintf("[[source.condition]]\nname = \"c%d\"\nvalue = 1.0\n", i)
		sources += fmt.Sprintf("[[source]]\nname = \"s%d\"\ntype = \"sim\"\n", i)
	}
	const size = 65536
	for _, c := range []struct{ what, text, want string }{
		{"16 conditions", wavSource + conditions, ""},
		{"17 conditions", wavSource + conditions + "[[source.condition]]\nname = \"c\"\nvalue = 1.0\n",
			"source[0].condition: 17 of them: at most 16"},
		{"the same condition twice", wavSource + strings.Repeat("[[source.condition]]\nname = \"c\"\nvalue = 1.0\n", 2),
			`f:8:3: source[0].condition[1]: "c" is there twice`},
		{"16 sources", sources, ""},
		{"17 sources", sources + "[[source]]\nname = \"s\"\ntype = \"sim\"\n", "17 sources: at most 16"},
		{"64 KiB", strings.Repeat("#", size), ""},
		{"a byte more", strings.Repeat("#", size+1), "larger than 65536 bytes"},
	} {
		_, err := Parse("f", []byte(c.text))
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

// TestClosest proposes what is like a word, and nothing else.
func TestClosest(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, c := range []struct {
		word string
		list []string
		want string
	}{
		{"brokr", []string{"buffer", "broker"}, "broker"},
		{"bus", []string{"pin", "bias", "buzz"}, "bias"}, // the first of two alike
		{"ab", []string{"cd"}, "cd"},
		{"abc", []string{"def"}, ""}, // three letters differ
		{"abcdefgh", []string{"abcdeXYZ"}, ""},
		{"abcdefghi", []string{"abcdefXYZ"}, "abcdefXYZ"}, // three of nine
		{"abcdefghi", []string{"abcdeWXYZ"}, ""},
		{long, []string{long[:63]}, long[:63]},
		{long + "x", []string{long}, ""}, // too long to compare
		{"x", nil, ""},
	} {
		if got := closest(c.word, c.list); got != c.want {
			t.Errorf("%.70q of %.70q: %q, want %q", c.word, c.list, got, c.want)
		}
	}
}

// TestPlaces finds what is wrong first in the file's order, at its place.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[node]\nid = \"/\"\n[log]\nlevel = \"x\"", "f:2:1: node.id"},
		{"[log]\nlevel = \"x\"\n[mqtt]\nclient_id = \"/\"", "f:4:1: mqtt.client_id"},
		{"log.level = \"x\"", "f:1:1: log.level"},
		{"mqtt.tls.cert_file = \"c\"", "f: mqtt.tls: "},
		{"mqtt = {broker = \"x\"}", "f:1:1: mqtt.broker"},
		{wavSource + "[[source]]\nname = \"b\"\ntype = \"wav\"\npath = \"b.wav\"\nchannel = 64", "f:9:1: source[1].channel"},
		{wavSource + "[[source]]\nname = \"b\"\ntype = \"sim\"\n[[source.condition]]\nname = \"c\"\nvalue = 1.0\n[[source.condition]]\nname = \"d\"\n",
			"f:11:3: source[1].condition[1]"},
	} {
		if _, err := Parse("f", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
		}
	}
}

// TestSources takes a source's table to what a pipeline is built with.
func TestSources(t *testing.T) {
	c, err := Parse("f", []byte("model = \"common\"\n"+wavSource+"loop = true\nchannel = 3\nmodel = \"own\"\nwithout_detectors = [\"level\"]\n"+
		"[[source.condition]]\nname = \"rpm\"\ntopic = \"a\"\nfield = \"b.c\"\n[[source.condition]]\nname = \"load\"\ntopic = \"d\"\nmax_age = \"2s\"\n"+
		"[[source]]\nname = \"b\"\ntype = \"sim\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := &c.Sources[0], &c.Sources[1]
	if c.ModelOf(a) != "own" || c.ModelOf(b) != "common" {
		t.Errorf("models %q and %q", c.ModelOf(a), c.ModelOf(b))
	}
	s := a.Setup()
	if s.Name != "a" || s.Channel != 3 || !s.Loop || !slices.Equal(s.Without, []detect.Name{"level"}) {
		t.Errorf("%q, channel %d, loop %t, without %q", s.Name, s.Channel, s.Loop, s.Without)
	}
	var got []string
	for _, in := range s.Conditions {
		got = append(got, fmt.Sprintf("%s %s %s %v", in.Name, in.Topic, in.Field, in.MaxAge))
	}
	if want := []string{"rpm a b.c 1m0s", "load d  2s"}; !slices.Equal(got, want) {
		t.Errorf("conditions %q, want %q", got, want)
	}
	if b.Setup().Loop || len(b.Setup().Conditions) != 0 {
		t.Errorf("a simulated source: %+v", b.Setup())
	}
}
