// Command infer runs one model for the benchmark beside LiteRT: how long an
// inference takes, or how many instructions a processor executes for it.
//
//	infer MODEL            reads counts from standard input, one a line; runs so many
//	                       inferences and prints their median and minimum in ns
//	infer -mark 5 MODEL    brackets each of 5 inferences by system call 4242, where the
//	                       counting plugin of qemu-user prints what was executed
//	infer -empty FILE      writes a model that does nearly nothing: what a call costs
package main

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/auscult/auscult/tflite"
)

// markCall is the system call that the counting plugin watches for.
const markCall = 4242

func main() {
	threads := flag.Int("threads", 1, "threads that compute one inference")
	mark := flag.Int("mark", 0, "bracket so many inferences by marks")
	empty := flag.Bool("empty", false, "write a model that does nearly nothing")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	err := run(flag.Arg(0), *threads, *mark, *empty)
	if err != nil {
		fmt.Fprintln(os.Stderr, "infer:", err)
		os.Exit(1)
	}
}

func run(path string, threads, mark int, empty bool) error {
	if empty {
		return writeEmpty(path)
	}
	m, err := tflite.Open(path)
	if err != nil {
		return err
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{Threads: threads})
	if err != nil {
		return err
	}
	defer it.Close()
	fill(it)
	if mark > 0 {
		it.Invoke()
		for i := range mark {
			_, _, _ = syscall.RawSyscall(markCall, uintptr(1000+i), 0, 0)
			it.Invoke()
			_, _, _ = syscall.RawSyscall(markCall, uintptr(i), 0, 0)
		}
		return nil
	}
	fmt.Println(it.CPU(), kind(m, it))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil || n < 1 || n > 10_000_000 {
			return fmt.Errorf("%.40q is no count", lines.Text())
		}
		fmt.Println(measure(it, n))
	}
	return lines.Err()
}

// fill gives the inputs random codes, or numbers of a normal size.
func fill(it *tflite.Interpreter) {
	r := rand.New(rand.NewPCG(1, 2))
	for i, info := range it.Inputs() {
		b := it.InputBytes(i)
		switch info.Type {
		case tflite.Float32:
			for j := 0; j < len(b); j += 4 {
				binary.LittleEndian.PutUint32(b[j:], math.Float32bits(float32(r.NormFloat64())))
			}
		case tflite.Bool:
			for j := range b {
				b[j] = byte(r.Uint32() & 1)
			}
		default:
			size := info.Type.Size()
			for j := range b {
				b[j] = byte(r.Uint32())
				if size > 2 && j%size > 0 { // small positive numbers
					b[j] = 0
				}
			}
		}
	}
}

// kind names what most steps of a model compute with.
func kind(m *tflite.Model, it *tflite.Interpreter) string {
	steps := map[string]int64{}
	for i, info := range it.Operators() {
		o := &m.Operators[i]
		if len(o.Outputs) == 0 || info.Folded {
			continue
		}
		name := m.Tensors[o.Outputs[0]].Type.String()
		for _, in := range o.Inputs[min(1, len(o.Inputs)):] {
			if name == "float32" && in >= 0 && m.Tensors[in].Type == tflite.Int8 {
				name = "dynamic"
			}
		}
		steps[name] += info.MACs
	}
	best := "none"
	for name, n := range steps {
		if n > steps[best] {
			best = name
		}
	}
	return best
}

func measure(it *tflite.Interpreter, n int) (median, least int64) {
	times := make([]int64, n)
	last := time.Now()
	for i := range times {
		it.Invoke()
		now := time.Now()
		times[i] = now.Sub(last).Nanoseconds()
		last = now
	}
	slices.Sort(times)
	return times[n/2], times[0]
}

// writeEmpty writes a model of one code through LOGISTIC.
func writeEmpty(path string) error {
	q := &tflite.Quantisation{Scales: []float32{1.0 / 256}, ZeroPoints: []int64{-128}}
	code := tflite.Tensor{Type: tflite.Int8, Shape: []int{1, 1}, Quant: q}
	m := &tflite.Model{
		Tensors: []tflite.Tensor{code, code}, Inputs: []int{0}, Outputs: []int{1},
		Operators: []tflite.Operator{{Op: tflite.Logistic, Version: 2, Inputs: []int{0}, Outputs: []int{1}}},
	}
	data, err := m.Marshal()
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
