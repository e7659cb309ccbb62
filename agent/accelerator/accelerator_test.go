package accelerator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lay writes files below a root.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDevices(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{
		"dev/apex_0": "", "dev/hailo0": "", "dev/dri/renderD128": "", "dev/hailox": "", "dev/null": "",
		"sys/bus/usb/devices/1-2/idVendor": "18d1\n", "sys/bus/usb/devices/1-2/idProduct": "9302\n",
		"sys/bus/usb/devices/1-2/busnum": "1\n", "sys/bus/usb/devices/1-2/devnum": "7\n",
		"sys/bus/usb/devices/1-3/idVendor": "18d1\n", "sys/bus/usb/devices/1-3/idProduct": "4ee7\n", // a telephone
		"sys/bus/usb/devices/1-4/idVendor": "1a6e\n", "sys/bus/usb/devices/1-4/idProduct": "089a\n",
		"sys/bus/usb/devices/1-4/busnum": "x\n",
		"dev/bus/usb/001/007":            "",
	})
	var kinds []string
	for _, d := range Devices(root) {
		kinds = append(kinds, d.Kind+" "+strings.TrimPrefix(d.Path, root))
		if d.Problem != "" || d.Backend == "" {
			t.Errorf("%+v", d)
		}
	}
	want := "coral /dev/apex_0, hailo /dev/hailo0, gpu /dev/dri/renderD128, coral /dev/bus/usb/001/007"
	if got := strings.Join(kinds, ", "); got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if err := os.Remove(filepath.Join(root, "dev/bus/usb/001/007")); err != nil {
		t.Fatal(err)
	}
	all := Devices(root)
	if last := all[len(all)-1]; !strings.Contains(last.Problem, "no such file") || last.Fix == "" {
		t.Errorf("a device without its file: %+v", last)
	}
}

func TestGroupName(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{"etc/group": "root:x:0:\napex:x:998:auscult\nbroken\n"})
	for gid, want := range map[uint32]string{0: "root", 998: "apex", 5: "5"} {
		if got := groupName(root, gid); got != want {
			t.Errorf("group %d is %q, want %q", gid, got, want)
		}
	}
	if got := groupName(t.TempDir(), 7); got != "7" {
		t.Errorf("without a list of groups: %q", got)
	}
}

func TestLibraries(t *testing.T) {
	root := t.TempDir()
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), self...)
	other[18], other[19] = 0xf3, 0 // e_machine: RISC-V
	lay(t, root, map[string]string{
		"usr/lib/libLiteRt.so":                                         "#!/bin/sh\n",
		"usr/local/lib/libtensorflowlite_c.so":                         string(other),
		"usr/local/lib/python3.13/dist-packages/x/lib/libedgetpu.so.1": string(self),
		"opt/vendor/lib/libtensorflowlite_c.so":                        string(self),
	})
	if err := os.Symlink("libLiteRt.so", filepath.Join(root, "usr/lib/libLiteRt.so.2")); err != nil {
		t.Fatal(err)
	}
	found := Libraries(root)
	if len(found) != 4 {
		t.Fatalf("found %+v", found)
	}
	want := map[string]string{
		"libLiteRt.so": "no shared library", "local/lib/libtensorflowlite_c.so": "EM_RISCV", "libedgetpu.so.1": "functions",
		"vendor/lib/libtensorflowlite_c.so": "functions",
	}
	for _, l := range found {
		for end, problem := range want {
			named := strings.Contains(l.Problem, problem) || strings.Contains(l.Problem, "has no ")
			if strings.HasSuffix(l.Path, end) && !named {
				t.Errorf("%s: %q, want %q", l.Path, l.Problem, problem)
			}
		}
	}
}
