// Command auscult-delegate runs a model by a library of the system, for auscultd and auscult.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/library"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = ""

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 64
)

const usage = `Usage: auscult-delegate --backend tflite|litert [OPTION…]

Runs a model by a runtime or an accelerator of this machine. auscultd and auscult
start it as a process of its own, so that a library that crashes or hangs takes
nothing else down; by hand it does nothing. docs/backend.md says how they speak.

  --backend NAME     tflite: TensorFlow Lite's C API; litert: LiteRT
  --library FILE     the runtime's library; otherwise the system's, by its usual names
  --delegate FILE[,KEY=VALUE…]
                     tflite: a vendor's plugin (external delegate) with its options
  --no-xnnpack       tflite: leave the rest to its own kernels
  --accelerators LIST
                     litert: of cpu, gpu and npu, as in gpu,cpu (cpu)
  --about            tflite: print the library's version, and end
  --version          print the version, and end
  --help             print this text, and end

Example (what "auscult bench" starts for you):

  auscult bench --backend tflite --delegate libedgetpu.so.1,device=usb model.tflite

Exit codes: 0 ended as asked, 1 could not run, 64 wrong command line
`

// options are the command line.
type options struct {
	backend, delegate string
	version, about    bool
	tflite            library.TFLiteOptions
	litert            library.LiteRTOptions
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = io.WriteString(stdout, usage)
	case err != nil:
		fmt.Fprintf(stderr, "auscult-delegate: %v; try auscult-delegate --help\n", err)
		return exitUsage
	case o.version:
		_, err = fmt.Fprintf(stdout, "auscult-delegate %s\n", versionText())
	case o.about:
		var said string
		if said, err = library.TFLiteVersion(o.tflite.Library); err == nil {
			_, err = fmt.Fprintln(stdout, said)
		}
	default:
		err = backend.Serve(o.open)
	}
	if err != nil {
		fmt.Fprintf(stderr, "auscult-delegate: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func parse(args []string) (*options, error) {
	o := new(options)
	var accelerators string
	f := flag.NewFlagSet("auscult-delegate", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are reported by run, in one line
	f.StringVar(&o.backend, "backend", "", "")
	f.StringVar(&o.tflite.Library, "library", "", "")
	f.StringVar(&o.delegate, "delegate", "", "")
	f.BoolVar(&o.tflite.NoXNNPACK, "no-xnnpack", false, "")
	f.StringVar(&accelerators, "accelerators", "", "")
	f.BoolVar(&o.about, "about", false, "")
	f.BoolVar(&o.version, "version", false, "")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.litert.Library = o.tflite.Library
	if accelerators != "" {
		o.litert.Accelerators = strings.Split(accelerators, ",")
	}
	switch {
	case o.version:
		return o, nil
	case f.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case !slices.Contains([]string{"tflite", "litert"}, o.backend):
		return nil, fmt.Errorf("--backend %q: must be tflite or litert", o.backend)
	case o.backend != "tflite" && (o.delegate != "" || o.tflite.NoXNNPACK):
		return nil, errors.New("--delegate and --no-xnnpack belong to --backend tflite")
	case o.backend != "tflite" && o.about:
		return nil, errors.New("--about belongs to --backend tflite: LiteRT does not say its version")
	case o.backend != "litert" && accelerators != "":
		return nil, errors.New("--accelerators belongs to --backend litert")
	}
	if o.delegate != "" {
		var err error
		if o.tflite.Delegate, o.tflite.Keys, o.tflite.Values, err = library.ParseDelegate(o.delegate); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// open makes the engine that was asked for.
func (o *options) open(job backend.Job) (backend.Engine, error) {
	if o.backend == "litert" {
		return library.OpenLiteRT(job, o.litert)
	}
	return library.OpenTFLite(job, o.tflite)
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
