package library

import (
	"runtime"
	"slices"

	"github.com/auscult/auscult/tflite/backend"
)

// engine is what all runtimes' engines have.
type engine struct {
	lib   *shared
	model []byte // the library reads it as long as it lives
	undo  []func()
	text  string
}

// newEngine opens a library, of "" the first of names that is here, for a model.
func newEngine(job backend.Job, path string, names, functions []string) (engine, error) {
	lib, err := openFirst(path, names, functions...)
	return engine{lib: lib, model: job.Model}, err
}

// later remembers to free something.
func (e *engine) later(function string, what uintptr) {
	e.undo = append(e.undo, func() { e.lib.call(function, what) })
}

// Text names the runtime and what computes in it.
func (e *engine) Text() string { return e.text }

// Close frees everything, what was made last first.
func (e *engine) Close() {
	for _, free := range slices.Backward(e.undo) {
		free()
	}
	e.undo = nil
	runtime.KeepAlive(e.model)
}
