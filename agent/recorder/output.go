package recorder

import (
	"errors"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// output writes samples into one file after the other.
type output struct {
	create  func(part int) (File, string, error)
	discard func(name string) error
	format  hw.Format
	origin  hw.Origin
	most    uint64 // sample times in a file

	names   []string
	file    File
	w       *wav.Writer
	done    uint64 // sample times in this file
	flushed uint64 // of which the header says
	synced  uint64 // that are on the disk
}

// open begins the next file.
func (o *output) open() error {
	file, name, err := o.create(len(o.names))
	if err != nil {
		return err
	}
	w, err := wav.NewWriter(file, o.format, o.origin)
	if err != nil {
		return errors.Join(err, file.Close(), o.remove(name))
	}
	o.file, o.w = file, w
	o.names = append(o.names, name)
	o.done, o.flushed, o.synced = 0, 0, 0
	return nil
}

// write appends whole sample times, and begins a new file where one is full. Of those that stand for what
// was lost the file says that they do.
func (o *output) write(pcm []int32, lost bool) error {
	channels := uint64(o.format.Channels)
	for len(pcm) > 0 {
		if o.done == o.most {
			if err := errors.Join(o.close(), o.open()); err != nil {
				return err
			}
		}
		n := min(uint64(len(pcm))/channels, o.most-o.done)
		if lost {
			o.w.Lost(n)
		}
		if err := o.w.Write(pcm[:n*channels]); err != nil {
			return err
		}
		pcm = pcm[n*channels:]
		o.done += n
		if err := o.secure(); err != nil {
			return err
		}
	}
	return nil
}

// secure brings the header up to date once a second, and the disk every ten.
func (o *output) secure() error {
	rate := uint64(o.format.SampleRateHz)
	if o.done-o.flushed < rate {
		return nil
	}
	o.flushed = o.done
	if err := o.w.Flush(); err != nil {
		return err
	}
	if o.done-o.synced < syncEvery*rate {
		return nil
	}
	o.synced = o.done
	return o.file.Sync()
}

// close ends the present file. Where a write has failed, what came before it is kept: the
// header needs no room of its own.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	err := o.w.Close()
	if err != nil {
		err = errors.Join(err, o.w.Flush())
	}
	err = errors.Join(err, o.file.Sync(), o.file.Close())
	o.file = nil
	if last := len(o.names) - 1; last > 0 && o.w.Empty() {
		err = errors.Join(err, o.remove(o.names[last]))
		o.names = o.names[:last]
	}
	return err
}

// remove takes a file away that holds no sample: what came before is in others.
func (o *output) remove(name string) error {
	if o.discard == nil {
		return nil
	}
	return o.discard(name)
}
