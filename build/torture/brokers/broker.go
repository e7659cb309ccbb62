package brokers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Rules are what a broker may be told to refuse, and to forget.
type Rules struct {
	// DenyAlerts has the node's user write to everything but alerts.
	DenyAlerts bool
	// MaxMessage is how long a message may be; 0: as long as the broker likes.
	MaxMessage int
	// Volatile has mosquitto keep nothing on disk. Otherwise it writes all that it has at each
	// change, and passes nothing on meanwhile: right where it is killed, wrong where it is timed.
	Volatile bool
}

// Kind names a broker.
type Kind string

// The brokers.
const (
	Mosquitto Kind = "mosquitto"
	NATS      Kind = "nats"
	RabbitMQ  Kind = "rabbitmq"
)

// Program is what each kind is started as.
func (k Kind) Program() string {
	switch k {
	case NATS:
		return "nats-server"
	case RabbitMQ:
		return "rabbitmq-server"
	}
	return "mosquitto"
}

// flavour is what differs from broker to broker.
type flavour interface {
	// configure writes what the program reads at its start.
	configure(Rules) error
	// command returns the program's name, arguments and environment.
	command() (name string, args, env []string)
	// reload has the running program, which was started with some rules, follow others that
	// were written anew. False: it must be started anew.
	reload(ctx context.Context, p *process, started, r Rules) (bool, error)
	// close ends what runs beside the program.
	close()
}

// Broker is one that can be started.
type Broker struct {
	Kind    Kind
	Address string // host and port
	rules   Rules
	started Rules // those of its start
	flavour flavour
	log     string
	process *process // nil while it does not run
}

// New prepares a broker in a folder that exists. Program is its path.
func New(k Kind, program, folder string) (*Broker, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	b := &Broker{Kind: k, Address: fmt.Sprintf("127.0.0.1:%d", port), log: filepath.Join(folder, "log")}
	switch k {
	case Mosquitto:
		b.flavour = &mosquitto{program: program, folder: folder, port: port}
	case NATS:
		b.flavour = &nats{program: program, folder: folder, port: port}
	case RabbitMQ:
		b.flavour, err = newRabbit(program, folder, port)
	default:
		err = fmt.Errorf("brokers: no kind %q", k)
	}
	return b, err
}

// freePort returns one below those that the kernel gives to clients: whoever dials a port of
// his own range again and again is connected to himself one day.
func freePort() (int, error) {
	const first, count = 20_000, 12_000
	var err error
	for range 100 {
		port := first + rand.IntN(count)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// Start runs the broker and returns once it takes connections.
func (b *Broker) Start(ctx context.Context) error {
	if err := b.flavour.configure(b.rules); err != nil {
		return err
	}
	name, args, env := b.flavour.command()
	p, err := start(name, args, env, b.log)
	if err != nil {
		return err
	}
	b.process, b.started = p, b.rules
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		conn, err := net.DialTimeout("tcp", b.Address, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			b.process = nil
			return fmt.Errorf("brokers: %s ended at its start: %s", b.Kind, tail(b.log))
		case <-ctx.Done():
			return fmt.Errorf("brokers: %s does not listen: %w: %s", b.Kind, ctx.Err(), tail(b.log))
		case <-look.C:
		}
	}
}

// tail returns the end of a file.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-500):])
}

// Kill ends the broker without a word.
func (b *Broker) Kill() {
	if b.process != nil {
		b.process.kill()
		b.process = nil
	}
}

// Pause stops the broker by a signal; Resume lets it go on.
func (b *Broker) Pause() { b.process.pause() }

// Resume lets a broker go on that Pause stopped.
func (b *Broker) Resume() { b.process.resume() }

// Set gives the broker other rules; connections may break.
func (b *Broker) Set(ctx context.Context, r Rules) error {
	b.rules = r
	if err := b.flavour.configure(r); err != nil {
		return err
	}
	if b.process == nil {
		return nil
	}
	done, err := b.flavour.reload(ctx, b.process, b.started, r)
	if done || err != nil {
		return err
	}
	b.Kill()
	return b.Start(ctx)
}

// Close ends the broker and what runs beside it.
func (b *Broker) Close() {
	b.Kill()
	b.flavour.close()
}
