package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// command is one of the program's, with its arguments.
type command struct {
	args string
	run  func(at time.Time, args []string) error
}

var commands = map[string]command{
	"package": {"PACKAGER FOLDER", pack},
	"archive": {"FOLDER FILE.tar.gz|FILE.zip", archive},
	"image":   {"FILE.tar VERSION ARCHITECTURE=FOLDER…", image},
	"sbom":    {"FILE VERSION PROGRAM…", sbom},
	"sums":    {"FOLDER [KEY]", sums},
	"key":     {"KEY PUBLICKEY", newKey},
	"verify":  {"FOLDER PUBLICKEY", verify},
	"same":    {"FOLDER FOLDER", same},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("name a command: package, archive, image, sbom, sums, key, verify or same")
	}
	c, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("there is no command %q", args[0])
	}
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return errors.New("set SOURCE_DATE_EPOCH to the commit's time: git log -1 --format=%ct")
	}
	err = c.run(time.Unix(seconds, 0).UTC(), args[1:])
	if errors.Is(err, errUsage) {
		return fmt.Errorf("usage: release %s %s", args[0], c.args)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// errUsage says that a command cannot follow its arguments.
var errUsage = errors.New("wrong arguments")

// write makes a file of what content writes, and no half of one.
func write(path string, content func(*os.File) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path) // the first error says more
		}
	}()
	return content(f)
}
