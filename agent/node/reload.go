package node

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/inbox"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/outbox"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/sensor"
)

// errRemoved is why a source is listened to no more that the configuration has lost.
var errRemoved = errors.New("the configuration has no such source any more")

// Refuse tells that a changed configuration cannot be used: the node goes on with the one that
// it has.
func (n *Node) Refuse(err error) {
	n.raise(fault.ConfigRefused, "", fmt.Errorf("node: the changed configuration is not used: %w", err))
}

// Reload takes up another configuration while the node runs. Sources that did not change go on
// without a gap; models that were replaced on the disk are taken up too, and losses that are
// over count as seen. What it returns says what changed, and what will at the next start only.
// After an error everything is as it was.
func (n *Node) Reload(c config.Config) (taken, later []string, err error) {
	select {
	case <-n.ready:
	default:
		return nil, nil, errors.New("node: not started")
	}
	n.changing.Lock()
	defer n.changing.Unlock()
	old := n.config.Load()
	later = keepForNextStart(old, &c)
	if err := sensorsGiven(&c); err != nil {
		return nil, nil, err
	}
	link, err := n.linkChange(old, &c)
	if err != nil {
		return nil, nil, err
	}
	p := n.plan(old, &c)
	n.readings.Expect(inputsOf(&c))
	halt(p.removed, errRemoved)
	for _, s := range p.removed {
		s.leave()
	}
	n.renew(p.renewed, pipeline.ErrReplaced, func() {
		n.config.Store(&c)
		n.shared.Update(c.Members())
		for i := range c.Sources {
			n.source(c.Sources[i].Name).c.Store(&c.Sources[i])
		}
		n.mu.Lock()
		n.sources = p.all
		n.mu.Unlock()
	})
	n.listen(p.added)
	if err := n.broker.Change(n.present(), link); err != nil {
		return nil, nil, err // linkChange has tried it
	}
	n.settle(old, &c)
	taken = append(p.told(), sections(old, &c)...)
	n.log.Info("configuration taken up", "changes", taken, "at_next_start", later)
	return taken, later, nil
}

// settle does what follows of a changed configuration beside its sources.
func (n *Node) settle(old, c *config.Config) {
	if old.Indicator != c.Indicator {
		n.relight()
	}
	n.clear(fault.ConfigRefused, "")
	n.checkSources()
	n.broker.Acknowledge()
	n.watchModels(true)
	n.touch()
}

// checkSources raises or ends the fault of a node without sources.
func (n *Node) checkSources() {
	var none error
	if len(n.list()) == 0 {
		none = errors.New("no source is configured: add a [[source]] block")
	}
	n.report(fault.NoSource, "", none)
}

// leave has nothing more be said of a source that is gone.
func (s *source) leave() {
	s.mu.Lock()
	s.gone = true
	s.mu.Unlock()
	for _, code := range s.n.faults.ClearSource(s.label) {
		s.n.log.Info("fault is over", "code", string(code), "source", s.label)
	}
}

// plan is what a changed configuration means for the sources.
type plan struct {
	all, added, renewed, removed []*source
}

// told says what happens, a line for each source.
func (p *plan) told() (lines []string) {
	for _, part := range []struct {
		sources []*source
		what    string
	}{{p.added, "new"}, {p.renewed, "changed"}, {p.removed, "gone"}} {
		for _, s := range part.sources {
			lines = append(lines, fmt.Sprintf("source %s: %s", s.label, part.what))
		}
	}
	return lines
}

// plan compares two configurations.
func (n *Node) plan(old, c *config.Config) plan {
	var p plan
	present := n.list()
	for i := range c.Sources {
		own := &c.Sources[i]
		s := n.source(own.Name)
		p.all = append(p.all, s)
		switch before := indexOf(old, own.Name); {
		case !slices.Contains(present, s):
			s.mu.Lock()
			s.gone = false
			s.last.State = "" // what was retained was emptied
			s.mu.Unlock()
			s.c.Store(own)
			p.added = append(p.added, s)
		case !alike(old, c, &old.Sources[before], own):
			p.renewed = append(p.renewed, s)
		}
	}
	for _, s := range present {
		if !slices.Contains(p.all, s) {
			p.removed = append(p.removed, s)
		}
	}
	return p
}

func indexOf(c *config.Config, name string) int {
	return slices.IndexFunc(c.Sources, func(s config.Source) bool { return s.Name == name })
}

// alike reports whether a source is listened to in the same way by two configurations: it, its
// model, its decision and all that listen to the same device are the same.
func alike(old, c *config.Config, before, after *config.Source) bool {
	return reflect.DeepEqual(before, after) && old.ModelOf(before) == c.ModelOf(after) && old.Decision == c.Decision &&
		old.BackendOf(before) == c.BackendOf(after) && reflect.DeepEqual(old.Delegate, c.Delegate) &&
		reflect.DeepEqual(companions(old, before), companions(c, after))
}

// companions are the sources that listen to the same device.
func companions(c *config.Config, s *config.Source) (members []sensor.Member) {
	device := sensor.Identity("", s.Sensor)
	for _, m := range c.Members() {
		if device != "" && sensor.Identity("", m.Sensor) == device {
			members = append(members, m)
		}
	}
	return members
}

func sensorsGiven(c *config.Config) error {
	for i := range c.Sources {
		if c.Sources[i].Sensor == nil {
			return fmt.Errorf("node: source %s has no sensor", c.Sources[i].Name)
		}
	}
	return nil
}

func inputsOf(c *config.Config) (inputs []condition.Input) {
	for i := range c.Sources {
		inputs = append(inputs, c.Sources[i].Inputs()...)
	}
	return inputs
}

// keepForNextStart takes over into c what cannot change while the node runs, and says what
// that is.
func keepForNextStart(old, c *config.Config) (later []string) {
	keep := func(name string, same bool) {
		if !same {
			later = append(later, name)
		}
	}
	keep("node.id", old.Node == c.Node)
	keep("spool", old.Spool == c.Spool)
	keep("telemetry.buffer", old.Telemetry.Buffer == c.Telemetry.Buffer)
	keep("log.format", old.Log.Format == c.Log.Format)
	c.Node, c.Spool, c.Telemetry.Buffer, c.Log.Format = old.Node, old.Spool, old.Telemetry.Buffer, old.Log.Format
	return later
}

// sections says which tables besides the sources changed.
func sections(old, c *config.Config) (names []string) {
	for _, s := range []struct {
		name string
		same bool
	}{
		{"model", old.Model == c.Model},
		{"mqtt", reflect.DeepEqual(old.MQTT, c.MQTT)},
		{"telemetry", old.Telemetry == c.Telemetry},
		{"decision", old.Decision == c.Decision},
		{"backend", old.Backend == c.Backend},
		{"delegate", reflect.DeepEqual(old.Delegate, c.Delegate)},
		{"indicator", old.Indicator == c.Indicator},
		{"log", old.Log == c.Log},
	} {
		if !s.same {
			names = append(names, s.name)
		}
	}
	return names
}

// linkChange returns how the broker is reached by a changed configuration, nil where nothing
// of that changes.
func (n *Node) linkChange(old, c *config.Config) (*outbox.ClientChange, error) {
	client, err := n.clientOf(c)
	if err != nil {
		return nil, err
	}
	before, err := n.clientOf(old)
	if err != nil {
		return nil, err
	}
	sameBroker := reflect.DeepEqual(old.MQTT, c.MQTT)
	if sameBroker && slices.Equal(topicsOf(before), topicsOf(client)) {
		return nil, nil
	}
	return &outbox.ClientChange{Config: client, SameBroker: sameBroker}, nil
}

// topicsOf returns what a client subscribes to.
func topicsOf(c *mqtt.Config) []string {
	if c == nil {
		return nil
	}
	return slices.Concat(c.AlertTopics, c.Topics)
}

// clientOf returns how the brokers of a configuration are reached, nil where there is none.
func (n *Node) clientOf(c *config.Config) (*mqtt.Config, error) {
	client, err := clientConfig(c, n.id, n.o.Now)
	if client != nil {
		var router inbox.Router
		n.readings.Listen(&router, inputsOf(c))
		client.Topics, client.Receive = router.Topics(), router.Receive
	}
	return client, err
}
