package firstboot

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model/modeltest"
)

// card is a node with a card.
type card struct {
	t     *testing.T
	o     Options
	opens int // how often the card was made writable
	name  string
}

func newCard(t *testing.T, files map[string]string) *card {
	c := &card{t: t}
	root := t.TempDir()
	c.o = Options{Card: filepath.Join(root, "boot"), Root: filepath.Join(root, "root"), UID: os.Getuid(), GID: os.Getgid(),
		Writable: func() (func() error, error) {
			c.opens++
			return func() error { return nil }, nil
		},
		SetHostname: func(name string) error { c.name = name; return nil },
	}
	c.root("etc/hostname", "auscult\n")
	c.root("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
	c.root("proc/device-tree/serial-number", "00000000a1b2c3d4\x00")
	for name, text := range files {
		c.put(name, text)
	}
	return c
}

func (c *card) write(path, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	_ = os.Remove(path)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *card) put(name, text string)  { c.write(filepath.Join(c.o.Card, name), text) }
func (c *card) root(name, text string) { c.write(filepath.Join(c.o.Root, name), text) }

// boot applies what is on the card and returns the report.
func (c *card) boot() string {
	c.t.Helper()
	if err := os.MkdirAll(c.o.Card, 0o755); err != nil {
		c.t.Fatal(err)
	}
	if _, err := Apply(c.o); err != nil {
		c.t.Fatal(err)
	}
	return c.read(filepath.Join(c.o.Card, ReportFile))
}

func (c *card) read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

func (c *card) has(name string) string { return c.read(filepath.Join(c.o.Root, name)) }

const listening = "[mqtt]\nbroker = \"mqtt://10.0.0.1\"\nusername = \"u\"\npassword_file = \"mqtt-password\"\n" +
	"[[source]]\nname = \"pump\"\ntype = \"sim\"\n"

// pub is a public key as ssh-keygen writes it, with a key of zeros.
var pub = "ssh-ed25519 " + base64.StdEncoding.EncodeToString(append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"),
	make([]byte, 32)...)) + " me@pc\n"

// TestTaken has everything that is right taken up, once, and secrets removed.
func TestTaken(t *testing.T) {
	model := modeltest.Silent(t, modeltest.Profile(), nil)
	c := newCard(t, map[string]string{
		"auscult.toml": listening, "mqtt-password.txt": "geheim\r\n", "pump.tflite": string(model),
		"wifi.txt":            "# mine\r\ncountry = de\r\nssid = \"Halle 7\"\r\npassword = correct horse\r\n",
		"network.txt":         "address = 192.168.1.20/24\ngateway=192.168.1.1\ndns = 192.168.1.1, 9.9.9.9\nhostname = pump-7\n",
		"authorized_keys.txt": pub, "config.txt": "arm_64bit=1\n", "._wifi.txt": "what a Mac leaves",
	})
	report := c.boot()
	if !strings.HasPrefix(report, "All is well") || strings.Count(report, "taken  ") != 6 ||
		strings.Contains(report, "config.txt") {
		t.Errorf("report\n%s", report)
	}
	for name, want := range map[string]string{
		"etc/auscult/auscultd.toml":       listening,
		"etc/auscult/mqtt-password":       "geheim\n",
		"var/lib/auscult/pump.tflite":     string(model),
		"etc/ssh/authorized_keys.d/admin": pub,
		"etc/hostname":                    "pump-7\n",
		"etc/systemd/network/10-auscult.network": "# Written from network.txt on the card.\n[Match]\nName=e*\n[Network]\n" +
			"Address=192.168.1.20/24\nGateway=192.168.1.1\nDNS=192.168.1.1\nDNS=9.9.9.9\n",
		// The key is wpa_passphrase(8)'s for this name and password.
		"etc/wpa_supplicant/wpa_supplicant-wlan0.conf": "# Written from wifi.txt on the card.\n" +
			"ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev\nupdate_config=0\ncountry=DE\nnetwork={\n\tssid=48616c6c652037\n" +
			"\tpsk=2cd17c58bc80c83d2668ba497b007ee9970ad732b62637a529cfbcddb8b0b207\n}\n",
	} {
		if got := c.has(name); got != want {
			t.Errorf("%s:\n%q, want\n%q", name, got, want)
		}
	}
	if c.name != "pump-7" {
		t.Errorf("host name %q", c.name)
	}
	for _, name := range []string{"wifi.txt", "mqtt-password.txt"} {
		if _, err := os.Stat(filepath.Join(c.o.Card, name)); err == nil {
			t.Errorf("%s is still on the card", name)
		}
	}
	// What is changed on the node stays, and a card that is as it was is not written to.
	c.root("etc/auscult/auscultd.toml", "# mine\n")
	before := c.opens
	if again := c.boot(); again != report || c.has("etc/auscult/auscultd.toml") != "# mine\n" || c.opens != before {
		t.Errorf("the second boot: %d changes of the card, report\n%s", c.opens-before, again)
	}
	// Until the file on the card changes too.
	c.put("auscult.toml", listening+"# new\n")
	if c.boot(); c.has("etc/auscult/auscultd.toml") != listening+"# new\n" {
		t.Error("a changed file is not taken")
	}
}

// TestImager grants what Raspberry Pi Imager was told, as far as a node has it, says what it has not, and takes the
// files with their secrets off the card.
func TestImager(t *testing.T) {
	user := "#cloud-config\nhostname: pump-9\ntimezone: Europe/Berlin\nenable_ssh: true\nusers:\n- name: anna\n" +
		"  passwd: $5$salt$hash\n  ssh_authorized_keys:\n    - " + pub
	c := newCard(t, map[string]string{"user-data": user, "network-config": "network:\n  version: 2\n  wifis:\n    wlan0:\n" +
		"      access-points:\n        \"Halle 7\":\n          password: \"correct horse\"\n", "meta-data": "instance-id: x\n"})
	c.root("usr/share/zoneinfo/Europe/Berlin", "TZif")
	report := c.boot()
	for _, want := range []string{"All is well, but for what stands behind NOT", "taken  user-data: host name pump-9, 1 keys may log in as admin, " +
		"time zone Europe/Berlin; removed", "NOT    user-data: the user \"anna\": log in as admin; its password: nobody logs in by one",
		"taken  network-config: network \"Halle 7\"; removed", "NOT    network-config: the network's country is not given"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
	zone, err := os.Readlink(filepath.Join(c.o.Root, "etc/localtime"))
	if err != nil || zone != "../usr/share/zoneinfo/Europe/Berlin" || c.has("etc/timezone") != "Europe/Berlin\n" {
		t.Errorf("time zone %q, %q: %v", zone, c.has("etc/timezone"), err)
	}
	if c.has("etc/hostname") != "pump-9\n" || c.has("etc/ssh/authorized_keys.d/admin") != pub ||
		!strings.Contains(c.has("etc/wpa_supplicant/wpa_supplicant-wlan0.conf"), "psk=2cd17c58bc80c83d") {
		t.Errorf("host name %q, keys %q, network %q", c.has("etc/hostname"), c.has("etc/ssh/authorized_keys.d/admin"),
			c.has("etc/wpa_supplicant/wpa_supplicant-wlan0.conf"))
	}
	for _, name := range []string{"user-data", "network-config"} {
		if _, err := os.Stat(filepath.Join(c.o.Card, name)); err == nil {
			t.Errorf("%s is still on the card", name)
		}
	}
	if again := c.boot(); again != report {
		t.Errorf("the second boot's report\n%s, was\n%s", again, report)
	}
	// The node's own files have the last word.
	c = newCard(t, map[string]string{"user-data": user, "network.txt": "hostname = p1\n"})
	if report := c.boot(); c.has("etc/hostname") != "p1\n" {
		t.Errorf("host name %q\n%s", c.has("etc/hostname"), report)
	}
}

// TestLogin says how this node is logged in to, to whom expected another way.
func TestLogin(t *testing.T) {
	const write = "write a public key into authorized_keys.txt, then log in as admin"
	for _, c := range []struct{ file, text, says string }{
		{"userconf.txt", "pi:$6$hash\n", `the user "pi": ` + write},
		{"userconf.txt", "admin:$6$hash\n", "a password: " + write},
		{"ssh", "", "SSH without a key: " + write},
		{"custom.toml", "[ssh]\npassword_authentication = true\n", "a password: " + write},
		{"custom.toml", "[locale]\ntimezone = \"../../etc/shadow\"\n", "there is none of that name"},
		{"custom.toml", "[fan]\nspeed = 1\n", "fan.speed: not known here"},
	} {
		report := newCard(t, map[string]string{c.file: c.text}).boot()
		if !strings.Contains(report, "NOT    "+c.file+": ") || !strings.Contains(report, c.says) {
			t.Errorf("%s: %s\n%s, want %q", c.file, c.text, report, c.says)
		}
	}
	c := newCard(t, map[string]string{"ssh": "", "authorized_keys.txt": pub, "userconf.txt": "pi:$6$hash\n"})
	for range 2 {
		if report := c.boot(); strings.Contains(report, "NOT    ssh") || strings.Contains(report, "write a public key") {
			t.Errorf("with a key there is nothing to say against SSH:\n%s", report)
		}
		c.put("ssh", "\n")
	}
}

// TestWrong has each mistake told in the report, and what was there before kept.
func TestWrong(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"key":               {"auscult.toml", "[mqtt]\nbrokr = \"x\"\n", `auscult.toml:2:1: mqtt.brokr: unknown key: did you mean "broker"?`},
		"no model":          {"pump.tflite", "hello", "pump.tflite"},
		"empty model":       {"pump.tflite", "", "pump.tflite"},
		"password lines":    {"mqtt-password.txt", "a\nb\n", "several lines"},
		"password empty":    {"mqtt-password", "\n", "is empty"},
		"key file":          {"client.key", "x", "is no PEM file"},
		"no country":        {"wifi.txt", "ssid = x\npassword = 12345678\n", "two letters"},
		"short password":    {"wifi.txt", "country = DE\nssid = x\npassword = 1234567\n", "8 to 63"},
		"long name":         {"wifi.txt", "country = DE\nssid = " + strings.Repeat("x", 33) + "\n", "1 to 32"},
		"unknown key":       {"wifi.txt", "country = DE\npasswort = x\n", `line 2: unknown key "passwort": keys are country, ssid, password, hidden`},
		"no value":          {"wifi.txt", "country =\n", "line 1: country has no value"},
		"twice":             {"wifi.txt", "ssid = a\nssid = b\n", "line 2: ssid stands here for the second time"},
		"no pair":           {"network.txt", "DHCP please\n", "line 1: write key = value"},
		"no length":         {"network.txt", "address = 192.168.1.20\n", "192.168.1.20/24"},
		"foreign gateway":   {"network.txt", "address = 192.168.1.20/24\ngateway = 10.0.0.1\n", "within 192.168.1.0/24"},
		"lonely gateway":    {"network.txt", "gateway = 10.0.0.1\n", "needs an address"},
		"dns":               {"network.txt", "dns = one.example\n", "write addresses"},
		"hostname":          {"network.txt", "hostname = my pump\n", "letters, digits and hyphens"},
		"private key":       {"authorized_keys.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "must not leave your computer"},
		"cut key":           {"authorized_keys.txt", "ssh-ed25519 AAAA me\n", "line 1 is no public key"},
		"other key's type":  {"authorized_keys.txt", strings.Replace(pub, "ed25519", "rsa", 1), "line 1 is no public key"},
		"a picture":         {"wifi.txt", "\x89PNG\r\n\x1a\n\xff\xfe", "no text"},
		"zeros":             {"wifi.txt", "ssid = \x00\n", "zero bytes"},
		"larger than text":  {"wifi.txt", strings.Repeat("#", maxText+1), "larger than"},
		"yaml":              {"user-data", "hostname: [x\n", "is no YAML"},
		"name with a space": {"custom.toml", "[system]\nhostname = \"my pump\"\n", "letters, digits and hyphens"},
		"cut key, cloud":    {"user-data", "ssh_authorized_keys: [ssh-ed25519 AAAA]\n", "keys: line 1 is no public key"},
		"short, cloud":      {"network-config", "wifis: {wlan0: {access-points: {x: {password: abc}}}}", "8 to 63"},
		"script":            {"firstrun.sh", "#!/bin/sh\nid\n", "scripts on the card are not run"},
		"injected line":     {"network.txt", "address = 10.0.0.2/8\rgateway = 10.0.0.1\n[Link]\n", "line 3: write key = value"},
		"injected password": {"wifi.txt", "country = DE\nssid = x\npassword = 1234567\"\rnetwork={\n", "line 4: unknown key"},
	} {
		n := newCard(t, map[string]string{c.file: c.text})
		n.root("etc/auscult/auscultd.toml", "# before\n")
		report := n.boot()
		if !strings.HasPrefix(report, "ONE FILE ON THIS CARD IS WRONG") || !strings.Contains(report, "WRONG  "+c.file+": ") ||
			!strings.Contains(report, c.says) || strings.Contains(report, n.o.Card) {
			t.Errorf("%s:\n%s", name, report)
		}
		if got := n.has("etc/auscult/auscultd.toml"); got != "# before\n" {
			t.Errorf("%s: the configuration is now %q", name, got)
		}
		if got := n.has("etc/wpa_supplicant/wpa_supplicant-wlan0.conf"); got != "" {
			t.Errorf("%s: %s", name, got)
		}
		if _, err := os.Stat(filepath.Join(n.o.Card, c.file)); err != nil {
			t.Errorf("%s: what is wrong is gone: %v", name, err)
		}
		// Mended, all is well again.
		if err := os.Remove(filepath.Join(n.o.Card, c.file)); err != nil {
			t.Fatal(err)
		}
		if report := n.boot(); !strings.HasPrefix(report, "All is well") {
			t.Errorf("%s, mended:\n%s", name, report)
		}
	}
}

// TestFolderInstead has what is no file told too.
func TestFolderInstead(t *testing.T) {
	c := newCard(t, map[string]string{"wifi.txt/x": ""})
	if report := c.boot(); !strings.Contains(report, "WRONG  wifi.txt: wifi.txt is not a regular file but a folder") {
		t.Errorf("report\n%s", report)
	}
}

// TestComments has the templates of the image be nothing.
func TestComments(t *testing.T) {
	c := newCard(t, map[string]string{
		"wifi.txt": "# ssid = x\n", "network.txt": "\ufeff#\r\n", "auscult.toml": "# x\n", "authorized_keys.txt": "",
	})
	report := c.boot()
	if !strings.HasPrefix(report, "All is well") || strings.Count(report, "nothing is set in it") != 4 {
		t.Errorf("report\n%s", report)
	}
	if got := c.has("etc/auscult/auscultd.toml"); got != "" {
		t.Errorf("configuration %q", got)
	}
	if _, err := os.Stat(filepath.Join(c.o.Card, "wifi.txt")); err != nil {
		t.Error("a template is removed")
	}
}

// TestEditors reads what editors of PCs write.
func TestEditors(t *testing.T) {
	utf16 := func(text string, high bool) string {
		var b bytes.Buffer
		for _, r := range "\ufeff" + text {
			if high {
				b.Write([]byte{byte(r >> 8), byte(r)})
			} else {
				b.Write([]byte{byte(r), byte(r >> 8)})
			}
		}
		return b.String()
	}
	const want = "hostname = p1\n"
	for name, text := range map[string]string{
		"plain": want, "Windows": "hostname = p1\r\n", "mark": "\ufeffhostname = p1\r\n", "old Mac": "hostname = p1\r",
		"little": utf16(want, false), "big": utf16(want, true), "no end": "hostname = p1", "capitals": "HOSTNAME='p1'\n",
	} {
		c := newCard(t, map[string]string{"network.txt": text})
		if report := c.boot(); c.has("etc/hostname") != "p1\n" {
			t.Errorf("%s: %q\n%s", name, c.has("etc/hostname"), report)
		}
	}
}

// TestCopiedCard gives a copy an identity of its own, and leaves the first node's alone.
func TestCopiedCard(t *testing.T) {
	c := newCard(t, nil)
	c.root("etc/ssh/ssh_host_ed25519_key", "secret")
	c.boot()
	if c.has("etc/hostname") != "auscult-b2c3d4\n" || c.name != "auscult-b2c3d4" {
		t.Errorf("host name %q", c.has("etc/hostname"))
	}
	first := c.has("etc/machine-id")
	c.boot()
	if c.has("etc/machine-id") != first || c.has("etc/ssh/ssh_host_ed25519_key") == "" {
		t.Error("the same board is given a new identity")
	}
	c.root("proc/device-tree/serial-number", "00000000e5f6a7b8\x00")
	report := c.boot()
	id := c.has("etc/machine-id")
	if id == first || len(id) != 33 || c.has("etc/ssh/ssh_host_ed25519_key") != "" ||
		c.has("etc/hostname") != "auscult-f6a7b8\n" {
		t.Errorf("id %q, host name %q", id, c.has("etc/hostname"))
	}
	if !strings.Contains(report, "copied from another node") {
		t.Errorf("report\n%s", report)
	}
}

// TestNoSerial names a machine without a number by its id.
func TestNoSerial(t *testing.T) {
	c := newCard(t, nil)
	c.root("proc/device-tree/serial-number", "0000000000000000\x00")
	if c.boot(); c.has("etc/hostname") != "auscult-abcdef\n" {
		t.Errorf("host name %q", c.has("etc/hostname"))
	}
}

// TestPowerCut has a secret that was taken, and not yet removed, removed at the next boot.
func TestPowerCut(t *testing.T) {
	c := newCard(t, map[string]string{"mqtt-password": "x\n"})
	c.boot()
	c.put("mqtt-password", "x\n")
	if c.boot(); c.has("etc/auscult/mqtt-password") != "x\n" {
		t.Error("the password is gone")
	}
	if _, err := os.Stat(filepath.Join(c.o.Card, "mqtt-password")); err == nil {
		t.Error("the password is still on the card")
	}
}
