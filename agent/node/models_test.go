package node

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
)

// unseal makes a model file what auscult wrote before there was a checksum.
func unseal(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, md := range graph.Metadata {
		if md.Name == model.MetadataName {
			md.Data = bytes.Replace(md.Data, []byte(`"version":2`), []byte(`"version":1`), 1)
			graph.Metadata = []tflite.Metadata{md}
			break
		}
	}
	if data, err = graph.Marshal(); err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
}

// journal is a log that several goroutines write.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) count(text string) int { return strings.Count(j.String(), text) }

func (j *journal) has(text string) bool { return j.count(text) > 0 }

// TestOldModelIsTaken listens with a model that has no checksum, and says so.
func TestOldModelIsTaken(t *testing.T) {
	for _, old := range []bool{true, false} {
		var log journal
		o := testOptions(t, "", config.Source{Name: "fan", Sensor: newActor()})
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		if old {
			unseal(t, o.Config.Model)
		}
		n, stop := start(t, o)
		eventually(t, "it is heard", func() bool { return n.list()[0].status().State == "normal" })
		if said := log.has("model has no checksum"); said != old {
			t.Errorf("old %t, said %t", old, said)
		}
		stop()
	}
}
