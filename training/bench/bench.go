package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/auscult/auscult/tflite"
)

// Options say how long to measure.
type Options struct {
	Threads  int                         // that compute one inference; 0 and 1: one
	Duration time.Duration               // of one measured window, above 0
	Windows  int                         // of Duration each; 0 means one
	Progress func(done float64)          // called now and then with 0 to 1; may be nil
	Input    func(input int, dst []byte) // fills input tensors; nil: seeded random bytes
	// Signature names the subgraph to measure; empty is the first.
	Signature string
}

// Latency summarises single inferences, in µs.
type Latency struct {
	Count  int     `json:"count"`
	MinUS  float64 `json:"min_us"`
	P50US  float64 `json:"p50_us"`
	P90US  float64 `json:"p90_us"`
	P99US  float64 `json:"p99_us"`
	P999US float64 `json:"p99_9_us"`
	MaxUS  float64 `json:"max_us"`
	MeanUS float64 `json:"mean_us"`
}

// OpTime is what one operator takes.
type OpTime struct {
	Index    int     `json:"index"`
	Op       string  `json:"op"`
	Shape    []int   `json:"output_shape"`
	MACs     int64   `json:"macs"`
	MedianUS float64 `json:"median_us"`
	Share    float64 `json:"share"` // of the sum of all operators' medians
}

// Memory is what the model needs, in bytes.
type Memory struct {
	FileBytes     int   `json:"file_bytes"`
	ArenaBytes    int   `json:"arena_bytes"`
	PreparedBytes int   `json:"prepared_bytes"` // packed weights and tables
	PeakRSSBytes  int64 `json:"peak_rss_bytes"` // of the whole process so far
}

// Result is a whole measurement.
type Result struct {
	Kernels            string   `json:"kernels"`  // the family of kernels that computed
	InitUS             float64  `json:"init_us"`  // verify the file and prepare the interpreter
	FirstUS            float64  `json:"first_us"` // the very first inference, caches cold
	WarmUp             int      `json:"warm_up"`  // inferences before the measured loop
	Latency            Latency  `json:"latency"`  // of several windows: the median of each figure
	AllocsPerInference float64  `json:"allocs_per_inference"`
	Memory             Memory   `json:"memory"`
	MACs               int64    `json:"macs"`
	Ops                []OpTime `json:"ops"`
	// Windows holds each window's latency, where there were several.
	Windows []Latency `json:"windows,omitempty"`
	// MinorFaults and MajorFaults count the pages that the process needed in the
	// measured loop, without and with the disk.
	MinorFaults int64 `json:"minor_page_faults"`
	MajorFaults int64 `json:"major_page_faults"`
}

const (
	warmUpTime  = 200 * time.Millisecond
	maxSamples  = 1 << 21 // 16 MiB of latencies; a faster model ends the loop early
	opRunsMin   = 20
	opTimeLimit = time.Second
)

// Run measures the model in data.
func Run(ctx context.Context, data []byte, opt Options) (*Result, error) {
	if opt.Duration <= 0 {
		return nil, fmt.Errorf("bench: duration %v: must be above 0", opt.Duration)
	}
	start := time.Now()
	m, err := opt.parse(data)
	if err != nil {
		return nil, err
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{Threads: opt.Threads})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	defer it.EndWith(ctx)()
	res := &Result{Kernels: it.CPU(), InitUS: us(time.Since(start))}
	fill(it, opt.Input)
	start = time.Now()
	it.Invoke()
	res.FirstUS = us(time.Since(start))

	for start = time.Now(); time.Since(start) < warmUpTime && ctx.Err() == nil; res.WarmUp++ {
		it.Invoke()
	}
	if err := res.measureAll(ctx, it, opt); err != nil {
		return nil, err
	}
	res.Ops = measureOps(ctx, it)
	for _, op := range res.Ops {
		res.MACs += op.MACs
	}
	res.Memory = Memory{
		FileBytes: len(data), ArenaBytes: it.ArenaBytes(), PreparedBytes: it.PreparedBytes(), PeakRSSBytes: peakRSS(),
	}
	return res, ctx.Err()
}

// parse reads the model, or the part of it that is measured.
func (o *Options) parse(data []byte) (*tflite.Model, error) {
	m, err := tflite.Parse(data)
	if err != nil || o.Signature == "" {
		return m, err
	}
	return m.WithSignature(o.Signature)
}

// fill sets the input tensors once: the time does not depend on their values.
func fill(it *tflite.Interpreter, input func(int, []byte)) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range it.Inputs() {
		dst := it.InputBytes(i)
		if input != nil {
			input(i, dst)
			continue
		}
		for j := range dst {
			dst[j] = byte(rng.Uint32())
		}
	}
}

// measureAll measures each window.
func (r *Result) measureAll(ctx context.Context, it *tflite.Interpreter, opt Options) error {
	windows := make([]Latency, max(opt.Windows, 1))
	samples := make([]time.Duration, 0, maxSamples)
	var allocs, count uint64
	for i := range windows {
		var did uint64
		runtime.GC()
		minor, major := pageFaults()
		samples, did = measure(ctx, it, opt, samples[:0], func(done float64) float64 {
			return (float64(i) + done) / float64(len(windows))
		})
		if err := ctx.Err(); err != nil {
			return err
		}
		minorAfter, majorAfter := pageFaults()
		r.MinorFaults, r.MajorFaults = r.MinorFaults+minorAfter-minor, r.MajorFaults+majorAfter-major
		allocs, count = allocs+did, count+uint64(len(samples))
		windows[i] = Summarise(samples)
	}
	r.Latency = medianOf(windows)
	r.AllocsPerInference = float64(allocs) / float64(count)
	if len(windows) > 1 {
		r.Windows = windows
	}
	return nil
}

// measure takes single latencies until the time is up. Overall turns the
// window's progress into that of all.
func measure(ctx context.Context, it *tflite.Interpreter, opt Options, samples []time.Duration,
	overall func(float64) float64,
) (_ []time.Duration, allocs uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	nextReport := begin
	for now := begin; len(samples) < cap(samples); {
		it.Invoke()
		end := time.Now()
		samples = append(samples, end.Sub(now))
		elapsed := end.Sub(begin)
		if elapsed >= opt.Duration || ctx.Err() != nil {
			break
		}
		if opt.Progress != nil && end.Sub(nextReport) > 100*time.Millisecond {
			opt.Progress(overall(float64(elapsed) / float64(opt.Duration)))
			nextReport = end
		}
		now = time.Now()
	}
	runtime.ReadMemStats(&after)
	return samples, after.Mallocs - before.Mallocs
}

// measureOps takes each operator's median time.
func measureOps(ctx context.Context, it *tflite.Interpreter) []OpTime {
	infos := it.Operators()
	times := make([][]time.Duration, len(infos))
	start := time.Now()
	for run := 0; ctx.Err() == nil && (run < opRunsMin || time.Since(start) < opTimeLimit) && run < 10000; run++ {
		it.InvokeProfiled(func(op int, d time.Duration) { times[op] = append(times[op], d) })
	}
	out := make([]OpTime, len(infos))
	var sum float64
	for i, info := range infos {
		out[i] = OpTime{Index: i, Op: info.Op.String(), Shape: info.OutputShape, MACs: info.MACs}
		if len(times[i]) > 0 {
			slices.Sort(times[i])
			out[i].MedianUS = us(percentile(times[i], 0.5))
		}
		sum += out[i].MedianUS
	}
	for i := range out {
		if sum > 0 {
			out[i].Share = out[i].MedianUS / sum
		}
	}
	return out
}

// Summarise sorts latencies and returns their summary; nothing for none.
func Summarise(samples []time.Duration) Latency {
	if len(samples) == 0 {
		return Latency{}
	}
	slices.Sort(samples)
	var sum time.Duration
	for _, d := range samples {
		sum += d
	}
	return Latency{
		Count:  len(samples),
		MinUS:  us(samples[0]),
		P50US:  us(percentile(samples, 0.50)),
		P90US:  us(percentile(samples, 0.90)),
		P99US:  us(percentile(samples, 0.99)),
		P999US: us(percentile(samples, 0.999)),
		MaxUS:  us(samples[len(samples)-1]),
		MeanUS: us(sum) / float64(len(samples)),
	}
}

// percentile returns the nearest-rank percentile of sorted samples.
func percentile(sorted []time.Duration, p float64) time.Duration {
	rank := int(p*float64(len(sorted)) + 0.999999)
	return sorted[max(0, min(len(sorted)-1, rank-1))]
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
