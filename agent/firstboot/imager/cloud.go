package imager

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tree is what a YAML or TOML file holds.
type tree = map[string]any

// quiet are keys of user-data that ask for nothing a node needs, or for what it has anyway.
var quiet = []string{"manage_etc_hosts", "preserve_hostname", "apt", "packages", "package_update", "enable_ssh",
	"keyboard", "rpi", "locale", "power_state", "chpasswd", "system_info", "disable_root", "ssh_import_id"}

func parseYAML(data []byte) (tree, error) {
	var all tree
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("is no YAML: %s", strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " "))
	}
	return all, nil
}

// userData reads cloud-init's configuration: name, users and their keys.
func userData(data []byte, w *Wishes) error {
	all, err := parseYAML(data)
	if err != nil {
		return err
	}
	for key, value := range all {
		switch key {
		case "hostname":
			w.Hostname = text(value)
		case "timezone":
			w.Timezone = text(value)
		case "ssh_pwauth":
			w.PasswordLogin = flag(value)
		case "ssh_authorized_keys":
			w.keys(texts(value)...)
		case "users":
			w.users(value)
		case "user":
			w.users([]any{value})
		case "password":
			w.Password = true
		case "runcmd", "bootcmd":
			w.commands(key, value)
		default:
			if !slices.Contains(quiet, key) {
				w.unknown(key)
			}
		}
	}
	w.SSH = w.SSH || flag(all["enable_ssh"]) || w.PasswordLogin
	slices.Sort(w.Unknown)
	return nil
}

// users takes the keys of all, and the name of the first: there is one login.
func (w *Wishes) users(value any) {
	list, _ := value.([]any)
	for _, entry := range list {
		user, ok := entry.(tree)
		if !ok {
			continue // "default"
		}
		if w.User == "" {
			w.User = text(user["name"])
		}
		if text(user["passwd"]) != "" || text(user["plain_text_passwd"]) != "" || text(user["hashed_passwd"]) != "" {
			w.Password = true
		}
		w.keys(texts(user["ssh_authorized_keys"])...)
		w.keys(texts(user["ssh-authorized-keys"])...)
	}
}

// commands are not run. Those by which Imager turns radio on are no loss.
func (w *Wishes) commands(key string, value any) {
	list, _ := value.([]any)
	for _, entry := range list {
		if said := fmt.Sprint(entry); !strings.Contains(said, "rfkill") {
			w.unknown(key)
		}
	}
}

// networkConfig reads netplan's form of a wireless network. What a cable brings is by DHCP anyway.
func networkConfig(data []byte, w *Wishes) error {
	all, err := parseYAML(data)
	if err != nil {
		return err
	}
	if inner, ok := all["network"].(tree); ok {
		all = inner
	}
	for key, value := range all {
		switch part, _ := value.(tree); key {
		case "wifis":
			w.wifis(part)
		case "ethernets":
			w.ethernets(part)
		case "version", "renderer":
		default:
			w.unknown(key)
		}
	}
	slices.Sort(w.Unknown)
	return nil
}

// wifis takes the first network of the first device, in the order of their names.
func (w *Wishes) wifis(devices tree) {
	for _, name := range sortedKeys(devices) {
		device, ok := devices[name].(tree)
		if !ok {
			continue // "renderer"
		}
		if code := text(device["regulatory-domain"]); code != "" {
			w.Wifi.Country = code
		}
		for _, key := range []string{"addresses", "gateway4", "gateway6", "routes", "nameservers"} {
			if device[key] != nil {
				w.unknown(name + " " + key)
			}
		}
		points, _ := device["access-points"].(tree)
		for _, ssid := range sortedKeys(points) {
			if w.Wifi.SSID != "" {
				w.unknown("network " + ssid)
				continue
			}
			point, _ := points[ssid].(tree)
			w.Wifi.SSID, w.Wifi.Hidden, w.Wifi.Password = ssid, flag(point["hidden"]), text(point["password"])
			if auth, ok := point["auth"].(tree); ok {
				w.Wifi.Password = text(auth["password"])
			}
		}
	}
}

func (w *Wishes) ethernets(devices tree) {
	for _, name := range sortedKeys(devices) {
		device, _ := devices[name].(tree)
		for _, key := range []string{"addresses", "gateway4", "gateway6", "routes", "nameservers"} {
			if device[key] != nil {
				w.unknown(name + " " + key)
			}
		}
	}
}

func sortedKeys(m tree) []string {
	var all []string
	for key := range m {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// text is a value as it was written, empty for what is no single value.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(value)
	}
	return ""
}

// texts are a list's values, or the one that stands for a list.
func texts(value any) []string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var all []string
	for _, entry := range list {
		all = append(all, text(entry))
	}
	return all
}

func flag(value any) bool {
	is, ok := value.(bool)
	return is || !ok && strings.EqualFold(text(value), "yes")
}
