package smallfile

import (
	"fmt"
	"io"
	"os"
)

// Read returns the bytes of the regular file at path. More than so many are an error.
func Read(path string, most int64) (data []byte, err error) {
	// Looked at before it is opened, since opening some devices does something.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if err := regular(path, info); err != nil {
		return nil, err
	}
	// It may have become another thing: a pipe that nobody writes into must not keep us.
	f, err := os.OpenFile(path, os.O_RDONLY|notBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if err := regular(path, info); err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > most:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return data, nil
}

func regular(path string, info os.FileInfo) error {
	if mode := info.Mode(); !mode.IsRegular() {
		return fmt.Errorf("%s is not a regular file but a %s", path, kind(mode))
	}
	return nil
}

// kind names what is no regular file.
func kind(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&os.ModeNamedPipe != 0:
		return "pipe"
	case mode&os.ModeSocket != 0:
		return "socket"
	}
	return "device"
}
