package address

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Address{
		"mqtt://h":              {Network: "tcp", Target: "h:1883"},
		"tcp://h:99":            {Network: "tcp", Target: "h:99"},
		"mqtts://h":             {Network: "tcp", Target: "h:8883", Encrypted: true},
		"ssl://[fe80::1]":       {Network: "tcp", Target: "[fe80::1]:8883", Encrypted: true},
		"tls://h:1":             {Network: "tcp", Target: "h:1", Encrypted: true},
		"ws://h":                {Network: "tcp", Target: "h:80", WebSocket: true, Path: "/mqtt"},
		"wss://h/a%20b":         {Network: "tcp", Target: "h:443", WebSocket: true, Encrypted: true, Path: "/a%20b"},
		"unix:///run/mqtt/sock": {Network: "unix", Target: "/run/mqtt/sock"},
	} {
		want.text = text
		if got, err := Parse(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "write",
		"host:1883":                           "write",
		"h":                                   "write",
		"http://h":                            `"http://h": write`,
		"mqtt://u:p@h":                        "use mqtt.username",
		"mqtt://h/topic":                      "write",
		"mqtt://h?x=1":                        "write",
		"mqtt://h#x":                          "write",
		"mqtt://:1883":                        "write",
		"mqtt://h:0":                          "port",
		"mqtt://h:65536":                      "port",
		"unix://run/sock":                     "whole path",
		"unix:///" + strings.Repeat("x", 108): "whole path",
		"mqtt://%zz":                          "no address",
	} {
		if a, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", text, a, err, want)
		}
	}
}

func TestLocal(t *testing.T) {
	for text, want := range map[string]bool{
		"mqtt://localhost": true, "mqtt://127.1.2.3": true, "mqtt://[::1]:9": true, "unix:///s": true,
		"mqtt://a.localhost": true, "mqtt://localhost.example": false, "mqtt://10.0.0.1": false,
		"ws://broker": false,
	} {
		a, err := Parse(text)
		if err != nil || a.Local() != want {
			t.Errorf("%s: local %v, %v", text, a.Local(), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"mqtt://h:1", "wss://[::1]:9/x", "unix:///a", "ssl://%41"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err == nil && (a.Target == "" || a.Network == "tcp" && a.Host() == "") {
			t.Errorf("%q became %+v", text, a)
		}
	})
}
