package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // packagers register themselves
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// pack makes a package by nfpm's configuration, whose variables the environment fills in.
func pack(at time.Time, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	config, err := nfpm.ParseFile("build/package/nfpm.yaml")
	if err != nil {
		return err
	}
	info, err := config.Get(args[0])
	if err != nil {
		return err
	}
	info.MTime = at
	info = nfpm.WithDefaults(info)
	p, err := nfpm.Get(args[0])
	if err != nil {
		return err
	}
	info.Target = filepath.Join(args[1], p.ConventionalFileName(info))
	return write(info.Target, func(f *os.File) error { return p.Package(info, f) })
}
