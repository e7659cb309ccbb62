package ledger

import (
	"fmt"
	"testing"
)

func payload(boot string, seq int, event, phase string) []byte {
	return fmt.Appendf(nil, `{"boot_id":%q,"seq":%d,"source":"s","event":%q,"phase":%q}`, boot, seq, event, phase)
}

// TestLedger has each thing go wrong that is to be found.
func TestLedger(t *testing.T) {
	whole := func(l *Ledger) {
		l.Receive(payload("a", 1, "e", "start"))
		l.Offer(ID{"a", 2})
		l.Receive(payload("a", 2, "e", "end"))
	}
	for name, c := range map[string]struct {
		do   func(l *Ledger)
		want Result
	}{
		"nothing": {func(*Ledger) {}, Result{Offered: 2, Received: 2}},
		"repeat": {func(l *Ledger) { l.Receive(payload("a", 2, "e", "end")) },
			Result{Offered: 2, Received: 2, Repeats: 1}},
		"lost":       {func(l *Ledger) { l.Offer(ID{"b", 2}) }, Result{Offered: 3, Received: 2, Lost: 1}},
		"gap":        {func(l *Ledger) { l.Offer(ID{"a", 4}) }, Result{Offered: 3, Received: 2, Lost: 1, Gaps: 1}},
		"unreadable": {func(l *Ledger) { l.Receive([]byte("{}")) }, Result{Offered: 2, Received: 2, Lost: 1}},
		"two names": {func(l *Ledger) { l.Receive(payload("b", 3, "e", "end")) },
			Result{Offered: 3, Received: 3, Duplicates: 1}},
		"two contents": {func(l *Ledger) { l.Receive(payload("a", 2, "f", "end")) },
			Result{Offered: 2, Received: 2, Repeats: 1, Duplicates: 1}},
		"no end":   {func(l *Ledger) { l.Receive(payload("a", 3, "f", "start")) }, Result{Offered: 3, Received: 3, Open: 1}},
		"no start": {func(l *Ledger) { l.Receive(payload("a", 3, "f", "end")) }, Result{Offered: 3, Received: 3, Open: 1}},
	} {
		l := New()
		whole(l)
		c.do(l)
		got := l.Close()
		details := len(got.Details)
		got.Details = nil
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if ok := got.OK(); ok != (details == 0) || ok != (name == "nothing" || name == "repeat") {
			t.Errorf("%s: ok %t, %d details", name, ok, details)
		}
	}
}
