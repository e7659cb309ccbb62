package node

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
)

// TestPipesHurtNothing has pipes that nobody writes into where files should be: each is a fault
// that names it, and nothing waits for them.
func TestPipesHurtNothing(t *testing.T) {
	dir := t.TempDir()
	pipe := func(name string) string {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	o := testOptions(t, "mqtt://"+freeAddress(t), config.Source{Name: "fan", Sensor: newActor()},
		config.Source{Name: "pump", Sensor: newActor()})
	o.Config.Sources[1].Model = pipe("model")
	o.Config.Spool.Path = pipe("spool")
	o.Config.MQTT.Username, o.Config.MQTT.PasswordFile = "u", pipe("password")
	pipe("spool.topics")
	n, stop := start(t, o)
	want := map[fault.Code]string{
		fault.ModelLoad: "model is not a regular file", fault.SpoolWrite: "not a spool",
		fault.Broker: "password is not a regular file but a pipe",
	}
	eventually(t, "each is named", func() bool {
		found := 0
		for _, f := range n.Faults() {
			if text := want[f.Code]; text != "" && strings.Contains(f.Text, text) {
				found++
			}
		}
		return found == len(want)
	})
	eventually(t, "the other source is heard", func() bool { return n.list()[0].status().State == "normal" })
	stop()
}
