package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/spool"
)

// spoolCommand looks into the alerts that wait on a node.
type spoolCommand struct {
	List   spoolListCommand   `cmd:"" name:"ls" help:"List the alerts that wait."`
	Check  spoolCheckCommand  `cmd:"" help:"Say whether the file is whole; exit code 1 if not."`
	Repair spoolRepairCommand `cmd:"" help:"Mend a damaged file, as auscultd does when it starts."`
	Export spoolExportCommand `cmd:"" help:"Print the alerts that wait with their payloads, one JSON object a line."`
}

// Help shows a use.
func (spoolCommand) Help() string {
	return `Shows the alerts that a node keeps until the broker has confirmed them. All but repair only read,
also while auscultd runs.

Example:
  auscult spool ls
  auscult spool export alerts.spool | jq .payload.event`
}

// spoolFile says which file is meant.
type spoolFile struct {
	File   string `arg:"" optional:"" type:"path" help:"The file. (spool.path of the configuration)"`
	Config string `type:"path" default:"/etc/auscult/auscultd.toml" placeholder:"FILE" help:"The node's configuration. (${default})"`
}

// path returns the file's path.
func (f *spoolFile) path() (string, error) {
	if f.File != "" {
		return f.File, nil
	}
	settings, err := config.Load(f.Config)
	if err != nil {
		return "", fmt.Errorf("spool: which file? %w", err)
	}
	return settings.Spool.Path, nil
}

func (f *spoolFile) read() (*spool.Content, string, error) {
	path, err := f.path()
	if err != nil {
		return nil, "", err
	}
	content, err := spool.Read(path)
	return content, path, err
}

// waitingAlert is one alert as ls and export print it.
type waitingAlert struct {
	Seq     uint64          `json:"seq"`
	BootID  string          `json:"boot_id"`
	Topic   string          `json:"topic"`
	Bytes   int             `json:"bytes"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Raw     []byte          `json:"payload_base64,omitempty"` // of a payload that is no JSON
}

func waiting(r *spool.Record) waitingAlert {
	return waitingAlert{Seq: r.Seq, BootID: r.BootID, Topic: r.Topic, Bytes: len(r.Payload)}
}

type spoolListCommand struct {
	spoolFile
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists what waits, oldest first.
func (c *spoolListCommand) Run(std streams) error {
	content, _, err := c.read()
	if err != nil {
		return err
	}
	alerts := make([]waitingAlert, len(content.Records))
	for i := range content.Records {
		alerts[i] = waiting(&content.Records[i])
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		return enc.Encode(alerts)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "seq\tboot id\tbytes\ttopic")
	for _, a := range alerts {
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\n", a.Seq, a.BootID, a.Bytes, a.Topic)
	}
	return w.Flush()
}

type spoolCheckCommand struct {
	spoolFile
}

// Run says how the file is.
func (c *spoolCheckCommand) Run(std streams) error {
	content, path, err := c.read()
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: %d alerts wait, %d were dropped, the last one made has the number %d; %d blocks, %d free\n",
		path, len(content.Records), content.Dropped, content.LastSeq, content.Blocks, content.Free)
	if content.Damage != nil {
		return fmt.Errorf("spool: %s is damaged (auscultd mends it when it starts, or 'auscult spool repair'): %w",
			path, content.Damage)
	}
	return nil
}

type spoolRepairCommand struct {
	spoolFile
}

// Run opens the file for writing, which mends it.
func (c *spoolRepairCommand) Run(std streams) error {
	_, path, err := c.read() // what does not exist, or is no spool, is not made one
	if err != nil {
		return err
	}
	// The widest bounds: mending drops nothing.
	s, err := spool.Open(path, spool.Options{MaxBytes: spool.MaxBytes, MaxRecords: spool.MaxRecords})
	if err != nil {
		return err
	}
	st := s.Stats()
	if err := s.Close(); err != nil {
		return err
	}
	switch {
	case st.Err != nil:
		return st.Err
	case st.DamageErr == nil:
		fmt.Fprintf(std.out, "%s is whole: %d alerts wait\n", path, st.Records)
	default:
		fmt.Fprintf(std.out, "mended %v; %d alerts wait, %d of them out of damaged blocks\n",
			st.DamageErr, st.Records, st.Salvaged)
		fmt.Fprintf(std.out, "the damaged blocks are kept as %s.damaged-…\n", path)
	}
	return nil
}

type spoolExportCommand struct {
	spoolFile
}

// Run prints what waits, oldest first.
func (c *spoolExportCommand) Run(std streams) error {
	content, _, err := c.read()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(std.out)
	for i := range content.Records {
		r := &content.Records[i]
		a := waiting(r)
		if json.Valid(r.Payload) {
			a.Payload = r.Payload
		} else {
			a.Raw = r.Payload
		}
		if err := enc.Encode(a); err != nil {
			return err
		}
	}
	return nil
}
