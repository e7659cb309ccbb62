package alsa

import (
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/i2s"
)

// Port is a capture device that is not open yet, as package i2s has it.
type Port struct {
	name string
	o    Options

	mu    sync.Mutex
	limit physic.Frequency
	conn  *Source
}

var _ i2s.PortCloser = (*Port)(nil)

// NewPort returns the port of the device that name means, see Find. Connect
// overrides the options' rate, channels and bits.
func NewPort(name string, o Options) *Port { return &Port{name: name, o: o} }

// String returns the port's name.
func (p *Port) String() string { return p.name }

// LimitRate makes Connect refuse higher rates.
func (p *Port) LimitRate(highest physic.Frequency) error {
	if highest <= 0 {
		return fmt.Errorf("alsa: limit the rate to %v: must be above 0", highest)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = highest
	return nil
}

// NeedChannel sets Options.Channel.
func (p *Port) NeedChannel(channel int) error {
	return p.set(func(o *Options) { o.Channel = channel })
}

// SetBuffer sets Options.Buffer.
func (p *Port) SetBuffer(d time.Duration) error {
	return p.set(func(o *Options) { o.Buffer = d })
}

// set changes the options, unless they would be wrong then.
func (p *Port) set(change func(o *Options)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.o
	change(&o)
	if err := o.withDefaults().validate(); err != nil {
		return fmt.Errorf("alsa: %s: %w", p.name, err)
	}
	p.o = o
	return nil
}

// Connect opens the device, see Open. A second connection needs the first to
// have ended.
func (p *Port) Connect(rate physic.Frequency, channels, bits int) (i2s.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit > 0 && rate > p.limit {
		return nil, fmt.Errorf("alsa: connect %s at %v: limited to %v", p.name, rate, p.limit)
	}
	o := p.o
	o.Rate, o.Channels, o.Bits = rate, channels, bits
	s, err := Open(p.name, o)
	if err != nil {
		return nil, err
	}
	p.conn = s
	return s, nil
}

// Close halts the connection.
func (p *Port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil {
		return nil
	}
	conn := p.conn
	p.conn = nil
	return conn.Halt()
}
