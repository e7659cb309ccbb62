// Command writemodels writes a pack of models with inputs for litert.py: random
// models, or given ones, read and written again, with random inputs.
//
//	writemodels -n 2000 -seed 1 models.pack.gz
//	writemodels -n 424 -float models.pack.gz
//	writemodels -n 328 -unsigned models.pack.gz
//	writemodels -n 400 -wide models.pack.gz
//	writemodels -n 20 models.pack.gz ad01_int8.tflite kws_ref_model.tflite
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

func main() {
	n := flag.Int("n", 800, "number of models, or of inputs of each given model")
	seed := flag.Uint64("seed", 1, "seed of the random numbers")
	kinds := flag.String("kinds", "", "kinds of graph, separated by commas; empty means all")
	float := flag.Bool("float", false, "random models of float32 instead of int8")
	unsigned := flag.Bool("unsigned", false, "random models of uint8 instead of int8")
	wide := flag.Bool("wide", false, "random models of int16 activations instead of int8")
	most := flag.Int("most", 1<<20, "leave out models of more bytes, inputs included")
	flag.Parse()
	if flag.NArg() < 1 {
		flag.Usage()
		os.Exit(2)
	}
	r := rand.New(rand.NewPCG(*seed, 0))
	var cases []tflitetest.Case
	var err error
	if flag.NArg() > 1 {
		cases, err = given(r, *n, flag.Args()[1:])
	} else {
		all, one := tflitetest.Kinds, tflitetest.Random
		if *float {
			all, one = tflitetest.FloatKinds, tflitetest.RandomFloat
		}
		if *unsigned {
			all, one = tflitetest.UnsignedKinds, tflitetest.RandomUnsigned
		}
		if *wide {
			all, one = tflitetest.WideKinds, tflitetest.RandomWide
		}
		if *kinds != "" {
			all = strings.Split(*kinds, ",")
		}
		cases, err = random(r, *n, all, *most, one)
	}
	if err == nil {
		err = write(flag.Arg(0), cases)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writemodels:", err)
		os.Exit(1)
	}
}

// given reads and writes each model and adds n random inputs for it.
func given(r *rand.Rand, n int, paths []string) ([]tflitetest.Case, error) {
	var cases []tflitetest.Case
	for _, path := range paths {
		m, err := tflite.Open(path)
		if err != nil {
			return nil, err
		}
		data, err := m.Marshal()
		if err != nil {
			return nil, err
		}
		it, err := tflite.NewInterpreter(m, tflite.Options{})
		if err != nil {
			return nil, err
		}
		for range n {
			var input []byte
			for _, info := range it.Inputs() {
				for range info.Bytes {
					input = append(input, byte(r.Uint32()))
				}
			}
			cases = append(cases, tflitetest.Case{Kind: filepath.Base(path), Model: data, Input: input})
		}
	}
	return cases, nil
}

// random makes n models of the given kinds in turn.
func random(r *rand.Rand, n int, kinds []string, most int,
	one func(*rand.Rand, string) (*tflite.Model, []byte),
) ([]tflitetest.Case, error) {
	var cases []tflitetest.Case
	for len(cases) < n {
		kind := kinds[len(cases)%len(kinds)]
		m, input := one(r, kind)
		data, err := m.Marshal()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		if len(data)+len(input) <= most {
			cases = append(cases, tflitetest.Case{Kind: kind, Model: data, Input: input})
		}
	}
	return cases, nil
}

func write(path string, cases []tflitetest.Case) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := tflitetest.WritePack(f, cases); err != nil {
		return err
	}
	return f.Close()
}
