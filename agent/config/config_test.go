package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/sensor"
)

func TestDefaultFileIsDefault(t *testing.T) {
	got, err := Parse("auscultd.toml", DefaultFile)
	if err != nil {
		t.Fatal(err)
	}
	if want := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("the file says\n%+v\nDefault says\n%+v", got, want)
	}
}

// example is the default file with the source blocks in use.
func example() string {
	return regexp.MustCompile(`(?m)^#([[a-z#])`).ReplaceAllString(string(DefaultFile), "$1")
}

func TestExamplesInDefaultFile(t *testing.T) {
	c, err := Parse("auscultd.toml", []byte(example()))
	if err != nil {
		t.Fatal(err)
	}
	load := 0.75
	want := []Source{
		{Name: "pump", Type: "alsa", Without: []detect.Name{}, Sensor: &sensor.ALSA{Device: "hw:CARD=sndrpigooglevoi,DEV=0"}},
		{Name: "bearing", Type: "accel", Sensor: &sensor.Accel{Chip: "adxl345", Bus: "I2C1"}},
		{Name: "gearbox", Type: "iio", Sensor: &sensor.IIO{Device: "iio:device0"}},
		{Name: "fan", Type: "wav", Sensor: &sensor.WAV{Path: "/var/lib/auscult/fan.wav", Paced: true},
			Conditions: []Condition{
				{Name: "speed_rpm", Topic: "plant/pump-7/speed", MaxAge: Duration(time.Minute)}, {Name: "load", Value: &load},
			}},
		{Name: "sim", Type: "sim", Sensor: &sensor.Sim{Paced: true}},
	}
	for i := range c.Sources {
		if i < len(want) && !reflect.DeepEqual(c.Sources[i], want[i]) {
			t.Errorf("source %d\n%+v, sensor %+v, want\n%+v, sensor %+v", i, c.Sources[i], c.Sources[i].Sensor, want[i], want[i].Sensor)
		}
	}
	if len(c.Sources) != len(want) {
		t.Errorf("%d sources", len(c.Sources))
	}
}

// TestDefaultFileNamesEveryKey holds the file and the types together.
func TestDefaultFileNamesEveryKey(t *testing.T) {
	text := []byte(example())
	at := newPositions()
	at.add("", text)
	var walk func(t reflect.Type, prefix string)
	walk = func(typ reflect.Type, prefix string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := prefix + f.Tag.Get("toml")
			switch {
			case f.Tag.Get("toml") == "-":
			case f.Type.Kind() == reflect.Struct:
				walk(f.Type, key+".")
			default:
				if _, ok := at.keys[key]; !ok {
					t.Errorf("auscultd.toml does not mention %s", key)
				}
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")

	c, err := Parse("auscultd.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for i, s := range c.Sources {
		kind, _ := sensor.Kinds().Find(s.Type)
		for _, key := range kind.Keys() {
			if _, ok := at.keys[fmt.Sprintf("source[%d].%s", i, key)]; !ok {
				t.Errorf("auscultd.toml does not mention %s of a source of type %q", key, s.Type)
			}
		}
		shown[s.Type] = true
	}
	for _, name := range sensor.Kinds().Names() {
		if !shown[name] {
			t.Errorf("auscultd.toml shows no source of type %q", name)
		}
	}
	for _, key := range tags(reflect.TypeFor[Source]()) {
		named := false
		for i := range c.Sources {
			_, ok := at.keys[fmt.Sprintf("source[%d].%s", i, key)]
			_, group := at.keys[fmt.Sprintf("source[%d].%s[0].name", i, key)]
			named = named || ok || group
		}
		if !named {
			t.Errorf("auscultd.toml does not mention source.%s", key)
		}
	}
}

// TestSharedDevices names both places where two sources want one device to be two things.
func TestSharedDevices(t *testing.T) {
	card := "[[source]]\nname = %q\ntype = \"alsa\"\nchannel = %d\n"
	chip := "[[source]]\nname = %q\ntype = \"accel\"\nchip = \"adxl345\"\nchannel = %d\n"
	for _, c := range []struct{ text, want string }{
		{
			fmt.Sprintf(card, "near", 0) + "device = \"hw:CARD=A,DEV=0\"\nsample_rate_hz = 48000\n" +
				fmt.Sprintf(card, "far", 1) + "device = \"hw:A\"\nsample_rate_hz = 44100",
			`f:12:1: source[1].sample_rate_hz: source "near" listens to the same device: 44100 here and 48000 there: ` +
				`write the same, or leave one out (source[0].sample_rate_hz, line 6)`,
		},
		{
			fmt.Sprintf(chip, "x", 0) + "range_g = 4\n" + fmt.Sprintf(chip, "y", 1) + fmt.Sprintf(chip, "z", 2) + "range_g = 16",
			`f:17:1: source[2].range_g: source "x" listens to the same device: 16 here and 4 there: ` +
				`write the same, or leave one out (source[0].range_g, line 6)`,
		},
		{
			fmt.Sprintf(chip, "x", 0) + "interrupt_pin = \"GPIO24\"\n[indicator]\npin = \"24\"",
			`f:6:1: source[0].interrupt_pin: "GPIO24" is in use already: each line needs a GPIO of its own (indicator.pin, line 8)`,
		},
		{
			fmt.Sprintf(chip, "x", 0) + "interrupt_pin = \"GPIO24\"\n" +
				fmt.Sprintf(chip, "y", 0) + "interrupt_pin = \"gpio24\"\naddress = 0x1d\n",
			`f:12:1: source[1].interrupt_pin: "gpio24" is in use already: each line needs a GPIO of its own ` +
				`(source[0].interrupt_pin, line 6)`,
		},
		{fmt.Sprintf(chip, "x", 0) + "interrupt_pin = \"GPIO24\"\n" + fmt.Sprintf(chip, "y", 1) +
			"interrupt_pin = \"GPIO24\"\n", ""},
		{fmt.Sprintf(card, "near", 0) + "device = \"A\"\nchannels = 8\n" +
			fmt.Sprintf(card, "far", 7) + "device = \"hw:CARD=A\"\n", ""},
	} {
		got := ""
		if _, err := Parse("f", []byte(c.text)); err != nil {
			got = strings.TrimPrefix(err.Error(), "config: ")
		}
		if got != c.want {
			t.Errorf("%s\ngives %q\nwant  %q", c.text, got, c.want)
		}
	}
	two := Config{Sources: []Source{
		{Name: "a", Sensor: &sensor.IIO{Device: "iio:device0", SampleRateHz: 100}},
		{Name: "b", Sensor: &sensor.IIO{Device: "adxl345", SampleRateHz: 200}},
	}}
	root := t.TempDir()
	if err := two.CheckDevices(root); err != nil {
		t.Errorf("two names that may be two devices: %v", err)
	}
	folder := filepath.Join(root, "sys/bus/iio/devices/iio:device0")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"name": "adxl345", "in_accel_x_raw": "1"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.CheckDevices(root); err == nil || !strings.Contains(err.Error(), "source[0].sample_rate_hz") {
		t.Errorf("two names of one device: %v", err)
	}
}

func TestErrors(t *testing.T) {
	source := "[[source]]\nname = \"a\"\ntype = \"wav\"\npath = \"a.wav\"\n"
	for _, c := range []struct{ text, want string }{
		{"[mqtt]\nbrokr = \"tcp://h\"", `f:2:1: mqtt.brokr: unknown key: did you mean "broker"?`},
		{"[mqqt]\nbroker = \"tcp://h\"", `f:1:2: mqqt: unknown key: did you mean "mqtt"?`},
		{"[mqtt]\nxyzzy = 1", "f:2:1: mqtt.xyzzy: unknown key"},
		{source + "chanel = 1", `f:5:1: source[0].chanel: unknown key: did you mean "channel"?`},
		{"[mqtt]\nbroker = 7", "f:2:10: mqtt.broker: "},
		{"[mqtt]\n\nbroker = ", "f:3:"},
		{"[mqtt]\nkeep_alive = \"soon\"", "f:2:14: mqtt.keep_alive: \"soon\" is no duration"},
		{"[mqtt]\nkeep_alive = \"1ms\"", "f:2:1: mqtt.keep_alive: 1ms: must be 1s to 1h0m0s"},
		{"[mqtt]\nbroker = \"http://h\"", "f:2:1: mqtt.broker: \"http://h\": write"},
		{"[mqtt]\nbroker = \"tcp://u:p@h\"", "use mqtt.username and mqtt.password_file"},
		{"[mqtt]\nbroker = \"tcp://h:99999\"", "the port must be 1 to 65535"},
		{"[mqtt]\nbroker = \"tcp://:1883\"", "mqtt.broker"},
		{"[mqtt]\nfallbacks = [\"mqtt://h\", \"x\"]", "mqtt.fallbacks: \"x\": write"},
		{"[mqtt]\nbroker = \"\"\nfallbacks = [\"mqtt://h\"]", "mqtt.broker is empty"},
		{"[mqtt]\nprotocol = \"4\"", `f:2:1: mqtt.protocol: "4": write "auto", "5" or "3.1.1"`},
		{"[mqtt]\nkeep_unconfirmed = -1", "f:2:1: mqtt.keep_unconfirmed: -1: must be 0 to 10000"},
		{"[mqtt]\npassword_file = \"p\"", "f:2:1: mqtt.password_file: needs mqtt.username"},
		{"[mqtt]\nusername = \"u\"\npassword_file = \"credential:../x\"", "f:3:1: mqtt.password_file: "},
		{"[mqtt]\nretry_first = \"30s\"\nretry_max = \"1s\"", "f:2:1: mqtt.retry_first: 30s is longer than retry_max"},
		{"[mqtt]\nbroker = \"ssl://h\"\n[mqtt.tls]\ncert_file = \"c\"", "f:3:2: mqtt.tls: cert_file and key_file belong together"},
		{"[mqtt.tls]\nca_file = \"c\"", "mqtt.broker is not encrypted"},
		{"[node]\nid = \"a/b\"", "f:2:1: node.id: \"a/b\": write 1 to 64"},
		{"[node]\nid = \"a#\\n\"", "node.id"},
		{"[spool]\nmax_bytes = 10", "f:2:1: spool.max_bytes: 10: must be 262144 to 67108864"},
		{"[spool]\npath = \"\"", "f:2:1: spool.path: is empty"},
		{"[telemetry]\nbuffer = 0", "telemetry.buffer"},
		{"[decision]\nthreshold_ratio = nan", "f:2:1: decision.threshold_ratio: NaN: must be"},
		{"[decision]\nadapt_time = \"30m\"", "f:2:1: decision.adapt_time: 30m0s: must be 1h to 8760h, or \"0s\""},
		{"[decision]\nadapt_limit = 0.5", "f:2:1: decision.adapt_limit: 0.5: must be 1 to 10"},
		{source + "[[source.condition]]\nvalue = 1.0", `f:5:3: source[0].condition[0]: has no name`},
		{source + "[[source.condition]]\nname = \"rpm\"", `"rpm" needs a value that never changes, or the topic`},
		{source + "[[source.condition]]\nname = \"rpm\"\nvalue = 1.0\ntopic = \"a\"", "and not both"},
		{source + "[[source.condition]]\nname = \"rpm\"\nvalue = nan", "must be a finite number"},
		{source + "[[source.condition]]\nname = \"rpm\"\ntopic = \"a/#\"", "must be one topic"},
		{"[mqtt]\nbroker = \"\"\n" + source + "[[source.condition]]\nname = \"rpm\"\ntopic = \"a\"", "mqtt.broker is empty"},
		{source + "[[source.condition]]\nname = \"rpm\"\nvalue = 1.0\nmax_age = \"1s\"", "belong to a topic"},
		{"[log]\nlevel = \"loud\"", `f:2:1: log.level: "loud": write "debug", "info", "warn" or "error"`},
		{source + source, "f:6:1: source[1].name: \"a\" is the name of source 0 already"},
		{"[[source]]\ntype = \"wav\"", "f:1:3: source[0].name: \"\": write"},
		{"[[source]]\nname = \"a\"\ntype = \"jack\"", `f:3:1: source[0].type: "jack": write "accel", "alsa", "iio", "sim" or "wav"`},
		{"[[source]]\nname = \"a\"\ntype = \"alsa\"", `f:1:3: source[0].device: is missing: name the sound card, as in "hw:CARD=NAME,DEV=0"; 'auscult devices' lists them`},
		{"[[source]]\nname = \"a\"\ntype = \"alsa\"\ndevice = \"hw:CARD=x,DEV=0\"\nloop = true", `f:5:1: source[0].loop: a source of type "alsa" has no such key: it belongs to type "wav"`},
		{"[[source]]\nname = \"a\"\ntype = \"wav\"", "f:1:3: source[0].path: is missing"},
		{"[[source]]\nname = \"a\"\ntype = \"accel\"", `source[0].chip: "": write "adxl345", "adxl355"`},
		{"[[source]]\nname = \"a\"\ntype = \"accel\"\nchip = \"adxl345\"\nrange_g = 3", "f:5:1: source[0].range_g: must be 2, 4, 8, 16"},
		{"[[source]]\nname = \"a\"\ntype = \"accel\"\nchip = \"adxl345\"\naddress = 0x80", "f:5:1: source[0].address: must be 0"},
		{"[[source]]\nname = \"a\"\ntype = \"accel\"\nchip = \"adxl345\"\nchannel = 3", "f:5:1: source[0].channel: must be 0 for x"},
		{"[[source]]\nname = \"a\"\ntype = \"accel\"\nchip = \"adxl345\"\nloop = true", `f:5:1: source[0].loop: a source of type "accel" has no such key: it belongs to type "wav"`},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\nbus = \"I2C1\"", `f:4:1: source[0].bus: a source of type "sim" has no such key: it belongs to type "accel"`},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\nwithout_detectors = [\"x\"]", `source[0].without_detectors: "x": the detectors are`},
		{"[[source]]\nname = \"a\"\ntype = \"iio\"", `source[0].device: is missing: name the kernel's device`},
		{"[[source]]\nname = \"a\"\ntype = \"iio\"\ndevice = \"adxl345\"\nchannel = 3", "f:5:1: source[0].channel: must be 0 for x"},
		{"[indicator]\nrelay = true", "indicator.pin: is missing"},
		{"[[source]]\nname = \"status\"\ntype = \"sim\"", "choose another name"},
		{source + "channel = 64", "f:5:1: source[0].channel: 64: must be 0 to 63"},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\nfault = \"x\"", "f:4:1: source[0].fault: \"x\": write"},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\npath = \"x\"", `f:4:1: source[0].path: a source of type "sim" has no such key: it belongs to type "wav"`},
		{source + "sample_rate_hz = 16000", `f:5:1: source[0].sample_rate_hz: a source of type "wav" has no such key: it belongs to type "accel", "alsa", "iio" or "sim"`},
		{source + "device = \"hw:0\"", `f:5:1: source[0].device: a source of type "wav" has no such key: it belongs to type "alsa" or "iio"`},
		{source + "lop = true", `f:5:1: source[0].lop: unknown key: did you mean "loop"?`},
		{source + "xyzzy = true", `f:5:1: source[0].xyzzy: unknown key`},
		{source + "x = [[1]]\n[source.y]\nz = 1", `f:5:1: source[0].x: unknown key`},
		{source + "paced = 1", `f:5:1: source[0].paced: `},
		{source + "channel = \"left\"", `f:5:1: source[0].channel: `},
		{source + "[[source.condition]]\nname = \"rpm\"\nvalu = 1.0", `f:7:1: source[0].condition[0].valu: unknown key: did you mean "value"?`},
		{source + "[[source.condition]]\nname = \"rpm\"\nvalue = \"fast\"", `f:7:1: source[0].condition[0].value: `},
		{source + "condition = [1]", `source[0].condition: must be a table`},
		{source + "condition = 1", `source[0].condition: `},
		{"source = 7", "f:1:10: source: "},
		{"[[source]]\nname = \"a\"\ntype = \"sim\"\nduration = \"10\"", `f:4:1: source[0].duration: "10" is no duration`},
		{"model = \"\"\n" + source, "source[0].model"},
		{"source = [{name=\"a\", type=\"b\"}]", "source[0].type"},
		{strings.Repeat("[[source]]\nname=\"x\"\n", MaxSources+1), "17 sources: at most 16"},
		{strings.Repeat("#", MaxFile+1), "larger than 65536 bytes"},
		{"a = " + strings.Repeat("[", MaxFile-8), "f:1:"},
		{"a = \"\x00\"", "f:1:"},
		{"\xff\xfe", "f:1:"},
	} {
		_, err := Parse("f", []byte(c.text))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%.60q:\ngot  %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "auscultd.toml")
	text := "model = \"m.tflite\"\n[mqtt]\nusername=\"u\"\npassword_file = \"credential:pw\"\n[spool]\npath = \"/x/spool\"\n" +
		"[[source]]\nname = \"a\"\ntype = \"wav\"\npath = \"clips/a.wav\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, got, want string }{
		{"model", c.Model, filepath.Join(dir, "m.tflite")},
		{"spool.path", c.Spool.Path, "/x/spool"},
		{"source.path", c.Sources[0].Sensor.(*sensor.WAV).Path, filepath.Join(dir, "clips/a.wav")},
		{"source.model", c.Sources[0].Model, ""},
		{"mqtt.password_file", c.MQTT.PasswordFile, "credential:pw"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.key, c.got, c.want)
		}
	}
	if time.Duration(c.MQTT.KeepAlive) != 30*time.Second {
		t.Errorf("a key that is not set has %v", c.MQTT.KeepAlive)
	}
	large := filepath.Join(dir, "large.toml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("#"), 65537), 0o600); err != nil {
		t.Fatal(err)
	}
	for wrong, want := range map[string]string{
		dir: "is not a regular file", filepath.Join(dir, "absent"): "no such file", large: "larger than 65536 bytes",
	} {
		if _, err := Load(wrong); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", wrong, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	var c Config
	if _, err := c.Find(""); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("no sources: %v", err)
	}
	c.Sources = []Source{{Name: "a"}}
	if s, err := c.Find(""); err != nil || s != &c.Sources[0] {
		t.Errorf("one source: %+v, %v", s, err)
	}
	c.Sources = append(c.Sources, Source{Name: "b"})
	if s, err := c.Find("b"); err != nil || s != &c.Sources[1] {
		t.Errorf("by name: %+v, %v", s, err)
	}
	if _, err := c.Find(""); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("two sources: %v", err)
	}
	if _, err := c.Find("x"); err == nil || !strings.Contains(err.Error(), `"a" "b"`) {
		t.Errorf("unknown source: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	m := MQTT{Broker: "mqtt://h", Fallbacks: []string{"mqtts://[::1]", "unix:///s"}}
	all, err := m.Addresses()
	if err != nil || len(all) != 3 || all[0].Target != "h:1883" || all[1].Target != "[::1]:8883" || all[2].Target != "/s" {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := (&MQTT{}).Addresses(); all != nil || err != nil {
		t.Errorf("no broker: %v, %v", all, err)
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	longest := strings.Repeat("x", 4096)
	for name, text := range map[string]string{
		"good": "s3cret \n", "windows": "s3cret\r\n", "longest": longest, "empty": "\n", "large": longest + "x",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := Secret(filepath.Join(dir, "good")); s != "s3cret " || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if s, err := Secret(filepath.Join(dir, "windows")); s != "s3cret" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if s, err := Secret(filepath.Join(dir, "longest")); s != longest || err != nil {
		t.Errorf("%d bytes, %v", len(s), err)
	}
	for _, name := range []string{"empty", "large", "absent"} {
		if _, err := Secret(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	if s, err := Secret("credential:good"); s != "s3cret " || err != nil {
		t.Errorf("credential: %q, %v", s, err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := Secret("credential:good"); err == nil {
		t.Error("a credential without systemd was found")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(DefaultFile)
	f.Add([]byte(example()))
	f.Add([]byte("source = [{name=\"a\", type=\"b\"}]"))
	f.Add([]byte("[[source]]\n[source.x]\n[[source.x.y]]\n"))
	f.Add([]byte("mqtt.tls.ca_file = 1979-05-27\n\"\" = {a.b = [1,[2]]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := Parse("f", text)
		if err != nil && strings.ContainsAny(err.Error(), "\n\r\x00") {
			t.Errorf("error of several lines: %q", err)
		}
		if err != nil && strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("the decoder panicked: %v", err)
		}
	})
}
