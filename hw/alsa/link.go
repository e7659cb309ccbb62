package alsa

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// links is where udev names cards by what they are and where they are plugged in: by-id, by-path.
const links = "/dev/snd/by-"

// isLink reports whether a name is one of udev's.
func isLink(name string) bool { return strings.HasPrefix(name, links) }

// controlNode matches what udev's links point to.
var controlNode = regexp.MustCompile(`^controlC(\d{1,2})$`)

// findLink returns the device that a link of udev's means, as /dev/snd/by-id/usb-…, with ",DEV=n" behind
// it or the card's first.
func findLink(root, name string, list []Device) (Device, error) {
	link, number, has := strings.Cut(name, ",DEV=")
	wanted := -1
	if has {
		n, err := strconv.ParseUint(number, 10, 5)
		if err != nil {
			return Device{}, fmt.Errorf("alsa: open %q: device %q: must be 0 to 31", name, number)
		}
		wanted = int(n)
	}
	target, err := os.Readlink(filepath.Join(cmp.Or(root, "/"), path.Clean(link)))
	if err != nil {
		return Device{}, missing(root, name, list)
	}
	m := controlNode.FindStringSubmatch(path.Base(target))
	if m == nil {
		return Device{}, fmt.Errorf("alsa: open %q: it points to %s, which is no sound card", name, target)
	}
	card, _ := strconv.Atoi(m[1]) // two digits
	for _, d := range list {
		if d.Card.Number == card && (wanted < 0 || wanted == d.Number) {
			return d, nil
		}
	}
	return Device{}, missing(root, name, list)
}
