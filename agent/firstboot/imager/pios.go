package imager

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// customTOML reads Raspberry Pi OS's custom.toml, version 1.
func customTOML(data []byte, w *Wishes) error {
	var all tree
	if err := toml.Unmarshal(data, &all); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			row, _ := at.Position()
			return fmt.Errorf("line %d: %s", row, strings.TrimPrefix(at.Error(), "toml: "))
		}
		return fmt.Errorf("is no TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	for section, value := range all {
		part, ok := value.(tree)
		if !ok {
			if section != "config_version" {
				w.unknown(section)
			}
			continue
		}
		for key, value := range part {
			if !w.setting(section+"."+key, value) {
				w.unknown(section + "." + key)
			}
		}
	}
	slices.Sort(w.Unknown)
	return nil
}

// setting takes a value of custom.toml, and reports whether its name is known.
func (w *Wishes) setting(name string, value any) bool {
	switch name {
	case "system.hostname":
		w.Hostname = text(value)
	case "user.name":
		w.User = text(value)
	case "user.password":
		w.Password = text(value) != ""
	case "ssh.enabled":
		w.SSH = flag(value)
	case "ssh.password_authentication":
		w.PasswordLogin = flag(value)
	case "ssh.authorized_keys":
		w.keys(texts(value)...)
	case "wlan.ssid":
		w.Wifi.SSID = text(value)
	case "wlan.password":
		w.Wifi.Password = text(value)
	case "wlan.hidden":
		w.Wifi.Hidden = flag(value)
	case "wlan.country":
		w.Wifi.Country = text(value)
	case "locale.timezone":
		w.Timezone = text(value)
	case "user.password_encrypted", "wlan.password_encrypted", "locale.keymap":
	default:
		return false
	}
	return true
}

// script reads what Imager writes into firstrun.sh: calls of two programs of Raspberry Pi OS. The
// lines beside them do the same on systems that lack these. Nothing is run.
func script(data []byte, w *Wishes) error {
	end := "" // of the text that goes to a command's input
	known := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if end != "" {
			if line == end {
				end = ""
			}
			continue
		}
		if _, word, ok := strings.Cut(line, "<<"); ok {
			end = strings.Trim(strings.TrimSpace(strings.TrimPrefix(word, "-")), `'"`)
			continue
		}
		words, err := split(line)
		if err != nil || len(words) < 2 {
			continue
		}
		switch {
		case strings.HasSuffix(words[0], "/imager_custom"):
			known = true
			w.custom(words[1], words[2:])
		case strings.HasSuffix(words[0], "/userconf"):
			known = true
			w.User, w.Password = words[1], len(words) > 2 && words[2] != ""
		}
	}
	if !known {
		return errors.New("is a script, and scripts on the card are not run: what a node needs is set by the other files here")
	}
	return nil
}

// custom is a call of imager_custom.
func (w *Wishes) custom(what string, words []string) {
	var options, rest []string
	for _, word := range words {
		if strings.HasPrefix(word, "-") && len(word) == 2 {
			options = append(options, word)
		} else {
			rest = append(rest, word)
		}
	}
	rest = append(rest, "", "", "")
	switch what {
	case "set_hostname":
		w.Hostname = rest[0]
	case "enable_ssh":
		w.SSH = !slices.Contains(options, "-d")
		w.PasswordLogin = w.SSH && !slices.Contains(options, "-k")
		w.keys(rest...)
	case "set_wlan":
		w.Wifi = Wifi{SSID: rest[0], Password: rest[1], Country: rest[2], Hidden: slices.Contains(options, "-h")}
	case "set_wlan_country":
		w.Wifi.Country = rest[0]
	case "set_timezone":
		w.Timezone = rest[0]
	case "set_keymap": // nobody types on a node
	default:
		w.unknown(what)
	}
}

// split cuts a line of a shell into words, without expansions.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	in, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, in = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, in = r, true
		case r == ' ' || r == '\t':
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quotation does not end")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// supplicant reads the first network of a wpa_supplicant.conf.
func supplicant(data []byte, w *Wishes) error {
	inside, number := false, 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case line == "" || line[0] == '#':
		case line == "}":
			inside = false
		case !ok:
			return fmt.Errorf("line %d: %q: write key=value", number, line)
		case key == "network":
			if w.Wifi.SSID != "" {
				return fmt.Errorf("line %d: a second network: a node joins one", number)
			}
			inside = true
		case !inside && key == "country":
			w.Wifi.Country = strings.Trim(value, `"`)
		case inside:
			if err := w.network(key, value); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		}
	}
	return nil
}

// network is a line within "network={".
func (w *Wishes) network(key, value string) error {
	plain, quoted := strings.CutPrefix(value, `"`)
	plain = strings.TrimSuffix(plain, `"`)
	switch key {
	case "ssid":
		if !quoted {
			return fmt.Errorf("ssid %s: write the name in quotes", value)
		}
		w.Wifi.SSID = plain
	case "psk":
		w.Wifi.Password = plain
	case "scan_ssid":
		w.Wifi.Hidden = value == "1"
	case "key_mgmt":
		if strings.Contains(value, "EAP") {
			return errors.New("networks with a user (802.1X) are set up on the node: docs/first-boot.md")
		}
	}
	return nil
}
