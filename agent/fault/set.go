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

// Limits of a Set.
const (
	MaxFaults = 256 // faults at a time; one more is ignored
	MaxText   = 512 // bytes of a text; the rest is cut
)

// Fault is one condition that holds at present.
type Fault struct {
	Code     Code      `json:"code"`
	Severity Severity  `json:"severity"`
	Scope    Scope     `json:"scope"`
	Source   string    `json:"source,omitempty"` // the source it concerns, empty for the node
	Since    time.Time `json:"since"`            // UTC
	Text     string    `json:"text"`             // one line for people: what happened
	Help     string    `json:"help,omitempty"`   // and what to do about it
}

type key struct {
	source string
	code   Code
}

// Set holds the present faults. The zero value is not usable: see NewSet.
type Set struct {
	now func() time.Time

	mu     sync.Mutex
	faults map[key]Fault
}

// NewSet returns an empty set that takes the time from now.
func NewSet(now func() time.Time) *Set {
	return &Set{now: now, faults: make(map[key]Fault)}
}

// Raise adds a fault, or gives a fault that stands a new text; the time since when
// it holds stays. It reports whether the fault is new, and whether it or its text is. An
// empty source means the node itself.
func (s *Set) Raise(code Code, source, text string) (isNew, changed bool) {
	text = oneLine(text)
	k := key{source, code}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, stands := s.faults[k]
	if stands && old.Text == text || !stands && len(s.faults) >= MaxFaults {
		return false, false
	}
	kind := code.Kind()
	f := Fault{Code: code, Severity: kind.Severity, Scope: kind.Scope, Source: source, Since: s.now().UTC(), Text: text,
		Help: kind.Help}
	if stands {
		f.Since = old.Since
	}
	s.faults[k] = f
	return !stands, true
}

// Clear removes a fault and reports whether it stood.
func (s *Set) Clear(code Code, source string) bool {
	k := key{source, code}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, stands := s.faults[k]; !stands {
		return false
	}
	delete(s.faults, k)
	return true
}

// ClearSource removes all faults of a source.
func (s *Set) ClearSource(source string) (cleared []Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.faults {
		if k.source == source {
			delete(s.faults, k)
			cleared = append(cleared, k.code)
		}
	}
	return cleared
}

// List returns the present faults, the node's first, then by source and code.
func (s *Set) List() []Fault {
	s.mu.Lock()
	list := slices.Collect(maps.Values(s.faults))
	s.mu.Unlock()
	slices.SortFunc(list, func(x, y Fault) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Code, y.Code))
	})
	return list
}

// Broken reports whether a source does not do its work, since a fault of severity Error stands
// for it; and whether that is for no other reason than that its model does not fit.
func (s *Set) Broken(source string) (broken, unfitOnly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, f := range s.faults {
		if k.source == source && f.Severity == Error {
			unfitOnly = unfit[k.code] && (unfitOnly || !broken)
			broken = true
		}
	}
	return broken, unfitOnly
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
