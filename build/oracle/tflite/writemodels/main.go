// Command writemodels writes a pack of random models with inputs for litert.py.
//
//	writemodels -n 2000 -seed 1 models.pack.gz
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/auscult/auscult/tflite/tflitetest"
)

func main() {
	n := flag.Int("n", 220, "number of models")
	seed := flag.Uint64("seed", 1, "seed of the random numbers")
	kinds := flag.String("kinds", strings.Join(tflitetest.Kinds, ","), "kinds of graph, separated by commas")
	most := flag.Int("most", 1<<20, "leave out models of more bytes, inputs included")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *n, *seed, strings.Split(*kinds, ","), *most); err != nil {
		fmt.Fprintln(os.Stderr, "writemodels:", err)
		os.Exit(1)
	}
}

func run(path string, n int, seed uint64, kinds []string, most int) error {
	r := rand.New(rand.NewPCG(seed, 0))
	var cases []tflitetest.Case
	for len(cases) < n {
		kind := kinds[len(cases)%len(kinds)]
		m, input := tflitetest.Random(r, kind)
		data, err := m.Marshal()
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if len(data)+len(input) <= most {
			cases = append(cases, tflitetest.Case{Kind: kind, Model: data, Input: input})
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := tflitetest.WritePack(f, cases); err != nil {
		return err
	}
	return f.Close()
}
