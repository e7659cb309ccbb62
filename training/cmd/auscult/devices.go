package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/iio"
)

type devicesCommand struct {
	JSON bool   `name:"json" help:"Print JSON."`
	Root string `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (devicesCommand) Help() string {
	return `Lists the microphones and the buses of accelerometers that this machine has, with the name to
write into the configuration, and says what is wrong with each and what helps. The names stay the
same from boot to boot. Nothing is changed, and no sample is read.

Example:
  auscult devices
  auscult devices --json | jq '.microphones[].name'`
}

// foundMicrophone is a capture device as the command prints it.
type foundMicrophone struct {
	Name      string   `json:"name"`
	Aliases   []string `json:"aliases"`
	Text      string   `json:"text"`
	Bus       string   `json:"bus,omitempty"`
	Encodings []string `json:"encodings,omitempty"`
	RateHz    []int    `json:"rate_hz,omitempty"`  // lowest, highest
	Channels  []int    `json:"channels,omitempty"` // fewest, most
	Problem   *trouble `json:"problem,omitempty"`
	can       string
}

// foundBus is a bus of accelerometers, or one that the kernel drives.
type foundBus struct {
	Kind    string   `json:"kind"` // i2c, spi or iio
	Name    string   `json:"name"` // as bus or device of the configuration; "" where there is none
	Node    string   `json:"node,omitempty"`
	Text    string   `json:"text,omitempty"`
	UsedBy  string   `json:"used_by,omitempty"`
	Problem *trouble `json:"problem,omitempty"`
}

// trouble is what is wrong, and what helps.
type trouble struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"`
}

// String returns trouble in one line.
func (t *trouble) String() string {
	if t.Fix == "" {
		return t.Text
	}
	return t.Text + ": " + t.Fix
}

func troubleOf(p *alsa.Problem) *trouble {
	if p == nil {
		return nil
	}
	return &trouble{Code: string(p.Code), Text: p.Text, Fix: p.Fix}
}

// foundDevices is what the command prints as JSON.
type foundDevices struct {
	Board       string            `json:"board,omitempty"`
	Microphones []foundMicrophone `json:"microphones"`
	Buses       []foundBus        `json:"buses"`
	Problem     *trouble          `json:"problem,omitempty"` // why there is no microphone
}

// Run lists the devices.
func (c *devicesCommand) Run(std streams) error {
	found, err := findDevices(c.Root)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, found)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if found.Board != "" {
		fmt.Fprintf(w, "board\t%s\n", found.Board)
	}
	for _, m := range found.Microphones {
		fmt.Fprintf(w, "microphone\t%s\t%s\n", m.Name, m.Text)
		if m.can != "" {
			fmt.Fprintf(w, "\t\t%s\n", m.can)
		}
		if m.Problem != nil {
			fmt.Fprintf(w, "\t\tproblem: %s\n", m.Problem)
		}
	}
	if found.Problem != nil {
		fmt.Fprintf(w, "microphone\tnone\t%s\n", found.Problem)
	}
	for _, b := range found.Buses {
		if b.Name == "" {
			fmt.Fprintf(w, "%s\tnone\t%s\n", b.Kind, b.Problem)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", b.Kind, b.Name, b.Text)
		if b.UsedBy != "" {
			fmt.Fprintf(w, "\t\tused by %s\n", b.UsedBy)
		}
		if b.Problem != nil {
			fmt.Fprintf(w, "\t\tproblem: %s\n", b.Problem)
		}
	}
	return w.Flush()
}

// findDevices looks at a machine.
func findDevices(root string) (foundDevices, error) {
	found := foundDevices{Board: alsa.Board(root), Microphones: []foundMicrophone{}, Buses: []foundBus{}}
	list, err := alsa.Devices(root)
	if err != nil {
		return found, err
	}
	for _, d := range list {
		m := foundMicrophone{Name: d.String(), Aliases: d.Aliases(), Text: fmt.Sprintf("%s (%s)", d.Card.Name, d.Name), Bus: d.Card.Bus}
		a, problem := alsa.Check(d, alsa.Options{FS: root})
		if problem == nil {
			m.Encodings, m.can = a.Encodings, a.String()
			m.RateHz, m.Channels = []int{a.RateMinHz, a.RateMaxHz}, []int{a.MinChans, a.MaxChans}
		}
		m.Problem = troubleOf(problem)
		found.Microphones = append(found.Microphones, m)
	}
	found.Problem = troubleOf(alsa.Nothing(root))
	for _, k := range busKinds {
		buses, err := k.list(root)
		if err != nil {
			return found, err
		}
		found.Buses = append(found.Buses, buses...)
	}
	chips, err := iio.Root(root).List()
	if err != nil {
		return found, err
	}
	for _, chip := range chips {
		name := fmt.Sprintf("iio:device%d", chip.Number)
		b := foundBus{Kind: "iio", Name: name, Node: filepath.Join(root, "dev", name), Text: chip.Name + ", driven by the kernel"}
		if chip.Problem != "" {
			b.Problem = &trouble{Code: string(alsa.Unusable), Text: chip.Problem}
		}
		found.Buses = append(found.Buses, b)
	}
	return found, nil
}

// busKind is a kind of bus that carries accelerometers.
type busKind struct {
	name, node, periph, text, fix string
}

var busKinds = []busKind{
	{"i2c", "i2c-", "I2C", "for adxl345, lis3dh and mpu6050", "on a Raspberry Pi dtparam=i2c_arm=on in config.txt, then restart; load the module i2c-dev"},
	{"spi", "spidev", "SPI", "for adxl345, iis3dwb and lis3dh", "on a Raspberry Pi dtparam=spi=on in config.txt, then restart"},
}

// list returns the buses of a kind, or why there is none.
func (k busKind) list(root string) ([]foundBus, error) {
	nodes, err := filepath.Glob(filepath.Join(root, "dev", k.node+"*"))
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	slices.Sort(nodes)
	var buses []foundBus
	for _, node := range nodes {
		number := strings.TrimPrefix(filepath.Base(node), k.node)
		buses = append(buses, foundBus{
			Kind: k.name, Name: k.periph + number, Node: node, Text: k.text,
			UsedBy: holder(root, "/dev/"+filepath.Base(node)), Problem: mayOpen(node, k.name),
		})
	}
	if len(buses) == 0 {
		buses = []foundBus{{Kind: k.name, Problem: &trouble{Code: string(alsa.NoDriver), Text: "no bus is switched on", Fix: k.fix}}}
	}
	return buses, nil
}

// mayOpen says why a device node cannot be opened, nil when it can.
func mayOpen(node, group string) *trouble {
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	switch {
	case err == nil:
		err = f.Close()
	case errors.Is(err, fs.ErrPermission):
		return &trouble{
			Code: string(alsa.NoPermission), Text: "no permission for " + node,
			Fix: fmt.Sprintf("add the user to the group %s (usermod -aG %[1]s USER) and log in again", group),
		}
	}
	if err != nil {
		return &trouble{Code: string(alsa.Unusable), Text: err.Error()}
	}
	return nil
}
