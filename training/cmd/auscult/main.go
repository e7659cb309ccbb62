// Command auscult is the tool beside the node: it learns what a machine sounds
// like when all is well, proves the model on recordings, and looks into models,
// clips and their features.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/tflite/backend/confine"
	"github.com/auscult/auscult/training/dataset"
)

// version is set by the linker; the build information serves otherwise.
var version = ""

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // the work could not be done
	exitUsage       = 64  // the command line is wrong
	exitStrict      = 65  // --strict: a recording cannot be used
	exitInterrupted = 130 // ended by SIGINT or SIGTERM
)

// commands is the command line.
type commands struct {
	Init      initCommand      `cmd:"" help:"Set this machine up as a node: find the microphone, show its level, write the configuration, test the broker."`
	Demo      demoCommand      `cmd:"" help:"Learn a fan from the shipped recordings, then play normal and faulty sound through the agent to an MQTT broker."`
	Train     trainCommand     `cmd:"" help:"Learn a machine's normal sound from recordings and write a model."`
	Import    importCommand    `cmd:"" help:"Make a model of an autoencoder that was trained in Keras: quantise it and calibrate it on normal recordings."`
	Evaluate  evaluateCommand  `cmd:"" help:"Score normal and abnormal recordings with a model and say how well it tells them apart."`
	Report    reportCommand    `cmd:"" help:"Write a page that shows and explains what a model can do on recordings."`
	Plot      plotCommand      `cmd:"" help:"Draw one picture of the report as a PNG: a spectrogram, a residual, ROC, scores, spectra, noise, drift."`
	Replay    replayCommand    `cmd:"" help:"Play recordings through the node's own pipeline and print the events that it would have reported."`
	Budget    budgetCommand    `cmd:"" help:"Choose threshold, k of n and hysteresis for a number of false alarms per machine-month."`
	Devices   devicesCommand   `cmd:"" help:"List the microphones and buses of this machine, and what is wrong with them."`
	Delegates delegatesCommand `cmd:"" help:"List the runtimes and accelerators of this machine, and what is wrong with them."`
	Record    recordCommand    `cmd:"" help:"Record a microphone into a WAV file, with a level meter."`
	Install   installCommand   `cmd:"" help:"Put a model where this node listens with it, checked, and start or reload the service."`
	Doctor    doctorCommand    `cmd:"" help:"Check what a node needs: microphone, rate, level, clock, disk, broker."`
	Spool     spoolCommand     `cmd:"" help:"Look into the alerts that wait on a node: list, check, mend, export."`
	Features  featuresCommand  `cmd:"" help:"Compute a recording's log-mel frames exactly as the node does."`
	Infer     inferCommand     `cmd:"" help:"Run a model on raw tensor bytes from standard input."`
	Bench     benchCommand     `cmd:"" help:"Measure how long one inference takes on this machine."`
	Inspect   inspectCommand   `cmd:"" help:"Show a model's tensors, operators, quantisation and settings."`

	Completion completionCommand `cmd:"" help:"Print a script that completes commands, flags and values in a shell."`
	Complete   completeCommand   `cmd:"" hidden:"" help:"Print what may stand at the cursor, for the scripts of completion."`
	Manual     manualCommand     `cmd:"" hidden:"" help:"Write pages about all commands, for man or in Markdown."`

	Quiet   bool             `short:"q" help:"Print results and errors only: no progress, no notes."`
	Version kong.VersionFlag `help:"Print the version and exit."`
}

// description is what --help, the manual and docs/cli say of the whole.
const description = `Learn what a machine sounds like when all is well, and prove it.

Exit codes: 0 done, 1 failed, 64 wrong command line, 65 a recording that --strict does not pass over, 130 interrupted.

Times have units, as 500ms, 30s or 1h30m. Results go to the standard output, progress and notes to the standard error,
where long work says now and then how far it is when nobody sees a bar. There are no colours, with NO_COLOR or without.
With --json a command prints one JSON object, whose fields may become more and keep their meaning; what it prints
without is for people, and may change.`

// streams are the program's standard streams, so that tests can replace them.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// garbagePercent is how much garbage there may be for what is in use, unless GOGC says it. The long
// work makes little, so it costs no time, and what many clips take is not doubled.
const garbagePercent = 20

func main() {
	// A helper is started as this program, which gives up rights and becomes it.
	if err := confine.Main(); err != nil {
		fmt.Fprintf(os.Stderr, "auscult: %v\n", err)
		os.Exit(exitFailed)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the program at once
		// What waits in a system call, such as a read from a terminal, does not
		// see that the context is done.
		time.AfterFunc(patience, func() { os.Exit(exitInterrupted) })
	})
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// patience is how long a command may take to end after a signal.
const patience = 1500 * time.Millisecond

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	if err := checkStdout(std.out); err != nil {
		fmt.Fprintf(std.err, "auscult: %v\n", err)
		return exitFailed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &printer{to: std.out, cancel: cancel}
	std.out = out
	code := execute(ctx, args, std, out.failed)
	if err := out.failed(); err != nil {
		fmt.Fprintf(std.err, "auscult: %v\n", err)
		return exitFailed
	}
	return code
}

// execute is run, but for what becomes of what is printed.
func execute(ctx context.Context, args []string, std streams, printing func() error) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, append(values(),
		kong.Name("auscult"),
		kong.Description(description),
		kong.Vars{"version": "auscult " + buildVersion()},
		defaults(), choices(),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)...)
	if err != nil {
		panic(err) // the command line's own definition is wrong
	}
	if len(args) == 0 {
		around := lookAround("/", configFile)
		if _, err := io.WriteString(std.out, around.next()); err != nil {
			return exitFailed
		}
		return exitOK
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help and --version have printed what they had to
		return exited
	}
	if err != nil {
		fmt.Fprintf(std.err, "auscult: %v (see '%s --help')\n", err, near(err))
		return exitUsage
	}
	complaints := std.err
	if cli.Quiet {
		std.err = io.Discard
	}
	parsed.Bind(std)
	err = parsed.Run()
	if printing() != nil { // what err says follows from that
		return exitFailed
	}
	return exitCode(ctx, err, complaints)
}

// near returns the command whose help serves who has made a mistake.
func near(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if node := wrong.Context.Selected(); node != nil {
			return commandName(node)
		}
	}
	return "auscult"
}

// exitCode reports err, if any, on one line and maps it to an exit code.
func exitCode(ctx context.Context, err error, w io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "auscult: interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(w, "auscult: %v\n", err)
		return exitUsage
	case errors.Is(err, dataset.ErrStrict):
		fmt.Fprintf(w, "auscult: %v\n", err)
		return exitStrict
	default:
		fmt.Fprintf(w, "auscult: %v\n", err)
		return exitFailed
	}
}

// usageError is a wrong command line that only the command itself can notice.
type usageError struct{ error }

// buildVersion returns the version that the linker or the Go toolchain knows.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
