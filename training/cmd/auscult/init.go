package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/doctor"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
)

type initCommand struct {
	Config       string        `type:"path" default:"/etc/auscult/auscultd.toml" placeholder:"FILE" help:"The configuration to write. (${default})"`
	Device       string        `placeholder:"NAME" help:"The microphone, as 'auscult devices' names it, or sim for a simulated pump. (the only sensor, or the question is asked)"`
	Chip         string        `placeholder:"NAME" help:"An accelerometer instead, as adxl355, iis3dwb or lsm6dso."`
	Bus          string        `placeholder:"NAME" help:"The accelerometer's bus, as I2C1 or SPI0.0. (the first)"`
	Address      int           `placeholder:"N" help:"The accelerometer's address on I2C, as 0x53. (the chip's usual one)"`
	IIO          string        `name:"iio" placeholder:"NAME" help:"An accelerometer that the kernel drives, as 'auscult devices' names it."`
	Axis         string        `enum:"x,y,z" default:"z" help:"The accelerometer's axis that is listened to. (${default})"`
	Name         string        `placeholder:"NAME" help:"What the microphone listens to, as a word in topics, as pump-7. (machine)"`
	Node         string        `placeholder:"ID" help:"This node's name in topics. (derived from /etc/machine-id)"`
	Broker       string        `placeholder:"URL" help:"The broker, as mqtt://host or mqtts://host. (mqtt://localhost:1883)"`
	Username     string        `placeholder:"NAME" help:"The user at the broker. (none)"`
	PasswordFile string        `type:"path" placeholder:"FILE" help:"A file that holds its password in one line. (none)"`
	Listen       time.Duration `default:"3s" placeholder:"TIME" help:"How long to show the microphone's level; 0s for not at all. (${default})"`
	Yes          bool          `short:"y" help:"Ask nothing: take what the flags say, and what is usual elsewhere."`
	Overwrite    bool          `help:"Replace a configuration that somebody has changed."`
	Root         string        `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (initCommand) Help() string {
	return `Sets a node up: finds the microphone or accelerometer, shows its level, asks for a name and the broker,
writes the configuration, checks everything as 'auscult doctor' does - the broker by name, network, encryption and
login - and says how to learn next. What the flags say is not asked; without a terminal nothing is.
A configuration that somebody has changed is not overwritten unasked. Only to write into /etc needs root; to hear a
sound card, be in the group audio, an accelerometer, in i2c or spi.

Example:
  sudo auscult init
  sudo auscult init --yes --name pump-7 --broker mqtts://broker.example
  sudo auscult init --chip iis3dwb --bus SPI0.0 --name bearing
  auscult init --config node.toml --device sim`
}

// Run sets the node up.
func (c *initCommand) Run(ctx context.Context, std streams) error {
	if c.Listen < 0 || c.Listen > time.Hour {
		return usageError{fmt.Errorf("init: --listen %v: must be 0s to 1h", c.Listen)}
	}
	ask := newPrompter(std, !c.Yes)
	if err := c.mayWrite(ask); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	from, err := c.sensor(ask)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := c.hear(ctx, std, from); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := c.questions(ask); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	text := c.text()
	if _, err := config.Parse(c.Config, text); err != nil {
		return usageError{fmt.Errorf("init: what was said makes no configuration: %w", err)}
	}
	if err := atomicfile.WriteBytes(c.Config, 0o644, text); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	ask.say("Wrote %s.\n\n", c.Config)
	up, err := doctor.Examine(ctx, doctor.Options{Config: c.Config, Root: c.Root})
	if err != nil {
		return err
	}
	if err := printChecks(std.out, up); err != nil {
		return err
	}
	_, err = io.WriteString(std.out, "\n"+c.howToLearn())
	return err
}

// mayWrite says early when the configuration cannot be written, or is somebody's work.
func (c *initCommand) mayWrite(ask *prompter) error {
	if err := writable("init", nil, output{flag: "--config", path: c.Config, ending: ".toml"}); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w: only that needs root; run it with sudo, or write it as yourself (--config auscultd.toml) and put "+
				"it there with 'sudo install -m 644 auscultd.toml %s'", err, c.Config)
		}
		return err
	}
	old, err := os.ReadFile(c.Config)
	if errors.Is(err, fs.ErrNotExist) || err == nil && saysNothing(old) || c.Overwrite {
		return nil
	}
	if err != nil {
		return err
	}
	if ask.yes("%s is there already. Replace it?", c.Config) {
		return nil
	}
	return fmt.Errorf("%s is there already and was changed: give --overwrite, or name another file with --config", c.Config)
}

// saysNothing reports whether a configuration is one of defaults only, as packages install it.
func saysNothing(text []byte) bool {
	c, err := config.Parse("", text)
	return err == nil && reflect.DeepEqual(c, config.Default())
}

// hear shows the level live, and says what is wrong with it.
func (c *initCommand) hear(ctx context.Context, std streams, from sensor.Sensor) error {
	if c.Listen == 0 {
		return nil
	}
	src, err := from.Open(ctx, sensor.Site{Root: c.Root, Channel: c.channel()})
	if err != nil {
		return err
	}
	defer func() { _ = src.Halt() }() // what was heard is good whatever closing says
	folder, err := os.MkdirTemp("", "auscult-init")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	line := newLevelLine(std.err)
	sum, err := recorder.Record(ctx, src, recorder.Options{
		Duration: c.Listen, Progress: line.update,
		Create: func(int) (recorder.File, string, error) {
			f, err := os.Create(filepath.Join(folder, "level.wav"))
			return f, "what was heard", err
		},
	})
	line.clear()
	if err == nil && sum.Early != nil {
		err = sum.Early
	}
	if err != nil {
		return fmt.Errorf("listen to %s: %w", cmp.Or(c.Device, c.Chip, c.IIO), err)
	}
	return printRecording(std.out, &sum)
}

// questions asks for what the flags do not say.
func (c *initCommand) questions(ask *prompter) (err error) {
	for _, q := range []struct {
		value           *string
		text, otherwise string
	}{
		{&c.Name, "What does it listen to? A word for topics, as pump-7", "machine"},
		{&c.Broker, "MQTT broker", config.Default().MQTT.Broker},
		{&c.Username, "User at the broker, empty for none", ""},
	} {
		if *q.value == "" {
			if *q.value, err = ask.line(q.text, q.otherwise); err != nil {
				return err
			}
		}
	}
	if c.Username != "" && c.PasswordFile == "" {
		c.PasswordFile, err = ask.line("File that holds the password in one line, empty for none", "")
	}
	if err == nil && !setting.IsName(c.Name) {
		return usageError{fmt.Errorf("the name %q: %s", setting.OneLine(c.Name), setting.NameRule)}
	}
	return err
}

// text is the configuration: the installed file, whose comments explain all, with what was said.
func (c *initCommand) text() []byte {
	text := string(config.DefaultFile)
	for _, key := range []struct{ line, name, value string }{
		{`id = ""`, "id", c.Node},
		{`broker = "` + config.Default().MQTT.Broker + `"`, "broker", c.Broker},
		{`username = ""`, "username", c.Username},
		{`password_file = ""`, "password_file", c.PasswordFile},
	} {
		if key.value != "" {
			text = strings.Replace(text, "\n"+key.line+"\n", "\n"+key.name+" = "+quoted(key.value)+"\n", 1)
		}
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(text, "\n"))
	fmt.Fprintf(&b, "\n\n# Written by 'auscult init'.\n[[source]]\nname = %s\n", quoted(c.Name))
	switch {
	case c.Device == simulated:
		b.WriteString("type = \"sim\"\npaced = true\n")
	case c.Chip != "":
		fmt.Fprintf(&b, "type = \"accel\"\nchip = %s\nchannel = %d # %s\n", quoted(c.Chip), c.channel(), c.Axis)
		if c.Bus != "" {
			fmt.Fprintf(&b, "bus = %s\n", quoted(c.Bus))
		}
		if c.Address != 0 {
			fmt.Fprintf(&b, "address = 0x%02x\n", c.Address)
		}
	case c.IIO != "":
		fmt.Fprintf(&b, "type = \"iio\"\ndevice = %s\nchannel = %d # %s\n", quoted(c.IIO), c.channel(), c.Axis)
	default:
		fmt.Fprintf(&b, "type = \"alsa\"\ndevice = %s\nchannel = 0\n", quoted(c.Device))
	}
	return []byte(b.String())
}

// quoted writes a text as TOML has it, which takes all that JSON writes.
func quoted(s string) string {
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(s); err != nil {
		panic(err) // a string always can be
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// howToLearn are the steps that are left.
func (c *initCommand) howToLearn() string {
	of := ""
	if c.Config != configFile {
		of = " --config " + c.Config
	}
	return fmt.Sprintf(`Next, while the machine runs well, in every state that counts as normal:

  mkdir -p %[1]s/normal
  auscult record%[2]s --source %[1]s --duration 30m %[1]s/normal/1.wav
  auscult train --model dense --data %[1]s --out %[1]s.tflite
  sudo auscult install%[2]s %[1]s.tflite
`, c.Name, of)
}

// prompter asks questions on a terminal, and none elsewhere.
type prompter struct {
	out io.Writer
	in  *bufio.Reader // nil: nobody can be asked
}

func newPrompter(std streams, wanted bool) *prompter {
	p := &prompter{out: std.out}
	if f, ok := std.in.(*os.File); ok && wanted && term.IsTerminal(int(f.Fd())) {
		p.in = bufio.NewReader(f)
	}
	return p
}

func (p *prompter) able() bool { return p.in != nil }

func (p *prompter) say(format string, args ...any) {
	fmt.Fprintf(p.out, format, args...) // run says when nothing can be printed
}

// line asks for a line; nothing, or nobody to ask, is the usual answer.
func (p *prompter) line(question, usual string) (string, error) {
	if p.in == nil {
		return usual, nil
	}
	if usual == "" {
		p.say("%s: ", question)
	} else {
		p.say("%s [%s]: ", question, usual)
	}
	const most = 1024
	text, err := p.in.ReadString('\n')
	switch {
	case len(text) > most:
		return "", errors.New("the answer is too long")
	case err != nil && (text == "" || !errors.Is(err, io.EOF)):
		return "", fmt.Errorf("no answer: %w", err)
	}
	return cmp.Or(strings.TrimSpace(text), usual), nil
}

// yes asks whether to do what would lose something; nobody to ask means no.
func (p *prompter) yes(format string, args ...any) bool {
	if p.in == nil {
		return false
	}
	answer, err := p.line(fmt.Sprintf(format, args...)+" y/n", "n")
	return err == nil && strings.HasPrefix(strings.ToLower(answer), "y")
}
