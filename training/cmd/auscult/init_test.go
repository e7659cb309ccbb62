package main

import (
	"bufio"
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
