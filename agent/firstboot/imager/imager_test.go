package imager

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	psk  = "2cd17c58bc80c83d2668ba497b007ee9970ad732b62637a529cfbcddb8b0b207"
	hash = "$5$MnXmNTdxS4$Wq8XzW9bV2l1Hn0l2p5lMZVJ0b3d9v5X5y3eU1o7Yl7"
)

// hall is what all forms of Imager's customisation ask for below.
var hall = Wishes{Hostname: "pump-7", User: "anna", Password: true, SSH: true,
	Keys: []string{"ssh-ed25519 AAAA anna@pc"},
	Wifi: Wifi{Country: "DE", SSID: "Halle 7", Password: psk}, Timezone: "Europe/Berlin"}

// cases are files in the form in which Imager and people write them.
var cases = []struct {
	name, file, text string
	want             Wishes
}{
	{"cloud-init of Imager 2", "user-data", `#cloud-config
hostname: pump-7
manage_etc_hosts: true
packages:
- avahi-daemon
apt:
  conf: |
    Acquire {
      Check-Date "false";
    };
timezone: Europe/Berlin
keyboard:
  model: pc105
  layout: "de"
enable_ssh: true
users:
- name: anna
  groups: users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo
  shell: /bin/bash
  lock_passwd: false
  passwd: ` + hash + `
  ssh_authorized_keys:
    - ssh-ed25519 AAAA anna@pc
  sudo: ALL=(ALL) NOPASSWD:ALL
`, without(hall, func(w *Wishes) { w.Wifi = Wifi{} })},
	{"cloud-init of Imager 1, no key", "user-data", `#cloud-config
hostname: pump-7
manage_etc_hosts: true
users:
- name: anna
  lock_passwd: false
  passwd: ` + hash + `
ssh_pwauth: true
runcmd:
- [ rfkill, unblock, wifi ]
- [ sh, -c, "for f in /var/lib/systemd/rfkill/*:wlan; do echo 0 > \"$f\"; done" ]
- localectl set-x11-keymap "de" pc105
`, Wishes{Hostname: "pump-7", User: "anna", Password: true, SSH: true, PasswordLogin: true,
		Unknown: []string{"runcmd"}}},
	{"network of Imager 2", "network-config", `network:
  version: 2
  wifis:
    wlan0:
      dhcp4: true
      regulatory-domain: "DE"
      access-points:
        "Halle 7":
          password: "` + psk + `"
      optional: true
`, Wishes{Wifi: hall.Wifi}},
	{"network of Imager 1, hidden", "network-config", `version: 2
wifis:
  renderer: networkd
  wlan0:
    dhcp4: true
    optional: true
    access-points:
      "say \"hi\"":
        hidden: true
        password: "correct horse"
`, Wishes{Wifi: Wifi{SSID: `say "hi"`, Password: "correct horse", Hidden: true}}},
	{"network with an address", "network-config", "version: 2\n" +
		"ethernets:\n  eth0:\n    addresses: [10.0.0.2/8]\n    gateway4: 10.0.0.1\n",
		Wishes{Unknown: []string{"eth0 addresses", "eth0 gateway4"}}},
	{"open network", "network-config", "wifis: {wlan0: {access-points: {Halle: {}, Hof: {}}}}",
		Wishes{Wifi: Wifi{SSID: "Halle"}, Unknown: []string{"network Hof"}}},
	{"custom.toml", "custom.toml", `config_version = 1
[system]
hostname = "pump-7"
[user]
name = "anna"
password = "` + hash + `"
password_encrypted = true
[ssh]
enabled = true
password_authentication = false
authorized_keys = [ "ssh-ed25519 AAAA anna@pc" ]
[wlan]
ssid = "Halle 7"
password = "` + psk + `"
password_encrypted = true
hidden = false
country = "DE"
[locale]
keymap = "de"
timezone = "Europe/Berlin"
[fan]
speed = 3
`, without(hall, func(w *Wishes) { w.Unknown = []string{"fan.speed"} })},
	{"script", "firstrun.sh", `#!/bin/sh

set +e

CURRENT_HOSTNAME=$(cat /etc/hostname | tr -d " \t\n\r")
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_hostname pump-7
else
   echo pump-7 >/etc/hostname
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k 'ssh-ed25519 AAAA anna@pc'
else
cat > "$FIRSTUSERHOME/.ssh/authorized_keys" <<'EOF'
/usr/lib/raspberrypi-sys-mods/imager_custom set_hostname not-this
EOF
fi
if [ -f /usr/lib/userconf-pi/userconf ]; then
   /usr/lib/userconf-pi/userconf 'anna' '` + hash + `'
else
   echo "$FIRSTUSER:` + hash + `" | chpasswd -e
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_wlan 'Halle 7' '` + psk + `' 'DE'
else
cat >/etc/wpa_supplicant/wpa_supplicant.conf <<'WPAEOF'
country=FR
WPAEOF
fi
   /usr/lib/raspberrypi-sys-mods/imager_custom set_keymap 'de'
   /usr/lib/raspberrypi-sys-mods/imager_custom set_timezone 'Europe/Berlin'
rm -f /boot/firstrun.sh
sed -i 's| systemd.run.*||g' /boot/cmdline.txt
exit 0
`, hall},
	{"a quote in a name", "firstrun.sh", "/usr/lib/raspberrypi-sys-mods/imager_custom set_wlan  -h  'Bob'\"'\"'s' 'x y' 'DE'\n",
		Wishes{Wifi: Wifi{Country: "DE", SSID: "Bob's", Password: "x y", Hidden: true}}},
	{"supplicant", "wpa_supplicant.conf", "ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev\nupdate_config=1\ncountry=DE\n\n" +
		"network={\n\tssid=\"Halle 7\"\n\tpsk=" + psk + "\n\tkey_mgmt=WPA-PSK\n}\n", Wishes{Wifi: hall.Wifi}},
	{"supplicant, in words", "WPA_SUPPLICANT.CONF", "network={\nssid=\"a=b\"\npsk=\"correct horse\"\nscan_ssid=1\n}\n",
		Wishes{Wifi: Wifi{SSID: "a=b", Password: "correct horse", Hidden: true}}},
	{"userconf", "userconf.txt", "anna:" + hash + "\n", Wishes{User: "anna", Password: true}},
	{"ssh", "ssh", "", Wishes{SSH: true}},
}

func without(w Wishes, change func(*Wishes)) Wishes {
	w.Keys = slices.Clone(w.Keys)
	change(&w)
	return w
}

// TestRead reads each form, and the same cut off anywhere without a panic.
func TestRead(t *testing.T) {
	for _, c := range cases {
		got, err := Read(c.file, []byte(c.text))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", c.name, err, got, c.want)
		}
		for n := range len(c.text) {
			if w, err := Read(c.file, []byte(c.text[:n])); err != nil && !reflect.DeepEqual(w, Wishes{}) {
				t.Errorf("%s, cut at %d: %v, and %+v", c.name, n, err, w)
			}
		}
	}
}

// TestNothing has templates ask for nothing.
func TestNothing(t *testing.T) {
	for _, file := range []string{"user-data", "network-config", "custom.toml", "wpa_supplicant.conf"} {
		if w, err := Read(file, []byte("# hostname: x\n")); !errors.Is(err, ErrNothing) {
			t.Errorf("%s: %v, %+v", file, err, w)
		}
	}
}

// TestWrong says what is wrong, to its owner.
func TestWrong(t *testing.T) {
	for _, c := range []struct{ file, text, says string }{
		{"user-data", "hostname: [x\n", "is no YAML: line 1"},
		{"user-data", "- a\n- b\n", "is no YAML"},
		{"user-data", "hostname: x\nhostname: y\n", "already defined"},
		{"user-data", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n" +
			"g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "excessive aliasing"},
		{"custom.toml", "[system]\nhostname = pump\n", "line 2: "},
		{"firstrun.sh", "#!/bin/sh\nrm -rf /\n", "scripts on the card are not run"},
		{"wpa_supplicant.conf", "country DE\n", "line 1: \"country DE\": write key=value"},
		{"wpa_supplicant.conf", "network={\nssid=\"a\"\n}\nnetwork={\nssid=\"b\"\n}\n", "line 4: a second network"},
		{"wpa_supplicant.conf", "network={\nssid=Halle\n}\n", "line 2: ssid Halle: write the name in quotes"},
		{"wpa_supplicant.conf", "network={\nssid=\"a\"\nkey_mgmt=WPA-EAP\n}\n", "line 3: networks with a user"},
		{"userconf.txt", "anna\n", "is not NAME:PASSWORD"},
		{"notes.txt", "", "no file that Imager writes"},
	} {
		if w, err := Read(c.file, []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q: %v, %+v; want %q", c.file, c.text, err, w, c.says)
		}
	}
}
