// Command auscult-tf does what auscult needs TensorFlow for: trainings, and reading
// SavedModels. The tool starts it; package training/external says what passes between them.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"

	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/tensorflow/fit"
	"github.com/auscult/auscult/training/tensorflow/savedmodel"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), `auscult-tf does what auscult needs TensorFlow for (%s). It is started by
'auscult train --engine tensorflow' and 'auscult import'.

  auscult-tf fit [--threads N] DIR                  does the training in DIR
  auscult-tf import [--signature NAME] DIR FILE     writes the SavedModel in DIR as a checkpoint
`, tf.Version())
	}
	flag.Parse()
	if err := run(flag.Args()); err != nil {
		// TensorFlow's errors have several lines, of which the caller shows the last.
		fmt.Fprintf(os.Stderr, "auscult-tf: %s\n", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "fit":
			return runFit(args[1:])
		case "import":
			return runImport(args[1:])
		}
	}
	flag.Usage()
	return errors.New("nothing to do")
}

// runFit does the training in a folder.
func runFit(args []string) error {
	set := flag.NewFlagSet("fit", flag.ContinueOnError)
	threads := set.Int("threads", 0, "threads that compute; 0: as many as there are cores")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return errors.New("fit: give one folder")
	}
	job, err := external.OpenJob(set.Arg(0))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	var last time.Time
	result, err := fit.Run(job, *threads, func(p external.Step) error {
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

// runImport writes the network of a SavedModel.
func runImport(args []string) error {
	set := flag.NewFlagSet("import", flag.ContinueOnError)
	signature := set.String("signature", external.DefaultSignature, "the SavedModel's signature")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 2 {
		return errors.New("import: give the SavedModel's folder and a file to write")
	}
	net, found, err := savedmodel.Import(set.Arg(0), *signature)
	if err != nil {
		return err
	}
	if err := external.WriteNetwork(set.Arg(1), net); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}
