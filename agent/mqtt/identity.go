package mqtt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/fault"
)

// Two nodes with one client id, as after a card was copied, throw each other out of the
// broker for ever. A node that was thrown out too often takes another id.

// How it is noticed.
const (
	takenMost  = 2           // times that another client may take over
	brief      = time.Minute // a connection that the broker ended sooner may have been taken over
	suddenMost = 4           // such connections in a row, where the broker does not say why
	askBack    = time.Hour   // after which the configured id is tried again
)

// identity is the client id of the next connection.
type identity struct {
	mu      sync.Mutex
	base    string
	suffix  string // behind it; empty: none
	taken   int
	sudden  int
	certain bool // the broker has said that it was taken over
}

func (i *identity) current() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.base + i.suffix
}

// askAgain has the next connection try the configured id alone, and reports whether it is
// another than that of the present one: whoever used it may have one of its own by now.
func (i *identity) askAgain() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.suffix == "" {
		return false
	}
	i.suffix, i.taken, i.sudden, i.certain = "", 0, 0, false
	return true
}

// ended notes how a connection ended that had stood for a while. Idle says that nothing
// was on its way, so that it is no answer to a message.
func (i *identity) ended(err error, stood time.Duration, idle bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var no *Refusal
	switch {
	case errors.As(err, &no) && no.Code == takenOver:
		i.taken++
		i.certain = true
	case stood < brief && idle && hungUp(err):
		i.sudden++
	default: // what stood long enough has set taken back; being thrown out amid a message may look like anything
		i.sudden = 0
	}
	switch {
	case i.suffix != "" && i.sudden > 0:
		i.suffix, i.sudden = "", 0 // it is not the id
	case i.suffix == "" && (i.taken > takenMost || i.sudden >= suddenMost):
		i.suffix = "-" + strings.ToLower(rand.Text()[:6])
	}
}

// stands notes that a connection has stood for long enough to be no flapping.
func (i *identity) stands() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.suffix == "" {
		i.taken, i.sudden, i.certain = 0, 0, false
		return nil
	}
	i.certain = true
	return i.problem()
}

func (i *identity) problem() error {
	return fmt.Errorf("mqtt: another client uses the id %q: this node goes by %q for now; give each node an id of its own, "+
		"by node.id and mqtt.client_id (was a card copied?)", i.base, i.base+i.suffix)
}

// named returns the fault that is certain, or nil.
func (i *identity) named() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.suffix == "" || !i.certain {
		return nil
	}
	return i.problem()
}

// reportIdentity raises or ends the fault of a client id that another client uses.
func (c *Client) reportIdentity(err error) { c.c.Report(fault.ClientID, err) }
