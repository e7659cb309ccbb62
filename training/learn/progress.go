package learn

import (
	"fmt"

	"github.com/auscult/auscult/training/network"
)

// Progress tells how far learning is.
type Progress struct {
	Done float64 // of all the work, 0 to 1
	Step string  // what is being done, in words
	Loss float64 // of the training in progress: root mean squared error, dB, or nats; 0 when there is none
	Unit string  // of Loss
}

func (o *Options) report(p Progress) {
	if o.Progress != nil {
		o.Progress(p)
	}
}

// progress adds up what all trainings have done.
func (t *trainer) progress(step string, p network.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps[step] = float64(p.Step) / float64(p.Steps)
	done := 0.0
	for _, share := range t.steps {
		done += share
	}
	loss, unit := t.desc.Objective.Shown(p.Loss, t.spanDB())
	if p.Epochs > 0 {
		step = fmt.Sprintf("%s, epoch %d of %d", step, p.Epoch, p.Epochs)
	}
	t.o.report(Progress{Done: done / float64(t.total), Loss: loss, Unit: unit, Step: step})
}

// ended says that a training has come to its end, which patience may have brought early.
func (t *trainer) ended(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps[step] = 1
}

// note says what is being done when all trainings are.
func (t *trainer) note(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.o.report(Progress{Done: 1, Step: step})
}
