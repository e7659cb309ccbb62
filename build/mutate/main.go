// Command mutate changes one thing at a time in a package and says which changes its
// tests do not notice.
//
// Each mutant is compiled by way of an overlay, so that nothing in the tree changes. One
// that does not compile, or that the tests fail on, is done with; one that lives is a
// line that could be wrong without anybody being told, or a change that means the same.
// What is internal may also be noticed by the tests of the package that it is a part of.
//
//	mutate [-n COUNT] [-seed SEED] [-timeout TIME] PACKAGE…
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// verdict is what became of a mutant.
type verdict string

const (
	killed  verdict = "killed"
	lived   verdict = "LIVED"
	invalid verdict = "does not compile"
)

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	count := flags.Int("n", 20, "mutants of each package, chosen at random; 0 is all")
	seed := flags.Uint64("seed", 1, "of the choice")
	timeout := flags.Duration("timeout", 2*time.Minute, "of one run of the tests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name a package, as ./agent/config")
	}
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // nothing in it is kept
	t := &trial{ctx: ctx, scratch: scratch, timeout: *timeout}
	var all, survivors int
	for _, pkg := range flags.Args() {
		mutants, err := mutantsOf(pkg)
		if err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(*seed, 0))
		rng.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
		n, tried := *count, 0
		for _, m := range mutants {
			if n > 0 && tried == n {
				break
			}
			v, err := t.try(pkg, m)
			if err != nil {
				return err
			}
			if v == invalid {
				continue
			}
			tried++
			if v == lived {
				survivors++
				_, _ = fmt.Fprintf(out, "%s %s\n", v, m)
			}
		}
		all += tried
		_, _ = fmt.Fprintf(out, "%s: %d of %d possible mutants tried\n", pkg, tried, len(mutants))
	}
	_, _ = fmt.Fprintf(out, "%d mutants, %d killed, %d lived\n", all, all-survivors, survivors)
	return nil
}

// trial runs tests on mutants.
type trial struct {
	ctx     context.Context
	scratch string
	timeout time.Duration
}

// judges returns the packages whose tests must notice what is wrong in one: its own and,
// for one that is internal, those of the package that it is a part of.
func judges(pkg string) []string {
	if parent, _, internal := strings.Cut(filepath.ToSlash(pkg), "/internal/"); internal {
		return []string{pkg, parent}
	}
	return []string{pkg}
}

// try runs tests on a mutant of a package.
func (t *trial) try(pkg string, m mutant) (verdict, error) {
	mutated := filepath.Join(t.scratch, "mutant.go")
	overlay := filepath.Join(t.scratch, "overlay.json")
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	plan, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(mutated, m.text, 0o600), os.WriteFile(overlay, plan, 0o600)); err != nil {
		return "", err
	}
	for _, judge := range judges(pkg) {
		if v, err := t.judge(judge, overlay); err != nil || v != lived {
			return v, err
		}
	}
	return lived, nil
}

// judge runs a package's tests with an overlay.
func (t *trial) judge(pkg, overlay string) (verdict, error) {
	// Compiling apart tells what does not compile from what fails.
	test := filepath.Join(t.scratch, "mutant.test")
	if err := os.Remove(test); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if out, err := t.command("go", "test", "-overlay", overlay, "-vet=off", "-c", "-o", test,
		pkg).CombinedOutput(); err != nil {
		if t.ctx.Err() != nil {
			return "", t.ctx.Err()
		}
		if bytes.Contains(out, []byte("mutant.go")) {
			return invalid, nil
		}
		return "", fmt.Errorf("%s: %w: %s", pkg, err, bytes.TrimSpace(out))
	}
	if _, err := os.Stat(test); errors.Is(err, fs.ErrNotExist) {
		return lived, nil // it has no tests
	}
	c := t.command(test, "-test.failfast", "-test.timeout", t.timeout.String())
	c.Dir = pkg
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case t.ctx.Err() != nil:
		return "", t.ctx.Err()
	case err == nil:
		return lived, nil
	case errors.As(err, &exit):
		return killed, nil
	}
	return "", err
}

func (t *trial) command(name string, args ...string) *exec.Cmd {
	return exec.CommandContext(t.ctx, name, args...)
}

// String names the mutant's place and what was changed.
func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s -> %s", strings.TrimPrefix(m.file, "./"), m.line, m.before, m.after)
}
