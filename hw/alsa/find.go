package alsa

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Card is a sound card.
type Card struct {
	Number int    // of this boot; opens nothing
	ID     string // the stable name that the kernel gave it: "sndrpigooglevoi"
	Driver string // "RPi-simple", "USB-Audio"
	Name   string // for people
	Bus    string // "usb", "platform", "pci", "virtual", "" when sysfs does not say
	Port   string // the USB socket, "1-1.2"
	USB    string // vendor and product, "0d8c:0014"; "" when it is none, or sysfs does not say
	Serial string // of the USB device; many have none, and cheap ones all the same
}

// simulated says whether the card has no hardware behind it.
func (c Card) simulated() bool { return c.Driver == "Loopback" || c.Driver == "Dummy" }

// Device is a capture device of a card.
type Device struct {
	Card   Card
	Number int
	Name   string // for people
	Node   string // the device node, below the FS root
}

// String returns the name that opens the device: "hw:CARD=sndrpigooglevoi,DEV=0".
func (d Device) String() string { return fmt.Sprintf("hw:CARD=%s,DEV=%d", d.Card.ID, d.Number) }

// Aliases returns the other names that open the device: the card's ID for device
// 0, and the socket of a USB card, which tells two cards of the same kind apart.
func (d Device) Aliases() []string {
	names := []string{fmt.Sprintf("hw:%s,%d", d.Card.ID, d.Number)}
	if d.Number == 0 {
		names = append(names, "hw:"+d.Card.ID, d.Card.ID)
	}
	if d.Card.Port != "" {
		names = append(names, d.bySocket())
	}
	if d.Card.USB != "" && d.Card.Serial != "" {
		names = append(names, d.bySerial())
	}
	return names
}

// bySocket returns the name of whatever is plugged into the device's USB socket.
func (d Device) bySocket() string { return fmt.Sprintf("hw:PORT=%s,DEV=%d", d.Card.Port, d.Number) }

// bySerial returns the name of the USB device, wherever it is plugged in.
func (d Device) bySerial() string {
	return fmt.Sprintf("hw:USB=%s,SERIAL=%s,DEV=%d", d.Card.USB, d.Card.Serial, d.Number)
}

// Limits of what is read.
const (
	maxCards     = 32
	maxFileBytes = 64 << 10
)

// readFile returns a file below the FS root, without the white space around it,
// at most its first 64 KiB.
func readFile(root string, name ...string) (string, error) {
	f, err := os.Open(filepath.Join(append([]string{root}, name...)...))
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes))
	return strings.TrimSpace(oneLineEnds(string(text))), err
}

// oneLineEnds drops NUL bytes, which end the strings of a device tree.
func oneLineEnds(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// cardLine matches the first of a card's two lines in /proc/asound/cards.
var cardLine = regexp.MustCompile(`^ *(\d{1,2}) \[(\S+) *\]: (\S+)(?: - (.*))?$`)

// Cards returns the sound cards below an FS root ("" is "/"), by number. No card is no
// error.
func Cards(root string) ([]Card, error) {
	root = cmp.Or(root, "/")
	text, err := readFile(root, "proc/asound/cards")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("alsa: list cards: %w", err)
	}
	var cards []Card
	lines := bufio.NewScanner(strings.NewReader(" " + text))
	for lines.Scan() && len(cards) < maxCards {
		m := cardLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		number, _ := strconv.Atoi(m[1]) // two digits
		c := Card{Number: number, ID: m[2], Driver: m[3], Name: cmp.Or(m[4], m[3])}
		c.Bus, c.Port = place(root, number)
		if c.Port != "" {
			c.USB, c.Serial = maker(root, number)
		}
		cards = append(cards, c)
	}
	slices.SortFunc(cards, func(a, b Card) int { return a.Number - b.Number })
	return cards, nil
}

// place says where a card is plugged in, from where its entry in sysfs points.
func place(root string, number int) (bus, port string) {
	target, err := os.Readlink(filepath.Join(root, "sys/class/sound", "card"+strconv.Itoa(number)))
	if err != nil {
		return "", ""
	}
	elements := strings.Split(path.Clean(target), "/")
	at := slices.Index(elements, "devices")
	if at < 0 || at+1 >= len(elements) {
		return "", ""
	}
	bus = elements[at+1]
	if strings.HasPrefix(bus, "pci") {
		bus = "pci"
	}
	for _, e := range elements[at+1:] {
		// An interface of a USB device is socket:configuration.interface.
		if socket, _, ok := strings.Cut(e, ":"); ok && usbSocket.MatchString(socket) {
			return "usb", socket
		}
	}
	return bus, ""
}

// maker says what USB device a card is: the folder that says it lies above the card's.
func maker(root string, number int) (id, serial string) {
	folder, err := filepath.EvalSymlinks(filepath.Join(root, "sys/class/sound", "card"+strconv.Itoa(number)))
	if err != nil {
		return "", ""
	}
	for range 8 {
		vendor, err := readFile(folder, "idVendor")
		product, productErr := readFile(folder, "idProduct")
		if err == nil && productErr == nil {
			serial, _ = readFile(folder, "serial")
			return vendor + ":" + product, plainSerial.ReplaceAllString(serial, "_")
		}
		folder = filepath.Dir(folder)
	}
	return "", ""
}

// plainSerial matches what a serial number must not have as a part of a name.
var plainSerial = regexp.MustCompile(`[^0-9A-Za-z._:-]+`)

// Stable returns the name that opens the device whatever else is plugged in and in whichever
// order cards are found, and whether there are others of its kind: then the names by the
// kernel's ID may be another's after a restart. List is all devices.
func (d Device) Stable(list []Device) (name string, twins bool) {
	sameSerial := false
	for _, other := range list {
		if other.Card.Number != d.Card.Number && d.Card.USB != "" && other.Card.USB == d.Card.USB {
			twins = true
			sameSerial = sameSerial || other.Card.Serial == d.Card.Serial
		}
	}
	switch {
	case !twins:
		return d.String(), false
	case d.Card.Serial != "" && !sameSerial:
		return d.bySerial(), true
	}
	return d.bySocket(), true
}

var usbSocket = regexp.MustCompile(`^\d+-\d+(\.\d+)*$`)

// captureFolder matches what a capture device is called in /proc/asound/cardN.
var captureFolder = regexp.MustCompile(`^pcm(\d{1,2})c$`)

// Devices returns the capture devices below an FS root ("" is "/"), by card and
// number. None is no error.
func Devices(root string) ([]Device, error) {
	root = cmp.Or(root, "/")
	cards, err := Cards(root)
	if err != nil {
		return nil, err
	}
	var list []Device
	for _, c := range cards {
		folder := filepath.Join("proc/asound", "card"+strconv.Itoa(c.Number))
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			continue // the card has gone in the meantime
		}
		var own []Device
		for _, e := range entries {
			m := captureFolder.FindStringSubmatch(e.Name())
			if m == nil {
				continue
			}
			number, _ := strconv.Atoi(m[1]) // two digits
			info, _ := readFile(root, folder, e.Name(), "info")
			own = append(own, Device{
				Card: c, Number: number,
				Name: cmp.Or(field(info, "name"), field(info, "id"), c.Name),
				Node: fmt.Sprintf("/dev/snd/pcmC%dD%dc", c.Number, number),
			})
		}
		slices.SortFunc(own, func(a, b Device) int { return a.Number - b.Number })
		list = append(list, own...)
	}
	return list, nil
}

// field returns what stands behind "key:" on a line of its own.
func field(text, key string) string {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Find returns the capture device that a name means: hw:CARD=ID,DEV=n,
// hw:PORT=socket,DEV=n, hw:USB=vendor:product,SERIAL=text,DEV=n, hw:ID,n, hw:ID or ID, or a link of udev's,
// /dev/snd/by-id/… or by-path/…; without DEV the card's first device. The empty name is the
// only card with hardware behind it. A card's number is refused.
func Find(root, name string) (Device, error) {
	list, err := Devices(root)
	if err != nil {
		return Device{}, err
	}
	if name == "" {
		return findOnly(root, list)
	}
	if isLink(name) {
		return findLink(root, name, list)
	}
	want, err := parseName(name, list)
	if err != nil {
		return Device{}, err
	}
	var found []Device
	for _, d := range list {
		if want.means(d) && (len(found) == 0 || found[0].Card.Number != d.Card.Number) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 0:
		return Device{}, missing(root, name, list)
	case 1:
		return found[0], nil
	}
	sockets := make([]string, len(found))
	for i, d := range found {
		sockets[i], _ = d.Stable(list)
	}
	return Device{}, fmt.Errorf("alsa: open %q: %d cards are that: write %s", name, len(found), strings.Join(sockets, " or "))
}

// wanted is what a name says of a device.
type wanted struct {
	card, port, usb, serial string
	number                  int // below 0: the card's first
}

// means reports whether a name means a device.
func (w *wanted) means(d Device) bool {
	return (w.card == "" || w.card == d.Card.ID) && (w.port == "" || w.port == d.Card.Port) &&
		(w.usb == "" || w.usb == d.Card.USB) && (w.serial == "" || w.serial == d.Card.Serial) &&
		(w.number < 0 || w.number == d.Number)
}

// findOnly returns the device that needs no name.
func findOnly(root string, list []Device) (Device, error) {
	var able []Device
	for _, d := range list {
		if !d.Card.simulated() && (len(able) == 0 || able[0].Card.Number != d.Card.Number) {
			able = append(able, d)
		}
	}
	switch len(able) {
	case 0:
		return Device{}, missing(root, "", list)
	case 1:
		return able[0], nil
	}
	return Device{}, fmt.Errorf("alsa: open: %d cards can capture, say which: %s", len(able), names(able))
}

// parseName takes a name apart.
func parseName(name string, list []Device) (wanted, error) {
	rest := strings.TrimPrefix(name, "hw:")
	w := wanted{number: -1}
	for i, part := range strings.Split(rest, ",") {
		key, value, isPair := strings.Cut(part, "=")
		to := map[string]*string{"CARD": &w.card, "PORT": &w.port, "USB": &w.usb, "SERIAL": &w.serial}[key]
		switch {
		case isPair && to != nil:
			*to = value
		case isPair && key == "DEV" || !isPair && i == 1:
			if !isPair {
				value = part
			}
			n, err := strconv.ParseUint(value, 10, 5)
			if err != nil {
				return w, fmt.Errorf("alsa: open %q: device %q: must be 0 to 31", name, value)
			}
			w.number = int(n)
		case !isPair && i == 0:
			w.card = part
		default:
			return w, fmt.Errorf("alsa: open %q: write hw:CARD=ID,DEV=0 or hw:PORT=socket,DEV=0", name)
		}
	}
	if n, err := strconv.Atoi(w.card); err == nil {
		for _, d := range list {
			if d.Card.Number == n && (w.number < 0 || d.Number == w.number) {
				return w, fmt.Errorf("alsa: open %q: card numbers change from boot to boot: write %s", name, d)
			}
		}
		return w, fmt.Errorf("alsa: open %q: card numbers change from boot to boot: write hw:CARD=ID,DEV=0", name)
	}
	if w.card == "" && w.port == "" && w.usb == "" && w.serial == "" {
		return w, fmt.Errorf("alsa: open %q: no card is named: write hw:CARD=ID,DEV=0", name)
	}
	return w, nil
}

// Plain returns what names of one device have in common as far as can be told without
// looking at the machine: the card, or socket, and the number of the device.
func Plain(name string) string {
	w, err := parseName(name, nil)
	if err != nil {
		return name
	}
	w.number = max(w.number, 0)
	return fmt.Sprint(w)
}

// names lists devices for a message.
func names(list []Device) string {
	text := make([]string, len(list))
	for i, d := range list {
		text[i] = d.String()
	}
	return strings.Join(text, ", ")
}
