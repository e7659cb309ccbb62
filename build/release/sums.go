package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aead.dev/minisign"
)

// The files that say what the others must be.
const (
	sumsFile      = "SHA256SUMS"
	signatureFile = sumsFile + ".minisig"
)

// sums writes SHA256SUMS of all files in a folder, and signs it where a key is named. The key's password is in
// MINISIGN_PASSWORD, and may be empty.
func sums(at time.Time, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errUsage
	}
	folder := args[0]
	list, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, e := range list {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), sumsFile) {
			continue
		}
		sum, err := sha256Of(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s  %s\n", sum, e.Name())
	}
	if err := os.WriteFile(filepath.Join(folder, sumsFile), text.Bytes(), 0o644); err != nil {
		return err
	}
	signature := filepath.Join(folder, signatureFile)
	if len(args) == 1 || args[1] == "" {
		return os.RemoveAll(signature) // one of another content
	}
	key, err := privateKey(args[1])
	if err != nil {
		return fmt.Errorf("the key %s: %w", args[1], err)
	}
	comment := fmt.Sprintf("timestamp:%d\tfile:%s", at.Unix(), sumsFile)
	signed := minisign.SignWithComments(key, text.Bytes(), comment, "signature of auscult's "+sumsFile)
	return os.WriteFile(signature, signed, 0o644)
}

func privateKey(path string) (key minisign.PrivateKey, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	if minisign.IsEncrypted(text) {
		return minisign.DecryptKey(os.Getenv("MINISIGN_PASSWORD"), text)
	}
	return key, key.UnmarshalText(text)
}

// same compares two folders, and names what is not the same in both.
func same(_ time.Time, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	var found [2]map[string]string
	for i, folder := range args {
		list, err := entries(folder, ".")
		if err != nil {
			return err
		}
		found[i] = map[string]string{}
		for _, e := range list {
			if e.info.IsDir() {
				continue
			}
			if found[i][e.name], err = sha256Of(e.path); err != nil {
				return err
			}
		}
	}
	var differ []string
	for name, sum := range found[0] {
		if found[1][name] != sum {
			differ = append(differ, name)
		}
	}
	if len(differ) > 0 || len(found[0]) != len(found[1]) || len(found[0]) == 0 {
		return fmt.Errorf("%s has %d files, %s has %d; these differ: %s", args[0], len(found[0]), args[1], len(found[1]),
			strings.Join(differ, ", "))
	}
	fmt.Printf("%d files are the same\n", len(found[0]))
	return nil
}

// newKey makes a pair of keys without a password.
func newKey(_ time.Time, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	secret, err := private.MarshalText()
	if err != nil {
		return err
	}
	known, err := public.MarshalText()
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[0], secret, 0o600); err != nil {
		return err
	}
	return os.WriteFile(args[1], known, 0o644)
}

// verify checks a folder's signature, and every file against its checksum.
func verify(_ time.Time, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	key, err := minisign.PublicKeyFromFile(args[1])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(args[0], sumsFile))
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(filepath.Join(args[0], signatureFile))
	if err != nil {
		return err
	}
	if !minisign.Verify(key, text, signature) {
		return fmt.Errorf("%s is not signed by this key", sumsFile)
	}
	for line := range strings.Lines(string(text)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		is, err := sha256Of(filepath.Join(args[0], filepath.Base(name)))
		if err != nil {
			return err
		}
		if is != want {
			return fmt.Errorf("%s is not what was signed", name)
		}
	}
	return nil
}
