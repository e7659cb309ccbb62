package doctor

import (
	"strings"

	"github.com/auscult/auscult/agent/accelerator"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/delegate"
)

// delegates looks at what computes: whether what is configured is here, and whether accelerators can be opened.
func (c *Report) delegates(root string, settings *config.Config) {
	asked := map[string]bool{}
	for i := range settings.Sources {
		s := &settings.Sources[i]
		name := settings.BackendOf(s)
		if name == delegate.Go || asked[name] {
			continue
		}
		asked[name] = true
		setup := settings.DelegateOf(s, root)
		all, auto := setup.Candidates()
		c.backend(name, all, auto)
	}
	for _, d := range accelerator.Devices(root) {
		// A GPU that only draws is on most boards: it matters to who asked for more than Go.
		if d.Problem != "" && (d.Kind != "gpu" || len(asked) > 0) {
			c.add("accelerator", odd, d.Fix, "%s: %s", d.Text, d.Problem)
		}
	}
}

// backend says whether there is something to compute by.
func (c *Report) backend(name string, all []delegate.Candidate, auto bool) {
	const fix = "'auscult delegates' lists what is here; docs/delegates.md says what to install"
	var missing []string
	for _, candidate := range all {
		if candidate.Missing == "" {
			c.add("backend", good, "", "%s: %s", name, strings.Join(
				append([]string{candidate.Command.Path}, candidate.Command.Args...), " "))
			if !auto {
				return
			}
			continue
		}
		missing = append(missing, candidate.Name+": "+candidate.Missing)
	}
	if len(missing) < len(all) {
		return
	}
	c.add("backend", odd, fix, "%s cannot compute, so the Go kernels do: %s", name, strings.Join(missing, "; "))
}
