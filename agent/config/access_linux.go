package config

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// serviceUser is the user that the installed unit runs as.
const serviceUser = "auscult"

// hiddenFolders are those that the unit hides from the daemon: ProtectHome= and PrivateTmp=.
var hiddenFolders = []string{"/home", "/root", "/run/user", "/tmp", "/var/tmp"}

// account is a user, as far as files ask for it.
type account struct {
	uid    uint32
	groups []uint32
}

// CheckAccess returns an error for the first file of the configuration that is there, and that the service could not
// read: as its user, with what the unit hides from it. Who asks may be root, who can read all. Where there is no such
// user, nothing is known.
func (c *Config) CheckAccess(root string) error {
	who, ok := findAccount(root, serviceUser)
	if !ok {
		return nil
	}
	for _, f := range c.reads() {
		if *f.path == "" || strings.HasPrefix(*f.path, credentialPrefix) {
			continue
		}
		if why := who.barred(root, *f.path); why != "" {
			return fmt.Errorf("config: %s: the service, which runs as user %s, cannot read %s: %s",
				f.key, serviceUser, *f.path, why)
		}
	}
	return nil
}

// barred says why an account cannot read a file, "" where it can, and where there is no such file.
func (a *account) barred(root, path string) string {
	file, err := filepath.EvalSymlinks(filepath.Join(root, path))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		return err.Error()
	}
	within, err := filepath.Rel(root, file)
	if err != nil {
		return err.Error()
	}
	within = "/" + within
	for _, hidden := range hiddenFolders {
		if strings.HasPrefix(within, hidden+"/") {
			return fmt.Sprintf("the unit hides %s from it; put the file into /var/lib/auscult or /etc/auscult", hidden)
		}
	}
	for folder := filepath.Dir(file); ; folder = filepath.Dir(folder) {
		if info, err := os.Stat(folder); err == nil && !a.may(info, 1) {
			return fmt.Sprintf("it may not enter %s (%v)", folder, info.Mode().Perm())
		}
		if folder == filepath.Clean(root) || folder == filepath.Dir(folder) {
			break
		}
	}
	if info, err := os.Stat(file); err == nil && !a.may(info, 4) {
		return fmt.Sprintf("its rights are %v; give it to the group: chgrp %s, chmod 640", info.Mode().Perm(), serviceUser)
	}
	return ""
}

// may reports whether a right, 4 to read and 1 to enter, is the account's. Lists of rights beside the mode are not
// looked at.
func (a *account) may(info fs.FileInfo, right fs.FileMode) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true // not known
	}
	mode := info.Mode().Perm()
	switch {
	case st.Uid == a.uid:
		mode >>= 6
	case slices.Contains(a.groups, st.Gid):
		mode >>= 3
	}
	return mode&right != 0
}

// findAccount looks a user up in the files of a root; nothing but these is asked, as systemd-sysusers writes there.
func findAccount(root, name string) (a account, ok bool) {
	for fields := range table(filepath.Join(root, "etc/passwd")) {
		if len(fields) > 3 && fields[0] == name {
			uid, errU := strconv.ParseUint(fields[2], 10, 32)
			gid, errG := strconv.ParseUint(fields[3], 10, 32)
			if errU != nil || errG != nil {
				return account{}, false
			}
			a, ok = account{uint32(uid), []uint32{uint32(gid)}}, true
		}
	}
	if !ok {
		return account{}, false
	}
	for fields := range table(filepath.Join(root, "etc/group")) {
		if len(fields) > 3 && slices.Contains(strings.Split(fields[3], ","), name) {
			if gid, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
				a.groups = append(a.groups, uint32(gid))
			}
		}
	}
	return a, true
}

// table gives the lines of a file like /etc/passwd, by their fields; none where it cannot be read.
func table(path string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer func() { _ = f.Close() }() // nothing was written
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if !yield(strings.Split(lines.Text(), ":")) {
				return
			}
		}
	}
}
