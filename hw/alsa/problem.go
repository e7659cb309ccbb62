package alsa

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// Code names a kind of problem. Programs may read it.
type Code string

// Codes of problems.
const (
	NoDriver     Code = "no_driver"     // the kernel has no sound card
	NoCapture    Code = "no_capture"    // the cards that there are cannot capture
	NotFound     Code = "not_found"     // there is no device of that name
	NoNode       Code = "no_node"       // the device has no node below /dev
	NoPermission Code = "no_permission" // the node may not be opened
	Busy         Code = "busy"          // another program captures from it
	Unusable     Code = "unusable"      // it cannot give what is asked of it
	Gone         Code = "gone"          // it was unplugged, or its driver removed
	Stuck        Code = "stuck"         // it runs, but gives no samples
	Silent       Code = "silent"        // every sample has the same value
	HalfSilent   Code = "half_silent"   // so has every sample of some channels
	Muted        Code = "muted"         // the mixer lets nothing through
	WrongRate    Code = "wrong_rate"    // samples come at another rate than the driver says
)

// Problem is what is wrong with a device, and what helps.
type Problem struct {
	Code Code
	Text string // one line
	Fix  string // one line, "" when nothing is known to help
	Err  error  // what it came from, nil when nothing failed
}

// Error returns text and fix.
func (p *Problem) Error() string {
	if p.Fix == "" {
		return "alsa: " + p.Text
	}
	return "alsa: " + p.Text + ": " + p.Fix
}

// Unwrap returns what the problem came from.
func (p *Problem) Unwrap() error { return p.Err }

// Board returns what the device tree below an FS root calls the machine, "" when
// there is none: "Raspberry Pi 4 Model B Rev 1.4".
func Board(root string) string {
	text, err := readFile(cmp.Or(root, "/"), "proc/device-tree/model")
	if err != nil {
		return ""
	}
	return text
}

// drivesRP1 reports whether the kernel drives the chip that the header of a Raspberry Pi 5 hangs
// on: its only PCI device of this vendor.
func drivesRP1(root string) bool {
	vendors, err := filepath.Glob(filepath.Join(root, "sys/bus/pci/devices/*/vendor"))
	if err != nil {
		return false
	}
	for _, path := range vendors {
		text, err := readFile(filepath.Dir(path), "vendor")
		if err != nil || text != "0x1de4" {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "driver")); err == nil {
			return true
		}
	}
	return false
}

// hangsOnRP1 reports whether a board's header does.
func hangsOnRP1(board string) bool {
	for _, name := range []string{"Raspberry Pi 5", "Raspberry Pi Compute Module 5"} {
		if strings.HasPrefix(board, name) {
			return true
		}
	}
	return false
}

// overlayFix says how a board learns of its microphone.
func overlayFix(root string) string {
	switch board := Board(root); {
	case hangsOnRP1(board) && !drivesRP1(root):
		return "this kernel does not drive the chip (RP1) that the header hangs on: install Raspberry Pi OS, 64 bits, " +
			"and auscult's package on it"
	case strings.HasPrefix(board, "Raspberry Pi"):
		return "for an I2S microphone write dtoverlay=googlevoicehat-soundcard into config.txt on the boot partition " +
			"and restart"
	case strings.Contains(board, "Jetson") || strings.Contains(board, "Orin"):
		return "for an I2S microphone enable I2S on the 40-pin header with jetson-io and route it to ADMAIF with amixer"
	}
	return "plug a microphone in, or load the driver of the sound card"
}

// missing says why a name leads to no device.
func missing(root, name string, list []Device) *Problem {
	root = cmp.Or(root, "/")
	open := ""
	if name != "" {
		open = fmt.Sprintf("open %q: ", name)
	}
	if isElsewhere(root) {
		return &Problem{
			Code: NoDriver, Text: open + "sound cards are read here on Linux only",
			Fix: "record with another program, as WAV or FLAC, and give auscult the file",
		}
	}
	if len(list) > 0 {
		text := open + "there is no such capture device"
		if name == "" {
			text = "no card with hardware can capture"
		}
		return &Problem{Code: NotFound, Text: text, Fix: "there is " + names(list)}
	}
	cards, err := Cards(root)
	if err == nil && len(cards) > 0 {
		return &Problem{
			Code: NoCapture,
			Text: fmt.Sprintf("%sthe only sound card (%s) cannot capture", open, cards[0].ID),
			Fix:  overlayFix(root),
		}
	}
	return &Problem{Code: NoDriver, Text: open + "the kernel has no sound card", Fix: overlayFix(root)}
}

// isElsewhere reports whether this is another system than Linux, without a folder that stands for one.
func isElsewhere(root string) bool {
	if runtime.GOOS == "linux" {
		return false
	}
	_, err := os.Stat(filepath.Join(root, "proc"))
	return err != nil
}

// Nothing returns what is wrong with a machine that has no capture device, nil
// when it has one.
func Nothing(root string) *Problem {
	list, err := Devices(root)
	if err == nil && len(list) > 0 {
		return nil
	}
	return missing(root, "", nil)
}

// explain makes a Problem of an error of opening a device.
func explain(root string, d Device, err error) *Problem {
	p := &Problem{Code: Unusable, Text: fmt.Sprintf("open %s: %v", d, err), Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.Code, p.Text = NoPermission, fmt.Sprintf("open %s: no permission for %s", d, d.Node)
		p.Fix = "add the user to the group audio (usermod -aG audio USER) and log in again"
	case errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EAGAIN):
		p.Code, p.Text = Busy, fmt.Sprintf("open %s: in use", d)
		p.Fix = "end the program that captures from it"
		if who := owner(root, d); who != "" {
			p.Text += " by " + who
		}
	case errors.Is(err, fs.ErrNotExist):
		p.Code, p.Text = NoNode, fmt.Sprintf("open %s: there is no %s", d, d.Node)
		p.Fix = "in a container pass /dev/snd in; else see that udev or devtmpfs runs"
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO):
		p.Code, p.Text = Gone, fmt.Sprintf("open %s: it has just gone", d)
		p.Fix = "see that it is plugged in"
	}
	return p
}

// owner says which program has a device open.
func owner(root string, d Device) string {
	subs, _ := filepath.Glob(filepath.Join(root, fmt.Sprintf("proc/asound/card%d/pcm%dc/sub*/status",
		d.Card.Number, d.Number)))
	for _, name := range subs {
		status, err := readFile(name)
		pid := field(status, "owner_pid")
		if err != nil || pid == "" || strings.ContainsAny(pid, "/.") {
			continue
		}
		// The kernel notes the thread that opened it.
		if status, err := readFile(root, "proc", pid, "status"); err == nil {
			pid = cmp.Or(field(status, "Tgid"), pid)
		}
		if comm, err := readFile(root, "proc", pid, "comm"); err == nil && comm != "" {
			return fmt.Sprintf("%s (process %s)", comm, pid)
		}
		return "process " + pid
	}
	return ""
}

// Check opens a device for a moment and says what it can do, or what is wrong.
// The options say only where it is.
func Check(d Device, o Options) (Abilities, *Problem) {
	o = o.withDefaults()
	h, err := o.open(filepath.Join(o.FS, d.Node))
	if err != nil {
		return Abilities{}, explain(o.FS, d, err)
	}
	defer func() { _ = h.Close() }() // nothing was started
	a, err := abilities(h)
	switch {
	case err != nil:
		return a, explain(o.FS, d, err)
	case len(a.Encodings) == 0:
		return a, &Problem{Code: Unusable, Text: fmt.Sprintf("open %s: it has no format that is understood", d)}
	}
	var p kernel.HwParams
	s, err := chooseFormat(h, &p, o, a)
	if err != nil {
		return a, explain(o.FS, d, err)
	}
	a.Taken = Taken{s.encoding.name, s.format.SampleRateHz, s.format.Channels}
	return a, nil
}
