package accelerator

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// check says whether this user may open the device, and what helps.
func (d *Device) check(root string) {
	err := unix.Faccessat(unix.AT_FDCWD, d.Path, unix.R_OK|unix.W_OK, unix.AT_EACCESS)
	if err == nil {
		return
	}
	d.Problem = fmt.Sprintf("this user may not open %s: %v", d.Path, err)
	var st unix.Stat_t
	if unix.Stat(d.Path, &st) != nil {
		d.Fix = "load its driver, or plug it in again"
		return
	}
	group := groupName(root, st.Gid)
	if st.Mode&0o060 == 0o060 && group != "root" {
		d.Fix = fmt.Sprintf("put the node's user into its group: sudo usermod -aG %s auscult, and start the service again", group)
		return
	}
	d.Fix = "give its group the right to it by a udev rule: docs/delegates.md has one for each device"
}
