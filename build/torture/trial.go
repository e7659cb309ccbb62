package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/build/torture/ledger"
	"github.com/auscult/auscult/build/torture/link"
)

// trial is one case with one node at one broker.
type trial struct {
	*setup
	ctx    context.Context
	o      *options
	rnd    *rand.Rand
	link   *link.Link
	server *brokers.Broker
	ear    *listener
	notes  []string
	disk   *disk // nil: none of its own
}

// newTrial prepares a node of its own at a broker that runs.
func newTrial(ctx context.Context, o *options, l *lane, c *testCase) (*trial, error) {
	folder := filepath.Join(o.scratch, l.name+"-"+c.name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	t := &trial{ctx: ctx, o: o, server: l.broker, rnd: rand.New(rand.NewPCG(o.seed, uint64(len(folder))))}
	t.setup = &setup{
		id: strings.ReplaceAll(l.name+"-"+c.name, ".", "_"), folder: folder, inputs: o.inputs, protocol: l.protocol,
		sources: 4, program: []string{o.daemon}, ledger: ledger.New(),
	}
	var err error
	if t.link, err = link.New(l.broker.Address); err != nil {
		return nil, err
	}
	t.broker = t.link.Address()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if t.ear, err = listen(limited, l.broker.Address, t.id, t.ledger); err != nil {
		t.link.Close()
		return nil, err
	}
	return t, nil
}

func (t *trial) close() {
	t.ear.close()
	t.link.Close()
	if t.disk != nil {
		t.disk.close()
	}
}

// note adds a figure to the case's line.
func (t *trial) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// times returns how often something is done.
func (t *trial) times(short, long int) int {
	if t.o.long {
		return long
	}
	return short
}

// wait waits, unless the end was ordered.
func (t *trial) wait(d time.Duration) error { return backoff.Wait(t.ctx, d) }

// between draws a time.
func (t *trial) between(least, most time.Duration) time.Duration {
	return least + time.Duration(t.rnd.Int64N(int64(most-least)))
}

// patience bounds what must happen sooner or later.
const patience = 90 * time.Second

// until waits for something.
func (t *trial) until(what string, ok func() bool) error { return t.within(patience, what, ok) }

func (t *trial) within(limit time.Duration, what string, ok func() bool) error {
	began := time.Now()
	for !ok() {
		if time.Since(began) > limit {
			return fmt.Errorf("did not happen within %v: %s", limit, what)
		}
		if err := t.wait(20 * time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// offered waits for n more alerts that the node offers.
func (t *trial) offers(n int) error {
	before, _ := t.ledger.Counts()
	return t.until(fmt.Sprintf("%d more alerts are offered", n), func() bool {
		now, _ := t.ledger.Counts()
		return now >= before+n
	})
}

// waiting returns how many alerts the file holds; -1: it cannot be read.
func (t *trial) waiting() int {
	c, err := spool.Read(t.spoolPath())
	if err != nil {
		return -1
	}
	return len(c.Records)
}

// during runs a node while something is done to it, and ends it in order unless that has
// killed it.
func (t *trial) during(do func(n *node) error) error {
	n, err := t.run(false)
	if err != nil {
		return err
	}
	if err = n.started(t.ctx); err == nil {
		err = do(n)
	}
	switch {
	case err != nil:
		_ = n.kill() // the first error says more
		return err
	case n.killed:
		return nil
	}
	return n.stop()
}

// settle lets all that waits arrive: by a node that hears nothing.
func (t *trial) settle() error {
	t.link.Set(link.Faults{})
	n, err := t.run(true)
	if err != nil {
		return err
	}
	if err = n.started(t.ctx); err == nil {
		err = t.until("the queue is empty", func() bool { return t.waiting() == 0 })
	}
	if err == nil {
		// What the broker has confirmed is still to reach the listener.
		err = t.until("the listener hears the broker", t.ear.connected)
	}
	if err == nil {
		_ = t.within(3*time.Second, "all is there", func() bool {
			offered, received := t.ledger.Counts()
			return offered == received
		}) // the ledger says what is not
	}
	if err != nil {
		t.note("%d wait", t.waiting())
		_ = n.kill() // the first error says more
		return err
	}
	return n.stop()
}
