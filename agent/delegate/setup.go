package delegate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/accelerator"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// Names of backends besides Go. What begins with ExecPrefix is a program by its path.
const (
	Auto       = "auto"
	TFLite     = "tflite"
	LiteRT     = "litert"
	EdgeTPU    = "edgetpu"
	Exec       = "exec"
	ExecPrefix = Exec + ":"
)

// CheckName says what is wrong with a backend's name.
func CheckName(name string) error {
	switch path, isExec := strings.CutPrefix(name, ExecPrefix); {
	case isExec && !filepath.IsAbs(path):
		return fmt.Errorf("%q: needs the whole path of a program, as in exec:/usr/local/bin/my-backend", name)
	case isExec, name == Go, name == Auto, name == TFLite, name == LiteRT, name == EdgeTPU:
		return nil
	}
	return fmt.Errorf("%q: must be go, auto, tflite, litert, edgetpu or exec:/PATH", name)
}

// Setup says what helpers are made of.
type Setup struct {
	Backend string
	Program string // auscult-delegate; "": beside this program, or where packages put it
	TFLite  string // the runtime's library; "": the first that is found
	LiteRT  string // likewise
	// Plugin is an external delegate for TensorFlow Lite with its options: FILE,KEY=VALUE…
	Plugin       string
	Accelerators []string // of LiteRT: cpu, gpu, npu
	Args         []string // of an exec backend's program
	Threads      int
	// Models are files for a backend instead of the model's own, by its name.
	Models      map[string]string
	MemoryBytes int64
	Hide        []string // folders that a helper does not see
	Root        string   // of the file system, where libraries and devices are looked for
}

// Candidates returns the helpers that could compute, in the order in which they are tried. With auto there may be
// several, of which some say why they cannot.
func (s *Setup) Candidates() (all []Candidate, auto bool) {
	if path, isExec := strings.CutPrefix(s.Backend, ExecPrefix); isExec {
		return []Candidate{s.exec(path)}, false
	}
	libraries := accelerator.Libraries(s.Root)
	switch s.Backend {
	case EdgeTPU:
		return []Candidate{s.edgeTPU(libraries)}, false
	case TFLite:
		return []Candidate{s.runtime(TFLite, TFLite, s.Plugin, libraries)}, false
	case LiteRT:
		return []Candidate{s.runtime(LiteRT, LiteRT, "", libraries)}, false
	}
	return []Candidate{
		s.edgeTPU(libraries), s.runtime(LiteRT, LiteRT, "", libraries), s.runtime(TFLite, TFLite, s.Plugin, libraries),
	}, true
}

// rights are what a helper may do.
func (s *Setup) rights() *confine.Rights {
	r := &confine.Rights{Hide: s.Hide}
	if s.MemoryBytes > 0 {
		// Libraries reserve more than they use; what they use is looked at meanwhile.
		r.MemoryBytes = 2 * uint64(s.MemoryBytes)
	}
	return r
}

// load reads a candidate's own model.
func (s *Setup) load(c *Candidate, name string) {
	path := s.Models[name]
	if path == "" {
		return
	}
	data, err := tflite.ReadFile(path)
	if err != nil {
		c.Missing = err.Error()
		return
	}
	c.Model = data
}

// exec is a candidate that is a program of its own.
func (s *Setup) exec(path string) Candidate {
	c := Candidate{
		Name: Exec, Command: backend.Command{Path: path, Args: s.Args, Rights: s.rights()}, Threads: s.Threads,
		Identity: identity(path),
	}
	if err := executable(path); err != nil {
		c.Missing = err.Error()
		return c
	}
	s.load(&c, Exec)
	return c
}

// runtime is a candidate that auscult-delegate makes of a library of TFLite or LiteRT.
func (s *Setup) runtime(name, kind, plugin string, found []accelerator.Library) Candidate {
	c := Candidate{Name: name, Threads: s.Threads}
	library := s.TFLite
	if kind == LiteRT {
		library = s.LiteRT
	}
	program, err := s.FindProgram()
	if err != nil {
		c.Missing = err.Error()
		return c
	}
	if library == "" {
		l, err := first(found, kind)
		if err != nil {
			c.Missing = err.Error()
			return c
		}
		library = l.Path
	}
	file, _, _ := strings.Cut(plugin, ",")
	args := []string{"--backend", kind, "--library", library}
	if plugin != "" {
		args = append(args, "--delegate", plugin)
	}
	if kind == LiteRT && len(s.Accelerators) > 0 {
		args = append(args, "--accelerators", strings.Join(s.Accelerators, ","))
	}
	c.Command = backend.Command{Path: program, Args: args, Rights: s.rights()}
	c.Identity = identity(program, library, file)
	s.load(&c, name)
	return c
}

// edgeTPU is TensorFlow Lite with Coral's plugin and a model that was compiled for it.
func (s *Setup) edgeTPU(found []accelerator.Library) Candidate {
	plugin := s.Plugin
	if !strings.Contains(filepath.Base(plugin), "edgetpu") {
		plugin = ""
		for _, l := range found {
			if l.Kind == accelerator.Plugin && l.Problem == "" && strings.Contains(l.Path, "edgetpu") {
				plugin = l.Path
			}
		}
	}
	c := Candidate{Name: EdgeTPU}
	switch {
	case s.Models[EdgeTPU] == "":
		c.Missing = "no model for it: compile one with edgetpu_compiler and name it in model_edgetpu"
	case plugin == "":
		c.Missing = "no libedgetpu.so.1 here: install Coral's libedgetpu1-std, or name it in delegate.plugin"
	default:
		return s.runtime(EdgeTPU, TFLite, plugin, found)
	}
	return c
}

// first returns the first library of a kind that can be used.
func first(found []accelerator.Library, kind string) (accelerator.Library, error) {
	problem := ""
	for _, l := range found {
		if l.Kind == kind && l.Problem == "" {
			return l, nil
		}
		if l.Kind == kind && problem == "" {
			problem = fmt.Sprintf("%s %s", l.Path, l.Problem)
		}
	}
	if problem == "" {
		problem = fmt.Sprintf("no library for it here: install one, or name it in delegate.%s", kind)
	}
	return accelerator.Library{}, errors.New(problem)
}

// programName is the helper for libraries.
const programName = "auscult-delegate"

// FindProgram finds auscult-delegate.
func (s *Setup) FindProgram() (string, error) {
	if s.Program != "" {
		return s.Program, executable(s.Program)
	}
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), programName))
	}
	places = append(places, "/usr/bin/"+programName, "/usr/local/bin/"+programName)
	for _, p := range places {
		if executable(p) == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no %s beside this program: it comes with the package, or by 'make build'", programName)
}

// executable says what is wrong with a program.
func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir() || info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is no program: chmod +x it", path)
	}
	return nil
}

// identity changes when files do.
func identity(paths ...string) string {
	var b strings.Builder
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", p, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// CheckAccelerators says what is wrong with a list for LiteRT.
func CheckAccelerators(names []string) error {
	for _, n := range names {
		if n != "cpu" && n != "gpu" && n != "npu" {
			return fmt.Errorf("%q: must be of cpu, gpu and npu", n)
		}
	}
	return nil
}

// CheckPlugin says what is wrong with how a plugin is written; none is right.
func CheckPlugin(text string) error {
	if text == "" {
		return nil
	}
	for i, part := range strings.Split(text, ",") {
		if i == 0 && part == "" {
			return fmt.Errorf("%q: names no file", text)
		}
		if key, _, ok := strings.Cut(part, "="); i > 0 && (!ok || key == "") {
			return fmt.Errorf("%q: must be FILE,KEY=VALUE and so on", text)
		}
	}
	return nil
}
