// Command auscult-tf does trainings of auscult with TensorFlow. The tool starts
// it; package training/tensorflow/job says what passes between them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"

	"github.com/auscult/auscult/training/engine"
	"github.com/auscult/auscult/training/tensorflow/fit"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), `auscult-tf does trainings with TensorFlow %s. 'auscult train --engine tensorflow' starts it.

  auscult-tf fit [--threads N] DIR     does the training in DIR
`, tf.Version())
	}
	flag.Parse()
	if err := run(flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "auscult-tf: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	set := flag.NewFlagSet("fit", flag.ContinueOnError)
	threads := set.Int("threads", 0, "threads that compute; 0: as many as there are cores")
	if len(args) < 1 || args[0] != "fit" {
		flag.Usage()
		return fmt.Errorf("nothing to do")
	}
	if err := set.Parse(args[1:]); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return fmt.Errorf("fit: give one folder")
	}
	job, err := engine.OpenJob(set.Arg(0))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	var last time.Time
	result, err := fit.Run(job, *threads, func(p engine.Step) error {
		if !p.EpochEnded && time.Since(last) < 100*time.Millisecond {
			return nil
		}
		last = time.Now()
		return out.Encode(p)
	})
	if err != nil {
		return err
	}
	return job.Finish(result)
}
