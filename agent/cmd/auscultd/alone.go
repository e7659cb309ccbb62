package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/spool"
)

// alone returns an error where a second daemon, or one with the wrong rights, would harm the
// one whose state it shares: two fight for the client id at the broker, and what root leaves
// the service cannot write.
func alone(c *config.Config, uid int) error {
	folder := filepath.Dir(c.Spool.Path)
	if owner, err := ownerOf(folder); err != nil {
		return err
	} else if uid == 0 && owner != 0 {
		return fmt.Errorf("as root it would leave files in %s that the service cannot write: run systemctl start auscultd, or: "+
			"runuser -u \"$(stat -c %%U %s)\" -- auscultd", folder, folder)
	}
	if spool.Busy(c.Spool.Path) {
		return fmt.Errorf("%s is in use by another auscultd: stop that, or give this one a spool.path and an mqtt.client_id of its own",
			c.Spool.Path)
	}
	return nil
}

// ownerOf returns who owns a file, 0 where it is not there.
func ownerOf(path string) (uint32, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Sys().(*syscall.Stat_t).Uid, nil
}

// mendOwners gives the service what root has left in the folder of its spool.
func mendOwners(c *config.Config) error {
	folder, err := os.OpenRoot(filepath.Dir(c.Spool.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }() // nothing is written through it
	info, err := folder.Stat(".")
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	if owner.Uid == 0 {
		return nil
	}
	list, err := fs.ReadDir(folder.FS(), ".")
	for _, e := range list {
		info, statErr := e.Info()
		if statErr != nil || !info.Mode().IsRegular() || info.Sys().(*syscall.Stat_t).Uid != 0 {
			continue
		}
		err = errors.Join(err, folder.Lchown(e.Name(), int(owner.Uid), int(owner.Gid)))
	}
	return err
}
