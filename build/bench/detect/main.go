// Command detect says how well the tool's models find faults on machines that it has not been made for, what
// each of their detectors does alone, what simple baselines do, how often they are wrong and how small a change
// they notice.
//
//	detect -data FOLDER -out FOLDER [-models FOLDER] [-family dense] [-stream=false] [MACHINE…]
//
// FOLDER holds a folder for each machine, with train/normal, test/normal and test/abnormal; one of learn/ and
// test/ is a machine too. Each machine is learned from its normal recordings at the tool's defaults, and
// judged by the others:
//
//   - area under the ROC curve with its interval, as recorded and with the level removed in two ways, of the
//     whole, of each detector, and of baselines that get the same front end and the same clips (baselines.go);
//   - events on unseen normal sound, beside those that the model expects;
//   - the sensitivity that the model promises;
//   - a stream (stream.go): unseen normal sound for ten minutes, then two minutes of a fault;
//   - hard tasks (hard.go), made of normal sound and faults: faults mixed in, narrow bands, clicks, beats, another
//     microphone, drift; and models of 4, 8 and 16 clips (few.go);
//   - leaving one family of machines out (families.go): what the others would have chosen, on it.
//
// Models and what they gave are kept in -out by the content of recordings and of this program: what has
// not changed is not done again.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(1)
	}
}

// options say what to measure.
type options struct {
	data, out, models, family string
	stream                    bool
	program                   string // hash of this program: what it gave depends on it
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.data, "data", "", "folder of machines")
	flag.StringVar(&o.out, "out", "", "folder for models and results")
	flag.StringVar(&o.models, "models", "", "folder of MACHINE.tflite to judge, instead of training")
	flag.StringVar(&o.family, "family", "dense", "kind of network")
	flag.BoolVar(&o.stream, "stream", true, "play streams")
	flag.Parse()
	if o.data == "" || o.out == "" {
		flag.Usage()
		return errors.New("-data and -out are needed")
	}
	err := os.MkdirAll(o.out, 0o755)
	if err != nil {
		return err
	}
	if o.program, err = programHash(); err != nil {
		return err
	}
	machines, err := find(o.data, flag.Args())
	if err != nil {
		return err
	}
	var results []*result
	for i, m := range machines {
		fmt.Fprintf(os.Stderr, "%s (%d of %d)\n", m.name, i+1, len(machines))
		r, err := o.cached(ctx, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		results = append(results, r)
	}
	all := report{Machines: results, Families: leaveOut(results, byFaults()), HardFamilies: leaveOut(results, byHard())}
	if err := all.print(os.Stdout); err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(o.out, "detect.json")
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Printf("all figures: %s\n", path)
	return nil
}

// machine is one that is learned and judged.
type machine struct{ name, learn, test string }

// find returns the machines of a folder; of those that are named, all must be there.
func find(data string, names []string) (machines []machine, err error) {
	entries, err := os.ReadDir(data)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if len(names) > 0 && !slices.Contains(names, e.Name()) {
			continue
		}
		dir := filepath.Join(data, e.Name())
		for _, part := range []string{"train", "learn"} {
			if hasNormal(filepath.Join(dir, part)) && hasNormal(filepath.Join(dir, "test")) {
				machines = append(machines, machine{e.Name(), filepath.Join(dir, part), filepath.Join(dir, "test")})
				break
			}
		}
	}
	if len(machines) == 0 || len(names) > len(machines) {
		return nil, fmt.Errorf("%s: %d machines of %v: one has train/normal, test/normal and test/abnormal",
			data, len(machines), names)
	}
	return machines, nil
}

func hasNormal(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "normal"))
	return err == nil && info.IsDir()
}
