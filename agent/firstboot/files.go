package firstboot

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
)

// takeConfig takes the configuration, if the node could be built from it.
func (s *setup) takeConfig(name string, data []byte) (string, error) {
	c, err := config.Parse(name, data)
	if err != nil {
		return "", err
	}
	if !saysSomething(data) {
		return "", errNothing
	}
	if err := s.write("etc/auscult/auscultd.toml", 0o644, data); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d sources, broker %s", len(c.Sources), c.MQTT.Broker), nil
}

// saysSomething reports whether a file has more than comments.
func saysSomething(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return true
		}
	}
	return false
}

func isModel(name string) bool { return strings.ToLower(path.Ext(name)) == ".tflite" }

// takeModel takes a model that has checked its checksum and its golden pair on this machine.
func (s *setup) takeModel(name string, data []byte) (string, error) {
	m, err := model.Parse(data)
	if err != nil {
		return "", err
	}
	to := path.Join("var/lib/auscult", name)
	if err := s.write(to, 0o640, data); err != nil {
		return "", err
	}
	if err := s.give(to); err != nil {
		return "", err
	}
	return fmt.Sprintf("a model called %s, now /%s", m.Settings.Name, to), nil
}

// passwordFile is the broker's password; editors add .txt.
const passwordFile = "mqtt-password"

func isSecret(name string) bool {
	name = strings.ToLower(name)
	return name == passwordFile || name == passwordFile+".txt" || path.Ext(name) == ".key"
}

func isCertificate(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".pem" || ext == ".crt"
}

// takeSecret takes a password, a key or a certificate, which the configuration names without a
// folder: it lies beside the configuration then.
func (s *setup) takeSecret(name string, data []byte) (string, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return "", errors.New("is empty")
	}
	to := strings.ToLower(name)
	if strings.HasPrefix(to, passwordFile) {
		to, data = passwordFile, append(bytes.TrimRight(data, "\n"), '\n')
		if bytes.Count(data, []byte("\n")) > 1 {
			return "", errors.New("has several lines: write the password in one")
		}
	} else if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return "", errors.New("is no PEM file: it has no line -----BEGIN …-----")
	}
	to = path.Join("etc/auscult", to)
	if err := s.write(to, 0o600, data); err != nil {
		return "", err
	}
	if err := s.give(to); err != nil {
		return "", err
	}
	if isSecret(name) {
		return fmt.Sprintf("now /%s, readable by the service alone; removed from the card", to), nil
	}
	return "now /" + to, nil
}
