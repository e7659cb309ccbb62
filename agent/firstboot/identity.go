package firstboot

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/smallfile"
)

// factoryName is the image's host name: one of its own replaces it.
const factoryName = "auscult"

// identity gives the node a name of its own, and everything that must be unlike another node's
// where the card is a copy of another machine's: two of one id fight at the broker.
func (s *setup) identity() error {
	serial := s.serial()
	if serial != "" && serial != s.state.Serial {
		if s.state.Serial != "" {
			if err := s.renew(); err != nil {
				return err
			}
			s.news = append(s.news, "this card was copied from another node: it has a new identity and new keys now")
		}
		s.state.Serial, s.changed = serial, true
	}
	name, err := smallfile.Read(s.path("etc/hostname"), 256)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("firstboot: %w", err)
	}
	if has := strings.TrimSpace(string(name)); has != "" && has != factoryName {
		return nil
	}
	if serial == "" {
		id, err := smallfile.Read(s.path("etc/machine-id"), 64)
		if serial = strings.TrimSpace(string(id)); err != nil || len(serial) != 32 {
			return nil // the name stays
		}
	}
	return s.rename(factoryName + "-" + strings.ToLower(serial[max(0, len(serial)-6):]))
}

// serial returns the board's number, empty where it has none.
func (s *setup) serial() string {
	for _, name := range []string{"proc/device-tree/serial-number", "sys/class/dmi/id/product_uuid"} {
		data, err := smallfile.Read(s.path(name), 128)
		if text := strings.Trim(string(data), "\x00 \n0"); err == nil && text != "" && isHostname(strings.ToLower(text)) {
			return strings.Trim(string(data), "\x00 \n")
		}
	}
	return ""
}

// renew makes an identity for a copied card.
func (s *setup) renew() error {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	if err := s.write("etc/machine-id", 0o444, []byte(hex.EncodeToString(id)+"\n")); err != nil {
		return err
	}
	keys, err := filepath.Glob(s.path("etc/ssh/ssh_host_*"))
	for _, path := range keys {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	return s.write("etc/hostname", 0o644, []byte(factoryName+"\n"))
}

// rename gives the node a host name.
func (s *setup) rename(name string) error {
	if err := s.write("etc/hostname", 0o644, []byte(name+"\n")); err != nil {
		return err
	}
	hosts := "127.0.0.1\tlocalhost\n127.0.1.1\t" + name + "\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	if err := s.write("etc/hosts", 0o644, []byte(hosts)); err != nil {
		return err
	}
	if s.o.SetHostname != nil {
		if err := s.o.SetHostname(name); err != nil {
			return fmt.Errorf("firstboot: host name: %w", err)
		}
	}
	return nil
}
