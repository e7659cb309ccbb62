package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestFlippedBits flips every bit of a small model, one at a time, and puts other values into
// every byte: nothing of it loads.
func TestFlippedBits(t *testing.T) {
	good := encode(t, constantModel(), testSettings())
	if m, err := Parse(bytes.Clone(good)); err != nil || !m.Sealed() {
		t.Fatalf("as it was written: %v", err)
	}
	flip := func(at int, by byte) {
		data := bytes.Clone(good)
		data[at] ^= by
		if _, err := Parse(data); err == nil {
			t.Errorf("byte %d of %d with %#02x flipped loads", at, len(good), by)
		}
	}
	for at := range good {
		for bit := range 8 {
			flip(at, 1<<bit)
		}
		flip(at, 0xff)
	}
	// The byte of the settings' version, to every value: 1 would be that of files without one.
	at := bytes.Index(good, []byte(`"version":2`)) + len(`"version":`)
	for by := range 255 {
		flip(at, byte(by+1))
	}
	t.Logf("%d bytes", len(good))
}

// TestCut cuts a model off, and adds to it.
func TestCut(t *testing.T) {
	good := encode(t, constantModel(), testSettings())
	for n := range good {
		if _, err := Parse(good[:n:n]); err == nil {
			t.Errorf("%d bytes of %d load", n, len(good))
		}
	}
	if _, err := Parse(append(bytes.Clone(good), 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
}

// unsealed returns a model as auscult wrote it before there was a checksum.
func unsealed(t *testing.T, version int, more ...tflite.Metadata) []byte {
	t.Helper()
	s := testSettings()
	s.Version = version
	raw, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	graph := constantModel()
	graph.Metadata = slices.Concat(more, []tflite.Metadata{{Name: MetadataName, Data: raw}})
	data, err := graph.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOldModels load without a checksum; a new one that has lost it does not, nor does one with
// a checksum of another kind. What is written of an old one has a checksum.
func TestOldModels(t *testing.T) {
	m, err := Parse(unsealed(t, 1))
	if err != nil || m.Sealed() {
		t.Fatalf("version 1: %v, sealed %v", err, m.Sealed())
	}
	again, err := Encode(m.graph, &m.Settings)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = Parse(again); err != nil || !m.Sealed() || m.Settings.Version != SettingsVersion {
		t.Errorf("written again: %v", err)
	}
	for name, data := range map[string][]byte{
		"none":     unsealed(t, 2),
		"short":    unsealed(t, 1, tflite.Metadata{Name: ChecksumName, Data: []byte("x")}),
		"wrong":    unsealed(t, 1, tflite.Metadata{Name: ChecksumName, Data: bytes.Repeat([]byte("ab"), 16)}),
		"repeated": unsealed(t, 1, tflite.Metadata{Name: ChecksumName, Data: make([]byte, 32)}),
	} {
		if _, err := Parse(data); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "checksum does not hold") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSealNeedsItsPlace refuses a file in which the checksum would have no place, or two.
func TestSealNeedsItsPlace(t *testing.T) {
	for _, data := range [][]byte{nil, bytes.Repeat(placeholder[:], 2)} {
		if err := seal(data); err == nil {
			t.Errorf("%d bytes were sealed", len(data))
		}
	}
}
