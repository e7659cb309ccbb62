package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/build/torture/ledger"
)

// setup is a node's configuration, and how it is started.
type setup struct {
	id       string
	folder   string // of what it writes
	inputs   string
	broker   string // address; empty: none
	protocol string
	sources  int
	long     int      // of the sources, how many have long alerts
	sound    string   // what all sources hear; empty: bursts of their own
	env      []string // besides the torture's own
	keep     int      // unconfirmed alerts; 0: the default
	spool    string
	program  []string // that runs the configuration
	retry    string   // longest pause; empty: 500 ms
	ledger   *ledger.Ledger
}

func (s *setup) spoolPath() string {
	if s.spool != "" {
		return s.spool
	}
	return filepath.Join(s.folder, "alerts.spool")
}

// write writes the configuration and returns its path. Quiet nodes hear nothing.
func (s *setup) write(quiet bool) (string, error) {
	var c strings.Builder
	fmt.Fprintf(&c, "model = %q\n[node]\nid = %q\n[mqtt]\n", filepath.Join(s.inputs, modelFile), s.id)
	if s.broker == "" {
		c.WriteString("broker = \"\"\n")
	} else {
		secret := filepath.Join(s.folder, "password")
		if err := os.WriteFile(secret, []byte(brokers.Password+"\n"), 0o600); err != nil {
			return "", err
		}
		fmt.Fprintf(&c, "broker = \"mqtt://%s\"\nprotocol = %q\nusername = %q\npassword_file = %q\n",
			s.broker, s.protocol, brokers.NodeUser, secret)
	}
	fmt.Fprintf(&c, "keep_alive = \"2s\"\ntimeout = \"2s\"\nretry_first = \"20ms\"\nretry_max = %q\n",
		cmp.Or(s.retry, "500ms"))
	if s.keep > 0 {
		fmt.Fprintf(&c, "keep_unconfirmed = %d\n", s.keep)
	}
	fmt.Fprintf(&c, "[spool]\npath = %q\n", s.spoolPath())
	c.WriteString("[telemetry]\ninterval = \"1s\"\nstatus_interval = \"5s\"\n[log]\nformat = \"json\"\n")
	for i := range s.sources {
		sound, extra := cmp.Or(s.sound, burstFile(i)), ""
		if quiet {
			sound = quietFile
		}
		if i < s.long {
			extra = fmt.Sprintf("model = %q\n", filepath.Join(s.inputs, longFile))
		}
		fmt.Fprintf(&c, "[[source]]\nname = \"s%d\"\ntype = \"wav\"\npath = %q\npaced = true\nloop = true\n%s",
			i, filepath.Join(s.inputs, sound), extra)
	}
	path := filepath.Join(s.folder, "auscultd.toml")
	return path, os.WriteFile(path, []byte(c.String()), 0o600)
}

// node is a daemon that runs.
type node struct {
	cmd    *exec.Cmd
	ledger *ledger.Ledger
	began  chan struct{} // closed when it says that it has started
	ended  chan struct{} // closed when it has, and all that it said was read
	err    error         // of its end, once it is closed
	killed bool          // by kill

	mu     sync.Mutex
	faults map[string]string // by code: what was said last
	gone   map[string]bool   // codes that were cleared
	said   []string          // what is no log line, or one of an error
}

// run starts a node.
func (s *setup) run(quiet bool) (*node, error) {
	path, err := s.write(quiet)
	if err != nil {
		return nil, err
	}
	args := slices.Concat(s.program[1:], []string{"--config", path})
	n := &node{
		cmd: exec.Command(s.program[0], args...), ledger: s.ledger, began: make(chan struct{}), ended: make(chan struct{}),
		faults: map[string]string{}, gone: map[string]bool{},
	}
	log, err := n.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	n.cmd.Env = append(os.Environ(), s.env...)
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	said, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, n.kill())
	}
	go func() {
		defer func() { _ = said.Close() }() // it is for people who look for a fault
		n.read(io.TeeReader(log, said))
		n.err = n.cmd.Wait()
		close(n.ended)
	}()
	return n, nil
}

// line is what is read of a line of the log.
type line struct {
	Level  string `json:"level"`
	Msg    string `json:"msg"`
	BootID string `json:"boot_id"`
	Seq    uint64 `json:"seq"`
	Code   string `json:"code"`
	Err    string `json:"err"`
}

// read reads the log to its end.
func (n *node) read(log io.Reader) {
	in := bufio.NewScanner(log)
	in.Buffer(nil, 1<<20)
	boot := ""
	var early []uint64 // alerts before the node has said its boot id
	for in.Scan() {
		var l line
		if json.Unmarshal(in.Bytes(), &l) != nil {
			n.say(in.Text())
			continue
		}
		switch l.Msg {
		case "node started":
			boot = l.BootID
			for _, seq := range early {
				n.ledger.Offer(ledger.ID{BootID: boot, Seq: seq})
			}
			close(n.began)
		case "alert":
			if boot == "" {
				early = append(early, l.Seq)
				continue
			}
			n.ledger.Offer(ledger.ID{BootID: boot, Seq: l.Seq})
		case "fault", "fault is over":
			n.fault(&l)
		}
		if l.Level == "ERROR" {
			n.say(in.Text())
		}
	}
}

func (n *node) fault(l *line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l.Msg == "fault" {
		n.faults[l.Code] = l.Err
		delete(n.gone, l.Code)
	} else {
		n.gone[l.Code] = true
	}
}

func (n *node) say(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.said) < 40 {
		n.said = append(n.said, text)
	}
}

// raised reports whether a fault was raised since the start, cleared or not.
func (n *node) raised(code string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ok := n.faults[code]
	return ok
}

// cleared reports whether a fault was raised and has ended.
func (n *node) cleared(code string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.gone[code]
}

// kill ends the node without a word.
func (n *node) kill() error {
	select {
	case <-n.ended:
		return n.unexpected()
	default:
	}
	n.killed = true
	_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL) // if it is gone meanwhile, the next line says so
	<-n.ended
	return nil
}

func (n *node) unexpected() error {
	return fmt.Errorf("the daemon ended by itself: %w: %s", n.err, strings.Join(n.said, "\n"))
}

// endMost is how long an orderly end may take: two seconds, and some for a loaded machine.
const endMost = 6 * time.Second

// stop ends the node in order.
func (n *node) stop() error {
	select {
	case <-n.ended:
		return n.unexpected()
	default:
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	limit := time.NewTimer(endMost)
	defer limit.Stop()
	select {
	case <-n.ended:
		if n.err != nil {
			return n.unexpected()
		}
		return nil
	case <-limit.C:
		return errors.Join(fmt.Errorf("the daemon did not end within %v", endMost), n.kill())
	}
}

// started waits until the node says that it has.
func (n *node) started(ctx context.Context) error {
	select {
	case <-n.began:
		return nil
	case <-n.ended:
		return n.unexpected()
	case <-ctx.Done():
		return ctx.Err()
	}
}
