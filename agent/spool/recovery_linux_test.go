package spool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Set, these make the test binary the program that is killed while it writes,
// or the one whose disk is full.
const (
	childEnv  = "AUSCULT_SPOOL_CHILD"
	fullEnv   = "AUSCULT_SPOOL_FULL"
	othersEnv = "AUSCULT_SPOOL_FULL_OF_OTHERS"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		writeForEver(path)
	}
	if path := os.Getenv(fullEnv); path != "" {
		if err := fillDisk(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if folder := os.Getenv(othersEnv); folder != "" {
		if err := fullOfOthers(folder); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeForEver puts records and prints the number of each one that is stored;
// every third one it removes.
func writeForEver(path string) {
	s, err := Open(path, Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for {
		r, err := s.Put("a", body(300))
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("put", r.Seq)
		if r.Seq%3 == 0 {
			first, _ := s.Next(nil)
			fmt.Println("removing", first.Seq)
			if err := s.Remove(first); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
		}
	}
}

func TestKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stored, removed := map[uint64]bool{}, map[uint64]bool{}
	last := uint64(0)
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			word, number, _ := strings.Cut(lines.Text(), " ")
			seq, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			switch word {
			case "put":
				stored[seq] = true
				if seq <= last {
					t.Fatalf("sequence number %d after %d", seq, last)
				}
				last = seq
			case "removing":
				removed[seq] = true
			}
			if n == 20+7*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
	}
	s := open(t, path, Options{})
	if st := s.Stats(); st.Damaged != 0 || st.Err != nil {
		t.Errorf("after the kills: %+v", st)
	}
	left := map[uint64]bool{}
	for _, seq := range drain(t, s) {
		left[seq] = true
	}
	for seq := range stored {
		if !removed[seq] && !left[seq] {
			t.Errorf("record %d was stored and is gone", seq)
		}
	}
	if len(stored) < 40 {
		t.Errorf("only %d records were stored", len(stored))
	}
}

// What is no spool is left as it is, and said to be none.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string][]byte{
		"text": []byte("auscult is not a spool"), "zeros behind": append([]byte("x"), make([]byte, 8191)...),
		"zeros before": append(make([]byte, 4096), 'x'), "bbolt": bytes.Repeat([]byte{0xed, 0xda, 0x0c, 0xed}, 4096),
		"later version": []byte("auscult spool 9\n"),
	} {
		if err := os.WriteFile(path(name), content, 0o640); err != nil {
			t.Fatal(err)
		}
		foreign(t, path(name))
		if got, err := os.ReadFile(path(name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(path("folder"), "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	foreign(t, path("folder"))
	if err := unix.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign(t, path("pipe"))
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 7 {
		t.Errorf("something was put beside: %v, %v", entries, err)
	}
}

func foreign(t *testing.T, path string) {
	t.Helper()
	s := open(t, path, Options{})
	if _, err := s.Put("a", body(10)); !errors.Is(err, ErrNotStored) || !errors.Is(err, ErrForeign) {
		t.Errorf("%s: error %v", path, err)
	}
	if st := s.Stats(); st.Damaged != 0 || !errors.Is(st.Err, ErrForeign) || st.InMemory != 1 {
		t.Errorf("%s: %+v", path, st)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[1]" {
		t.Errorf("%s: left %s", path, got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// fillDisk runs a queue against a limit on the size of files, which makes
// writes fail as a full disk does. It is a program of its own, since the limit
// holds for all files of a program.
func fillDisk(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	signal.Ignore(unix.SIGXFSZ)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	full := before
	full.Cur = 48 << 10
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	failed := 0
	for range 20 {
		if _, err := s.Put("a", body(10_000)); errors.Is(err, ErrNotStored) {
			failed++
		} else if err != nil {
			return err
		}
	}
	if st := s.Stats(); failed == 0 || st.Records != 20 || st.InMemory == 0 || st.Err == nil {
		return fmt.Errorf("while full: %d failed, %+v", failed, st)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := s.Flush(); err != nil {
		return err
	}
	return s.Close()
}

func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fullEnv+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := open(t, path, Options{})
	if st := s.Stats(); st.Records != 20 || st.Damaged != 0 || st.InMemory != 0 {
		t.Errorf("after there was room again: %+v", st)
	}
	if seqs := drain(t, s); len(seqs) != 20 || seqs[19] != 20 {
		t.Errorf("records %v", seqs)
	}
}

// fullOfOthers has other files fill the disk under an open queue: what comes then is stored all
// the same, and is there after
// a restart on the disk that is still full.
func fullOfOthers(folder string) error {
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		return err
	}
	path := filepath.Join(folder, "s")
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	other, err := os.Create(filepath.Join(folder, "others"))
	if err != nil {
		return err
	}
	for err == nil {
		_, err = other.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	const alerts = 500
	for range alerts {
		if _, err := s.Put("a", body(900)); err != nil {
			return fmt.Errorf("on a full disk: %w", err)
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = Open(path, Options{}); err != nil {
		return err
	}
	if st := s.Stats(); st.Records != alerts || st.InMemory != 0 || st.Damaged != 0 {
		return fmt.Errorf("after a restart: %+v", st)
	}
	return s.Close()
}

// TestFullOfOthers needs a file system of its own, which a process in a namespace of its own may
// mount.
func TestFullOfOthers(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), othersEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.ENOSYS) {
		t.Skipf("this system lets nobody have a namespace of his own: %v", err)
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
