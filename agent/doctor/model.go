package doctor

import (
	"errors"
	"io/fs"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
)

// models loads the models that the configuration names.
func (c *Report) models(settings *config.Config) {
	paths := map[string]bool{}
	for _, s := range settings.Sources {
		paths[settings.ModelOf(&s)] = true
	}
	for path := range paths {
		m, err := model.Load(path)
		if errors.Is(err, fs.ErrNotExist) {
			c.add("model", odd, "auscult train makes one; until then the node waits", "%v", err)
			continue
		}
		if err != nil {
			c.add("model", bad, "auscult inspect looks into it; auscult train makes another", "%v", err)
			continue
		}
		c.add("model", good, "", "%s: %s", path, m.Settings.Name)
	}
}
