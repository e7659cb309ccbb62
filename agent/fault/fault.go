package fault

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Limits of a Board.
const (
	MaxFaults = 256 // faults at a time; one more is ignored
	MaxText   = 512 // bytes of a text; the rest is cut
)

// Code names a kind of fault. Codes are part of the wire format: they are
// added, never renamed.
type Code string

// Codes of faults.
const (
	SourceOpen    Code = "source_open"    // a source cannot be opened
	SourceRead    Code = "source_read"    // a source failed while being read
	SourceFormat  Code = "source_format"  // a source does not give what the model needs
	SourceStalled Code = "source_stalled" // a source gives nothing although it is open
	SourceSilent  Code = "source_silent"  // a source gives the same value for long
	SourceEnded   Code = "source_ended"   // a finite source has given everything
	NoSource      Code = "no_source"      // none is configured
	ModelLoad     Code = "model_load"     // the model cannot be used
	Broker        Code = "broker"         // no connection to the broker
	SpoolWrite    Code = "spool_write"    // alerts are in memory only
	SpoolDropped  Code = "spool_dropped"  // alerts were dropped since the queue was full
	SpoolDamaged  Code = "spool_damaged"  // damage in the queue's file was found and mended
	AlertsDropped Code = "alerts_dropped" // alerts came faster than they could be stored
	TelemetryLost Code = "telemetry_lost" // scores were dropped since the broker was away
	SamplesLost   Code = "samples_lost"   // the source lost samples in the last minute
	Condition     Code = "condition"      // an operating condition that the model takes is not known
	Indicator     Code = "indicator"      // the status light or relay cannot be driven
)

// Fault is one condition that holds at present.
type Fault struct {
	Code   Code      `json:"code"`
	Source string    `json:"source,omitempty"` // the source it concerns, empty for the node
	Since  time.Time `json:"since"`            // UTC
	Text   string    `json:"text"`             // one line for people
}

type key struct {
	source string
	code   Code
}

// Board holds the present faults. The zero value is not usable: see NewBoard.
type Board struct {
	now func() time.Time

	mu      sync.Mutex
	faults  map[key]Fault
	changed chan struct{}
}

// NewBoard returns an empty board that takes the time from now.
func NewBoard(now func() time.Time) *Board {
	return &Board{now: now, faults: make(map[key]Fault), changed: make(chan struct{}, 1)}
}

// Raise puts a fault on the board, or gives a fault that stands there a new
// text; the time since when it holds stays. It reports whether the fault is
// new. An empty source means the node itself.
func (b *Board) Raise(code Code, source, text string) bool {
	text = oneLine(text)
	k := key{source, code}
	b.mu.Lock()
	defer b.mu.Unlock()
	old, stands := b.faults[k]
	if stands && old.Text == text {
		return false
	}
	if !stands && len(b.faults) >= MaxFaults {
		return false
	}
	f := Fault{Code: code, Source: source, Since: b.now().UTC(), Text: text}
	if stands {
		f.Since = old.Since
	}
	b.faults[k] = f
	b.notify()
	return !stands
}

// Clear takes a fault off the board and reports whether it stood there.
func (b *Board) Clear(code Code, source string) bool {
	k := key{source, code}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, stands := b.faults[k]; !stands {
		return false
	}
	delete(b.faults, k)
	b.notify()
	return true
}

// List returns the present faults, the node's first, then by source and code.
func (b *Board) List() []Fault {
	b.mu.Lock()
	list := slices.Collect(maps.Values(b.faults))
	b.mu.Unlock()
	slices.SortFunc(list, func(x, y Fault) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Code, y.Code))
	})
	return list
}

// Changed returns a channel that receives after the board has changed. Several
// changes may be received as one. It serves one receiver.
func (b *Board) Changed() <-chan struct{} { return b.changed }

func (b *Board) notify() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// oneLine returns text as valid UTF-8 without control characters, at most
// MaxText bytes.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= MaxText {
		return text
	}
	cut := MaxText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}
