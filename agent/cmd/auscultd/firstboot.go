package main

import (
	"fmt"
	"io"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/agent/firstboot"
)

// firstBoot takes up what lies on the card's FAT partition, mounted at folder. A wrong file is
// told there and here, and is no failure: the node starts all the same.
func firstBoot(folder string, stdout io.Writer) error {
	account, err := user.Lookup(serviceGroup)
	if err != nil {
		return fmt.Errorf("--first-boot: %w", err)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return fmt.Errorf("--first-boot: user %s: %w", serviceGroup, err)
	}
	gid, err := strconv.Atoi(account.Gid)
	if err != nil {
		return fmt.Errorf("--first-boot: user %s: %w", serviceGroup, err)
	}
	outcomes, err := firstboot.Apply(firstboot.Options{
		Card: folder, Root: "/", UID: uid, GID: gid,
		Writable:    func() (func() error, error) { return writable(folder) },
		SetHostname: func(name string) error { return unix.Sethostname([]byte(name)) },
	})
	for _, o := range outcomes {
		word := "taken"
		if o.Wrong {
			word = "WRONG"
		} else if o.Text == "" {
			continue
		}
		if _, err := fmt.Fprintf(stdout, "%s: %s: %s\n", word, o.File, o.Text); err != nil {
			return err
		}
		if o.But != "" {
			if _, err := fmt.Fprintf(stdout, "NOT: %s: %s\n", o.File, o.But); err != nil {
				return err
			}
		}
	}
	return err
}

// writable remounts a file system that is read-only for as long as it is written to: one that is
// not open cannot be torn by a power cut.
func writable(folder string) (done func() error, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return nil, err
	}
	if st.Flags&unix.ST_RDONLY == 0 {
		return func() error { return nil }, nil
	}
	const options = unix.MS_REMOUNT | unix.MS_NOATIME
	if err := unix.Mount("", folder, "", options, ""); err != nil {
		return nil, err
	}
	return func() error { return unix.Mount("", folder, "", options|unix.MS_RDONLY, "") }, nil
}
