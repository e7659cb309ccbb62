package backend

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/auscult/auscult/tflite"
)

// The files that a helper is started with.
const (
	pageFile  = 3
	modelFile = 4
)

// Variable is the environment variable that tells a program that it was started as a helper, and by which version of
// the protocol.
const Variable = "AUSCULT_BACKEND"

// Job is what a helper has to do: run a model whose tensors are these.
type Job struct {
	Model           []byte
	Inputs, Outputs []tflite.TensorInfo
	Threads         int // 0: as the helper likes
}

// Engine runs a model. Its methods are called by one goroutine.
type Engine interface {
	// Invoke computes outputs from inputs. It may keep neither.
	Invoke(inputs, outputs [][]byte) error
	// Text says in a line what computes.
	Text() string
	Close()
}

// ErrNotHelper is returned by Serve in a program that was not started as a helper.
var ErrNotHelper = errors.New("backend: this program is started by auscultd or auscult, not by hand")

// Serve is a helper's life: it takes the job, lets open make an engine for it, and answers requests until the caller
// ends it. What open says when it fails reaches the caller.
func Serve(open func(Job) (Engine, error)) error {
	if os.Getenv(Variable) == "" {
		return ErrNotHelper
	}
	p, job, err := takeJob()
	if err != nil {
		return fmt.Errorf("backend: %w", err)
	}
	s := &server{p: p}
	engine, err := open(job)
	if err != nil {
		s.say(stateFailed, err.Error())
		return err
	}
	defer engine.Close()
	s.say(stateReady, engine.Text())
	s.serve(engine)
	return nil
}

// takeJob maps the page and reads the model.
func takeJob() (*page, Job, error) {
	mem, err := mapMemory(pageFile)
	if err != nil {
		return nil, Job{}, err
	}
	p, inputs, outputs, threads, err := readPage(mem)
	if err != nil {
		return nil, Job{}, err
	}
	model, err := io.ReadAll(io.LimitReader(os.NewFile(modelFile, "model"), tflite.MaxFileBytes+1))
	if err != nil || len(model) > tflite.MaxFileBytes {
		return nil, Job{}, fmt.Errorf("file %d, the model: %d bytes read: %w", modelFile, len(model), err)
	}
	return p, Job{Model: model, Inputs: inputs, Outputs: outputs, Threads: threads}, nil
}

// server answers requests.
type server struct{ p *page }

// say tells the caller how the start ended.
func (s *server) say(state uint32, text string) {
	s.p.setText(text)
	s.p.word(atState).Store(state)
	wake(s.p.word(atState))
}

// orphaned is how often a helper that is asked nothing looks whether there still is somebody who could ask.
const orphaned = time.Second

// serve answers until it is told to end, or the caller is gone.
func (s *server) serve(engine Engine) {
	var inputs, outputs [][]byte
	for _, at := range s.p.inputs {
		inputs = append(inputs, s.p.of(at))
	}
	for _, at := range s.p.outputs {
		outputs = append(outputs, s.p.of(at))
	}
	request, reply, parent := s.p.word(atRequest), s.p.word(atReply), os.Getppid()
	for done := uint32(0); ; {
		asked := request.Load()
		if asked == done {
			wait(request, done, orphaned)
			if request.Load() == done && os.Getppid() != parent {
				return
			}
			continue
		}
		done = asked
		if s.p.word(atCommand).Load() != commandInvoke {
			return
		}
		result := uint32(resultDone)
		start := time.Now()
		if err := engine.Invoke(inputs, outputs); err != nil {
			s.p.setText(err.Error())
			result = resultFailed
		}
		s.p.word(atTook).Store(uint32(min(time.Since(start), maxTook)))
		s.p.word(atResult).Store(result)
		reply.Store(asked)
		wake(reply)
	}
}
