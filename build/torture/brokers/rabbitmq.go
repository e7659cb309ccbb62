package brokers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// rabbit is RabbitMQ with its MQTT plugin. It takes seconds to start, since it is an
// Erlang system, which also wants a name server of its own (epmd) beside it.
type rabbit struct {
	program, folder string
	port            int
	names           int // the name server's port
	dist            int
	epmd            *process
}

func newRabbit(program, folder string, port int) (*rabbit, error) {
	r := &rabbit{program: program, folder: folder, port: port}
	var err error
	if r.names, err = freePort(); err != nil {
		return nil, err
	}
	if r.dist, err = freePort(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *rabbit) path(name string) string { return filepath.Join(r.folder, name) }

func (r *rabbit) configure(rules Rules) error {
	conf := fmt.Sprintf(`listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:%d
mqtt.allow_anonymous = false
mqtt.vhost = /
mqtt.exchange = amq.topic
load_definitions = %s
log.file.level = warning
`, r.port, r.path("definitions.json"))
	if rules.MaxMessage > 0 {
		conf += fmt.Sprintf("max_message_size = %d\n", rules.MaxMessage)
	}
	for name, text := range map[string]string{
		"rabbitmq.conf": conf, "plugins": "[rabbitmq_mqtt].\n", "definitions.json": definitions(rules),
	} {
		if err := os.WriteFile(r.path(name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writable is what the node's user may write to, in AMQP's words.
func writable(rules Rules) string {
	if rules.DenyAlerts {
		return `^auscult\.(?!.*\.alert$).*`
	}
	return ".*"
}

func definitions(rules Rules) string {
	return fmt.Sprintf(`{"vhosts":[{"name":"/"}],"users":[
{"name":%[1]q,"password":%[3]q,"tags":"administrator"},{"name":%[2]q,"password":%[3]q,"tags":""}],
"permissions":[{"user":%[1]q,"vhost":"/","configure":".*","write":".*","read":".*"},
{"user":%[2]q,"vhost":"/","configure":".*","write":".*","read":".*"}],
"topic_permissions":[{"user":%[2]q,"vhost":"/","exchange":"amq.topic","write":%[4]q,"read":".*"}]}
`, ListenerUser, NodeUser, Password, writable(rules))
}

func (r *rabbit) env() []string {
	return []string{
		"HOME=" + r.folder, "RABBITMQ_NODENAME=torture@localhost", "RABBITMQ_CONFIG_FILE=" + r.path("rabbitmq.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + r.path("plugins"), "RABBITMQ_MNESIA_BASE=" + r.path("data"),
		"RABBITMQ_LOG_BASE=" + r.path("logs"), "RABBITMQ_CONF_ENV_FILE=" + r.path("none"),
		"RABBITMQ_USE_LONGNAME=false", fmt.Sprintf("RABBITMQ_DIST_PORT=%d", r.dist),
		fmt.Sprintf("ERL_EPMD_PORT=%d", r.names), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
	}
}

// command also starts the name server, so that it is ours to end.
func (r *rabbit) command() (string, []string, []string) {
	if r.epmd == nil {
		args := []string{"-port", fmt.Sprint(r.names), "-address", "127.0.0.1"}
		r.epmd, _ = start("epmd", args, nil, r.path("epmd.log")) // without it the broker says what it misses
	}
	return r.program, nil, r.env()
}

func (r *rabbit) reload(ctx context.Context, _ *process, started, rules Rules) (bool, error) {
	if rules.MaxMessage != started.MaxMessage {
		return false, nil
	}
	c := exec.CommandContext(ctx, filepath.Join(filepath.Dir(r.program), "rabbitmqctl"), "set_topic_permissions",
		NodeUser, "amq.topic", writable(rules), ".*")
	c.Env = append(os.Environ(), r.env()...)
	if out, err := c.CombinedOutput(); err != nil {
		return false, fmt.Errorf("brokers: rabbitmqctl: %w: %s", err, out)
	}
	return true, nil
}

func (r *rabbit) close() {
	if r.epmd != nil {
		r.epmd.kill()
	}
}
