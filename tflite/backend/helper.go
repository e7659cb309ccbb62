package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/auscult/auscult/tflite"
)

// How an inference ended that gave nothing.
var (
	ErrDied   = errors.New("the helper ended")
	ErrLate   = errors.New("the helper did not answer in time")
	ErrFailed = errors.New("the helper could not compute")
)

// Helper is a running helper that has loaded its model.
type Helper struct {
	p       *page
	proc    *process
	request uint32
	took    time.Duration
	text    string
}

// Start starts a helper for a job and waits until it has loaded the model, or the context ends. The page's memory
// is zero then, so that no output of another helper can be taken for this one's.
func Start(ctx context.Context, c Command, job Job) (*Helper, error) {
	size, spans, err := layOut(job.Inputs, job.Outputs)
	if err != nil {
		return nil, fmt.Errorf("backend: %w", err)
	}
	file, mem, err := newMemory("auscult-page", size)
	if err != nil {
		return nil, fmt.Errorf("backend: %w", err)
	}
	defer func() { _ = file.Close() }() // the mapping stays
	model, err := newReadOnly("auscult-model", job.Model)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("backend: %w", err), unmap(mem))
	}
	defer func() { _ = model.Close() }() // the helper has its own
	p := &page{mem: mem}
	p.describe(job.Inputs, job.Outputs, spans, job.Threads)
	proc, err := c.start(p, file, model)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("backend: %w", err), unmap(mem))
	}
	h := &Helper{p: p, proc: proc}
	if err := h.awaitReady(ctx); err != nil {
		h.Close()
		return nil, fmt.Errorf("backend: %s: %w", c.Path, err)
	}
	return h, nil
}

// slice is the longest wait without a look at whether the helper still lives. Who sees its end wakes the waiting
// ones; this is for the moment between a look and the wait that follows.
const slice = 5 * time.Millisecond

// awaitReady waits until the helper says how its start ended.
func (h *Helper) awaitReady(ctx context.Context) error {
	state := h.p.word(atState)
	for {
		switch s := state.Load(); s {
		case stateStarting:
		case stateReady:
			h.text = h.p.text()
			return nil
		case stateFailed:
			return errors.New(h.refusal())
		default:
			return fmt.Errorf("says state %d, which protocol version %d does not have", s, Version)
		}
		switch {
		case h.proc.gone.Load():
			if state.Load() != stateStarting {
				continue // it said why before it ended
			}
			return fmt.Errorf("not ready yet: %w", h.Death())
		case ctx.Err() != nil:
			return fmt.Errorf("%w: not ready to infer: %w", ErrLate, ctx.Err())
		}
		wait(state, stateStarting, slice)
	}
}

// refusal is why the helper could not start: what it says, and what the library has said meanwhile, which often names
// the operator or the device that is the cause.
func (h *Helper) refusal() string {
	h.proc.stderr.await()
	text := withHint(h.p.text(), "it did not say why")
	if last := h.proc.stderr.last(); last != "" && !strings.Contains(last, text) {
		text += " (" + last + ")"
	}
	return text
}

// withHint returns text, or what stands for it where it is empty.
func withHint(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// Text is what the helper says of itself: one line, which may be empty.
func (h *Helper) Text() string { return h.text }

// Input returns the memory that input i is to be written to. The helper can change it at any time.
func (h *Helper) Input(i int) []byte { return h.p.of(h.p.inputs[i]) }

// Output copies output i, as the last Invoke has left it, or as the helper has changed it since.
func (h *Helper) Output(i int, into []byte) { copy(into, h.p.of(h.p.outputs[i])) }

// Invoke lets the helper compute outputs from inputs, and waits for it no longer than limit.
func (h *Helper) Invoke(limit time.Duration) error {
	end := time.Now().Add(limit)
	h.request++
	if h.request == 0 {
		h.request = 1 // 0 is what a helper has done before its first
	}
	asked, reply := h.p.word(atRequest), h.p.word(atReply)
	h.p.word(atCommand).Store(commandInvoke)
	asked.Store(h.request)
	wake(asked)
	for {
		if now := reply.Load(); now != h.request {
			left := time.Until(end)
			if left <= 0 {
				return ErrLate
			}
			if h.proc.gone.Load() && reply.Load() != h.request {
				return h.Death()
			}
			wait(reply, now, min(left, slice))
			continue
		}
		h.took = time.Duration(h.p.word(atTook).Load())
		if h.p.word(atResult).Load() != resultDone {
			return fmt.Errorf("%w: %s", ErrFailed, withHint(h.p.text(), "it did not say why"))
		}
		return nil
	}
}

// Buffers makes memory for tensors, as Compute fills it.
func Buffers(tensors []tflite.TensorInfo) [][]byte {
	all := make([][]byte, len(tensors))
	for i := range tensors {
		all[i] = make([]byte, tensors[i].Bytes)
	}
	return all
}

// Compute is Invoke on inputs of this process, for example a tflite.Interpreter's, and copies the outputs. Where it
// fails these stay as they are.
func (h *Helper) Compute(inputs interface{ InputBytes(i int) []byte }, outputs [][]byte, limit time.Duration) error {
	for i := range h.p.inputs {
		copy(h.Input(i), inputs.InputBytes(i))
	}
	if err := h.Invoke(limit); err != nil {
		return err
	}
	for i := range outputs {
		h.Output(i, outputs[i])
	}
	return nil
}

// Death is how a helper ended that Died tells of.
func (h *Helper) Death() error { return &death{h.proc} }

// death is ErrDied with what is known of it. It waits for the last words when it is asked for them: whoever only has to
// go on computing does not.
type death struct{ proc *process }

func (d *death) Error() string {
	d.proc.stderr.await()
	return ErrDied.Error() + ": " + d.proc.epitaph()
}

func (d *death) Unwrap() error { return ErrDied }

// Took is how long the helper says that the last inference took; the rest of Invoke's time is the way there and back.
func (h *Helper) Took() time.Duration { return h.took }

// Died is closed when the helper has ended.
func (h *Helper) Died() <-chan struct{} { return h.proc.dead }

// Usage returns what the helper's process holds at present.
func (h *Helper) Usage() (Usage, error) { return h.proc.usage() }

// PID is the helper's process.
func (h *Helper) PID() int { return h.proc.pid }

// Close ends the helper, whatever it does, with all that it has started, and waits until it is gone. No other method
// may run meanwhile or after it.
func (h *Helper) Close() {
	h.proc.kill()
	<-h.proc.dead
	if h.p.mem != nil {
		_ = unmap(h.p.mem) // cannot fail for memory that was mapped whole
		h.p.mem = nil
	}
}
