package backend

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/tflite/backend/confine"
)

// TestMain lets the test's program be a helper too: Command starts it again with the name of one in helpers.
func TestMain(m *testing.M) {
	if err := confine.Main(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Getenv(Variable) != "" {
		if err := helpers[os.Args[1]](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// adder adds one to each byte; the first byte of the input may ask for something worse.
type adder struct{ n int }

// What an adder does besides, by the first byte of its input.
const (
	plain = iota
	fail
	crash
	hang
	fork
	leak
)

var leaked [][]byte

func (a *adder) Invoke(inputs, outputs [][]byte) error {
	a.n++
	for i, b := range inputs[0] {
		outputs[0][i] = b + 1
	}
	switch inputs[0][0] {
	case fail:
		return errors.New("out of luck")
	case crash:
		_ = unix.Kill(os.Getpid(), unix.SIGSEGV)
		sleep()
	case hang:
		sleep()
	case fork:
		_, err := os.StartProcess("/bin/sleep", []string{"sleep", "100"}, &os.ProcAttr{})
		return err
	case leak:
		block := make([]byte, 16<<20)
		for i := range block {
			block[i] = byte(i)
		}
		leaked = append(leaked, block)
	}
	return nil
}

func (a *adder) Text() string { return "adds one" }
func (a *adder) Close()       {}

// helpers are the programs that tests start.
var helpers = map[string]func() error{
	"adder": func() error { return Serve(func(Job) (Engine, error) { return &adder{}, nil }) },
	"refuses": func() error {
		return Serve(func(j Job) (Engine, error) { return nil, fmt.Errorf("no use for %q", j.Model) })
	},
	"dies": func() error { return errors.New("first words\nlast words") },
	"sleeps": func() error {
		sleep()
		return nil
	},
	"strange": hostile(func(p *page) { p.word(atState).Store(77) }),
	"babbles": hostile(func(p *page) {
		for i := range textBytes {
			p.mem[atText+i] = 0xff
		}
		p.word(atState).Store(stateFailed)
	}),
	// Says that it is ready and then wakes the caller without an answer, with a changing reply.
	"flood": hostile(func(p *page) {
		p.word(atState).Store(stateReady)
		for i := uint32(1 << 20); ; i++ {
			p.word(atReply).Store(i)
			wake(p.word(atReply))
		}
	}),
	// Overwrites all that it can reach, the caller's part too, and answers nothing.
	"scribbles": hostile(func(p *page) {
		p.word(atState).Store(stateReady)
		for p.word(atRequest).Load() == 0 {
			wait(p.word(atRequest), 0, time.Second)
		}
		for i := range p.mem {
			p.mem[i] = 0xa5
		}
		_ = unix.Ftruncate(pageFile, 0)
		wake(p.word(atReply))
		sleep()
	}),
	// Tries what a helper has no right to, and says what it could.
	"rights": func() error {
		return Serve(func(Job) (Engine, error) { return nil, errors.New(tryRights()) })
	},
}

// sleep sleeps for ever, which an empty select does not: Go's runtime notices and ends the program.
func sleep() {
	for {
		_, _ = unix.Select(0, nil, nil, nil, nil)
	}
}

// hostile is a helper that does what it likes with the page.
func hostile(do func(p *page)) func() error {
	return func() error {
		p, _, err := takeJob()
		if err != nil {
			return err
		}
		do(p)
		wake(p.word(atState))
		sleep()
		return nil
	}
}

// tryRights tries what a helper has no right to: the second argument is a file that it is not to read, the third the
// process of its caller.
func tryRights() string {
	could := "could:"
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); err == nil {
		could += " network"
		_ = unix.Close(fd)
	}
	secret := os.Args[2]
	if _, err := os.ReadFile(secret); err == nil {
		could += " read"
	}
	if err := os.WriteFile(secret+".new", nil, 0o600); err == nil {
		could += " write"
	}
	if err := os.WriteFile(os.TempDir()+"/auscult-rights-test", nil, 0o600); err == nil {
		could += " temp"
	}
	caller, _ := strconv.Atoi(os.Args[3])
	if err := unix.Kill(caller, 0); err == nil {
		could += " signal"
	}
	if _, err := unix.Setsid(); err == nil {
		could += " session"
	}
	if _, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", caller), os.O_RDWR, 0); err == nil {
		could += " memory"
	}
	// What it needs.
	if _, err := os.ReadFile("/proc/self/maps"); err != nil {
		could += " NOT /proc/self"
	}
	if null, err := os.OpenFile("/dev/null", os.O_RDWR, 0); err != nil {
		could += " NOT /dev/null"
	} else {
		_ = null.Close()
	}
	return could
}
