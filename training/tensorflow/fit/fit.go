package fit

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"

	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/tensorflow/tensor"
)

// Run does a job with TensorFlow and leaves the trained weights in its
// checkpoint. Tell is given every step and every epoch's end.
func Run(job *external.Job, threads int, tell func(external.Step) error) (network.History, error) {
	var h network.History
	g, err := build(job.Checkpoint.States(), job.Plan.Temperature)
	if err == nil {
		err = g.err
	}
	if err != nil {
		return h, fmt.Errorf("graph: %w", err)
	}
	finished, err := g.scope.Finalize()
	if err != nil {
		return h, fmt.Errorf("graph: %w", err)
	}
	session, err := tf.NewSession(finished, &tf.SessionOptions{Config: threadConfig(threads)})
	if err != nil {
		return h, fmt.Errorf("session: %w", err)
	}
	defer session.Close() //nolint:errcheck // the result is what counts
	if _, err := session.Run(nil, nil, g.inits); err != nil {
		return h, fmt.Errorf("initial weights: %w", err)
	}
	samples, err := job.Samples()
	if err != nil {
		return h, err
	}
	defer samples.Close() //nolint:errcheck // closing what was only read cannot lose anything
	t := &training{job: job, g: g, session: session, samples: &fileSamples{file: samples, job: job}, tell: tell}
	if h, err = t.run(); err != nil {
		return h, err
	}
	return h, t.collect()
}

// threadConfig is a ConfigProto with the number of threads of one and between
// operators.
func threadConfig(threads int) []byte {
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	n := byte(min(threads, 127)) // one byte of a varint
	return []byte{0x10, n, 0x28, n}
}

// training is a training at work.
type training struct {
	job     *external.Job
	g       *graph
	session *tf.Session
	samples *fileSamples
	tell    func(external.Step) error
	steps   int
}

func (t *training) run() (network.History, error) {
	var h network.History
	p := t.job.Plan
	order := p.NewOrder()
	for epoch := range p.Epochs {
		numbers := order.Next()
		total, seen := 0.0, 0
		for step := range p.Steps() {
			lo, hi := p.Span(step)
			loss, err := t.step(numbers[lo:hi], p.Rate(t.steps))
			if err != nil {
				return h, err
			}
			if math.IsNaN(loss) || math.IsInf(loss, 0) {
				return h, fmt.Errorf("epoch %d, step %d of %d: loss is %v: %w", epoch+1, step+1, p.Steps(), loss,
					network.ErrDiverged)
			}
			total += loss * float64(hi-lo)
			seen = hi
			if err := t.tell(external.Step{Epoch: epoch + 1, Step: t.steps, Loss: total / float64(seen)}); err != nil {
				return h, err
			}
		}
		h.Loss = append(h.Loss, total/float64(p.Samples))
		if err := t.tell(external.Step{Epoch: epoch + 1, Step: t.steps, Loss: h.Loss[epoch], EpochEnded: true}); err != nil {
			return h, err
		}
	}
	return h, nil
}

// step learns from a batch and returns its loss.
func (t *training) step(numbers []int, rate float64) (float64, error) {
	feeds, err := t.batch(numbers)
	if err != nil {
		return 0, err
	}
	t.steps++
	beta2Power := math.Pow(network.AdamBeta2, float64(t.steps))
	for output, value := range map[tf.Output]float64{
		t.g.adam.rate:     rate,
		t.g.adam.beta1Pow: math.Pow(network.AdamBeta1, float64(t.steps)),
		t.g.adam.beta2Pow: beta2Power,
		// TensorFlow adds epsilon before it undoes the second moment's bias, nn as
		// Adam's authors after it.
		t.g.adam.epsilon: network.AdamEpsilon * math.Sqrt(1-beta2Power),
	} {
		if feeds[output], err = tf.NewTensor(float32(value)); err != nil {
			return 0, err
		}
	}
	fetches := []tf.Output{t.g.loss}
	for _, n := range t.g.norms {
		fetches = append(fetches, n.mean, n.variance)
	}
	got, err := t.session.Run(feeds, fetches, t.g.train)
	if err != nil {
		return 0, fmt.Errorf("step %d: %w", t.steps, err)
	}
	for i, n := range t.g.norms {
		if err := follow(n.state.Mean, got[1+2*i], t.steps == 1); err != nil {
			return 0, err
		}
		if err := follow(n.state.Var, got[2+2*i], t.steps == 1); err != nil {
			return 0, err
		}
	}
	loss, ok := got[0].Value().(float32)
	if !ok {
		return 0, fmt.Errorf("step %d: the loss is a %T", t.steps, got[0].Value())
	}
	return float64(loss), nil
}

// follow moves statistics for inference towards a batch's. The variance that
// FusedBatchNorm gives is the unbiased one, as nn's.
func follow(statistic []float32, batch *tf.Tensor, first bool) error {
	values, err := tensor.Values(batch)
	if err != nil {
		return err
	}
	for i, v := range values {
		if first {
			statistic[i] = v
		} else {
			statistic[i] = float32(network.NormMomentum*float64(statistic[i]) + (1-nn.NormMomentum)*float64(v))
		}
	}
	return nil
}

// batch reads samples from the job, with what else the graph is fed for them.
func (t *training) batch(numbers []int) (map[tf.Output]*tf.Tensor, error) {
	size, conditions := t.job.Size(), t.job.Conditions()
	rows := len(numbers)
	if t.job.Plan.Temperature > 0 {
		rows *= 2 // all of one view, then all of the other
	}
	x, c := make([]float32, rows*size), make([]float32, rows*conditions)
	views := families.Views{Samples: t.samples, Look: t.job.Look}
	for i := range rows {
		n, dst := numbers[i%len(numbers)], x[i*size:(i+1)*size]
		if t.job.Plan.Temperature > 0 {
			network.View(views, n, dst, t.job.Plan.Seed, int64(t.steps), i)
		} else {
			t.samples.Sample(n, dst)
		}
		t.samples.Conditions(n, c[i*conditions:(i+1)*conditions])
	}
	if t.samples.err != nil {
		return nil, t.samples.err
	}
	feeds := map[tf.Output]*tf.Tensor{}
	in := t.job.Plan.Specs[0].In
	count := int64(rows)
	var err error
	if feeds[t.g.x], err = tensor.New(x, []int64{count, int64(in.H), int64(in.W), int64(in.C)}); err != nil {
		return nil, err
	}
	if conditions > 0 {
		if feeds[t.g.conditions], err = tensor.New(c, []int64{count, int64(conditions)}); err != nil {
			return nil, err
		}
	}
	if l := t.g.latent.shape; l.C > 0 {
		noise := make([]float32, rows*l.Size())
		for i := range rows {
			network.Noise(noise[i*l.Size():(i+1)*l.Size()], t.job.Plan.Seed, int64(t.steps), i)
		}
		if feeds[t.g.latent.noise], err = tensor.New(noise, []int64{count, int64(l.H), int64(l.W), int64(l.C)}); err != nil {
			return nil, err
		}
	}
	return feeds, nil
}

// fileSamples are a job's samples as they lie in its file.
type fileSamples struct {
	file *os.File
	job  *external.Job
	err  error // the first of reading
}

// Len returns the number of samples.
func (s *fileSamples) Len() int { return s.job.Plan.Samples }

// Sample writes the values of sample i to dst.
func (s *fileSamples) Sample(i int, dst []float32) { s.read(i, 0, dst) }

// Conditions writes the operating conditions of sample i to dst.
func (s *fileSamples) Conditions(i int, dst []float32) { s.read(i, s.job.Size(), dst) }

// read reads values of sample i from one of them on.
func (s *fileSamples) read(i, from int, dst []float32) {
	raw := make([]byte, 4*len(dst))
	if _, err := s.file.ReadAt(raw, 4*(int64(i)*int64(s.job.Row())+int64(from))); err != nil && s.err == nil {
		s.err = fmt.Errorf("sample %d: %w", i, err)
	}
	for k := range dst {
		dst[k] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:]))
	}
}

// collect takes the trained values into the checkpoint.
func (t *training) collect() error {
	fetches := make([]tf.Output, len(t.g.variables))
	for i, v := range t.g.variables {
		fetches[i] = v.read
	}
	got, err := t.session.Run(nil, fetches, nil)
	if err != nil {
		return fmt.Errorf("reading the weights: %w", err)
	}
	for i, v := range t.g.variables {
		values, err := tensor.Values(got[i])
		if err != nil {
			return err
		}
		copy(v.value, v.fromTF(values))
	}
	return nil
}
