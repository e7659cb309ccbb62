package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// ID names an alert.
type ID struct {
	BootID string `json:"boot_id"`
	Seq    uint64 `json:"seq"`
}

// alert is what is compared of one.
type alert struct {
	ID
	Source string `json:"source"`
	Event  string `json:"event"`
	Phase  string `json:"phase"`
}

func (a *alert) end() string { return a.Source + " " + a.Event + " " + a.Phase }

// Ledger is kept for one node and its spool.
type Ledger struct {
	mu       sync.Mutex
	offered  map[ID]bool
	received map[ID]string // what it tells of; times may be corrected later
	ends     map[string]ID // by source, event and phase
	repeats  int
	twice    []string
	broken   []string
}

// New returns an empty Ledger.
func New() *Ledger {
	return &Ledger{offered: map[ID]bool{}, received: map[ID]string{}, ends: map[string]ID{}}
}

// Offer notes an alert that is on the disk.
func (l *Ledger) Offer(id ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offered[id] = true
}

// Receive notes an alert that arrived.
func (l *Ledger) Receive(payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var a alert
	if err := json.Unmarshal(payload, &a); err != nil || a.BootID == "" || a.Event == "" {
		l.broken = append(l.broken, string(payload))
		return
	}
	l.offered[a.ID] = true
	if before, again := l.received[a.ID]; again {
		l.repeats++
		if before != a.end() {
			l.twice = append(l.twice, fmt.Sprintf("%v tells of %s and of %s", a.ID, before, a.end()))
		}
		return
	}
	l.received[a.ID] = a.end()
	if other, again := l.ends[a.end()]; again {
		l.twice = append(l.twice, fmt.Sprintf("%s is told by %v and %v", a.end(), other, a.ID))
		return
	}
	l.ends[a.end()] = a.ID
}

// Result is what a Ledger comes to.
type Result struct {
	Offered    int      `json:"offered"`
	Received   int      `json:"received"`
	Repeats    int      `json:"repeats"`    // the same alert once more: allowed
	Lost       int      `json:"lost"`       // offered and never seen
	Duplicates int      `json:"duplicates"` // after deduplication by boot_id and seq
	Open       int      `json:"open"`       // events without an end, or without a start
	Gaps       int      `json:"gaps"`       // sequence numbers that nobody saw
	Details    []string `json:"details,omitempty"`
}

// OK reports whether nothing is missing and nothing too much.
func (r *Result) OK() bool { return r.Lost == 0 && r.Duplicates == 0 && r.Open == 0 && r.Gaps == 0 }

// Counts returns how many alerts were offered and how many arrived so far.
func (l *Ledger) Counts() (offered, received int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.offered), len(l.received)
}

// detailsMost bounds what is listed.
const detailsMost = 10

// Close compares.
func (l *Ledger) Close() Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := Result{Offered: len(l.offered), Received: len(l.received), Repeats: l.repeats, Duplicates: len(l.twice)}
	say := func(format string, args ...any) {
		if len(r.Details) < detailsMost {
			r.Details = append(r.Details, fmt.Sprintf(format, args...))
		}
	}
	for _, text := range l.twice {
		say("%s", text)
	}
	var last uint64
	seen := map[uint64]bool{}
	for id := range l.offered {
		last = max(last, id.Seq)
		seen[id.Seq] = true
		if _, ok := l.received[id]; !ok {
			r.Lost++
			say("lost: %s %d", id.BootID, id.Seq)
		}
	}
	for seq := uint64(1); seq <= last; seq++ {
		if !seen[seq] {
			r.Gaps++
			say("gap: nobody saw number %d", seq)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(l.ends)) {
		at := strings.LastIndexByte(key, ' ')
		event, phase := key[:at], key[at+1:]
		other := map[string]string{"start": "end", "end": "start"}[phase]
		if _, ok := l.ends[event+" "+other]; !ok {
			r.Open++
			say("event %s has a %s and no %s", event, phase, other)
		}
	}
	if n := len(l.broken); n > 0 {
		r.Lost += n
		say("%d alerts cannot be read: %s", n, l.broken[0])
	}
	return r
}
