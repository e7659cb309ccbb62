package firstboot

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/auscult/auscult/agent/firstboot/imager"
	"github.com/auscult/auscult/agent/smallfile"
)

// granted is what became of wishes.
type granted struct{ taken, refused []string }

func (g *granted) take(format string, args ...any) {
	g.taken = append(g.taken, fmt.Sprintf(format, args...))
}

func (g *granted) refuse(format string, args ...any) {
	g.refused = append(g.refused, fmt.Sprintf(format, args...))
}

// takeWishes grants what Raspberry Pi Imager, or a page on the web, had the owner ask for, as far
// as a node has it: a name, a wireless network, keys, a time zone. Everything is checked before
// anything counts.
func (s *setup) takeWishes(name string, data []byte) (text, but string, err error) {
	w, err := imager.Read(name, data)
	if errors.Is(err, imager.ErrNothing) {
		return "", "", errNothing
	}
	if err != nil {
		return "", "", err
	}
	keys := []byte(strings.Join(w.Keys, "\n") + "\n")
	count, err := checkKeys(keys)
	if err != nil {
		return "", "", fmt.Errorf("keys: %w", err)
	}
	if w.Hostname != "" && !isHostname(w.Hostname) {
		return "", "", fmt.Errorf("host name %q: write letters, digits and hyphens, 63 at most", w.Hostname)
	}
	if w.Wifi.SSID != "" {
		if _, err := wireless(w.Wifi, name); err != nil {
			return "", "", err
		}
	}
	var g granted
	if w.Hostname != "" {
		if err := s.rename(w.Hostname); err != nil {
			return "", "", err
		}
		g.take("host name %s", w.Hostname)
	}
	if err := s.grantWifi(w.Wifi, name, &g); err != nil {
		return "", "", err
	}
	if count > 0 {
		if err := s.write(keysFile, 0o644, keys); err != nil {
			return "", "", err
		}
		g.take("%d keys may log in as %s", count, Login)
	}
	if err := s.grantTimezone(w.Timezone, &g); err != nil {
		return "", "", err
	}
	s.login(w, count, &g)
	if len(w.Unknown) > 0 {
		g.refuse("%s: not known here", strings.Join(w.Unknown, ", "))
	}
	if len(g.taken) == 0 {
		g.take("read")
	}
	text = strings.Join(g.taken, ", ") + "; removed from the card"
	return text, strings.Join(g.refused, "; "), nil
}

func (s *setup) grantWifi(w imager.Wifi, file string, g *granted) error {
	if w.SSID == "" {
		return nil
	}
	if err := s.join(w, file); err != nil {
		return err
	}
	g.take("network %q", w.SSID)
	if w.Country == "" {
		g.refuse("the network's country is not given: channels that are not free everywhere are not used")
	}
	return nil
}

var zone = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)

// zones is where time zones are, and the link that names the node's.
const zones = "usr/share/zoneinfo"

func (s *setup) grantTimezone(name string, g *granted) error {
	if name == "" {
		return nil
	}
	if info, err := os.Stat(s.path(zones, name)); !zone.MatchString(name) || err != nil || !info.Mode().IsRegular() {
		g.refuse("time zone %q: there is none of that name", name)
		return nil
	}
	if err := s.write("etc/timezone", 0o644, []byte(name+"\n")); err != nil {
		return err
	}
	link, fresh := s.path("etc/localtime"), s.path("etc/.localtime")
	_ = os.Remove(fresh) // of a power cut
	if err := os.Symlink(path.Join("..", zones, name), fresh); err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	if err := os.Rename(fresh, link); err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	g.take("time zone %s", name)
	return nil
}

// hasKeys reports whether keys that let in are there, or are about to be taken up from the card.
func (s *setup) hasKeys() bool {
	if _, err := os.Stat(s.path(keysFile)); err == nil {
		return true
	}
	names, err := list(s.o.Card)
	if err != nil {
		return false
	}
	for _, name := range names {
		if !isKeys(name) {
			continue
		}
		data, err := smallfile.Read(filepath.Join(s.o.Card, name), maxText)
		if err != nil {
			continue
		}
		if data, err = text(data); err != nil {
			continue
		}
		if count, err := checkKeys(data); err == nil && count > 0 {
			return true
		}
	}
	return false
}

// login says how this node is logged in to, where that is not what was asked for.
func (s *setup) login(w imager.Wishes, keys int, g *granted) {
	how := "log in as " + Login
	if keys == 0 && !s.hasKeys() {
		how = "write a public key into authorized_keys.txt, then log in as " + Login
	}
	switch {
	case w.User != "" && w.User != Login:
		g.refuse("the user %q: %s", w.User, how)
	case w.PasswordLogin || w.Password:
		g.refuse("a password: %s", how)
	case w.SSH && keys == 0 && how != "log in as "+Login:
		g.refuse("SSH without a key: %s", how)
	}
	if w.User != "" && w.User != Login && w.Password {
		g.refuse("its password: nobody logs in by one")
	}
}
