package brokers

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// process is a program with all that it starts.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs a program in a process group of its own. What it says is appended to log.
func start(name string, args, env []string, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	go func() {
		_ = p.cmd.Wait() // it is ended by a signal
		_ = out.Close()
		close(p.ended)
	}()
	return p, nil
}

// signal reaches the whole group. Its leader may be gone.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

func (p *process) pause()  { p.signal(syscall.SIGSTOP) }
func (p *process) resume() { p.signal(syscall.SIGCONT) }
func (p *process) hangUp() { p.signal(syscall.SIGHUP) }
