package firstboot

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // IEEE 802.11 derives the keys of networks by it
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/auscult/auscult/agent/firstboot/imager"
)

// takeNetwork writes how the node's cable is set up, for systemd-networkd, and its name.
func (s *setup) takeNetwork(_ string, data []byte) (string, error) {
	set, err := pairs(data, "address", "gateway", "dns", "ntp", "hostname")
	if err != nil {
		return "", err
	}
	said := []string{}
	if name := set["hostname"]; name != "" {
		if !isHostname(name) {
			return "", fmt.Errorf("hostname %q: write letters, digits and hyphens, 63 at most", name)
		}
	}
	unit, err := wired(set)
	if err != nil {
		return "", err
	}
	if err := s.write("etc/systemd/network/10-auscult.network", 0o644, []byte(unit)); err != nil {
		return "", err
	}
	if address := set["address"]; address != "" {
		said = append(said, "address "+address)
	} else {
		said = append(said, "address by DHCP")
	}
	if name := set["hostname"]; name != "" {
		if err := s.rename(name); err != nil {
			return "", err
		}
		said = append(said, "host name "+name)
	}
	return strings.Join(said, ", "), nil
}

// wired returns the unit of a network that a cable brings.
func wired(set map[string]string) (string, error) {
	var b strings.Builder
	b.WriteString("# Written from network.txt on the card.\n[Match]\nName=e*\n[Network]\n")
	if set["address"] == "" {
		if set["gateway"] != "" {
			return "", errors.New("gateway needs an address too, as in: address = 192.168.1.20/24")
		}
		b.WriteString("DHCP=yes\n")
	} else {
		prefix, err := netip.ParsePrefix(set["address"])
		if err != nil || prefix.Addr().IsUnspecified() || prefix.Addr().IsMulticast() {
			return "", fmt.Errorf("address %q: write it with the length of the network, as in 192.168.1.20/24", set["address"])
		}
		fmt.Fprintf(&b, "Address=%s\n", prefix)
		if gateway := set["gateway"]; gateway != "" {
			at, err := netip.ParseAddr(gateway)
			if err != nil || !prefix.Contains(at) && !at.IsLinkLocalUnicast() {
				return "", fmt.Errorf("gateway %q: write an address within %s", gateway, prefix.Masked())
			}
			fmt.Fprintf(&b, "Gateway=%s\n", at)
		}
	}
	for _, text := range strings.FieldsFunc(set["dns"], isSeparator) {
		at, err := netip.ParseAddr(text)
		if err != nil {
			return "", fmt.Errorf("dns %q: write addresses, as in 192.168.1.1", text)
		}
		fmt.Fprintf(&b, "DNS=%s\n", at)
	}
	for _, text := range strings.FieldsFunc(set["ntp"], isSeparator) {
		if _, err := netip.ParseAddr(text); err != nil && !isHostname(strings.ReplaceAll(text, ".", "-")) {
			return "", fmt.Errorf("ntp %q: write addresses or names, as in pool.ntp.org", text)
		}
		fmt.Fprintf(&b, "NTP=%s\n", text)
	}
	return b.String(), nil
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\t' }

var hostname = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)

func isHostname(name string) bool { return hostname.MatchString(name) }

var (
	country = regexp.MustCompile(`^[A-Z]{2}$`)
	hexKey  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
)

// takeWifi writes a wireless network for wpa_supplicant.
func (s *setup) takeWifi(_ string, data []byte) (string, error) {
	set, err := pairs(data, "country", "ssid", "password", "hidden")
	if err != nil {
		return "", err
	}
	if hidden := set["hidden"]; hidden != "" && hidden != "yes" && hidden != "no" {
		return "", fmt.Errorf("hidden %q: write yes or no", hidden)
	}
	w := imager.Wifi{Country: set["country"], SSID: set["ssid"], Password: set["password"], Hidden: set["hidden"] == "yes"}
	if !country.MatchString(strings.ToUpper(w.Country)) {
		return "", badCountry(w.Country)
	}
	if err := s.join(w, "wifi.txt"); err != nil {
		return "", err
	}
	return fmt.Sprintf("network %q; removed from the card, since it held the password", w.SSID), nil
}

func badCountry(code string) error {
	return fmt.Errorf("country %q: write the two letters of the country where the node is, as in DE: "+
		"they decide which channels it may use", code)
}

// join has the node join a wireless network that stood in a file of the card.
func (s *setup) join(w imager.Wifi, file string) error {
	text, err := wireless(w, file)
	if err != nil {
		return err
	}
	return s.write("etc/wpa_supplicant/wpa_supplicant-wlan0.conf", 0o600, []byte(text))
}

// wireless returns a configuration of wpa_supplicant: the network's name in hex, whatever letters
// it has, and the key that its password gives instead of the password.
func wireless(w imager.Wifi, file string) (string, error) {
	code := strings.ToUpper(w.Country)
	switch {
	case code != "" && !country.MatchString(code):
		return "", badCountry(w.Country)
	case w.SSID == "" || len(w.SSID) > 32:
		return "", fmt.Errorf("ssid %q: write the network's name, 1 to 32 bytes", w.SSID)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Written from %s on the card.\nctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev\nupdate_config=0\n", file)
	if code != "" {
		fmt.Fprintf(&b, "country=%s\n", code)
	}
	fmt.Fprintf(&b, "network={\n\tssid=%s\n", hex.EncodeToString([]byte(w.SSID)))
	if w.Hidden {
		b.WriteString("\tscan_ssid=1\n")
	}
	switch password := w.Password; {
	case password == "":
		b.WriteString("\tkey_mgmt=NONE\n")
	case hexKey.MatchString(password):
		fmt.Fprintf(&b, "\tpsk=%s\n", strings.ToLower(password))
	case len(password) < 8 || len(password) > 63:
		return "", fmt.Errorf("password has %d characters: a network's has 8 to 63", len(password))
	default:
		key, err := pbkdf2.Key(sha1.New, password, []byte(w.SSID), 4096, 32)
		if err != nil {
			return "", fmt.Errorf("password: %w", err)
		}
		fmt.Fprintf(&b, "\tpsk=%s\n", hex.EncodeToString(key))
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// Login is the user whom the keys on the card let in.
const Login = "admin"

// takeKeys lets keys log in. Without any nobody can.
func (s *setup) takeKeys(_ string, data []byte) (string, error) {
	count, err := checkKeys(data)
	if err != nil {
		return "", err
	}
	if count == 0 {
		return "", errNothing
	}
	if err := s.write(keysFile, 0o644, data); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d keys may log in as %s", count, Login), nil
}

// keysFile has the keys that let in.
const keysFile = "etc/ssh/authorized_keys.d/" + Login

// checkKeys counts the keys in an authorized_keys file.
func checkKeys(data []byte) (count int, err error) {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.Contains(line, "PRIVATE KEY") {
			return 0, fmt.Errorf("line %d is a PRIVATE key, which must not leave your computer: make a new pair, "+
				"and put the file whose name ends in .pub here", number)
		}
		if !hasKey(line) {
			return 0, fmt.Errorf("line %d is no public key of OpenSSH: it looks like \"ssh-ed25519 AAAA… name\"", number)
		}
		count++
	}
	return count, nil
}

// hasKey reports whether a line has a key type and, behind it, a key that says to be of it.
func hasKey(line string) bool {
	fields := strings.Fields(line)
	for i := range len(fields) - 1 {
		raw, err := base64.StdEncoding.DecodeString(fields[i+1])
		if err != nil || len(raw) < 4 {
			continue
		}
		n := binary.BigEndian.Uint32(raw)
		if uint64(n)+4 <= uint64(len(raw)) && string(raw[4:4+n]) == fields[i] {
			return true
		}
	}
	return false
}
