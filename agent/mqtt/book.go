package mqtt

import (
	"slices"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/spool"
)

// hold keeps something from being sent for a while.
type hold struct {
	until time.Time
	pause time.Duration
	why   error
	topic string
	// least is how long alerts on the topic are at least that the hold is for.
	least int64
	// stays says that a new connection is no reason to try again: it would end, too.
	stays bool
}

// Pauses before something that was refused is tried again.
const (
	holdFirst = time.Second
	holdMost  = 5 * time.Minute
)

// again returns the hold after one more refusal.
func (h hold) again(now time.Time, topic string, why error) hold {
	pause := min(max(2*h.pause, holdFirst), holdMost)
	return hold{until: now.Add(pause), pause: pause, why: why, topic: topic}
}

// book is what is known of alerts that are on the disk, beyond one connection: which are
// on their way, which were refused, and which were sent without anybody knowing whether
// they arrived.
type book struct {
	now func() time.Time
	// keep is how many alerts are kept that were sent and not seen again.
	keep int

	mu      sync.Mutex
	flying  map[spool.ID]aloft
	records map[spool.ID]hold
	topics  map[string]hold
	kept    map[spool.ID]string // their topics: sent, and nobody knows whether they arrived
	order   []spool.ID          // of kept, oldest first
	pinned  map[spool.ID]bool   // delivered, and still on the disk
	strikes map[string]int
	ends    map[string]ends // by topic
}

// aloft is an alert that is on its way.
type aloft struct {
	topic string
	bytes int64 // see spool.Waiting
}

func newBook(keep int, now func() time.Time) *book {
	return &book{now: now, keep: keep, flying: map[spool.ID]aloft{}, records: map[spool.ID]hold{},
		topics: map[string]hold{}, kept: map[spool.ID]string{}, pinned: map[spool.ID]bool{}, strikes: map[string]int{},
		ends: map[string]ends{}}
}

// skip reports whether an alert is not to be sent now.
func (b *book) skip() func(spool.Waiting) bool {
	now := b.now()
	return func(w spool.Waiting) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		k := w.ID
		if _, flies := b.flying[k]; flies || b.pinned[k] {
			return true
		}
		if _, kept := b.kept[k]; kept || b.records[k].until.After(now) {
			return true
		}
		h, closed := b.topics[w.Topic]
		return closed && w.Bytes >= h.least && (h.until.After(now) || b.flies(&h)) // one alert is enough to try it
	}
}

// flies reports whether an alert is on its way that tries what is held.
func (b *book) flies(h *hold) bool {
	for _, a := range b.flying {
		if a.topic == h.topic && a.bytes >= h.least {
			return true
		}
	}
	return false
}

// fly notes that an alert is on its way; land that it no longer is.
func (b *book) fly(k spool.ID, a aloft) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying[k] = a
}

func (b *book) land(k spool.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.flying, k)
}

// delivered forgets an alert, which has arrived: its topic is open for what is as long.
func (b *book) delivered(k spool.ID, topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h, closed := b.topics[topic]; closed && b.flying[k].bytes >= h.least {
		delete(b.topics, topic)
	}
	if e, some := b.ends[topic]; some && b.flying[k].bytes >= e.least {
		delete(b.ends, topic)
	}
	delete(b.flying, k)
	delete(b.records, k)
	delete(b.strikes, recordKey(k))
	b.unkeep(func(other spool.ID, _ string) bool { return other == k })
}

// pin notes that an alert was delivered and stays on the disk, if wanted says so when it
// is asked. It reports whether it stays.
func (b *book) pin(k spool.ID, wanted func(spool.ID) bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wanted == nil || !wanted(k) {
		return false
	}
	b.pinned[k] = true
	return true
}

// unpin reports whether an alert was delivered and only stayed since it was pinned.
func (b *book) unpin(k spool.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.pinned[k]
	delete(b.pinned, k)
	return was
}

// counts returns how many alerts were sent and not seen again, and how many are pinned.
func (b *book) counts() (unconfirmed, pinned int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.kept), len(b.pinned)
}

// unkeep forgets alerts that were kept back.
func (b *book) unkeep(which func(k spool.ID, topic string) bool) {
	if len(b.kept) == 0 {
		return
	}
	b.order = slices.DeleteFunc(b.order, func(k spool.ID) bool {
		gone := which(k, b.kept[k])
		if gone {
			delete(b.kept, k)
		}
		return gone
	})
}

// refuse keeps an alert back, or all on its topic.
func (b *book) refuse(k spool.ID, topic string, whole bool, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	delete(b.flying, k)
	if whole {
		if h, known := b.topics[topic]; !known || !h.until.After(now) { // several may have been on their way
			b.topics[topic] = h.again(now, topic, why)
		}
		return
	}
	b.records[k] = b.records[k].again(now, topic, why)
}

// ends are the alerts of a topic that connections ended with, since one as long arrived.
type ends struct {
	of     spool.ID // the first
	alerts int      // how many: the first, a second, and then those that were shorter
	least  int64    // the shortest, in bytes
}

// After how many of them it is held to be their length, and after how many the topic.
const (
	endsOfLength = 2
	endsOfTopic  = 4
)

// hungUp keeps an alert back that a connection ended with. When it is not the first, those
// on its topic that are as long are kept back too: each would cost connections of its own.
func (b *book) hungUp(k spool.ID, topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bytes := b.flying[k].bytes
	delete(b.flying, k)
	e, known := b.ends[topic]
	if !known {
		e = ends{of: k, least: bytes}
	}
	if e.alerts == 0 || e.alerts == 1 && e.of != k || bytes < e.least {
		e.alerts++
	}
	e.least = min(e.least, bytes)
	b.ends[topic] = e
	now := b.now()
	if e.alerts < endsOfLength {
		h := b.records[k].again(now, topic, errHungUp)
		h.stays = true
		b.records[k] = h
		return
	}
	h := b.topics[topic].again(now, topic, errHungUp)
	h.stays = true
	if e.alerts < endsOfTopic {
		h.least = e.least
	}
	b.topics[topic] = h
}

// keepBack notes that an alert was sent and not seen again, and returns those for which
// there is no more room.
func (b *book) keepBack(k spool.ID, topic string) (over []spool.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.flying, k)
	if _, known := b.kept[k]; !known {
		b.kept[k] = topic
		at := len(b.order) // answers may come in another order than alerts were sent in
		for at > 0 && b.order[at-1].BootID == k.BootID && b.order[at-1].Seq > k.Seq {
			at--
		}
		b.order = slices.Insert(b.order, at, k)
	}
	for len(b.order) > b.keep {
		over = append(over, b.order[0])
		delete(b.kept, b.order[0])
		b.order = b.order[1:]
	}
	return over
}

// release has the alerts of a topic sent again that were kept back; an empty topic means
// all.
func (b *book) release(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unkeep(func(_ spool.ID, of string) bool { return topic == "" || of == topic })
}

// flown reports whether alerts are on their way.
func (b *book) flown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.flying) > 0
}

// retry has all that was refused tried again: on a new connection, other rules may hold. Not
// so what connections end with.
func (b *book) retry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.flying)
	now := b.now()
	for k, h := range b.records {
		if !h.stays {
			h.until = now
			b.records[k] = h
		}
	}
	for topic, h := range b.topics {
		if !h.stays {
			h.until = now
			b.topics[topic] = h
		}
	}
}

// forgetAfter is when a hold is forgotten that has ended: its alert is no longer there.
const forgetAfter = 2 * holdMost

// held returns why alerts are kept back, the one that waits longest first, or nil; and
// when the next is tried again.
func (b *book) held() (first *hold, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	look := func(h hold) (forgotten bool) {
		if now.Sub(h.until) > forgetAfter {
			return true
		}
		if first == nil || h.topic < first.topic {
			first = &h
		}
		if h.until.After(now) && (next.IsZero() || h.until.Before(next)) {
			next = h.until
		}
		return false
	}
	for k, h := range b.records {
		if look(h) {
			delete(b.records, k)
		}
	}
	for topic, h := range b.topics {
		if look(h) {
			delete(b.topics, topic)
		}
	}
	return first, next
}

// strikesMost is how often a connection may end with nothing but one message on its way
// before that message is held to be the cause.
const strikesMost = 2

// strike notes that a connection ended with nothing else on its way, and reports whether
// that was once too often.
func (b *book) strike(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.strikes) > 1000 {
		clear(b.strikes) // of alerts that are gone
	}
	b.strikes[key]++
	return b.strikes[key] >= strikesMost
}

// pardon forgets the strikes against something that passed.
func (b *book) pardon(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.strikes, key)
}
