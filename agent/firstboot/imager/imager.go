package imager

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Wishes are what a file asks for; empty is what it does not.
type Wishes struct {
	Hostname string
	User     string
	Password bool // of the user, whatever it is
	// SSH says that it is to be on, PasswordLogin that it is to take passwords.
	SSH, PasswordLogin bool
	Keys               []string // as in authorized_keys
	Wifi               Wifi
	Timezone           string
	Unknown            []string // names of what else the file sets
}

// Wifi is a wireless network, if it has a name.
type Wifi struct {
	Country, SSID string
	Password      string // or the key in 64 hexadecimal digits; empty for an open network
	Hidden        bool
}

// Most of what is kept.
const (
	maxKeys    = 64
	maxUnknown = 64
)

// ErrNothing says that a file asks for nothing, as a template does.
var ErrNothing = errors.New("imager: nothing is set in it")

// readers are the files by their names.
var readers = map[string]func([]byte, *Wishes) error{
	"user-data":           userData,
	"network-config":      networkConfig,
	"custom.toml":         customTOML,
	"firstrun.sh":         script,
	"wpa_supplicant.conf": supplicant,
	"userconf.txt":        userconf,
	"userconf":            userconf,
	"ssh":                 ssh,
	"ssh.txt":             ssh,
}

// Known reports whether Read knows a file of this name. Case does not count: FAT has none.
func Known(name string) bool { return readers[strings.ToLower(name)] != nil }

// Read reads a file by its name; data is text in UTF-8 with \n at line ends.
func Read(name string, data []byte) (Wishes, error) {
	read := readers[strings.ToLower(name)]
	if read == nil {
		return Wishes{}, fmt.Errorf("imager: %s: no file that Imager writes", name)
	}
	var w Wishes
	if err := read(data, &w); err != nil {
		return Wishes{}, err
	}
	if w.empty() {
		return Wishes{}, ErrNothing
	}
	return w, nil
}

func (w *Wishes) empty() bool {
	return w.Hostname == "" && w.User == "" && !w.Password && !w.SSH && !w.PasswordLogin && len(w.Keys) == 0 &&
		w.Wifi == Wifi{} && w.Timezone == "" && len(w.Unknown) == 0
}

// unknown notes the name of something that nobody here knows.
func (w *Wishes) unknown(name string) {
	if len(w.Unknown) < maxUnknown && !slices.Contains(w.Unknown, name) {
		w.Unknown = append(w.Unknown, name)
	}
}

// keys notes public keys, one in each text.
func (w *Wishes) keys(all ...string) {
	for _, key := range all {
		for line := range strings.Lines(key) {
			if line = strings.TrimSpace(line); line != "" && len(w.Keys) < maxKeys {
				w.Keys = append(w.Keys, line)
			}
		}
	}
}

// userconf reads "NAME:HASH".
func userconf(data []byte, w *Wishes) error {
	name, hash, ok := strings.Cut(strings.TrimSpace(string(data)), ":")
	if name == "" && !ok {
		return nil
	}
	if !ok || name == "" || strings.Contains(hash, "\n") {
		return errors.New("is not NAME:PASSWORD in one line")
	}
	w.User, w.Password = name, hash != ""
	return nil
}

// ssh is a file that turns SSH on by being there.
func ssh(_ []byte, w *Wishes) error {
	w.SSH = true
	return nil
}
