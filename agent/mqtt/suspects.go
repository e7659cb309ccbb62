package mqtt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/spool"
)

// A broker that does not take a message may say so by closing the connection (all of
// MQTT 3.1.1 can do no other). What was on its way then is suspected: on the next
// connection each is sent alone, and what a connection ends with twice is kept back.

// suspects are what was on its way when a connection ended.
type suspects struct {
	mu     sync.Mutex
	alerts map[spool.ID]bool
	said   map[string]Message // by their topics
	recent map[string]sent    // what was sent lately and is no alert
	mute   map[string]hold    // topics that are kept back
	owed   map[string]Message // the last retained message of each
}

// sent is a message and when it was written.
type sent struct {
	Message
	at time.Time
}

// recently is how long after a message a broker may close because of it.
const recently = 3 * time.Second

// topicsMost bounds what is remembered by topic.
const topicsMost = 256

func newSuspects() *suspects {
	return &suspects{alerts: map[spool.ID]bool{}, said: map[string]Message{}, recent: map[string]sent{},
		mute: map[string]hold{}, owed: map[string]Message{}}
}

func (s *suspects) alert(k spool.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alerts[k] = true
}

// note notes that a message that is no alert is sent.
func (s *suspects) note(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recent) < topicsMost || s.recent[m.Topic].Topic != "" {
		s.recent[m.Topic] = sent{m, time.Now()}
	}
}

// ended makes suspects of what was sent lately.
func (s *suspects) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic, m := range s.recent {
		if time.Since(m.at) < recently {
			s.said[topic] = m.Message
		}
	}
	clear(s.recent)
}

// none reports whether nothing was on its way when the connection ended.
func (s *suspects) none() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.recent {
		if time.Since(m.at) < recently {
			return false
		}
	}
	return len(s.alerts) == 0
}

// take returns what is suspected and forgets it.
func (s *suspects) take() (alerts map[spool.ID]bool, said []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	alerts, s.alerts = s.alerts, map[spool.ID]bool{}
	for _, topic := range slices.Sorted(maps.Keys(s.said)) {
		said = append(said, s.said[topic])
	}
	clear(s.said)
	return alerts, said
}

// refuse keeps a topic back.
func (s *suspects) refuse(m Message, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mute) < topicsMost {
		s.mute[m.Topic] = s.mute[m.Topic].again(time.Now(), m.Topic, why)
	}
	delete(s.recent, m.Topic)
	if m.Retained {
		s.owed[m.Topic] = m
	}
}

// muted reports whether a message is not to be sent now; what it would retain is owed.
func (s *suspects) muted(m Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mute[m.Topic].until.After(time.Now()) {
		return false
	}
	if m.Retained {
		s.owed[m.Topic] = m
	}
	return true
}

// due returns the messages that may be tried again.
func (s *suspects) due() (all []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for topic, m := range s.owed {
		if !s.mute[topic].until.After(now) {
			all = append(all, m)
			delete(s.owed, topic)
		}
	}
	return all
}

// passed forgets what is held against a topic.
func (s *suspects) passed(topic string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, news = s.mute[topic]
	delete(s.mute, topic)
	return news
}

// kept returns the topics that are kept back, in order.
func (s *suspects) kept() (all []hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic, h := range s.mute {
		if time.Since(h.until) > forgetAfter {
			delete(s.mute, topic)
			continue
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y hold) int { return strings.Compare(x.topic, y.topic) })
	return all
}

// reportMuted raises or ends the fault of messages that the broker refuses.
func (c *Client) reportMuted() {
	all := c.suspects.kept()
	if len(all) == 0 {
		c.c.Report(fault.MessageRefused, nil)
		return
	}
	const most = 4
	var topics []string
	for _, h := range all[:min(len(all), most)] {
		topics = append(topics, h.topic)
	}
	if more := len(all) - most; more > 0 {
		topics = append(topics, fmt.Sprintf("%d more", more))
	}
	c.c.Report(fault.MessageRefused, fmt.Errorf("mqtt: what the node says or asks on %s is left out: %w%s",
		strings.Join(topics, ", "), all[0].why, advice(&all[0])))
}

var errHungUp = errors.New("the broker ends the connection or does not answer: it refuses the topic, or the message is too long for it")

// try sends what is suspected, one at a time and in order. It returns an error when the
// connection ends.
func (c *Client) try(ctx context.Context, s *alertSender) error {
	alerts, said := c.suspects.take()
	var left error
	for len(alerts) > 0 && left == nil {
		held := c.book.skip()
		r, bytes, ok := c.next(func(w spool.Waiting) bool { return !alerts[w.ID] || held(w) })
		if !ok {
			clear(alerts) // they are gone, or kept back
			break
		}
		delete(alerts, r.ID)
		left = s.alone(ctx, r, bytes)
	}
	for k := range alerts {
		c.suspects.alert(k) // for the next connection
	}
	for _, m := range said {
		if left != nil {
			c.suspects.note(m)
			continue
		}
		left = c.say(ctx, s.t, m, 1)
	}
	return left
}

// say sends a message that is no alert, and does what the answer asks for. It returns an
// error when the connection is of no more use.
func (c *Client) say(ctx context.Context, t transport, m Message, qos byte) error {
	if c.suspects.muted(m) {
		return nil
	}
	c.suspects.note(m)
	err := confirmed(ctx, t, m, qos)
	var no *Refusal
	switch {
	case err == nil && qos > 0:
		c.book.pardon(m.Topic)
		if c.suspects.passed(m.Topic) {
			c.reportMuted()
		}
		return nil
	case err == nil:
		return nil
	case errors.As(err, &no) && no.What == "message":
		c.suspects.refuse(m, no)
		c.reportMuted()
		return nil
	case ctx.Err() == nil && qos > 0 && c.book.strike(m.Topic):
		c.suspects.refuse(m, errHungUp)
		c.reportMuted()
	}
	return err
}

// confirmed sends a message and waits for the answer.
func confirmed(ctx context.Context, t transport, m Message, qos byte) error {
	answer := make(chan error, 1)
	t.publish(m, qos, func(err error) { answer <- err })
	select {
	case err := <-answer:
		return err
	case <-t.lost():
		return t.cause()
	case <-ctx.Done():
		return ctx.Err()
	}
}
