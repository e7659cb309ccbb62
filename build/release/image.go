package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// platforms are how OCI calls Debian's architectures.
var platforms = map[string]v1.Platform{
	"amd64": {OS: "linux", Architecture: "amd64"},
	"arm64": {OS: "linux", Architecture: "arm64"},
	"armhf": {OS: "linux", Architecture: "arm", Variant: "v6"},
}

// image writes an index of an image for each architecture; each folder holds a root file system.
func image(at time.Time, args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arg := range args[2:] {
		name, root, _ := strings.Cut(arg, "=")
		platform, ok := platforms[name]
		if !ok || root == "" {
			return fmt.Errorf("%q: write amd64=FOLDER, arm64=FOLDER or armhf=FOLDER", arg)
		}
		one, err := imageOf(root, args[1], platform, at)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: one, Descriptor: v1.Descriptor{Platform: &platform},
		})
	}
	work, err := os.MkdirTemp("", "auscult-image")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	at0 := map[string]string{"org.opencontainers.image.ref.name": args[1]}
	path, err := layout.Write(work, empty.Index)
	if err != nil {
		return err
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(at0)); err != nil {
		return err
	}
	list, err := entries(work, ".")
	if err != nil {
		return err
	}
	return write(args[0], func(f *os.File) error { return tarEntries(f, list[1:], at) })
}

// imageOf makes the image of one architecture: one layer, and the daemon as what it runs.
func imageOf(root, version string, platform v1.Platform, at time.Time) (v1.Image, error) {
	list, err := entries(filepath.Clean(root), ".")
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	if err := tarEntries(&content, list[1:], at); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	made := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	one, err := mutate.Append(made, mutate.Addendum{
		Layer: layer, History: v1.History{Created: v1.Time{Time: at}, CreatedBy: "auscult " + version},
	})
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(one, imageConfig(one, version, platform, at))
}

// imageConfig says how the image is run.
func imageConfig(one v1.Image, version string, platform v1.Platform, at time.Time) *v1.ConfigFile {
	config, err := one.ConfigFile()
	if err != nil {
		panic(err) // it is in memory
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: at}
	config.Config = v1.Config{
		// A number, since there is no /etc/passwd; --group-add audio gives it the sound cards.
		User:       fmt.Sprintf("%d:%[1]d", imageUser),
		Entrypoint: []string{"/usr/bin/auscultd"},
		Cmd:        []string{"--config", "/etc/auscult/auscultd.toml"},
		Volumes:    map[string]struct{}{"/var/lib/auscult": {}},
		Env:        []string{"PATH=/usr/bin"},
		StopSignal: "SIGTERM",
		Labels: map[string]string{
			"org.opencontainers.image.title":    "auscult",
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.licenses": "Apache-2.0",
			"org.opencontainers.image.source":   "https://github.com/auscult/auscult",
		},
	}
	return config
}
