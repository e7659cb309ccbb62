package backend

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// start starts the program with the page as file 3 and the model as file 4.
func (c *Command) start(p *page, files ...*os.File) (*process, error) {
	path, argv := c.Path, append([]string{c.Path}, c.Args...)
	if c.Rights != nil {
		var err error
		if path, argv, err = c.Rights.Wrap(path, argv); err != nil {
			return nil, err
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	said, speak, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	attr := &os.ProcAttr{
		Env: environment(), Dir: "/", Files: append([]*os.File{null, speak, speak}, files...),
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	proc := &process{dead: make(chan struct{}), stderr: words{ended: make(chan struct{})}}
	started := make(chan error)
	go proc.live(p, func() (*os.Process, error) { return os.StartProcess(path, argv, attr) }, started)
	err = <-started
	_ = speak.Close() // the helper has its own
	if err != nil {
		return nil, errors.Join(err, said.Close())
	}
	go proc.stderr.drain(said)
	return proc, nil
}

// live starts the program and waits for its end. The thread that started it must not end before, since to the kernel
// that is the parent whose death the helper is not to survive.
func (proc *process) live(p *page, start func() (*os.Process, error), started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child, err := start()
	if err != nil {
		started <- err
		return
	}
	proc.pid = child.Pid
	started <- nil
	for {
		err := unix.Waitid(unix.P_PID, proc.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	// While it is not reaped its number is nobody else's.
	proc.mu.Lock()
	_ = unix.Kill(-proc.pid, unix.SIGKILL) // what it has started
	state, err := child.Wait()
	if err == nil {
		proc.status, _ = state.Sys().(syscall.WaitStatus)
	}
	proc.reaped = true
	proc.mu.Unlock()
	proc.gone.Store(true)
	wake(p.word(atState))
	wake(p.word(atReply))
	close(proc.dead) // from here on the page may be unmapped
}

// kill ends the helper and what it has started.
func (proc *process) kill() {
	proc.mu.Lock()
	defer proc.mu.Unlock()
	if !proc.reaped {
		_ = unix.Kill(-proc.pid, unix.SIGKILL) // it is gone already where there is none
		_ = unix.Kill(proc.pid, unix.SIGKILL)
	}
}
