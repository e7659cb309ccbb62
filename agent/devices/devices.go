package devices

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/iio"
)

// Microphone is a capture device that was found.
type Microphone struct {
	Name      string   `json:"name"`
	Aliases   []string `json:"aliases"`
	Changing  []string `json:"changing,omitempty"` // names that may be another's after a restart
	Text      string   `json:"text"`
	Bus       string   `json:"bus,omitempty"`
	Encodings []string `json:"encodings,omitempty"`
	RateHz    []int    `json:"rate_hz,omitempty"`  // lowest, highest
	Channels  []int    `json:"channels,omitempty"` // fewest, most
	Problem   *Problem `json:"problem,omitempty"`
	Mixer     string   `json:"mixer,omitempty"` // how its capture controls stand
	Taken     *Taken   `json:"taken,omitempty"` // what it is opened with where nothing is asked of it
	Can       string   `json:"-"`               // what it can be opened with, for people
}

// Taken is how a microphone is opened where nothing is asked of it.
type Taken struct {
	Encoding string `json:"encoding"`
	RateHz   int    `json:"rate_hz"`
	Channels int    `json:"channels"`
}

// Bus is a bus of accelerometers, or one that the kernel drives.
type Bus struct {
	Kind   string `json:"kind"` // i2c, spi or iio
	Name   string `json:"name"` // as bus or device of the configuration; "" where there is none
	Node   string `json:"node,omitempty"`
	Text   string `json:"text,omitempty"`
	UsedBy string `json:"used_by,omitempty"`
	// Answers are the chips that answer on it, of those that auscult drives: asked on I2C only, and
	// only while nobody else uses it.
	Answers []sensor.Answer `json:"answers,omitempty"`
	Problem *Problem        `json:"problem,omitempty"`
}

// Problem is what is wrong, and what helps.
type Problem struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"`
}

// String returns the problem in one line.
func (t *Problem) String() string {
	if t.Fix == "" {
		return t.Text
	}
	return t.Text + ": " + t.Fix
}

func problemOf(p *alsa.Problem) *Problem {
	if p == nil {
		return nil
	}
	return &Problem{Code: string(p.Code), Text: p.Text, Fix: p.Fix}
}

// Found is what a machine has.
type Found struct {
	Board       string       `json:"board,omitempty"`
	Microphones []Microphone `json:"microphones"`
	Buses       []Bus        `json:"buses"`
	Problem     *Problem     `json:"problem,omitempty"` // why there is no microphone
}

// elsewhere is what other systems than Linux have.
func elsewhere() Found {
	return Found{Microphones: []Microphone{}, Buses: []Bus{}, Problem: &Problem{
		Code: "other_system", Text: "microphones, buses and pins are Linux only",
		Fix: "record with another program, as WAV or FLAC, and give auscult the file",
	}}
}

// Look looks at a machine.
func Look(root string) (Found, error) {
	if runtime.GOOS != "linux" && root == string(os.PathSeparator) {
		return elsewhere(), nil
	}
	found := Found{Board: alsa.Board(root), Microphones: []Microphone{}, Buses: []Bus{}}
	list, err := alsa.Devices(root)
	if err != nil {
		return found, err
	}
	for _, d := range list {
		text := fmt.Sprintf("%s (%s)", d.Card.Name, d.Name)
		m := Microphone{Name: d.String(), Aliases: d.Aliases(), Text: text, Bus: d.Card.Bus}
		if name, twins := d.Stable(list); twins {
			m.Name, m.Changing = name, []string{d.String()}
			m.Aliases = slices.DeleteFunc(m.Aliases, func(alias string) bool {
				byID := !strings.Contains(alias, "=")
				if byID {
					m.Changing = append(m.Changing, alias)
				}
				return byID || alias == name
			})
		}
		a, problem := alsa.Check(d, alsa.Options{FS: root})
		if problem == nil {
			m.Encodings, m.Can = a.Encodings, fmt.Sprintf("offers %v; taken: %v", a, a.Taken)
			m.Taken = &Taken{a.Taken.Encoding, a.Taken.RateHz, a.Taken.Channels}
			m.RateHz, m.Channels = []int{a.RateMinHz, a.RateMaxHz}, []int{a.MinChans, a.MaxChans}
		}
		m.Problem = problemOf(problem)
		mixer := alsa.MixerOf(d, alsa.Options{FS: root})
		if m.Mixer = mixer.String(); m.Problem == nil {
			m.Problem = problemOf(mixer.Problem(d.Card.ID))
		}
		found.Microphones = append(found.Microphones, m)
	}
	found.Problem = problemOf(alsa.Nothing(root))
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
		node := filepath.Join(root, "dev", fmt.Sprintf("iio:device%d", chip.Number))
		b := Bus{Kind: "iio", Name: chip.Stable(chips), Node: node, Text: chip.Name + ", driven by the kernel"}
		if chip.Problem != "" {
			b.Problem = &Problem{Code: string(alsa.Unusable), Text: chip.Problem}
		}
		found.Buses = append(found.Buses, b)
	}
	return found, nil
}

// busKind is a kind of bus that carries accelerometers.
type busKind struct {
	name, node, periph, fix string
}

var busKinds = []busKind{
	{"i2c", "i2c-", "I2C", "on a Raspberry Pi dtparam=i2c_arm=on in config.txt, then restart; load the module i2c-dev"},
	{"spi", "spidev", "SPI", "on a Raspberry Pi dtparam=spi=on in config.txt, then restart"},
}

// list returns the buses of a kind, or why there is none.
func (k busKind) list(root string) ([]Bus, error) {
	nodes, err := filepath.Glob(filepath.Join(root, "dev", k.node+"*"))
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	slices.Sort(nodes)
	isSPI := k.name == "spi"
	text := "for " + strings.Join(sensor.ChipsOn(isSPI), ", ")
	var buses []Bus
	for _, node := range nodes {
		number := strings.TrimPrefix(filepath.Base(node), k.node)
		b := Bus{
			Kind: k.name, Name: k.periph + number, Node: node, Text: text,
			UsedBy: Holder(root, "/dev/"+filepath.Base(node)), Problem: mayOpen(node, k.name),
		}
		if n, err := strconv.Atoi(number); err == nil && !isSPI && isMachine(root) && b.UsedBy == "" && b.Problem == nil {
			if b.Answers, err = sensor.Answering(n); err != nil {
				b.Problem = &Problem{Code: string(alsa.Unusable), Text: err.Error()}
			}
		}
		buses = append(buses, b)
	}
	if len(buses) == 0 {
		off := &Problem{Code: string(alsa.NoDriver), Text: "no bus is switched on", Fix: k.fix}
		buses = []Bus{{Kind: k.name, Problem: off}}
	}
	return buses, nil
}

// isMachine reports whether a root is this machine's own, where buses can be spoken to.
func isMachine(root string) bool { return root == "" || root == "/" }

// mayOpen says why a device node cannot be opened, nil when it can.
func mayOpen(node, group string) *Problem {
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	switch {
	case err == nil:
		err = f.Close()
	case errors.Is(err, fs.ErrPermission):
		return &Problem{
			Code: string(alsa.NoPermission), Text: "no permission for " + node,
			Fix: fmt.Sprintf("add the user to the group %s (usermod -aG %[1]s USER) and log in again", group),
		}
	}
	if err != nil {
		return &Problem{Code: string(alsa.Unusable), Text: err.Error()}
	}
	return nil
}
