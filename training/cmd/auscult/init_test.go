package main

import (
	"bufio"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/sensor"
)

// TestInitAsks takes answers, the usual ones where they are empty.
func TestInitAsks(t *testing.T) {
	var said strings.Builder
	ask := &prompter{&said, bufio.NewReader(strings.NewReader("pump-7\n\nnode\n/etc/pw\n"))}
	c := initCommand{Config: "f", Device: "hw:CARD=a \"b\"\\,DEV=0"}
	if err := c.questions(ask); err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse("f", c.text())
	if err != nil {
		t.Fatal(err)
	}
	mic, ok := got.Sources[0].Sensor.(*sensor.ALSA)
	if !ok || mic.Device != c.Device || got.Sources[0].Name != "pump-7" || got.MQTT.Broker != "mqtt://localhost:1883" ||
		got.MQTT.Username != "node" || got.MQTT.PasswordFile != "/etc/pw" {
		t.Errorf("%+v\n%s", got, said.String())
	}
	if !strings.Contains(said.String(), "MQTT broker [mqtt://localhost:1883]: ") {
		t.Errorf("asked %q", said.String())
	}
}

// TestInitWithoutAnswers ends where the terminal does.
func TestInitWithoutAnswers(t *testing.T) {
	ask := &prompter{t.Output(), bufio.NewReader(strings.NewReader(""))}
	if err := (&initCommand{}).questions(ask); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("%v", err)
	}
	if ask.yes("Replace?") {
		t.Error("nothing is yes")
	}
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "n\n": false, "\n": false, "yes": true} {
		ask := &prompter{t.Output(), bufio.NewReader(strings.NewReader(answer))}
		if got := ask.yes("Replace %s?", "f"); got != want {
			t.Errorf("%q: %v", answer, got)
		}
	}
}

// TestInitReplacesDefaults takes what packages install for nobody's work.
func TestInitReplacesDefaults(t *testing.T) {
	for text, want := range map[string]bool{
		string(config.DefaultFile): true, "": true, "# nothing\n[mqtt]\n": true, "model = \"/m\"\n": false, "x = 1": false,
		"[[source]]\nname = \"a\"\ntype = \"sim\"\n": false,
	} {
		if got := saysNothing([]byte(text)); got != want {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}

// TestInitAccelerometers writes a source that listens to an axis.
func TestInitAccelerometers(t *testing.T) {
	for name, c := range map[string]struct {
		command initCommand
		want    sensor.Sensor
		channel int
	}{
		"a chip": {initCommand{Chip: "adxl345", Bus: "I2C1", Address: 0x53, Axis: "z"},
			&sensor.Accel{Chip: "adxl345", Bus: "I2C1", Address: 0x53}, 2},
		"the first bus": {initCommand{Chip: "iis3dwb", Axis: "x"}, &sensor.Accel{Chip: "iis3dwb"}, 0},
		"the kernel's":  {initCommand{IIO: "adxl355", Axis: "y"}, &sensor.IIO{Device: "adxl355"}, 1},
	} {
		c.command.Name = "bearing"
		got, err := config.Parse("f", c.command.text())
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, c.command.text())
			continue
		}
		if s := got.Sources[0]; !reflect.DeepEqual(s.Sensor, c.want) || s.Channel != c.channel {
			t.Errorf("%s: %+v, channel %d", name, s.Sensor, s.Channel)
		}
		if found, err := c.command.sensor(nil); err != nil || !reflect.DeepEqual(found, c.want) {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	for _, wrong := range []initCommand{
		{Device: "sim", Chip: "adxl345"}, {Bus: "I2C1"}, {Chip: "none", Axis: "z"}, {Chip: "adxl345", Address: 1, Axis: "z"},
	} {
		var usage usageError
		if _, err := wrong.sensor(nil); !errors.As(err, &usage) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
